#pragma once
// The neutral words for talking to a language model: what is asked, what comes back. No vendor's shapes are here.
#include <cstdint>
#include <duotty/base/secret.hpp>
#include <optional>
#include <string>
#include <vector>

namespace duotty::llm {

enum class Role { user, assistant };

struct Message {
  Role role = Role::user;
  std::string text;  ///< UTF-8; malformed bytes are replaced when it is sent
};

struct ChatRequest {
  std::string system;                 ///< instructions; may be empty
  std::vector<Message> messages;      ///< oldest first; ends with the user's
  std::string model;                  ///< empty: the provider's
  int max_tokens = 4096;              ///< bound of the answer, thinking included where the vendor counts it
  std::optional<double> temperature;  ///< absent: the vendor's default (some models accept no other)
};

/// Tokens as the vendor counted them; 0 when it did not say.
struct Usage {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t cached_input_tokens = 0;  ///< part of input_tokens that came from the vendor's cache
};

enum class FinishReason {
  stop,     ///< the model said all it wanted to
  length,   ///< max_tokens or the context window ended it
  refused,  ///< the vendor's filter or the model declined
  other,    ///< said in words that we do not know
};

/// A whole answer, after its stream has ended properly.
struct Outcome {
  std::string text;  ///< everything on_text was given, as the model wrote it: untrusted, not cleaned
  FinishReason finish = FinishReason::stop;
  Usage usage;
  std::string model;  ///< the model that answered, as the vendor names it
};

enum class ApiFormat {
  openai,     ///< Chat Completions, spoken by OpenAI, Ollama, vLLM, Groq, OpenRouter, LM Studio and many more
  anthropic,  ///< Messages
};

/// Where to ask, and with what key.
struct Provider {
  ApiFormat format = ApiFormat::openai;
  std::string base_url;  ///< as given; with or without /v1 and trailing slashes
  base::Secret api_key;  ///< empty: no key is sent
  std::string model;     ///< empty: a local server's first model is taken
};

}  // namespace duotty::llm
