#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "decoder.hpp"
#include "failure.hpp"
#include "scripted_provider.hpp"
#include "think_filter.hpp"

namespace duotty::llm {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Everything a decoder makes of a stream that arrives in pieces.
struct Decoding {
  std::string text;
  std::optional<Refusal> refusal;
  bool complete = false;
  bool finished = false;
  FinishReason reason = FinishReason::stop;
  Usage usage;
  std::string model;
};

Decoding decode(ApiFormat format, std::string_view stream, std::size_t first, std::size_t size) {
  const auto decoder = format == ApiFormat::openai ? make_openai_decoder() : make_anthropic_decoder();
  http::SseParser parser;
  Decoding out;
  const auto take = [&](const http::SseEvent& event) {
    if (decoder->complete() || out.refusal) return;
    const Decoded decoded = decoder->take(event);
    out.text += decoded.text;
    out.refusal = decoded.refusal;
  };
  std::vector<std::string_view> pieces{stream.substr(0, first)};
  for (std::size_t at = first; at < stream.size(); at += size) pieces.push_back(stream.substr(at, size));
  for (const std::string_view piece : pieces) {
    const auto events = parser.feed(piece);
    EXPECT_TRUE(events);
    for (const auto& event : *events) take(event);
  }
  if (const auto last = parser.finish()) take(*last);
  out.text += decoder->finish();
  out.complete = decoder->complete();
  out.finished = decoder->finished();
  out.reason = decoder->finish_reason();
  out.usage = decoder->usage();
  out.model = decoder->model();
  return out;
}

Decoding decode(ApiFormat format, std::string_view stream) {
  return decode(format, stream, 0, stream.size());
}

/// Cut at every byte, and into pieces of every small size, the stream means the same.
void expect_same_however_cut(ApiFormat format, const std::string& stream) {
  const Decoding whole = decode(format, stream);
  const auto same = [&](const Decoding& other) {
    return other.text == whole.text && other.complete == whole.complete && other.reason == whole.reason &&
           other.usage.output_tokens == whole.usage.output_tokens && other.model == whole.model &&
           other.refusal.has_value() == whole.refusal.has_value();
  };
  for (std::size_t at = 0; at <= stream.size(); ++at) {
    ASSERT_TRUE(same(decode(format, stream, at, stream.size()))) << "cut at " << at;
  }
  for (std::size_t size = 1; size < 9; ++size)
    ASSERT_TRUE(same(decode(format, stream, 0, size))) << "pieces of " << size;
}

ChatRequest sample_request() {
  ChatRequest request;
  request.system = "Be brief.";
  request.messages = {{Role::user, "why?"}, {Role::assistant, "because"}, {Role::user, "bad \xFF byte"}};
  request.model = "m1";
  request.max_tokens = 99;
  return request;
}

const std::vector<std::string> deltas{"Die Platte ", "ist voll – 日本語 ", "🎉\n", "```command\ndf -h\n```"};
constexpr std::string_view whole_text = "Die Platte ist voll – 日本語 🎉\n```command\ndf -h\n```";

TEST(OpenaiCodec, EncodesARequest) {
  const json body = json::parse(encode_openai(sample_request(), {}));
  EXPECT_EQ(body["model"], "m1");
  EXPECT_EQ(body["stream"], true);
  EXPECT_EQ(body["max_tokens"], 99);
  EXPECT_EQ(body["stream_options"]["include_usage"], true);
  EXPECT_FALSE(body.contains("temperature"));
  ASSERT_EQ(body["messages"].size(), 4u);
  EXPECT_EQ(body["messages"][0], json({{"role", "system"}, {"content", "Be brief."}}));
  EXPECT_EQ(body["messages"][2], json({{"role", "assistant"}, {"content", "because"}}));
  EXPECT_EQ(body["messages"][3]["content"], "bad \xEF\xBF\xBD byte");

  ChatRequest warm = sample_request();
  warm.temperature = 0.5;
  const json other = json::parse(encode_openai(warm, {false, true}));
  EXPECT_EQ(other["max_completion_tokens"], 99);
  EXPECT_EQ(other["temperature"], 0.5);
  EXPECT_FALSE(other.contains("max_tokens"));
  EXPECT_FALSE(other.contains("stream_options"));
}

TEST(OpenaiCodec, DecodesAStreamCutAtEveryByte) {
  const std::string stream = tests::stream_body(tests::Wire::openai, deltas);
  const Decoding got = decode(ApiFormat::openai, stream);
  EXPECT_EQ(got.text, whole_text);
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.reason, FinishReason::stop);
  EXPECT_EQ(got.usage.input_tokens, 42u);
  EXPECT_EQ(got.usage.output_tokens, 4u);
  EXPECT_EQ(got.model, "scripted-model");
  expect_same_however_cut(ApiFormat::openai, stream);
}

