#pragma once
// One HTTP connection: reads requests one after the other, hands each to the handler, writes its answer.
#include <boost/asio/steady_timer.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/http/server.hpp>
#include <duotty/net/any_stream.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "response_head.hpp"
#include "wire.hpp"

namespace duotty::http {

/// What all connections of a server share.
struct ServerContext {
  Handler& handler;
  ServerOptions options;
  ServerStats stats;
  core::Offload offload;
  std::size_t body_bytes = 0;  ///< of requests being received or handled
};

/// Cancels the operations of a stream when a time has passed without them ending. Arming again is cheap: the timer runs
/// on and looks at the new time when it fires.
class Deadline {
 public:
  explicit Deadline(net::AnyStream& stream);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();
  void set(std::chrono::milliseconds from_now);
  void clear() noexcept;
  /// Forgets the stream: somebody else owns it now.
  void detach() noexcept;
  /// True once the time set last has passed.
  bool passed() const noexcept;

 private:
  struct State;
  static void arm(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

class Exchange;

class Connection {
 public:
  Connection(ServerContext& context, net::Accepted accepted);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();
  /// Serves until the connection ends or changes hands.
  core::Task<> run();
  /// After run(): what Responder::go_on() was given; not valid when there is nothing.
  core::Task<> rest() { return std::move(rest_); }
  /// Answers 503 without reading a request.
  core::Task<> turn_away();
  /// Tells a client that spoke plain HTTP to speak HTTPS.
  core::Task<> ask_for_tls();

 private:
  friend class Exchange;
  enum class Next { keep, close, linger, drain };

  core::Task<Next> serve_one();
  /// `all` also when the parser refuses.
  enum class Got { all, timeout, closed };

  core::Task<Got> read_head(RequestParser& parser);
  core::Task<Got> read_body(RequestParser& parser);
  core::Task<Next> answer(RequestParser& parser, bool streams_body);
  /// The next piece of a body that the handler reads; see Responder::read_body().
  core::Task<base::Result<std::string>> read_piece(RequestParser& parser);
  core::Task<> run_handler(Request request, Exchange& exchange);
  core::Task<> watch();
  core::Task<Next> refuse(RequestParser& parser, Response response);
  /// Reads on for a while, at most so much: an answer that is followed by a reset may never be read.
  core::Task<> linger(std::size_t most, std::chrono::milliseconds time);
  /// What on_head() wants to be answered at once, or a preflight's answer.
  HeadVerdict judge(Request& request);
  /// Counts the body in the context; refuses when all bodies together are too large.
  std::optional<Refusal> reserve(std::size_t body_size);
  void release();
  /// Reads some bytes into the buffer; false at the end of the stream, a failure or the deadline.
  core::Task<bool> fill(std::size_t chunk);
  /// Writes all pieces, each step within Limits::write_idle; false when that fails.
  core::Task<bool> write(std::string_view a, std::string_view b = {}, std::string_view c = {});
  void feed(RequestParser& parser);
  const Limits& limits() const { return context_.options.limits; }

  ServerContext& context_;
  std::unique_ptr<net::AnyStream> stream_;
  net::PeerIdentity peer_;
  Deadline deadline_;
  std::string buffer_;        ///< bytes read and not yet parsed
  std::size_t reserved_ = 0;  ///< body bytes counted in the context
  bool first_ = true;
  bool handler_done_ = false;
  bool handler_threw_ = false;
  bool client_gone_ = false;
  bool continued_ = false;  ///< 100 Continue is out of the question
  core::Task<> rest_;
};

}  // namespace duotty::http
