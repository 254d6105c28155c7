#pragma once
// The method table over WebSocket: /ws/agent carries any number of calls and streams as JSON frames (WinkTerm's
// protocol), and each duplex method has a socket of its own.
#include <duotty/http/surface.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <list>
#include <memory>

namespace duotty::ws {

class Repeats;
class RpcConnection;
class Socket;

/// Serves upgrades. Everything it is given outlives it. Loop thread only.
class Surface final : public http::Upgrades {
 public:
  Surface(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher, http::Authenticator& auth);

  ~Surface() override;

  core::Task<> serve(const http::Request& request, http::Responder& responder) override;
  void drop_revoked() override;
  /// Ends the calls that lost connections have left behind. After the HTTP server has stopped.
  core::Task<> stop();

 private:
  class Conversation;
  void drop_unwelcome();
  core::Task<> talk_rpc(std::unique_ptr<Conversation> with);
  core::Task<> talk_duplex(std::unique_ptr<Conversation> with, const rpc::Method& method, rpc::Json params);

  core::asio::any_io_executor executor_;
  const rpc::Dispatcher& dispatcher_;
  http::Authenticator& auth_;
  http::MethodRoutes routes_;
  std::list<Conversation*> open_;
  std::unique_ptr<Repeats> repeats_;
};

}  // namespace duotty::ws
