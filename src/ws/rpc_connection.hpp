#pragma once
// One /ws/agent connection: requests in, frames out, each request in its own coroutine.
#include <deque>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <duotty/ws/socket.hpp>
#include <list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "repeats.hpp"

namespace duotty::ws {

class RpcConnection {
 public:
  /// Requests that may run at once.
  static constexpr std::size_t kMaxInFlight = 64;

  /// `repeats` outlives the connection.
  RpcConnection(core::asio::any_io_executor executor, Socket& socket, const rpc::Dispatcher& dispatcher,
                Repeats& repeats, rpc::Call prototype);
  /// Serves until the client leaves; then cancels what runs and waits for it. Calls that change something are left to
  /// `repeats` when the connection was lost and not closed.
  core::Task<> serve();

 private:
  struct Request;
  class StreamSink;

  core::Task<> read();
  core::Task<> write();
  core::Task<> run(std::shared_ptr<Request> request, std::string method, rpc::Json params);
  core::Task<> follow(std::shared_ptr<Request> request);
  void part(bool lost);
  void on_frame(const std::string& text);
  void start(const rpc::Json& frame);
  void cancel(const std::string& id);
  void post(const rpc::Json& frame);
  void post_text(std::string text, std::shared_ptr<KeptCall> answered = nullptr);
  /// Drops the frame when the client is slow: only for progress, whose content the result repeats.
  /// For a client that takes its frames too slowly progress is left out; the next that it gets says so with `gap`.
  void post_progress(const std::string& id, const rpc::Json& data);
  void post_error(const std::string& id, const base::Error& error);

  core::asio::any_io_executor executor_;
  Socket& socket_;
  const rpc::Dispatcher& dispatcher_;
  Repeats& repeats_;
  rpc::Call prototype_;
  std::map<std::string, std::shared_ptr<Request>> requests_;
  std::list<std::shared_ptr<KeptCall>> unanswered_;  ///< whose answer has not been sent
  struct Frame {
    std::string text;
    std::shared_ptr<KeptCall> answered;  ///< the call that this frame ends, or null
  };
  std::deque<Frame> outbox_;
  std::size_t outbox_bytes_ = 0;
  bool lost_ = false;
  core::Event wake_;
  core::Event drained_;
  core::Scope scope_;
};

}  // namespace duotty::ws
