// Anthropic Messages (POST {base}/v1/messages, stream: true, anthropic-version 2023-06-01).
#include "decoder.hpp"
#include "failure.hpp"
#include "json_read.hpp"

namespace duotty::llm {

using nlohmann::json;

namespace {

FinishReason finish_of(const std::string& reason) {
  if (reason == "end_turn" || reason == "stop_sequence") return FinishReason::stop;
  if (reason == "max_tokens" || reason == "model_context_window_exceeded") return FinishReason::length;
  if (reason == "refusal") return FinishReason::refused;
  return FinishReason::other;
}

class AnthropicDecoder : public StreamDecoder {
 public:
  Decoded take(const http::SseEvent& event) override {
    if (event.data.empty()) return {};
    const json body = json::parse(event.data, nullptr, false);
    if (body.is_discarded()) return {{}, Refusal{0, "", "the stream holds something that is no JSON"}};
    std::string type = record::text_of(body, "type");
    if (type.empty()) type = event.type;
    if (type == "error") return {{}, read_refusal(body, 0)};
    if (type == "message_start") {
      const json& message = record::member_of(body, "message");
      model_ = record::text_of(message, "model");
      take_usage(record::member_of(message, "usage"));
    } else if (type == "content_block_start") {
      return {block_text(record::member_of(body, "content_block")), std::nullopt};
    } else if (type == "content_block_delta") {
      const json& delta = record::member_of(body, "delta");
      if (record::member_of(delta, "type") == "text_delta") return {record::text_of(delta, "text"), std::nullopt};
    } else if (type == "message_delta") {
      take_stop(record::member_of(body, "delta"));
      take_usage(record::member_of(body, "usage"));
    } else if (type == "message_stop") {
      complete_ = true;
    }
    return {};
  }

  Decoded take_whole(const json& body) override {
    if (record::member_of(body, "type") == "error" || record::member_of(body, "error").is_object())
      return {{}, read_refusal(body, 0)};
    Decoded decoded;
    const json& content = record::member_of(body, "content");
    for (std::size_t i = 0; i < content.size(); ++i) decoded.text += block_text(element(content, i));
    model_ = record::text_of(body, "model");
    take_stop(body);
    take_usage(record::member_of(body, "usage"));
    complete_ = finish_.has_value() || !decoded.text.empty();
    return decoded;
  }

 private:
  /// Thinking and tool blocks have no text of ours.
  static std::string block_text(const json& block) {
    return record::member_of(block, "type") == "text" ? record::text_of(block, "text") : std::string();
  }

  void take_stop(const json& holder) {
    if (const std::string reason = record::text_of(holder, "stop_reason"); !reason.empty()) finish_ = finish_of(reason);
  }

  /// The counts are running totals; a later event repeats or raises them.
  void take_usage(const json& usage) {
    const std::uint64_t cached = count_of(record::member_of(usage, "cache_read_input_tokens"));
    const std::uint64_t fresh = count_of(record::member_of(usage, "input_tokens")) +
                                count_of(record::member_of(usage, "cache_creation_input_tokens"));
    if (fresh + cached > 0) {
      usage_.input_tokens = fresh + cached;
      usage_.cached_input_tokens = cached;
    }
    if (const std::uint64_t output = count_of(record::member_of(usage, "output_tokens")); output > 0)
      usage_.output_tokens = output;
  }
};

}  // namespace

std::string encode_anthropic(const ChatRequest& request) {
  json messages = json::array();
  for (const Message& message : request.messages) {
    if (message.text.empty()) continue;  // refused by the vendor
    messages.push_back({{"role", message.role == Role::user ? "user" : "assistant"}, {"content", message.text}});
  }
  json body{{"model", request.model},
            {"max_tokens", request.max_tokens},
            {"messages", std::move(messages)},
            {"stream", true}};
  if (!request.system.empty()) body["system"] = request.system;
  if (request.temperature) body["temperature"] = *request.temperature;
  return record::to_text(body);
}

std::unique_ptr<StreamDecoder> make_anthropic_decoder() {
  return std::make_unique<AnthropicDecoder>();
}

}  // namespace duotty::llm
