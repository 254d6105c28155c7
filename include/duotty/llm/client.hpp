#pragma once
// Asks a model and streams its answer. One question, one call; memory and prompts are the agent's business.
#include <chrono>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/llm/model.hpp>
#include <duotty/llm/retry.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::http {
class Client;
}

namespace duotty::llm {

/// What happens while an answer is on its way. Called on the loop, must not suspend; empty functions are skipped.
struct StreamCallbacks {
  /// A piece of the answer, as the model wrote it: untrusted. May split a UTF-8 sequence never, a word often.
  std::function<void(std::string_view text)> on_text;
  /// The request was refused for now and is sent again after `wait`; `reason` is a sentence without its full stop.
  std::function<void(std::string_view reason, std::chrono::milliseconds wait)> on_retry;
};

struct LlmClientOptions {
  RetryPolicy retry;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds idle_timeout{60'000};  ///< longest silence of a stream; keep-alives count as life
  std::function<double()> jitter;                  ///< in [0, 1]; empty: random
};

/// Loop thread only. Holds no state between calls.
class LlmClient {
 public:
  /// `http` must outlive this object.
  explicit LlmClient(http::Client& http, LlmClientOptions options = {});

  /// Streams the answer to `request`. Refusals that pass by themselves (see retry.hpp) are tried again before the first
  /// piece of text only; an answer that breaks off afterwards is an error that says so.
  /// Errors, each a sentence for the terminal that begins with the HTTP status where there is one and never contains
  /// the key: `upstream` (refused key, unknown model, overload, an answer that was cut or makes no sense),
  /// `rate_limited`, `unreachable`, `timeout`, `not_configured` (no model), `invalid_params`, `cancelled`. Cancellation
  /// closes the connection; the call ends with `cancelled` or throws operation_aborted.
  core::Task<base::Result<Outcome>> stream(ChatRequest request, Provider provider, StreamCallbacks callbacks);

  /// The names of the models the provider offers, in its order (at most 2000, no duplicates). Errors as in stream().
  core::Task<base::Result<std::vector<std::string>>> list_models(Provider provider);

 private:
  http::Client& http_;
  LlmClientOptions options_;
};

}  // namespace duotty::llm
