#include "connection.hpp"

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/core/cancelled.hpp>
#include <duotty/core/log.hpp>
#include <exception>
#include <limits>

#include "exchange.hpp"

namespace duotty::http {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;

constexpr std::size_t head_chunk = 2 * 1024;
constexpr std::size_t body_chunk = 64 * 1024;
constexpr std::size_t stream_chunk = 256 * 1024;
constexpr std::size_t linger_bytes = 1024 * 1024;

Response too_slow() {
  return error_response(408, Error(Errc::timeout, "The request did not arrive in time. Send it again, faster."));
}

Response our_fault() {
  return error_response(Error(Errc::internal, "The request failed inside duotty. See its log."));
}

}  // namespace

struct Deadline::State {
  explicit State(net::AnyStream& target) : timer(target.get_executor()), stream(&target) {}
  asio::steady_timer timer;
  net::AnyStream* stream;
  asio::steady_timer::time_point at = asio::steady_timer::time_point::max();
  bool armed = false;
  bool passed = false;
};

Deadline::Deadline(net::AnyStream& stream) : state_(std::make_shared<State>(stream)) {}
Deadline::~Deadline() {
  detach();
}

void Deadline::set(std::chrono::milliseconds from_now) {
  state_->passed = false;
  state_->at = asio::steady_timer::clock_type::now() + from_now;
  if (state_->armed && state_->timer.expiry() <= state_->at) return;
  arm(state_);
}

void Deadline::arm(const std::shared_ptr<State>& state) {
  state->armed = true;
  state->timer.expires_at(state->at);
  state->timer.async_wait([state](const boost::system::error_code& cancelled) {
    if (cancelled || state->stream == nullptr) return;
    state->armed = false;
    if (state->at == asio::steady_timer::time_point::max()) return;
    if (state->at > asio::steady_timer::clock_type::now()) return arm(state);
    state->passed = true;
    boost::system::error_code ignored;
    state->stream->socket().cancel(ignored);
  });
}

void Deadline::clear() noexcept {
  state_->at = asio::steady_timer::time_point::max();
}
void Deadline::detach() noexcept {
  state_->stream = nullptr;
  state_->timer.cancel();
}
bool Deadline::passed() const noexcept {
  return state_->passed;
}

Connection::Connection(ServerContext& context, net::Accepted accepted)
    : context_(context), stream_(std::move(accepted.stream)), peer_(std::move(accepted.peer)), deadline_(*stream_) {}

Connection::~Connection() {
  release();
}

core::Task<> Connection::run() {
  Next next = Next::keep;
  while (next == Next::keep) next = co_await serve_one();
  if (next == Next::linger) co_await linger(linger_bytes, limits().linger);
  // Browsers send all of an upload before they look at the answer.
  if (next == Next::drain) co_await linger(SIZE_MAX, limits().upload_linger);
  if (stream_) stream_->close();
}

core::Task<> Connection::turn_away() {
  Response full = error_response(503, Error(Errc::limit_reached, "Too many connections. Close some and try again."));
  full.headers.add("Connection", "close");
  Exchange exchange(*this, Request{}, false);
  const auto sent = co_await exchange.respond(std::move(full));
  if (sent) co_await linger(linger_bytes, limits().linger);
  stream_->close();
}

core::Task<> Connection::ask_for_tls() {
  Response plain = error_response(400, Error(Errc::protocol, "This port speaks HTTPS. Use https:// in the address."));
  plain.headers.add("Connection", "close");
  Exchange exchange(*this, Request{}, false);
  const auto sent = co_await exchange.respond(std::move(plain));
  if (sent) co_await linger(linger_bytes, limits().linger);
  stream_->close();
}

