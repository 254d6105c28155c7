#pragma once
// A client on a connection that carries messages both ways, such as `duotty mcp` on its standard input and output.
#include <deque>
#include <duotty/core/channel.hpp>

#include "session.hpp"

namespace duotty::mcp {

class Connection {
 public:
  Connection(core::asio::any_io_executor executor, core::Channel& channel, const Engine& engine, rpc::Call call);
  /// Serves until the client leaves; then ends what runs and waits for it.
  Task<> serve();

 private:
  struct Batch;
  Task<> read();
  Task<> write();
  Task<> answer(Message message, std::shared_ptr<Batch> batch);
  void on_text(const std::string& text);
  void on_batch(Json messages);
  void on_message(Json json, const std::shared_ptr<Batch>& batch);
  void post(const Json& message);
  /// Drops the message when the client is slow: for what the answer repeats or the next message says again.
  void post_if_quick(const Json& message);

  core::Channel& channel_;
  std::deque<std::string> outbox_;
  std::size_t outbox_bytes_ = 0;
  core::Event wake_;
  Session session_;
  core::Scope scope_;
};

}  // namespace duotty::mcp
