#pragma once
// What both vendors' codecs have in common: a request goes in and comes out as headers and a body; events of a stream
// go in and come out as text, and what is known at the end. Pure.
#include <chrono>
#include <duotty/http/client.hpp>
#include <duotty/http/sse_parser.hpp>
#include <duotty/llm/model.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::llm {

/// A refusal in a vendor's words, from an HTTP answer or from inside a stream.
struct Refusal {
  int status = 0;       ///< HTTP status, or the one that the vendor's error type stands for; 0: unknown
  std::string type;     ///< the vendor's name of the error (`overloaded_error`), may be empty
  std::string message;  ///< the vendor's sentence: untrusted
};

/// What one event meant.
struct Decoded {
  std::string text;                ///< to be shown; may be empty
  std::optional<Refusal> refusal;  ///< the stream has failed
};

/// Reads one answer. Feed it events until complete(), or the end of the stream.
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  /// Unknown events and fields are ignored; what is no JSON is a refusal.
  virtual Decoded take(const http::SseEvent& event) = 0;
  /// A whole answer in one JSON body, from servers that do not stream; complete() tells whether it was one.
  virtual Decoded take_whole(const nlohmann::json& body) = 0;
  /// The stream has ended: text that was held back.
  virtual std::string finish() { return {}; }

  /// The vendor has said that the answer is over, and nothing else will come.
  bool complete() const noexcept { return complete_; }
  /// The vendor has said why the answer ended: it is whole even if the stream has no proper end.
  bool finished() const noexcept { return complete_ || finish_.has_value(); }
  FinishReason finish_reason() const noexcept { return finish_.value_or(FinishReason::stop); }
  const Usage& usage() const noexcept { return usage_; }
  const std::string& model() const noexcept { return model_; }

 protected:
  bool complete_ = false;
  std::optional<FinishReason> finish_;
  Usage usage_;
  std::string model_;
};

/// Fields that some servers refuse; turned off when one does.
struct Dialect {
  bool stream_options = true;          ///< ask for usage in the stream
  bool max_completion_tokens = false;  ///< the newer name of max_tokens
};

std::string encode_openai(const ChatRequest& request, const Dialect& dialect);
std::unique_ptr<StreamDecoder> make_openai_decoder();
std::string encode_anthropic(const ChatRequest& request);
std::unique_ptr<StreamDecoder> make_anthropic_decoder();

/// Headers that carry the key and say what is spoken.
std::vector<http::ClientHeader> auth_headers(const Provider& provider);

/// The names in a model list of either vendor, or of a server that resembles them.
std::vector<std::string> decode_models(const nlohmann::json& body);

}  // namespace duotty::llm