core::Task<Connection::Next> Connection::serve_one() {
  RequestParser parser(limits());
  const Got head = co_await read_head(parser);
  if (head == Got::timeout) co_return co_await refuse(parser, too_slow());
  if (head == Got::closed) co_return Next::close;
  first_ = false;
  if (const auto& refusal = parser.refusal()) {
    ++context_.stats.malformed;
    co_return co_await refuse(parser, error_response(refusal->status, refusal->error));
  }
  ++context_.stats.requests;
  parser.request().peer = peer_;
  HeadVerdict verdict = judge(parser.request());
  if (verdict.refuse) co_return co_await refuse(parser, std::move(*verdict.refuse));
  if (verdict.stream_body) {
    parser.read_body(std::numeric_limits<std::size_t>::max());
    co_return co_await answer(parser, true);
  }
  parser.read_body(std::min(verdict.body_limit, limits().body));
  const Got body = co_await read_body(parser);
  if (body == Got::timeout) co_return co_await refuse(parser, too_slow());
  if (body == Got::closed) co_return Next::close;
  if (const auto& refusal = parser.refusal()) {
    co_return co_await refuse(parser, error_response(refusal->status, refusal->error));
  }
  const Next next = co_await answer(parser, false);
  release();
  co_return next;
}

core::Task<Connection::Got> Connection::read_head(RequestParser& parser) {
  const bool fresh = buffer_.empty() && !first_;
  if (buffer_.empty()) buffer_.shrink_to_fit();
  deadline_.set(fresh ? limits().keep_alive : limits().header_time);
  bool began = !fresh;
  for (;;) {
    feed(parser);
    if (parser.head_done() || parser.refusal()) break;
    if (parser.started() && !began) {
      began = true;
      deadline_.set(limits().header_time);
    }
    const bool more = co_await fill(head_chunk);
    if (!more) {
      const bool late = deadline_.passed() && (parser.started() || !buffer_.empty());
      co_return late ? Got::timeout : Got::closed;
    }
  }
  deadline_.clear();
  co_return Got::all;
}

core::Task<Connection::Got> Connection::read_body(RequestParser& parser) {
  if (parser.refusal() || parser.done()) co_return Got::all;
  if (parser.frame().expected_continue && buffer_.empty()) {
    const bool sent = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return Got::closed;
  }
  for (;;) {
    feed(parser);
    if (parser.refusal()) break;
    if (const auto refusal = reserve(parser.request().body.size())) {
      co_await refuse(parser, error_response(refusal->status, refusal->error));
      co_return Got::closed;
    }
    if (parser.done()) break;
    deadline_.set(limits().body_idle);
    const bool more = co_await fill(body_chunk);
    if (!more) co_return deadline_.passed() ? Got::timeout : Got::closed;
  }
  deadline_.clear();
  co_return Got::all;
}

HeadVerdict Connection::judge(Request& request) {
  HeadVerdict verdict;
  if (auto answer = preflight(request, context_.options.cors_origins)) {
    verdict.refuse = std::move(answer);
    return verdict;
  }
  try {
    return context_.handler.on_head(request);
  } catch (const std::exception& e) {
    core::log_error("{} {}: {}", request.method, request.path, e.what());
    verdict.refuse = our_fault();
    return verdict;
  }
}

std::optional<Refusal> Connection::reserve(std::size_t body_size) {
  context_.body_bytes += body_size - reserved_;
  reserved_ = body_size;
  if (context_.body_bytes <= limits().bodies_total) return std::nullopt;
  return Refusal{503, Error(Errc::limit_reached, "Too many large requests at once. Try again in a moment.")};
}

void Connection::release() {
  context_.body_bytes -= reserved_;
  reserved_ = 0;
}

core::Task<base::Result<std::string>> Connection::read_piece(RequestParser& parser) {
  if (!parser.done() && parser.frame().expected_continue && !continued_ && buffer_.empty()) {
    const bool sent = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) client_gone_ = true;
  }
  continued_ = true;
  for (;;) {
    feed(parser);
    if (const auto& refusal = parser.refusal()) co_return refusal->error;
    std::string piece = parser.take_body();
    if (!piece.empty() || parser.done()) co_return piece;
    deadline_.set(limits().body_idle);
    const bool more = co_await fill(stream_chunk);
    const bool late = deadline_.passed();
    deadline_.clear();
    if (more) continue;
    client_gone_ = !late;
    if (late) co_return Error(Errc::timeout, "The request did not arrive in time. Send it again, faster.");
    co_return Error(Errc::closed, "The client has closed its connection.");
  }
}

