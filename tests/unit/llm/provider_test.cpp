#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/llm/provider.hpp>
#include <map>

namespace duotty::llm {
namespace {

using base::Errc;
using testing::HasSubstr;
using testing::Not;

struct Given {
  ProviderSettings settings;
  std::map<std::string, std::string, std::less<>> env;

  base::Result<ProviderChoice> choose() const {
    return choose_provider(settings, [this](std::string_view name) -> std::optional<std::string> {
      const auto found = env.find(name);
      return found == env.end() ? std::nullopt : std::optional(found->second);
    });
  }
};

/// `format base-url key model` of a choice, or its error.
std::string chosen(const Given& given) {
  const auto choice = given.choose();
  if (!choice) return std::string(choice.error().name());
  const Provider& p = choice->provider;
  return std::string(name_of(p.format)) + " " + p.base_url + " " + std::string(p.api_key.reveal()) + " " + p.model;
}

ProviderSettings stored(std::string format, std::string url, std::string key, std::string model) {
  return {std::move(format), std::move(url), base::Secret(std::move(key)), std::move(model)};
}

TEST(ChooseProvider, GoesByTheKeysInTheEnvironment) {
  EXPECT_EQ(chosen({{}, {{"ANTHROPIC_API_KEY", "ka"}}}), "anthropic https://api.anthropic.com ka claude-sonnet-4-5");
  EXPECT_EQ(chosen({{}, {{"OPENAI_API_KEY", "ko"}}}), "openai https://api.openai.com/v1 ko gpt-4o");
  EXPECT_EQ(
      chosen(
          {{}, {{"OPENAI_API_KEY", "ko"}, {"OPENAI_BASE_URL", "https://api.groq.com/openai/v1"}, {"MODEL_NAME", "m"}}}),
      "openai https://api.groq.com/openai/v1 ko m");
  EXPECT_EQ(chosen({{}, {{"OPENAI_BASE_URL", "http://localhost:11434/v1"}, {"LLM_MODEL", "llama3"}}}),
            "openai http://localhost:11434/v1  llama3");
  EXPECT_EQ(
      chosen(
          {{}, {{"LLM_API_KEY", "kl"}, {"LLM_BASE_URL", "https://x.test"}, {"MODEL_NAME", "a"}, {"LLM_MODEL", "b"}}}),
      "openai https://x.test kl a");
}

TEST(ChooseProvider, DecidesBetweenTwoKindsOfKeys) {
  const std::map<std::string, std::string, std::less<>> both{{"ANTHROPIC_API_KEY", "ka"}, {"OPENAI_API_KEY", "ko"}};
  Given given{{}, both};
  EXPECT_THAT(chosen(given), HasSubstr("anthropic "));
  given.env["MODEL_NAME"] = "gpt-4o";
  EXPECT_EQ(chosen(given), "openai https://api.openai.com/v1 ko gpt-4o");
  given.env["MODEL_NAME"] = "claude-opus-4-1";
  EXPECT_EQ(chosen(given), "anthropic https://api.anthropic.com ka claude-opus-4-1");
  given.env.erase("MODEL_NAME");
  given.settings.api_format = "openai";
  EXPECT_EQ(chosen(given), "openai https://api.openai.com/v1 ko gpt-4o");
}

TEST(ChooseProvider, LetsSettingsWin) {
  const Given given{stored("anthropic", "https://gate.test", "ks", "sm"),
                    {{"OPENAI_API_KEY", "ko"}, {"MODEL_NAME", "em"}, {"OPENAI_BASE_URL", "https://env.test"}}};
  EXPECT_EQ(chosen(given), "anthropic https://gate.test ks sm");
  EXPECT_EQ(given.choose()->origin, ProviderOrigin::settings);
  EXPECT_EQ(chosen({stored("", "", "", "picked"), {{"OPENAI_API_KEY", "ko"}, {"MODEL_NAME", "em"}}}),
            "openai https://api.openai.com/v1 ko picked");
}

TEST(ChooseProvider, SendsTheStoredKeyToTheStoredUrlOnly) {
  EXPECT_EQ(chosen({stored("openai", "", "ks", ""), {{"OPENAI_BASE_URL", "https://env.test"}}}),
            "openai https://api.openai.com/v1 ks gpt-4o");
  EXPECT_EQ(chosen({stored("", "", "sk-ant-1", ""), {}}),
            "anthropic https://api.anthropic.com sk-ant-1 claude-sonnet-4-5");
}

TEST(ChooseProvider, KeepsTheEnvironmentsKeyFromOtherServers) {
  const std::map<std::string, std::string, std::less<>> env{{"OPENAI_API_KEY", "ko"}};
  EXPECT_EQ(chosen({stored("openai", "https://evil.test/v1", "", "m"), env}), "openai https://evil.test/v1  m");
  EXPECT_EQ(chosen({stored("openai", "https://api.openai.com/v1/", "", "m"), env}),
            "openai https://api.openai.com/v1/ ko m");
  EXPECT_EQ(chosen({stored("openai", "https://my.test/a", "", "m"),
                    {{"OPENAI_API_KEY", "ko"}, {"OPENAI_BASE_URL", "https://my.test/b"}}}),
            "openai https://my.test/a ko m");
}

TEST(ChooseProvider, SaysInOneLineHowToSetAKey) {
  const auto none = Given{}.choose();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Errc::not_configured);
  EXPECT_THAT(none.error().message(), HasSubstr("settings page"));
  EXPECT_THAT(none.error().message(), HasSubstr("ANTHROPIC_API_KEY"));
  EXPECT_THAT(none.error().message(), Not(HasSubstr("\n")));
  EXPECT_EQ(chosen({{}, {{"OPENAI_API_KEY", "  "}}}), "not_configured");
}

TEST(ChooseProvider, WantsAModelForServersItDoesNotKnow) {
  const auto unknown = Given{stored("openai", "https://api.groq.com/openai/v1", "k", ""), {}}.choose();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), Errc::not_configured);
  EXPECT_THAT(unknown.error().message(), HasSubstr("api.groq.com"));
  EXPECT_EQ(chosen({stored("openai", "localhost:11434", "", ""), {}}), "openai localhost:11434  ");
}

