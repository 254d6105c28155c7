#pragma once
// Which provider is asked, decided from what the person stored and from the environment. Pure.
#include <duotty/base/error.hpp>
#include <duotty/llm/model.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::llm {

/// The stored settings, each empty when not set.
struct ProviderSettings {
  std::string api_format;  ///< `openai` or `anthropic`
  std::string base_url;
  base::Secret api_key;
  std::string selected_model;
};

/// Reads an environment variable; nullopt when it is not set. Empty values count as not set.
using EnvLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Where the choice came from, for `status` and the settings page.
enum class ProviderOrigin { settings, environment };

struct ProviderChoice {
  Provider provider;
  ProviderOrigin origin = ProviderOrigin::environment;
};

/// Chooses a provider; settings win over the environment.
///  - A stored key goes only to the stored URL, or to the format's own vendor when no URL is stored.
///  - A stored URL without a stored key gets the environment's key only if the environment means that same origin;
///    otherwise none is sent (Ollama and its like need none).
///  - Without both: ANTHROPIC_API_KEY (and ANTHROPIC_BASE_URL), or OPENAI_API_KEY / LLM_API_KEY and OPENAI_BASE_URL /
///    LLM_BASE_URL. When both kinds are there, a stored api_format decides, else the model's name (`claude…`), else
///    Anthropic.
///  - Model: selected_model, MODEL_NAME, LLM_MODEL, else the default of OpenAI or Anthropic.
/// Errors: `not_configured`, one line that says how to set a key or a model; `invalid_params` for a malformed base URL
/// or an unknown api_format.
base::Result<ProviderChoice> choose_provider(const ProviderSettings& settings, const EnvLookup& env);

/// The URL of the chat method: {base}/chat/completions or {base}/messages. `/v1` is added when the base has no path,
/// and an address of the method itself is accepted as a base. Expects a base that choose_provider() accepted.
std::string chat_url(const Provider& provider);
/// The URL of the model list, by the same rules.
std::string models_url(const Provider& provider);
/// Host (and port, unless it is the scheme's own) of the provider, for messages.
std::string provider_host(const Provider& provider);
/// `openai` or `anthropic`.
std::string_view name_of(ApiFormat format);

}  // namespace duotty::llm
