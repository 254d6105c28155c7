#pragma once
// The HTTP/1.1 server: connections, limits, time-outs, keep-alive, streams and the hand-over to WebSocket. It knows no
// route and no user: a Handler decides. Everything runs on the loop.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/http/message.hpp>
#include <duotty/net/listener.hpp>
#include <duotty/net/tls.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::net {
class AnyStream;
}

namespace duotty::http {

/// What a client may take. Sizes in bytes. The defaults are the contract; tests use smaller ones.
struct Limits {
  std::size_t request_line = 8 * 1024;            ///< 414 above
  std::size_t header_block = 16 * 1024;           ///< request line and fields together: 431 above
  std::size_t header_fields = 100;                ///< number of fields: 431 above
  std::size_t body = 8 * 1024 * 1024;             ///< 413 above, before reading when the length is announced
  std::size_t bodies_total = 64 * 1024 * 1024;    ///< bodies being received on all connections: 503 above
  std::size_t read_ahead = 16 * 1024;             ///< bytes taken from a pipelining client while it waits for an answer
  std::size_t connections = 1024;                 ///< 503 above
  std::size_t connections_per_address = 256;      ///< of one TCP address; Unix sockets and our own uid are not counted
  std::chrono::milliseconds header_time{10'000};  ///< for the whole header block: 408
  std::chrono::milliseconds body_idle{30'000};    ///< longest silence within a body: 408
  std::chrono::milliseconds write_idle{30'000};   ///< longest time without progress of an answer: closed
  std::chrono::milliseconds keep_alive{75'000};   ///< idle time between requests: closed
  std::chrono::milliseconds linger{2'000};        ///< how long an early refusal reads on so that it can arrive
  std::chrono::milliseconds upload_linger{30'000};  ///< the same for a body that was let in and is not wanted after all
};

struct ServerOptions {
  Limits limits;
  /// Exact origins (`https://example.com`) that may read answers from scripts. Empty: no CORS header at all.
  std::vector<std::string> cors_origins;
};

/// A streamed answer. Chunked for HTTP/1.1, closed at its end for HTTP/1.0. One write at a time.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  /// Sends one piece and suspends while the client is slow. Errors: closed (gone, or no progress for
  /// Limits::write_idle).
  virtual core::Task<base::Result<>> write(std::string_view bytes) = 0;
};

/// How a handler answers one request. Exactly one of the three; a handler that returns without any answers 500.
class Responder {
 public:
  virtual ~Responder() = default;
  /// Sends a complete answer. HEAD, 204 and 304 lose their bodies, secure default headers are added where absent, large
  /// JSON and Markdown is compressed when the client takes gzip. Error closed when the client has gone.
  virtual core::Task<base::Result<>> respond(Response response) = 0;
  /// Sends the head of a streamed answer (its body is ignored). The stream ends when handle() returns, and is cut off
  /// visibly when handle() throws. For HEAD the stream swallows what it is given. With a Content-Length in the head the
  /// stream is just so long: more is an error, and less is cut off.
  virtual core::Task<base::Result<ResponseStream*>> start_stream(Response head) = 0;
  /// The next piece of the body when HeadVerdict::stream_body left it unread; empty at its end. Errors: closed,
  /// timeout, and what a malformed body deserves. What is left unread when handle() returns ends the connection.
  virtual core::Task<base::Result<std::string>> read_body();
  /// Takes the connection away from HTTP, with bytes that were read too far put back. What is written to it from now on
  /// is the handler's business; it stays counted and is cancelled by Server::stop() until handle() returns, or what
  /// it gave to go_on(). Only for requests whose Request::wants_websocket() is true; conflict after an answer was
  /// begun.
  virtual base::Result<std::unique_ptr<net::AnyStream>> take_over() = 0;
  /// After take_over(): what the handler has left to do once handle() has returned. A socket may be open for days, and
  /// what HTTP needed for its request is given back before `rest` begins; it owns what it uses.
  virtual void go_on(core::Task<> rest) = 0;
  /// True once an answer was begun or the connection was taken over.
  virtual bool answered() const noexcept = 0;
};

/// What Handler::on_head() decides before a body is read.
struct HeadVerdict {
  /// Set: send this and do not read the body.
  std::optional<Response> refuse;
  /// Largest body of this request; never above Limits::body.
  std::size_t body_limit = static_cast<std::size_t>(-1);
  /// The handler reads the body itself, however long it is (Responder::read_body()). Request::body is empty then.
  bool stream_body = false;
};

/// Decides what a request gets. Outlives the server.
class Handler {
 public:
  virtual ~Handler() = default;
  /// Called when the header block is complete, before `100 Continue` and before any byte of the body is taken: the
  /// place for authentication (it may set Request::caller), rate limits and routing errors. Must not block. The default
  /// accepts.
  virtual HeadVerdict on_head(Request& head);
  /// Answers one request. Runs until it returns; it is cancelled (its next co_await throws operation_aborted) when the
  /// client closes its connection or the server stops, except after take_over() and in requests that ask for
  /// WebSocket, where reading tells. An exception other than that is logged and answers 500.
  virtual core::Task<> handle(Request request, Responder& responder) = 0;
};

/// Counters since the start.
struct ServerStats {
  std::size_t connections = 0;  ///< open now, WebSockets included
  std::uint64_t accepted = 0;   ///< connections
  std::uint64_t refused = 0;    ///< connections over a limit
  std::uint64_t requests = 0;   ///< complete headers seen
  std::uint64_t malformed = 0;  ///< requests refused by the parser
  std::uint64_t cancelled = 0;  ///< handlers cancelled because the client went away
};

/// Accepts on any number of listeners and serves their connections.
class Server {
 public:
  Server(boost::asio::any_io_executor executor, Handler& handler, ServerOptions options = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// stop() must have completed if listen() was ever called.
  ~Server();

  /// Starts accepting. With `tls` every connection must begin with a handshake; one that speaks plain HTTP is told so.
  /// May be called several times; ignored after stop().
  void listen(net::Listener listener, std::optional<net::TlsContext> tls = std::nullopt);
  /// Closes the listeners, cancels every handler and connection, and waits for their end.
  core::Task<> stop();
  ServerStats stats() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::http
