#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/http/client.hpp>
#include <duotty/llm/client.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "run_task.hpp"
#include "scripted_provider.hpp"

namespace duotty::llm {
namespace {

using base::Errc;
using nlohmann::json;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using tests::Ending;
using tests::Framing;
using tests::run_task;
using tests::ScriptedAnswer;
using tests::ScriptedProvider;
using tests::Wire;

constexpr std::string_view secret = "sk-test-0123456789-very-secret";

tests::Wire wire_of(ApiFormat format) {
  return format == ApiFormat::openai ? Wire::openai : Wire::anthropic;
}

/// A client against a scripted server, with short waits.
class LlmClientTest : public testing::TestWithParam<ApiFormat> {
 protected:
  LlmClientTest() {
    LlmClientOptions options;
    options.retry.first_delay = milliseconds(1);
    options.jitter = [] { return 0.0; };
    client.emplace(http, options);
    target = {GetParam(), provider.url(), base::Secret(std::string(secret)), "model-a"};
    callbacks.on_text = [this](std::string_view text) { streamed += text; };
    callbacks.on_retry = [this](std::string_view reason, milliseconds wait) {
      retries.push_back(std::string(reason) + " / " + std::to_string(wait.count()));
    };
  }

  base::Result<Outcome> ask() {
    ChatRequest request;
    request.system = "Be brief.";
    request.messages = {{Role::user, "why?"}};
    return run_task(client->stream(request, target, callbacks));
  }
  ScriptedAnswer answer(const std::vector<std::string>& deltas) const {
    return tests::stream_answer(wire_of(GetParam()), deltas);
  }
  ScriptedAnswer refusal(int status, std::string_view type, std::string_view message) const {
    return tests::error_answer(wire_of(GetParam()), status, type, message);
  }
  std::string host() const { return "127.0.0.1:" + std::to_string(provider.port()); }

  ScriptedProvider provider;
  http::Client http;
  std::optional<LlmClient> client;
  Provider target;
  StreamCallbacks callbacks;
  std::string streamed;
  std::vector<std::string> retries;
};

INSTANTIATE_TEST_SUITE_P(Formats, LlmClientTest, testing::Values(ApiFormat::openai, ApiFormat::anthropic),
                         [](const auto& test) { return test.param == ApiFormat::openai ? "openai" : "anthropic"; });

TEST_P(LlmClientTest, StreamsAnAnswerAndSpeaksTheVendorsFormat) {
  provider.push(answer({"Grü", "ße ", "🎉"}));
  const auto outcome = ask();
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(outcome->text, "Grüße 🎉");
  EXPECT_EQ(streamed, outcome->text);
  EXPECT_EQ(outcome->model, "scripted-model");
  EXPECT_EQ(outcome->usage.input_tokens, 42u);
  EXPECT_EQ(outcome->usage.output_tokens, 3u);
  const auto request = provider.requests().at(0);
  const json body = json::parse(request.body);
  EXPECT_EQ(body["model"], "model-a");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.headers.at("accept"), "text/event-stream");
  if (GetParam() == ApiFormat::openai) {
    EXPECT_EQ(request.target, "/v1/chat/completions");
    EXPECT_EQ(request.headers.at("authorization"), "Bearer " + std::string(secret));
  } else {
    EXPECT_EQ(request.target, "/v1/messages");
    EXPECT_EQ(request.headers.at("x-api-key"), secret);
    EXPECT_EQ(request.headers.at("anthropic-version"), "2023-06-01");
    EXPECT_EQ(request.headers.count("authorization"), 0u);
  }
}

TEST_P(LlmClientTest, ReadsAStreamThatComesByteByByte) {
  ScriptedAnswer bytes = answer({"日本", "語 🎉", " fertig"});
  std::string body;
  for (const std::string& piece : bytes.pieces) body += piece;
  bytes.pieces = tests::cut_every(body, 1);
  provider.push(bytes);
  EXPECT_EQ(ask()->text, "日本語 🎉 fertig");
}

TEST_P(LlmClientTest, TriesAgainAfterRefusalsThatPass) {
  provider.push(refusal(429, "rate_limit_error", "slow down").with_header("retry-after", "0"));
  provider.push(refusal(529, "overloaded_error", "busy"));
  provider.push(answer({"ok"}));
  const auto outcome = ask();
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(streamed, "ok");
  EXPECT_THAT(retries, ElementsAre("429: the rate limit of " + host() + " is reached / 0",
                                   "529: " + host() + " is overloaded / 1"));
}

TEST_P(LlmClientTest, GivesUpAfterThreeTries) {
  for (int i = 0; i < 3; ++i) provider.push(refusal(503, "api_error", "maintenance"));
  const auto outcome = ask();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message(), "503: " + host() + " is overloaded; try again in a moment: maintenance.");
  EXPECT_EQ(provider.requests().size(), 3u);
}

