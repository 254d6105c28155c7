#pragma once
// Answers as server-sent events: the items of a stream, or the progress and the end of a call.
#include <duotty/http/server.hpp>
#include <duotty/http/sse_writer.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <nlohmann/json.hpp>

namespace duotty::http {

/// Items of a stream as server-sent events. The answer's head is sent with the first of them or by open().
class SseSink final : public rpc::Sink {
 public:
  explicit SseSink(Responder& responder) : responder_(responder) {}
  /// Sends the items' data as JSON lines instead, as a file of that name. Before open().
  void as_lines(const char* download) { download_ = download; }
  core::Task<base::Result<>> open() override;
  core::Task<base::Result<>> send(rpc::StreamEvent event) override;
  /// Keeps the connection from looking dead.
  core::Task<base::Result<>> comment();
  bool opened() const { return stream_ != nullptr; }

 private:
  Responder& responder_;
  const char* download_ = nullptr;
  ResponseStream* stream_ = nullptr;
};

/// The answer of a call that failed, with what the call says of its error.
Response failure_response(const base::Error& error, const rpc::Call& call);

/// Whether the client asks for events and would not take one document.
bool wants_events(const Request& request);

/// Runs a plain call and answers with `progress` events while it runs and one `result` or `error` event at its end.
/// A call that fails before it has told anything gets an ordinary error answer.
core::Task<> answer_with_events(const rpc::Dispatcher& dispatcher, const std::string& method, rpc::Call& call,
                                rpc::Json params, Responder& responder);

}  // namespace duotty::http
