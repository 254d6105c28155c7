#include "sse_sink.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <deque>
#include <duotty/http/surface.hpp>
#include <utility>

namespace duotty::http {
namespace {

using rpc::Json;

constexpr auto kHeartbeat = std::chrono::seconds(15);
/// Progress that waits for a slow client beyond this is dropped, which the next says with `gap`: the result has
/// everything.
constexpr std::size_t kSlow = std::size_t{1} << 20;

/// What a call has told and its client has not got yet.
class Told {
 public:
  explicit Told(core::asio::any_io_executor executor) : changed_(std::move(executor)) {}

  void add(const Json& data) {
    const std::size_t size = data.contains("output") ? data["output"].get_ref<const std::string&>().size() : 64;
    if (bytes_ + size > kSlow) {
      gap_ = true;
      return;
    }
    bytes_ += size;
    Json told = data;
    if (std::exchange(gap_, false)) told["gap"] = true;
    waiting_.push_back({std::make_shared<const Json>(std::move(told)), size});
    changed_.notify();
  }

  core::Task<base::Result<Json>> run(const rpc::Dispatcher& dispatcher, std::string method, rpc::Call& call,
                                     Json params) {
    auto result = co_await dispatcher.call(method, call, std::move(params));
    ended_ = true;
    changed_.notify();
    co_return result;
  }

  /// Sends until the call has ended; of a client that is gone, nothing more.
  core::Task<> send_to(SseSink& sink) {
    bool gone = false;
    while (!ended_ || !waiting_.empty()) {
      if (waiting_.empty()) {
        const bool woken = co_await changed_.wait_until(std::chrono::steady_clock::now() + kHeartbeat);
        if (woken || ended_ || gone) continue;
        auto beaten = co_await sink.comment();
        gone = !beaten;
        continue;
      }
      rpc::StreamEvent event;
      event.name = "progress";
      event.data = std::move(waiting_.front().data);
      bytes_ -= waiting_.front().size;
      waiting_.pop_front();
      if (gone) continue;
      auto sent = co_await sink.send(std::move(event));
      gone = !sent;
    }
  }

 private:
  struct Item {
    std::shared_ptr<const Json> data;
    std::size_t size = 0;
  };
  std::deque<Item> waiting_;
  std::size_t bytes_ = 0;
  bool ended_ = false;
  bool gap_ = false;  ///< something was dropped since the last that waits
  core::Event changed_;
};

}  // namespace

core::Task<base::Result<>> SseSink::open() {
  if (stream_) co_return base::Result<>();
  Response head = sse_head();
  if (download_ != nullptr) {
    head.headers.set("Content-Type", "application/x-ndjson; charset=utf-8");
    head.headers.set("Content-Disposition", "attachment; filename=" + std::string(download_));
  }
  auto stream = co_await responder_.start_stream(std::move(head));
  if (!stream) co_return stream.error();
  stream_ = *stream;
  if (download_ != nullptr) co_return base::Result<>();
  // A comment makes every client see the head at once.
  co_return co_await stream_->write(": stream\n\n");
}

core::Task<base::Result<>> SseSink::send(rpc::StreamEvent event) {
  auto opened = co_await open();
  if (!opened) co_return opened.error();
  const std::string data = record::to_text(*event.data);
  const std::string bytes =
      download_ != nullptr ? data + "\n" : format_sse({.event = event.name, .id = event.id, .data = data});
  co_return co_await stream_->write(bytes);
}

core::Task<base::Result<>> SseSink::comment() {
  auto opened = co_await open();
  if (!opened) co_return opened.error();
  co_return co_await stream_->write(": still running\n\n");
}

Response failure_response(const base::Error& error, const rpc::Call& call) {
  Response response = error_response(error);
  if (call.details) response.body = record::to_text(rpc::error_body(error, call.details.get()));
  return response;
}

bool wants_events(const Request& request) {
  const std::string_view accept = request.headers.get("Accept");
  const auto takes = [&](std::string_view type) { return accept.find(type) != std::string_view::npos; };
  return takes("text/event-stream") && !takes("application/json");
}

core::Task<> answer_with_events(const rpc::Dispatcher& dispatcher, const std::string& method, rpc::Call& call,
                                Json params, Responder& responder) {
  using namespace core::asio::experimental::awaitable_operators;
  SseSink sink(responder);
  Told told(co_await core::asio::this_coro::executor);
  call.progress = [&told](const Json& data) { told.add(data); };
  auto both = told.run(dispatcher, method, call, std::move(params)) && told.send_to(sink);
  auto result = co_await std::move(both);
  if (!result && !sink.opened()) {
    co_await responder.respond(failure_response(result.error(), call));
    co_return;
  }
  rpc::StreamEvent last;
  last.name = result ? "result" : "error";
  last.data =
      std::make_shared<const Json>(result ? std::move(*result) : rpc::error_body(result.error(), call.details.get()));
  static_cast<void>(co_await sink.send(std::move(last)));
}

}  // namespace duotty::http