TEST_P(LlmClientTest, DoesNotWaitForAnHour) {
  provider.push(refusal(429, "rate_limit_error", "daily limit").with_header("Retry-After", "3600"));
  const auto outcome = ask();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), Errc::rate_limited);
  EXPECT_THAT(outcome.error().message(), HasSubstr("try again in 3600 s"));
  EXPECT_EQ(provider.requests().size(), 1u);
}

TEST_P(LlmClientTest, SaysThatTheKeyWasRefusedAndShowsNoKey) {
  provider.push(refusal(401, "authentication_error", "Incorrect API key provided: " + std::string(secret)));
  const auto outcome = ask();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message(), "401: the key was refused by " + host() + ".");
  EXPECT_EQ(provider.requests().size(), 1u);
}

TEST_P(LlmClientTest, ShowsTheKeyInNoErrorWhateverTheServerEchoes) {
  for (const int status : {400, 403, 404, 418, 422, 500}) {
    for (int i = 0; i < 3; ++i) provider.push(refusal(status, "x", "you sent " + std::string(secret) + "!"));
    const auto outcome = ask();
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().message(), Not(HasSubstr("very-secret"))) << status;
    while (provider.requests().size() % 3 != 0) ask();
  }
}

TEST_P(LlmClientTest, TriesAgainWhenTheStreamBeginsWithOverload) {
  ScriptedAnswer overloaded;
  overloaded.pieces = {
      "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"Overloaded\"}}\n\n"};
  provider.push(overloaded);
  provider.push(answer({"ok"}));
  EXPECT_EQ(ask()->text, "ok");
  EXPECT_EQ(retries.size(), 1u);
}

TEST_P(LlmClientTest, SaysThatAnAnswerWasCutAndDoesNotAskAgain) {
  for (const Framing framing : {Framing::chunked, Framing::until_close}) {
    streamed.clear();
    ScriptedAnswer half = answer({"half an ", "answer"});
    half.pieces.resize(half.pieces.size() - 3);
    half.framing = framing;
    half.ending = framing == Framing::chunked ? Ending::lost : Ending::complete;
    provider.push(half);
    const std::size_t before = provider.requests().size();
    const auto outcome = ask();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Errc::upstream);
    EXPECT_EQ(outcome.error().message(), "The answer was cut: the connection to " + host() + " was lost.");
    EXPECT_EQ(streamed.substr(0, 8), "half an ");
    EXPECT_EQ(provider.requests().size(), before + 1);
  }
}

TEST_P(LlmClientTest, SaysThatAStreamDiedBeforeItBegan) {
  ScriptedAnswer nothing;
  nothing.ending = Ending::lost;
  provider.push(nothing);
  const auto outcome = ask();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message(), host() + " ended the connection before it said anything.");
}

TEST_P(LlmClientTest, RecognisesAWebPage) {
  ScriptedAnswer page;
  page.pieces = {"<html>Welcome</html>"};
  page.with_header("Content-Type", "text/html");
  provider.push(page);
  EXPECT_THAT(ask().error().message(), HasSubstr("web page"));
}

TEST_P(LlmClientTest, TakesAnAnswerThatWasNotStreamed) {
  ScriptedAnswer whole;
  whole.framing = Framing::length;
  whole.with_header("Content-Type", "application/json");
  whole.pieces = {GetParam() == ApiFormat::openai
                      ? R"({"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]})"
                      : R"({"type":"message","content":[{"type":"text","text":"whole"}],"stop_reason":"end_turn"})"};
  provider.push(whole);
  EXPECT_EQ(ask()->text, "whole");
  EXPECT_EQ(streamed, "whole");
  whole.pieces = {tests::stream_body(wire_of(GetParam()), {"mis", "labelled"})};
  provider.push(whole);
  EXPECT_EQ(ask()->text, "mislabelled");
  streamed.clear();
  whole.pieces = {R"({"unrelated": true})"};
  provider.push(whole);
  EXPECT_THAT(ask().error().message(), HasSubstr("no model's answer"));
}

