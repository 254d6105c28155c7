// OpenAI Chat Completions (POST {base}/chat/completions, stream: true), as OpenAI and the servers that resemble it
// speak.
#include <duotty/base/text.hpp>

#include "decoder.hpp"
#include "failure.hpp"
#include "json_read.hpp"
#include "think_filter.hpp"

namespace duotty::llm {

using nlohmann::json;

namespace {

FinishReason finish_of(const std::string& reason) {
  if (reason == "stop" || reason == "eos" || reason == "end_turn" || reason == "stop_sequence")
    return FinishReason::stop;
  if (reason == "length" || reason == "max_tokens") return FinishReason::length;
  if (reason == "content_filter" || reason == "refusal") return FinishReason::refused;
  return FinishReason::other;
}

class OpenaiDecoder : public StreamDecoder {
 public:
  Decoded take(const http::SseEvent& event) override {
    const std::string_view data = base::trim(event.data);
    if (data == "[DONE]") {
      complete_ = true;
      return {finish(), std::nullopt};
    }
    if (data.empty()) return {};
    const json body = json::parse(data, nullptr, false);
    if (body.is_discarded()) return {{}, Refusal{0, "", "the stream holds something that is no JSON"}};
    return take_body(body, "delta");
  }

  Decoded take_whole(const json& body) override {
    Decoded decoded = take_body(body, "message");
    decoded.text += finish();
    complete_ = finish_.has_value() || !decoded.text.empty();
    return decoded;
  }

  std::string finish() override { return think_.finish(); }

 private:
  Decoded take_body(const json& body, std::string_view part) {
    if (const json& error = record::member_of(body, "error");
        !error.is_null() || record::member_of(body, "object") == "error") {
      return {{}, read_refusal(body, 0)};
    }
    if (model_.empty()) model_ = record::text_of(body, "model");
    take_usage(record::member_of(body, "usage"));
    take_usage(record::member_of(record::member_of(body, "x_groq"), "usage"));
    const json& choice = element(record::member_of(body, "choices"), 0);
    const json& delta = record::member_of(choice, part);
    std::string text = content_text(record::member_of(delta, "content"));
    if (const std::string refusal = record::text_of(delta, "refusal"); !refusal.empty()) {
      text += refusal;
      finish_ = FinishReason::refused;
    }
    if (text.empty()) text = record::text_of(choice, "text");
    Decoded decoded{think_.feed(text), std::nullopt};
    if (const std::string reason = record::text_of(choice, "finish_reason"); !reason.empty()) {
      if (!finish_) finish_ = finish_of(reason);
      decoded.text += think_.finish();
    }
    return decoded;
  }

  void take_usage(const json& usage) {
    if (!usage.is_object()) return;
    usage_.input_tokens = count_of(record::member_of(usage, "prompt_tokens"));
    usage_.output_tokens = count_of(record::member_of(usage, "completion_tokens"));
    usage_.cached_input_tokens =
        count_of(record::member_of(record::member_of(usage, "prompt_tokens_details"), "cached_tokens"));
  }

  ThinkFilter think_;
};

}  // namespace

std::string encode_openai(const ChatRequest& request, const Dialect& dialect) {
  json messages = json::array();
  if (!request.system.empty()) messages.push_back({{"role", "system"}, {"content", request.system}});
  for (const Message& message : request.messages) {
    messages.push_back({{"role", message.role == Role::user ? "user" : "assistant"}, {"content", message.text}});
  }
  json body{{"model", request.model}, {"messages", std::move(messages)}, {"stream", true}};
  body[dialect.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] = request.max_tokens;
  if (dialect.stream_options) body["stream_options"] = {{"include_usage", true}};
  if (request.temperature) body["temperature"] = *request.temperature;
  return record::to_text(body);
}

std::unique_ptr<StreamDecoder> make_openai_decoder() {
  return std::make_unique<OpenaiDecoder>();
}

}  // namespace duotty::llm
