// The only WebSocket file that sees Beast: both roles, every transport.
#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <cstdint>
#include <duotty/base/text.hpp>
#include <duotty/core/event.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/ws/socket.hpp>
#include <list>

// What Beast needs to know of our stream, found by argument-dependent look-up.
namespace duotty::net {

inline void beast_close_socket(AnyStream& stream) {
  stream.close();
}

/// The closing handshake is over: the peer reads end of file, the owner closes the socket.
inline void teardown(boost::beast::role_type, AnyStream& stream, boost::beast::error_code& error) {
  stream.shutdown_send();
  error = {};
}

template <class Handler>
void async_teardown(boost::beast::role_type, AnyStream& stream, Handler&& handler) {
  stream.shutdown_send();
  auto executor = asio::get_associated_executor(handler, stream.get_executor());
  asio::post(executor, [done = std::forward<Handler>(handler)]() mutable { done(boost::beast::error_code{}); });
}

}  // namespace duotty::net

namespace duotty::ws {
namespace {

namespace beast = boost::beast;
namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using base::Errc;
using base::Error;
using base::Result;

constexpr std::chrono::seconds handshake_time{10};
constexpr std::size_t client_write_buffer = 16 * 1024;  ///< for masking
/// Most messages are acknowledgements and keys: of memory that waits for one, no more than they take.
constexpr std::size_t first_read = 64;

Error closed_error() {
  return {Errc::closed, "The WebSocket is closed."};
}

Error read_error(const beast::error_code& error) {
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow)
    return {Errc::too_large, "The message is too large. Send it in smaller pieces."};
  if (error == websocket::error::bad_frame_payload)
    return {Errc::protocol, "A text message is not valid UTF-8. Send bytes as a binary message."};
  if (error == websocket::condition::protocol_violation)
    return {Errc::protocol, "The peer broke the WebSocket protocol: " + error.message() + "."};
  return closed_error();
}

class BeastSocket final : public Socket {
 public:
  using Stream = websocket::stream<net::AnyStream>;

  BeastSocket(net::AnyStream stream, const SocketOptions& options)
      : stream_(std::move(stream)), turn_(stream_.get_executor()) {
    stream_.read_message_max(options.max_message);
    stream_.auto_fragment(false);
    websocket::stream_base::timeout times{};
    times.handshake_timeout = handshake_time;
    times.idle_timeout = websocket::stream_base::none();
    times.keep_alive_pings = false;
    stream_.set_option(times);
  }

  Stream& stream() { return stream_; }

  core::Task<Result<Message>> receive() override {
    Message message;
    auto buffer = asio::dynamic_buffer(message.bytes);
    std::size_t size = first_read;
    do {
      auto [failed, count] = co_await stream_.async_read_some(buffer.prepare(size), core::as_result);
      buffer.commit(count);
      if (failed) {
        clean_ = failed == websocket::error::closed;
        if (!clean_ && !read_ends_cleanly(failed)) abort();
        co_return read_error(failed);
      }
      // Beast takes it for a fault when it is asked about a message that close() has read the rest of.
      size = stream_.is_open() ? stream_.read_size_hint() : first_read;
    } while (!stream_.is_message_done());
    message.kind = stream_.got_text() ? MessageKind::text : MessageKind::binary;
    co_return message;
  }

  core::Task<Result<>> send_text(std::string text) override {
    const std::string body = std::move(text);
    auto result = co_await send(MessageKind::text, body, {});
    co_return result;
  }

  core::Task<Result<>> send_binary(std::string_view head, std::string_view body) override {
    return send(MessageKind::binary, head, body);
  }

  core::Task<> close(CloseCode code, std::string reason) override {
    if (closing_ || dead_ || !stream_.is_open()) co_return;
    closing_ = true;
    if (reason.size() > 123) reason = base::shorten(reason, 120);
    const websocket::close_reason why(static_cast<websocket::close_code>(code), reason);
    auto [failed] = co_await stream_.async_close(why, core::as_result);
    if (failed && failed != websocket::error::closed) abort();
  }

  void abort() noexcept override {
    dead_ = true;
    stream_.next_layer().close();
  }

  std::uint16_t close_code() const noexcept override {
    if (stream_.is_open()) return 1006;
    if (stream_.reason().code != websocket::close_code::none) return stream_.reason().code;
    return clean_ ? 1005 : 1006;
  }
  std::string_view close_reason() const noexcept override {
    const auto& reason = stream_.reason().reason;
    return {reason.data(), reason.size()};
  }

 private:
  /// After a violation Beast has sent the close frame with the right code and ended its direction.
  static bool read_ends_cleanly(const beast::error_code& error) {
    return error == websocket::condition::protocol_violation || error == websocket::error::message_too_big;
  }

  /// One place in the order of the senders.
  class Turn {
   public:
    explicit Turn(BeastSocket& socket) : socket_(socket), place_(socket.senders_.insert(socket.senders_.end(), this)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      socket_.senders_.erase(place_);
      if (!socket_.senders_.empty()) socket_.turn_.notify();
    }
    bool first() const { return socket_.senders_.front() == this; }

   private:
    BeastSocket& socket_;
    std::list<const Turn*>::iterator place_;
  };

