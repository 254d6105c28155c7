#include <duotty/core/channel.hpp>
#include <duotty/core/log.hpp>
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
  const auto place = open_.insert(open_.end(), Open{*caller, socket->get()});
  struct Leave {
    std::list<Open>& list;
    std::list<Open>::iterator place;
    ~Leave() { list.erase(place); }
  };
  const Leave leave{open_, place};
  if (is_rpc) {
    co_await serve_rpc(**socket, request, std::move(*caller));
  } else {
    co_await serve_duplex(**socket, request, std::move(*caller), routes_.method(match), match.captures);
  }
}

core::Task<> Surface::serve_rpc(Socket& socket, const http::Request& request, rpc::Caller caller) {
  rpc::Call prototype = http::make_call(request, "ws");
  prototype.caller = caller;
  RpcConnection connection(executor_, socket, dispatcher_, *repeats_, std::move(prototype));
  co_await connection.serve();
  // A token that was revoked lost its connection too, but nobody may come back for its calls.
  if (!auth_.still_valid(caller)) drop_unwelcome();
}

void Surface::drop_unwelcome() {
  repeats_->drop([this](const rpc::Caller& caller) { return auth_.still_valid(caller); });
}

core::Task<> Surface::serve_duplex(Socket& socket, const http::Request& request, rpc::Caller caller,
                                   const rpc::Method& method, const http::Captures& captures) {
  rpc::Call call = http::make_call(request, "ws");
  call.caller = std::move(caller);
  call.from_text = true;
  SocketChannel channel(socket);
  auto result = co_await dispatcher_.duplex(method.name, call, http::text_parameters(request, captures), channel);
  if (!result) co_await socket.close(close_code(result.error()), result.error().message());
}

void Surface::drop_revoked() {
  for (auto& open : open_) {
    if (!auth_.still_valid(open.caller)) open.socket->abort();
  }
  drop_unwelcome();
}

}  // namespace duotty::ws
