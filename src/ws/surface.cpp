#include <duotty/core/channel.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/meters.hpp>
#include <duotty/ws/socket.hpp>
#include <duotty/ws/surface.hpp>
#include <nlohmann/json.hpp>

#include "rpc_connection.hpp"

namespace duotty::ws {
namespace {

/// A WebSocket as the channel that duplex methods speak over.
class SocketChannel final : public core::Channel {
 public:
  explicit SocketChannel(Socket& socket) : socket_(socket) {}
  core::Task<base::Result<core::ChannelMessage>> receive() override {
    auto message = co_await socket_.receive();
    if (!message) co_return message.error();
    using Kind = core::ChannelMessage::Kind;
    co_return core::ChannelMessage{message->kind == MessageKind::text ? Kind::text : Kind::binary,
                                   std::move(message->bytes)};
  }
  core::Task<base::Result<>> send_text(std::string text) override { return socket_.send_text(std::move(text)); }
  core::Task<base::Result<>> send_binary(std::string_view head, std::string_view body) override {
    return socket_.send_binary(head, body);
  }
  core::Task<> close(int code, std::string reason) override {
    return socket_.close(static_cast<CloseCode>(code), std::move(reason));
  }

 private:
  Socket& socket_;
};

CloseCode close_code(const base::Error& error) {
  switch (error.code()) {
    case base::Errc::unauthenticated:
    case base::Errc::rate_limited:
      return CloseCode::unauthenticated;
    case base::Errc::denied:
      return CloseCode::denied;
    case base::Errc::not_found:
    case base::Errc::terminal_not_found:
    case base::Errc::gone:
      return CloseCode::not_found;
    case base::Errc::internal:
      return CloseCode::internal;
    default:
      return CloseCode::policy;
  }
}

}  // namespace

/// One upgraded connection and whose it is, in the list of the open ones for as long as it lasts.
class Surface::Conversation {
 public:
  Conversation(std::list<Conversation*>& all, std::unique_ptr<Socket> socket, rpc::Call call)
      : socket_(std::move(socket)), call_(std::move(call)), all_(all), place_(all.insert(all.end(), this)) {
    ++core::meters().websockets;
    ++core::meters().websockets_opened;
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() {
    all_.erase(place_);
    --core::meters().websockets;
  }

  Socket& socket() { return *socket_; }
  rpc::Call& call() { return call_; }

 private:
  std::unique_ptr<Socket> socket_;
  rpc::Call call_;
  std::list<Conversation*>& all_;
  std::list<Conversation*>::iterator place_;
};

Surface::Surface(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher, http::Authenticator& auth)
    : executor_(std::move(executor)),
      dispatcher_(dispatcher),
      auth_(auth),
      routes_(dispatcher.table()),
      repeats_(std::make_unique<Repeats>(executor_, dispatcher)) {}

Surface::~Surface() = default;

core::Task<> Surface::stop() {
  return repeats_->stop();
}

core::Task<> Surface::serve(const http::Request& request, http::Responder& responder) {
  const bool is_rpc = request.path == http::kRpcPath;
  const auto match = routes_.match("WS", request.path);
  if (!is_rpc && match.outcome != http::RouteMatch::Outcome::found) {
    co_await responder.respond(http::Assets::not_found(request));
    co_return;
  }
  auto caller = auth_.admit(request, is_rpc ? http::Access::agent : http::Access::ui);
  // A page of another site learns nothing, not even that there is a socket.
  if (!caller && caller.error().code() == base::Errc::denied) {
    co_await responder.respond(http::error_response(caller.error()));
    co_return;
  }
  SocketOptions socket_options;
  auto socket = co_await accept(responder, request, socket_options);
  if (!socket) co_return;
  if (!caller) {
    co_await (*socket)->close(close_code(caller.error()), caller.error().message());
    co_return;
  }
  rpc::Call call = http::make_call(request, "ws");
  call.caller = std::move(*caller);
  call.from_text = !is_rpc;
  auto conversation = std::make_unique<Conversation>(open_, std::move(*socket), std::move(call));
  if (is_rpc) {
    responder.go_on(talk_rpc(std::move(conversation)));
  } else {
    responder.go_on(
        talk_duplex(std::move(conversation), routes_.method(match), http::text_parameters(request, match.captures)));
  }
}

core::Task<> Surface::talk_rpc(std::unique_ptr<Conversation> with) {
  const rpc::Caller caller = with->call().caller;
  RpcConnection connection(executor_, with->socket(), dispatcher_, *repeats_, with->call());
  co_await connection.serve();
  // A token that was revoked lost its connection too, but nobody may come back for its calls.
  if (!auth_.still_valid(caller)) drop_unwelcome();
}

void Surface::drop_unwelcome() {
  repeats_->drop([this](const rpc::Caller& caller) { return auth_.still_valid(caller); });
}

core::Task<> Surface::talk_duplex(std::unique_ptr<Conversation> with, const rpc::Method& method, rpc::Json params) {
  SocketChannel channel(with->socket());
  auto result = co_await dispatcher_.duplex(method.name, with->call(), std::move(params), channel);
  if (!result) co_await with->socket().close(close_code(result.error()), result.error().message());
}

void Surface::drop_revoked() {
  for (Conversation* open : open_) {
    if (!auth_.still_valid(open->call().caller)) open->socket().abort();
  }
  drop_unwelcome();
}

}  // namespace duotty::ws
