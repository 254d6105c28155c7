#pragma once
// A WebSocket (RFC 6455), either role, over any stream. Messages in, messages out; pings, fragments, masks and the
// closing handshake are handled inside. No compression: it costs more than it saves on the links we serve.
#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/http/message.hpp>
#include <duotty/http/server.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace duotty::ws {

enum class MessageKind { text, binary };

/// One complete message.
struct Message {
  MessageKind kind = MessageKind::text;
  std::string bytes;  ///< valid UTF-8 when text
};

/// Status codes of RFC 6455 section 7.4 and ours (WinkTerm's 4401).
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  bad_payload = 1007,
  policy = 1008,
  too_big = 1009,
  internal = 1011,
  unauthenticated = 4401,
  denied = 4403,
  not_found = 4404,
};

/// An open WebSocket. One receive() at a time; sends may overlap and go out in the order they were called. Loop thread
/// only. Cancelling a coroutine inside receive() or a send breaks the connection: it is closed without a handshake.
class Socket {
 public:
  virtual ~Socket() = default;
  /// The next message. Errors: closed (the peer closed, or the connection is lost; see close_code()), too_large (the
  /// peer was sent 1009), protocol (invalid UTF-8: 1007; other violations: 1002).
  virtual core::Task<base::Result<Message>> receive() = 0;
  /// Sends one text message; `text` must be valid UTF-8. Suspends while the peer is slow. Error closed.
  virtual core::Task<base::Result<>> send_text(std::string text) = 0;
  // The overloads without std::string arguments and the ones of accept() and connect() without options exist because
  // GCC 12 wrongly copies class temporaries that a co_await expression makes from literals and default arguments.
  core::Task<base::Result<>> send_text(const char* text) { return send_text(std::string(text)); }
  /// Sends one binary message made of both pieces without copying them; they must live until the call ends.
  virtual core::Task<base::Result<>> send_binary(std::string_view head, std::string_view body = {}) = 0;
  /// Closes with a handshake, waiting at most a few seconds for the peer; `reason` is cut to 123 bytes of UTF-8. Never
  /// fails; harmless when already closed. A receive() under way ends with closed.
  virtual core::Task<> close(CloseCode code, std::string reason) = 0;
  core::Task<> close(CloseCode code, const char* reason = "") { return close(code, std::string(reason)); }
  /// Closes at once, without a handshake; everything under way ends with closed.
  virtual void abort() noexcept = 0;
  /// The status code that the peer sent, 1005 when it sent none, 1006 while open or when the connection was lost.
  virtual std::uint16_t close_code() const noexcept = 0;
  virtual std::string_view close_reason() const noexcept = 0;
};

struct SocketOptions {
  std::size_t max_message = 8 * 1024 * 1024;  ///< incoming, after joining fragments
  std::string subprotocol;                    ///< answered when the client offered it
};

/// Answers an upgrade request. When the request is not a proper one, answers 400 or 426 over HTTP and returns that
/// error. Authorise before: `Origin` is http/auth's business. To refuse in a way that WebSocket clients see, accept
/// first and close with an application code.
core::Task<base::Result<std::unique_ptr<Socket>>> accept(http::Responder& responder, const http::Request& request,
                                                         SocketOptions options);
core::Task<base::Result<std::unique_ptr<Socket>>> accept(http::Responder& responder, const http::Request& request);

/// The client's side of the handshake over a connected stream. `host` is the Host header; `headers` are added.
/// Errors: upstream (refused: the message has the HTTP status), protocol, closed, timeout.
core::Task<base::Result<std::unique_ptr<Socket>>> connect(std::unique_ptr<net::AnyStream> stream, std::string host,
                                                          std::string target, http::Headers headers,
                                                          SocketOptions options);
core::Task<base::Result<std::unique_ptr<Socket>>> connect(std::unique_ptr<net::AnyStream> stream, std::string host,
                                                          std::string target, http::Headers headers);

}  // namespace duotty::ws