  core::Task<Result<>> send(MessageKind kind, std::string_view head, std::string_view body) {
    const Turn turn(*this);
    while (!turn.first()) co_await turn_.wait();
    if (dead_ || closing_ || !stream_.is_open()) co_return closed_error();
    stream_.text(kind == MessageKind::text);
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head.data(), head.size()),
                                                   asio::buffer(body.data(), body.size())};
    auto [failed, count] = co_await stream_.async_write(pieces, core::as_result);
    static_cast<void>(count);
    if (failed) {
      abort();  // a message that was sent in part cannot be continued
      co_return closed_error();
    }
    co_return Result<>();
  }

  Stream stream_;
  core::Event turn_;
  std::list<const Turn*> senders_;
  bool closing_ = false;
  bool dead_ = false;
  bool clean_ = false;
};

/// What is wrong with an upgrade request, as an HTTP answer.
std::optional<std::pair<http::Response, Error>> improper(const http::Request& request) {
  const auto refuse = [](int status, Error error) {
    http::Response response = http::error_response(status, error);
    if (status == 426) {
      response.headers.add("Upgrade", "websocket");
      response.headers.add("Sec-WebSocket-Version", "13");
    }
    return std::make_pair(std::move(response), std::move(error));
  };
  if (!request.wants_websocket())
    return refuse(426, Error(Errc::invalid_params, "This address speaks WebSocket: send an upgrade request."));
  if (request.headers.get("Sec-WebSocket-Version") != "13")
    return refuse(426, Error(Errc::unsupported, "Only WebSocket version 13 is served here."));
  const auto key = base::base64_decode(request.headers.get("Sec-WebSocket-Key"));
  if (request.headers.count("Sec-WebSocket-Key") != 1 || !key || key->size() != 16)
    return refuse(400, Error(Errc::invalid_params, "Sec-WebSocket-Key must be 16 bytes in base64."));
  return std::nullopt;
}

beast::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

websocket::request_type beast_request(const http::Request& request) {
  websocket::request_type copy;
  copy.method(beast::http::verb::get);
  copy.target(view(request.target));
  copy.version(11);
  for (const auto& [name, value] : request.headers) copy.insert(view(name), view(value));
  return copy;
}

}  // namespace

core::Task<Result<std::unique_ptr<Socket>>> accept(http::Responder& responder, const http::Request& request,
                                                   SocketOptions options) {
  if (auto wrong = improper(request)) {
    co_await responder.respond(std::move(wrong->first));
    co_return std::move(wrong->second);
  }
  auto stream = responder.take_over();
  if (!stream) co_return stream.error();
  auto socket = std::make_unique<BeastSocket>(std::move(**stream), options);
  const std::string& protocol = options.subprotocol;
  const bool agreed = !protocol.empty() && request.headers.has_token("Sec-WebSocket-Protocol", protocol);
  socket->stream().set_option(websocket::stream_base::decorator([&](websocket::response_type& response) {
    if (agreed) response.set(beast::http::field::sec_websocket_protocol, protocol);
    response.set(beast::http::field::server, "duotty");  // Beast would name itself and its version
  }));
  const websocket::request_type upgrade = beast_request(request);
  auto [failed] = co_await socket->stream().async_accept(upgrade, core::as_result);
  if (failed) co_return Error{Errc::closed, "The WebSocket handshake failed: " + failed.message() + "."};
  std::unique_ptr<Socket> open = std::move(socket);
  co_return open;
}

core::Task<Result<std::unique_ptr<Socket>>> connect(std::unique_ptr<net::AnyStream> stream, std::string host,
                                                    std::string target, http::Headers headers, SocketOptions options) {
  auto socket = std::make_unique<BeastSocket>(std::move(*stream), options);
  socket->stream().write_buffer_bytes(client_write_buffer);
  socket->stream().set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    request.set(beast::http::field::user_agent, "duotty");
    for (const auto& [name, value] : headers) request.set(view(name), view(value));
    if (!options.subprotocol.empty()) request.set(beast::http::field::sec_websocket_protocol, options.subprotocol);
  }));
  websocket::response_type response;
  auto [failed] = co_await socket->stream().async_handshake(response, host, target, core::as_result);
  if (failed == websocket::error::upgrade_declined) {
    co_return Error{Errc::upstream,
                    "The server refused the WebSocket with status " + std::to_string(response.result_int()) + "."};
  }
  if (failed == beast::error::timeout) co_return Error{Errc::timeout, "The server did not answer the handshake."};
  if (failed.category() == websocket::make_error_code(websocket::error::closed).category())
    co_return Error{Errc::protocol, "The server's WebSocket handshake is wrong: " + failed.message() + "."};
  if (failed) co_return Error{Errc::closed, "The WebSocket handshake failed: " + failed.message() + "."};
  std::unique_ptr<Socket> open = std::move(socket);
  co_return open;
}

core::Task<Result<std::unique_ptr<Socket>>> accept(http::Responder& responder, const http::Request& request) {
  return accept(responder, request, SocketOptions());
}

core::Task<Result<std::unique_ptr<Socket>>> connect(std::unique_ptr<net::AnyStream> stream, std::string host,
                                                    std::string target, http::Headers headers) {
  return connect(std::move(stream), std::move(host), std::move(target), std::move(headers), SocketOptions());
}

}  // namespace duotty::ws