TEST(OpenaiCodec, ToleratesWhatCompatibleServersSend) {
  const std::string stream =
      ": OPENROUTER PROCESSING\n\n"
      "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n"
      "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\r\n\r\n"
      "data: {\"choices\":[{\"delta\":{\"content\":null,\"reasoning_content\":\"hidden\"}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hidden\",\"content\":\"\"}}]}\n\n"
      "data:{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}],\"usage\":null}\n\n"
      "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"b\"}]}}],\"extra\":[1]}\n\n"
      "data: {}\n\n"
      "data: 7\n\n"
      "data: \n\n"
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}],"
      "\"x_groq\":{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,"
      "\"prompt_tokens_details\":{\"cached_tokens\":3}}}}\n\n"
      "data: [DONE]";
  const Decoding got = decode(ApiFormat::openai, stream);
  EXPECT_EQ(got.text, "ab");
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.reason, FinishReason::length);
  EXPECT_EQ(got.usage.input_tokens, 5u);
  EXPECT_EQ(got.usage.cached_input_tokens, 3u);
  EXPECT_FALSE(got.refusal);
  expect_same_however_cut(ApiFormat::openai, stream);
}

TEST(OpenaiCodec, KnowsAnAnswerThatStoppedWithoutItsEnd) {
  const Decoding stopped =
      decode(ApiFormat::openai, "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n");
  EXPECT_TRUE(stopped.finished);
  const Decoding cut = decode(ApiFormat::openai, "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n");
  EXPECT_FALSE(cut.finished);
}

TEST(OpenaiCodec, ReportsErrorsInTheStream) {
  struct Case {
    std::string_view data;
    int status;
    std::string_view message;
  };
  for (const Case& test : {Case{R"({"error":{"message":"slow","type":"rate_limit_error"}})", 429, "slow"},
                           Case{R"({"error":{"code":502,"message":"gone"},"choices":[]})", 502, "gone"},
                           Case{R"({"error":"plain words"})", 0, "plain words"},
                           Case{R"({"object":"error","message":"vllm","type":"BadRequest","code":400})", 400, "vllm"},
                           Case{"{not json", 0, "the stream holds something that is no JSON"}}) {
    const Decoding got = decode(ApiFormat::openai, "data: " + std::string(test.data) + "\n\n");
    ASSERT_TRUE(got.refusal) << test.data;
    EXPECT_EQ(got.refusal->status, test.status) << test.data;
    EXPECT_EQ(got.refusal->message, test.message);
    EXPECT_FALSE(got.finished);
  }
}

TEST(OpenaiCodec, ShowsARefusalOfTheModel) {
  const Decoding got =
      decode(ApiFormat::openai, "data: {\"choices\":[{\"delta\":{\"refusal\":\"I cannot.\"}}]}\n\ndata: [DONE]\n\n");
  EXPECT_EQ(got.text, "I cannot.");
  EXPECT_EQ(got.reason, FinishReason::refused);
}

TEST(OpenaiCodec, ReadsAnAnswerThatWasNotStreamed) {
  const auto decoder = make_openai_decoder();
  const Decoded decoded = decoder->take_whole(json::parse(
      R"({"model":"m","choices":[{"message":{"role":"assistant","content":"<think>x</think>hello"},
          "finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}})"));
  EXPECT_EQ(decoded.text, "hello");
  EXPECT_TRUE(decoder->complete());
  EXPECT_EQ(decoder->usage().output_tokens, 2u);
}

TEST(ThinkFilter, DropsLeadingThinkingHoweverItIsCut) {
  struct Case {
    std::string_view in, out;
  };
  for (const Case& test :
       {Case{"<think>plan\n</thin</think>\n\nanswer <think>", "answer <think>"}, Case{"answer", "answer"},
        Case{"<thinking>", "<thinking>"}, Case{"  <think></think>x", "x"}, Case{"<thi", "<thi"},
        Case{"<think>never closed", ""}, Case{"", ""}, Case{"\n hi", "\n hi"}}) {
    for (std::size_t size = 1; size <= test.in.size() + 1; ++size) {
      ThinkFilter filter;
      std::string out;
      for (const std::string& piece : tests::cut_every(test.in, size)) out += filter.feed(piece);
      EXPECT_EQ(out + filter.finish(), test.out) << test.in << " in pieces of " << size;
    }
  }
}

TEST(AnthropicCodec, EncodesARequest) {
  ChatRequest request = sample_request();
  request.messages.push_back({Role::user, ""});
  const json body = json::parse(encode_anthropic(request));
  EXPECT_EQ(body["model"], "m1");
  EXPECT_EQ(body["max_tokens"], 99);
  EXPECT_EQ(body["system"], "Be brief.");
  EXPECT_EQ(body["stream"], true);
  ASSERT_EQ(body["messages"].size(), 3u);
  EXPECT_EQ(body["messages"][1]["role"], "assistant");
  request.system.clear();
  EXPECT_FALSE(json::parse(encode_anthropic(request)).contains("system"));
}

