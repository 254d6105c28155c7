#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/http/client.hpp>
#include <duotty/llm/provider.hpp>

namespace duotty::llm {

using base::Errc;
using base::Error;
using base::Result;
using http::ClientUrl;

namespace {

constexpr std::string_view openai_base = "https://api.openai.com/v1";
constexpr std::string_view anthropic_base = "https://api.anthropic.com";
constexpr std::string_view openai_model = "gpt-4o";
constexpr std::string_view anthropic_model = "claude-sonnet-4-5";

std::string_view vendor_base(ApiFormat format) {
  return format == ApiFormat::openai ? openai_base : anthropic_base;
}

/// A base URL may come without its scheme, as in `localhost:11434`.
Result<ClientUrl> parse_base(std::string_view text) {
  text = base::trim(text);
  if (text.find("://") != std::string_view::npos) return http::parse_client_url(text);
  auto url = http::parse_client_url("https://" + std::string(text));
  if (url && url->loopback()) return http::parse_client_url("http://" + std::string(text));
  return url;
}

/// What the environment says, without empty values.
struct EnvFacts {
  std::string anthropic_key, anthropic_url, openai_key, openai_url, model;
};

EnvFacts read_env(const EnvLookup& env) {
  const auto first = [&env](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      const auto value = env(name);
      if (value && !base::trim(*value).empty()) return std::string(base::trim(*value));
    }
    return std::string();
  };
  return {first({"ANTHROPIC_API_KEY"}), first({"ANTHROPIC_BASE_URL"}), first({"OPENAI_API_KEY", "LLM_API_KEY"}),
          first({"OPENAI_BASE_URL", "LLM_BASE_URL"}), first({"MODEL_NAME", "LLM_MODEL"})};
}

std::string env_url(const EnvFacts& facts, ApiFormat format) {
  const std::string& url = format == ApiFormat::openai ? facts.openai_url : facts.anthropic_url;
  return url.empty() ? std::string(vendor_base(format)) : url;
}

const std::string& env_key(const EnvFacts& facts, ApiFormat format) {
  return format == ApiFormat::openai ? facts.openai_key : facts.anthropic_key;
}

bool env_offers(const EnvFacts& facts, ApiFormat format) {
  return !env_key(facts, format).empty() || (format == ApiFormat::openai && !facts.openai_url.empty());
}

Result<std::optional<ApiFormat>> stored_format(const ProviderSettings& settings) {
  const std::string name = base::to_lower(base::trim(settings.api_format));
  if (name == "openai") return std::optional(ApiFormat::openai);
  if (name == "anthropic") return std::optional(ApiFormat::anthropic);
  if (name.empty()) return std::optional<ApiFormat>();
  return Error(Errc::invalid_params, "The stored api_format must be openai or anthropic.", "api_format");
}

/// The format of stored settings that do not name one.
ApiFormat guess_format(const ProviderSettings& settings) {
  const bool anthropic = settings.base_url.find("anthropic") != std::string::npos ||
                         (settings.base_url.empty() && settings.api_key.reveal().starts_with("sk-ant-"));
  return anthropic ? ApiFormat::anthropic : ApiFormat::openai;
}

ApiFormat env_format(const EnvFacts& facts, std::optional<ApiFormat> stored, const std::string& model) {
  const bool both = env_offers(facts, ApiFormat::openai) && env_offers(facts, ApiFormat::anthropic);
  if (!both) return env_offers(facts, ApiFormat::anthropic) ? ApiFormat::anthropic : ApiFormat::openai;
  if (stored) return *stored;
  if (model.empty()) return ApiFormat::anthropic;
  return base::to_lower(model).starts_with("claude") ? ApiFormat::anthropic : ApiFormat::openai;
}

std::string default_model(ApiFormat format, const ClientUrl& url) {
  if (format == ApiFormat::anthropic && url.host == "api.anthropic.com") return std::string(anthropic_model);
  if (format == ApiFormat::openai && url.host == "api.openai.com") return std::string(openai_model);
  return {};
}

std::string without_suffix(std::string path, std::string_view suffix) {
  if (path.ends_with(suffix)) path.resize(path.size() - suffix.size());
  while (path.ends_with('/')) path.pop_back();
  return path;
}

/// The URL of `method` below the provider's base; a query of the base stays at the end.
std::string method_url(const Provider& provider, std::string_view method) {
  const auto parsed = parse_base(provider.base_url);
  if (!parsed) return {};
  const ClientUrl& url = *parsed;
  const std::size_t question = url.target.find('?');
  const std::string query = question == std::string::npos ? "" : url.target.substr(question);
  std::string path = without_suffix(url.target.substr(0, question), "");
  if (provider.format == ApiFormat::openai) {
    path = without_suffix(path, "/chat/completions");
    if (path.empty()) path = "/v1";
  } else {
    path = without_suffix(without_suffix(path, "/messages"), "/v1") + "/v1";
  }
  const std::string scheme = url.scheme == ClientUrl::Scheme::https ? "https://" : "http://";
  return scheme + url.authority() + path + std::string(method) + query;
}

}  // namespace

Result<ProviderChoice> choose_provider(const ProviderSettings& settings, const EnvLookup& env) {
  const auto format = stored_format(settings);
  if (!format) return format.error();
  const EnvFacts facts = read_env(env);
  const std::string_view stored_url = base::trim(settings.base_url);
  const std::string selected(base::trim(settings.selected_model));
  ProviderChoice choice;
  Provider& provider = choice.provider;
  provider.model = selected.empty() ? facts.model : selected;
  if (!stored_url.empty() || !settings.api_key.empty()) {
    choice.origin = ProviderOrigin::settings;
    provider.format = format->value_or(guess_format(settings));
    provider.base_url = stored_url.empty() ? std::string(vendor_base(provider.format)) : std::string(stored_url);
    provider.api_key = settings.api_key;
  } else if (env_offers(facts, ApiFormat::openai) || env_offers(facts, ApiFormat::anthropic)) {
    provider.format = env_format(facts, *format, provider.model);
    provider.base_url = env_url(facts, provider.format);
    provider.api_key = base::Secret(env_key(facts, provider.format));
  } else {
    return Error(Errc::not_configured,
                 "No AI provider is set up: store a key on the settings page, or start duotty with ANTHROPIC_API_KEY, "
                 "OPENAI_API_KEY or OPENAI_BASE_URL.");
  }
  const auto url = parse_base(provider.base_url);
  if (!url) return Error(Errc::invalid_params, "The AI base URL: " + url.error().message(), "base_url");
  if (provider.api_key.empty() && choice.origin == ProviderOrigin::settings) {
    const auto meant = parse_base(env_url(facts, provider.format));
    if (meant && meant->same_origin(*url)) provider.api_key = base::Secret(env_key(facts, provider.format));
  }
  if (provider.model.empty()) provider.model = default_model(provider.format, *url);
  if (provider.model.empty() && !url->loopback()) {
    return Error(Errc::not_configured,
                 "No model is chosen for " + url->authority() + ": pick one on the settings page or set MODEL_NAME.");
  }
  return choice;
}

std::string chat_url(const Provider& provider) {
  return method_url(provider, provider.format == ApiFormat::openai ? "/chat/completions" : "/messages");
}

std::string models_url(const Provider& provider) {
  return method_url(provider, "/models");
}

std::string provider_host(const Provider& provider) {
  const auto url = parse_base(provider.base_url);
  return url ? url->authority() : std::string("the provider");
}

std::string_view name_of(ApiFormat format) {
  return format == ApiFormat::openai ? "openai" : "anthropic";
}

}  // namespace duotty::llm