core::Task<Connection::Next> Connection::answer(RequestParser& parser, bool streams_body) {
  Exchange exchange(*this, parser.request(), parser.keep_alive(), streams_body ? &parser : nullptr);
  continued_ = false;
  handler_done_ = false;
  handler_threw_ = false;
  const std::string label = parser.request().method + " " + parser.request().path;
  // Whoever reads the body notices by itself when the client goes.
  if (exchange.upgradable() || streams_body) {
    co_await run_handler(std::move(parser.request()), exchange);
  } else {
    using asio::experimental::awaitable_operators::operator||;
    auto race = run_handler(std::move(parser.request()), exchange) || watch();
    co_await std::move(race);
  }
  if (exchange.taken_over()) co_return Next::close;
  if (client_gone_) {
    ++context_.stats.cancelled;
    co_return Next::close;
  }
  if (!exchange.answered()) {
    if (!handler_threw_) core::log_error("{}: the handler gave no answer", label);
    co_await exchange.respond(our_fault());
  }
  if (exchange.keep_alive()) co_return Next::keep;
  co_return streams_body ? Next::drain : Next::linger;
}

core::Task<> Connection::run_handler(Request request, Exchange& exchange) {
  const std::string label = request.method + " " + request.path;
  handler_threw_ = true;
  try {
    co_await context_.handler.handle(std::move(request), exchange);
    handler_threw_ = false;
    co_await exchange.finish();
  } catch (const std::exception& e) {
    if (!core::is_cancellation(std::current_exception())) core::log_error("{}: {}", label, e.what());
  }
  handler_done_ = true;
}

core::Task<> Connection::watch() {
  while (buffer_.size() < limits().read_ahead) {
    const bool more = co_await fill(head_chunk);
    if (more) continue;
    client_gone_ = !handler_done_;
    co_return;
  }
  // A client that sends this far ahead is not watched any longer: its writes will tell.
  asio::steady_timer never(stream_->get_executor(), asio::steady_timer::time_point::max());
  auto [cancelled] = co_await never.async_wait(core::as_result);
  static_cast<void>(cancelled);
}

core::Task<Connection::Next> Connection::refuse(RequestParser& parser, Response response) {
  const bool whole = parser.done() && !parser.refusal();
  Exchange exchange(*this, parser.request(), whole && parser.keep_alive());
  const auto sent = co_await exchange.respond(std::move(response));
  if (!sent) co_return Next::close;
  co_return exchange.keep_alive() ? Next::keep : Next::linger;
}

core::Task<> Connection::linger(std::size_t most, std::chrono::milliseconds time) {
  if (!stream_) co_return;
  stream_->shutdown_send();
  deadline_.set(time);
  for (std::size_t seen = 0; seen < most;) {
    buffer_.clear();
    const bool more = co_await fill(body_chunk);
    if (!more) co_return;
    seen += buffer_.size();
  }
}

core::Task<bool> Connection::fill(std::size_t chunk) {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + chunk);
  auto [failed, count] =
      co_await stream_->async_read_some(asio::buffer(buffer_.data() + before, chunk), core::as_result);
  buffer_.resize(before + count);
  // A client whose bytes are always there before the next read leaves no operation to cancel.
  co_return !failed && !deadline_.passed();
}

void Connection::feed(RequestParser& parser) {
  if (buffer_.empty()) return;
  const std::size_t taken = parser.feed(buffer_);
  if (taken == buffer_.size()) {
    buffer_.clear();
  } else {
    buffer_.erase(0, taken);
  }
}

core::Task<bool> Connection::write(std::string_view a, std::string_view b, std::string_view c) {
  std::array<asio::const_buffer, 3> pieces{asio::buffer(a.data(), a.size()), asio::buffer(b.data(), b.size()),
                                           asio::buffer(c.data(), c.size())};
  std::size_t left = a.size() + b.size() + c.size();
  while (left > 0) {
    deadline_.set(limits().write_idle);
    auto [failed, count] = co_await stream_->async_write_some(pieces, core::as_result);
    if (failed) co_return false;
    left -= count;
    for (asio::const_buffer& piece : pieces) {
      const std::size_t step = std::min(count, piece.size());
      piece += step;
      count -= step;
    }
  }
  deadline_.clear();
  co_return true;
}

}  // namespace duotty::http