TEST(AnthropicCodec, DecodesAStreamCutAtEveryByte) {
  const std::string stream = tests::stream_body(tests::Wire::anthropic, deltas);
  const Decoding got = decode(ApiFormat::anthropic, stream);
  EXPECT_EQ(got.text, whole_text);
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.reason, FinishReason::stop);
  EXPECT_EQ(got.usage.input_tokens, 42u);
  EXPECT_EQ(got.usage.output_tokens, 4u);
  EXPECT_EQ(got.model, "scripted-model");
  expect_same_however_cut(ApiFormat::anthropic, stream);
}

TEST(AnthropicCodec, IgnoresThinkingToolsAndUnknownEvents) {
  const std::string stream =
      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"c\",\"usage\":"
      "{\"input_tokens\":10,\"cache_read_input_tokens\":5,\"cache_creation_input_tokens\":2,\"output_tokens\":1}}}\n\n"
      "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
      "\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n"
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
      "\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hidden\"}}\n\n"
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
      "\"delta\":{\"type\":\"signature_delta\",\"signature\":\"abc\"}}\n\n"
      "event: ping\ndata: {\"type\": \"ping\"}\n\n"
      "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,"
      "\"content_block\":{\"type\":\"text\",\"text\":\"shown\"}}\n\n"
      "event: something_new\ndata: {\"type\":\"something_new\",\"text\":\"hidden\"}\n\n"
      "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},"
      "\"usage\":{\"output_tokens\":9}}\n\n"
      "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
  const Decoding got = decode(ApiFormat::anthropic, stream);
  EXPECT_EQ(got.text, "shown");
  EXPECT_EQ(got.reason, FinishReason::length);
  EXPECT_EQ(got.usage.input_tokens, 17u);
  EXPECT_EQ(got.usage.cached_input_tokens, 5u);
  EXPECT_EQ(got.usage.output_tokens, 9u);
  expect_same_however_cut(ApiFormat::anthropic, stream);
}

TEST(AnthropicCodec, ReportsOverloadInTheStream) {
  const Decoding got = decode(ApiFormat::anthropic,
                              "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                              "\"message\":\"Overloaded\"}}\n\n");
  ASSERT_TRUE(got.refusal);
  EXPECT_EQ(got.refusal->status, 529);
  EXPECT_TRUE(worth_retrying(*got.refusal));
}

TEST(AnthropicCodec, ReadsAnAnswerThatWasNotStreamed) {
  const auto decoder = make_anthropic_decoder();
  const Decoded decoded = decoder->take_whole(json::parse(
      R"({"type":"message","model":"c","content":[{"type":"thinking","thinking":"x"},{"type":"text","text":"hello"}],
          "stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}})"));
  EXPECT_EQ(decoded.text, "hello");
  EXPECT_EQ(decoder->usage().input_tokens, 1u);
}

TEST(Codecs, SurviveJsonOfEveryWrongShape) {
  for (const ApiFormat format : {ApiFormat::openai, ApiFormat::anthropic}) {
    for (const std::string_view data :
         {"null", "[]", "\"text\"", "3.5", "{\"choices\":{}}", "{\"choices\":[[]]}", "{\"choices\":[{\"delta\":7}]}",
          "{\"choices\":[{\"delta\":{\"content\":{\"a\":1}}}]}", "{\"type\":7}", "{\"type\":\"message_start\"}",
          "{\"type\":\"message_start\",\"message\":[1]}", "{\"type\":\"content_block_delta\",\"delta\":\"x\"}",
          "{\"usage\":[1,2],\"model\":{}}", "{\"usage\":{\"prompt_tokens\":-5,\"completion_tokens\":1e300}}"}) {
      const Decoding got = decode(format, "data: " + std::string(data) + "\n\n");
      EXPECT_EQ(got.text, "") << data;
      EXPECT_EQ(got.usage.input_tokens, 0u);
      const auto decoder = format == ApiFormat::openai ? make_openai_decoder() : make_anthropic_decoder();
      EXPECT_EQ(decoder->take_whole(json::parse(data)).text, "");
    }
  }
}

TEST(Models, AreReadFromEveryKnownShape) {
  const auto names = [](std::string_view body) { return decode_models(json::parse(body)); };
  EXPECT_THAT(names(R"({"data":[{"id":"a"},{"id":"b"},{"id":"a"}],"object":"list"})"), ElementsAre("a", "b"));
  EXPECT_THAT(names(R"([{"id":"x"},{"name":"y"},"z",7,{"id":""},{"id":"evil\u001b[2J"}])"), ElementsAre("x", "y", "z"));
  EXPECT_THAT(names(R"({"models":[{"name":"llama3:latest","model":"llama3"}]})"), ElementsAre("llama3"));
  EXPECT_TRUE(names(R"({"error":1})").empty());
}

}  // namespace
}  // namespace duotty::llm
