#pragma once
// A model client over real HTTP, for tests of modules that see no HTTP.
#include <duotty/http/client.hpp>
#include <duotty/llm/client.hpp>
#include <utility>

namespace duotty::tests {

class LoopbackLlm {
 public:
  explicit LoopbackLlm(llm::LlmClientOptions options = {}) : client_(http_, std::move(options)) {}
  llm::LlmClient& client() { return client_; }

 private:
  http::Client http_;
  llm::LlmClient client_;
};

}  // namespace duotty::tests