TEST_P(LlmClientTest, ReadsNoMoreOfAHugeErrorThanItNeeds) {
  ScriptedAnswer huge;
  huge.status = 400;
  huge.pieces = std::vector<std::string>(3000, std::string(10'000, 'e'));
  huge.with_header("Content-Type", "text/plain");
  provider.push(huge);
  const auto outcome = ask();
  ASSERT_FALSE(outcome);
  EXPECT_LE(outcome.error().message().size(), 500u);
  provider.wait_for_hangups(1);
}

TEST_P(LlmClientTest, HangsUpWhenItIsCancelled) {
  ScriptedAnswer slow = answer({"first ", "second"});
  slow.gate_at = 4;
  provider.push(slow);
  tests::CancellableRun<base::Result<Outcome>> run;
  std::thread canceller([&] {
    provider.wait_for_gate();
    run.cancel();
  });
  ChatRequest request;
  request.messages = {{Role::user, "why?"}};
  const auto outcome = run.run(client->stream(request, target, callbacks));
  canceller.join();
  provider.wait_for_hangups(1);
  EXPECT_TRUE(!outcome || outcome->error().code() == Errc::cancelled);
}

TEST_P(LlmClientTest, ListsModels) {
  provider.push(tests::models_answer(wire_of(GetParam()), {"one", "two"}));
  const auto models = run_task(client->list_models(target));
  ASSERT_TRUE(models);
  EXPECT_THAT(*models, ElementsAre("one", "two"));
  EXPECT_EQ(provider.requests().at(0).target, "/v1/models");
  provider.push(refusal(401, "authentication_error", "no"));
  EXPECT_EQ(run_task(client->list_models(target)).error().message(), "401: the key was refused by " + host() + ".");
}

TEST_P(LlmClientTest, TakesTheFirstModelOfALocalServer) {
  target.model.clear();
  target.api_key = base::Secret();
  provider.push(tests::models_answer(wire_of(GetParam()), {"llama3:8b", "qwen2"}));
  provider.push(answer({"hi"}));
  EXPECT_EQ(ask()->text, "hi");
  EXPECT_EQ(json::parse(provider.requests().at(1).body)["model"], "llama3:8b");
  EXPECT_EQ(provider.requests().at(1).headers.count("authorization"), 0u);
  EXPECT_EQ(provider.requests().at(1).headers.count("x-api-key"), 0u);
}

TEST_P(LlmClientTest, SaysThatNobodyListens) {
  const std::uint16_t unused = ScriptedProvider().port();
  target.base_url = "http://127.0.0.1:" + std::to_string(unused);
  const auto outcome = ask();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), Errc::unreachable);
  EXPECT_EQ(outcome.error().message(),
            "Could not connect to 127.0.0.1:" + std::to_string(unused) + ": connection refused.");
}

TEST(LlmClient, LeavesOutFieldsThatAServerRefuses) {
  ScriptedProvider provider;
  provider.push(tests::error_answer(Wire::openai, 422, "invalid", "Extra inputs: stream_options not permitted"));
  provider.push(tests::error_answer(Wire::openai, 400, "unsupported_parameter",
                                    "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."));
  provider.push(tests::stream_answer(Wire::openai, {"ok"}));
  http::Client http;
  LlmClient client(http);
  ChatRequest request;
  request.messages = {{Role::user, "why?"}};
  const Provider target{ApiFormat::openai, provider.url(), {}, "m"};
  EXPECT_EQ(run_task(client.stream(request, target, {}))->text, "ok");
  const json last = json::parse(provider.requests().at(2).body);
  EXPECT_FALSE(last.contains("stream_options"));
  EXPECT_FALSE(last.contains("max_tokens"));
  EXPECT_TRUE(last.contains("max_completion_tokens"));
}

}  // namespace
}  // namespace duotty::llm
