#pragma once
// The RPC WebSocket `/ws/agent`, the client's side: one socket, many calls, told apart by id.
#include <duotty/base/random.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/ws/socket.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "endpoint.hpp"
#include "remote.hpp"

namespace duotty::net {
class AnyStream;
}

namespace duotty::cli {

/// A connection to the server, with TLS when that is wanted. Errors: unreachable, timeout, invalid_params.
Task<base::Result<std::unique_ptr<net::AnyStream>>> dial(Endpoint endpoint);
/// A WebSocket to `target` ("/ws/agent") of the server, with the token as a header. Errors: unreachable, timeout,
/// upstream, with sentences that say what to do.
Task<base::Result<std::unique_ptr<ws::Socket>>> open_socket(Endpoint endpoint, std::string target,
                                                            std::size_t max_message);

/// The error of an `error` frame's member. Servers without our code are understood by their HTTP status.
base::Error decode_error(const Json& error);

/// close() must have ended before it is destroyed.
class Client final : public Remote {
 public:
  /// Connects and waits for the server's `ready`. Errors of open_socket(), unauthenticated, denied, protocol.
  static Task<base::Result<std::unique_ptr<Client>>> connect(Endpoint endpoint);
  /// Takes over a socket whose `ready` frame is still to come.
  Client(core::asio::any_io_executor executor, std::unique_ptr<ws::Socket> socket);
  ~Client() override;

  /// Waits for `ready`. Errors as connect().
  Task<base::Result<>> wait_ready(std::chrono::milliseconds limit);
  Task<base::Result<Json>> call(std::string method, Json params, OnProgress on_progress) override;
  const Json* details_of(const base::Error& error) const override;
  Task<> close() override;

 private:
  struct Pending;
  Task<> read();
  Task<> watch_silence();
  Task<> send(std::string text);
  void on_frame(const std::string& text);
  void fail_all(const base::Error& error);

  std::unique_ptr<ws::Socket> socket_;
  std::map<std::string, Pending*> pending_;
  std::string ids_ = base::make_id() + "-";  ///< the server takes the same call with the same id for a repeat
  unsigned next_id_ = 1;
  bool ready_ = false;
  std::optional<base::Error> lost_;
  std::optional<base::Error> failed_;  ///< the error that was answered last
  Json details_;                       ///< what was told beside it
  std::chrono::steady_clock::time_point last_heard_ = std::chrono::steady_clock::now();
  core::Event changed_;
  core::Scope scope_;
};

}  // namespace duotty::cli