TEST(ChooseProvider, RefusesMalformedSettings) {
  EXPECT_EQ(chosen({stored("gemini", "", "k", ""), {}}), "invalid_params");
  EXPECT_EQ(chosen({stored("openai", "ftp://x.test", "k", "m"), {}}), "invalid_params");
  EXPECT_EQ(chosen({stored("openai", "https://k:p@x.test", "k", "m"), {}}), "invalid_params");
}

TEST(ProviderUrls, TakeABaseWithAndWithoutVersionSlashAndMethod) {
  const auto openai = [](std::string base) { return chat_url({ApiFormat::openai, std::move(base), {}, {}}); };
  for (const char* base : {"https://a.test", "https://a.test/", "https://a.test/v1", "https://a.test/v1///",
                           "https://a.test/v1/chat/completions", "a.test"}) {
    EXPECT_EQ(openai(base), "https://a.test/v1/chat/completions") << base;
  }
  EXPECT_EQ(openai("https://api.groq.com/openai/v1/"), "https://api.groq.com/openai/v1/chat/completions");
  EXPECT_EQ(openai("https://z.test/api/paas/v4"), "https://z.test/api/paas/v4/chat/completions");
  EXPECT_EQ(openai("localhost:11434"), "http://localhost:11434/v1/chat/completions");
  EXPECT_EQ(openai("https://az.test/openai/d1?api-version=2"),
            "https://az.test/openai/d1/chat/completions?api-version=2");

  const auto anthropic = [](std::string base) { return chat_url({ApiFormat::anthropic, std::move(base), {}, {}}); };
  for (const char* base :
       {"https://a.test", "https://a.test/", "https://a.test/v1", "https://a.test/v1/", "https://a.test/v1/messages"}) {
    EXPECT_EQ(anthropic(base), "https://a.test/v1/messages") << base;
  }
  EXPECT_EQ(anthropic("https://gate.test/anthropic"), "https://gate.test/anthropic/v1/messages");
  EXPECT_EQ(models_url({ApiFormat::anthropic, "https://a.test", {}, {}}), "https://a.test/v1/models");
  EXPECT_EQ(models_url({ApiFormat::openai, "https://a.test/v1", {}, {}}), "https://a.test/v1/models");
  EXPECT_EQ(provider_host({ApiFormat::openai, "http://localhost:11434/v1", {}, {}}), "localhost:11434");
}

}  // namespace
}  // namespace duotty::llm
