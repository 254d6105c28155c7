#include "client_transport.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <duotty/base/text.hpp>

namespace duotty::http::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ip = boost::asio::ip;
using base::Errc;
using base::Error;
using base::Result;
using boost::system::error_code;
using core::as_result;
using core::Task;
using Endpoints = std::vector<ip::tcp::endpoint>;

namespace {

using TcpStream = std::unique_ptr<beast::tcp_stream>;  // tcp_stream cannot be assigned

class PlainTransport : public Transport {
 public:
  explicit PlainTransport(TcpStream stream) : stream_(std::move(stream)) {}

  Task<std::pair<error_code, std::size_t>> read_some(asio::mutable_buffer buffer, time_point deadline) override {
    stream_->expires_at(deadline);
    auto [ec, n] = co_await stream_->async_read_some(buffer, as_result);
    co_return std::pair(ec, n);
  }

  Task<error_code> write(std::string_view bytes, time_point deadline) override {
    stream_->expires_at(deadline);
    auto [ec, n] = co_await asio::async_write(*stream_, asio::buffer(bytes), as_result);
    static_cast<void>(n);
    co_return ec;
  }

  /// Gives the connection away; nothing may be called afterwards.
  TcpStream release() { return std::move(stream_); }

 private:
  TcpStream stream_;
};

class TlsTransport : public Transport {
 public:
  TlsTransport(TcpStream stream, const net::TlsContext& context)
      : context_(share(context.native())), stream_(std::move(*stream), context_) {}

  bool set_host(const std::string& host) { return net::expect_host(stream_.native_handle(), host); }

  Task<error_code> handshake(time_point deadline) {
    stream_.next_layer().expires_at(deadline);
    auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::client, as_result);
    co_return ec;
  }

  long verify_result() { return SSL_get_verify_result(stream_.native_handle()); }

  Task<std::pair<error_code, std::size_t>> read_some(asio::mutable_buffer buffer, time_point deadline) override {
    stream_.next_layer().expires_at(deadline);
    auto [ec, n] = co_await stream_.async_read_some(buffer, as_result);
    co_return std::pair(ec, n);
  }

  Task<error_code> write(std::string_view bytes, time_point deadline) override {
    stream_.next_layer().expires_at(deadline);
    auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(bytes), as_result);
    static_cast<void>(n);
    co_return ec;
  }

 private:
  static asio::ssl::context share(SSL_CTX* context) {
    SSL_CTX_up_ref(context);  // asio's context takes a reference of its own and frees it
    return asio::ssl::context(context);
  }

  asio::ssl::context context_;
  asio::ssl::stream<beast::tcp_stream> stream_;
};

/// The resolver works in a thread that cannot be interrupted; this state outlives a waiter that gives up.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor)
      : resolver(executor), done(executor, asio::steady_timer::time_point::max()) {}
  ip::tcp::resolver resolver;
  asio::steady_timer done;
  bool finished = false;
  error_code error;
  Endpoints endpoints;
};

Task<std::pair<error_code, Endpoints>> look_up(std::string host, std::uint16_t port, time_point deadline) {
  error_code literal;
  const auto address = ip::make_address(host, literal);
  if (!literal) co_return std::pair(error_code(), Endpoints{{address, port}});
  const auto executor = co_await asio::this_coro::executor;
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(host, std::to_string(port), ip::tcp::resolver::numeric_service,
                                 [lookup](const error_code& ec, const ip::tcp::resolver::results_type& results) {
                                   lookup->finished = true;
                                   lookup->error = ec;
                                   for (const auto& entry : results) lookup->endpoints.push_back(entry.endpoint());
                                   lookup->done.cancel();
                                 });
  auto [ec] = co_await lookup->done.async_wait(as_result);
  if (lookup->finished) co_return std::pair(lookup->error, lookup->endpoints);
  co_return std::pair(ec ? ec : error_code(beast::error::timeout), Endpoints());
}

std::string seconds_text(std::chrono::milliseconds duration) {
  const auto ms = duration.count();
  return ms % 1000 == 0 || ms >= 10'000 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::string plain_reason(const error_code& ec) {
  std::string text = base::shorten(ec.message(), 200);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && (text.size() < 2 || text[1] >= 'a')) {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

Task<Result<TcpStream>> connect(ClientUrl where, std::chrono::milliseconds limit, time_point deadline) {
  const std::string host = where.host;
  auto [lookup_error, endpoints] = co_await look_up(host, where.port, deadline);
  if (lookup_error == asio::error::operation_aborted) co_return Error(Errc::cancelled, "The request was cancelled.");
  if (lookup_error == beast::error::timeout) {
    co_return Error(Errc::timeout, "Looking up " + host + " took longer than " + seconds_text(limit) + ".");
  }
  if (lookup_error || endpoints.empty()) {
    co_return Error(Errc::unreachable,
                    "Could not find the address of " + host + ": check the name and the network connection.");
  }
  const auto executor = co_await asio::this_coro::executor;
  error_code last;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) {
      last = beast::error::timeout;
      break;
    }
    auto stream = std::make_unique<beast::tcp_stream>(executor);
    stream->expires_at(now + (deadline - now) / static_cast<int>(endpoints.size() - i));
    const ip::tcp::endpoint endpoint = endpoints[i];
    auto [ec] = co_await stream->async_connect(endpoint, as_result);
    if (!ec) {
      error_code ignored;
      stream->socket().set_option(ip::tcp::no_delay(true), ignored);
      co_return stream;
    }
    last = ec;
    if (ec == asio::error::operation_aborted) break;
  }
  co_return wire_error(where, last, "connect", limit);
}

/// Asks an HTTP proxy for a tunnel (RFC 9110 9.3.6).
Task<Result<>> pass_proxy(PlainTransport& transport, const WirePlan& plan, time_point deadline) {
  const std::string via = plan.proxy->host + ":" + std::to_string(plan.proxy->port);
  const Error lost(Errc::unreachable, "The proxy " + via + " closed the connection.");
  const error_code written = co_await transport.write(plan.connect_head, deadline);
  if (written == asio::error::operation_aborted) co_return Error(Errc::cancelled, "The request was cancelled.");
  if (written) co_return lost;
  std::string answer;
  // Byte by byte: whatever follows the head belongs to the tunnel.
  while (!answer.ends_with("\r\n\r\n")) {
    char byte = 0;
    auto [ec, n] = co_await transport.read_some(asio::buffer(&byte, 1), deadline);
    if (ec == asio::error::operation_aborted) co_return Error(Errc::cancelled, "The request was cancelled.");
    if (ec == beast::error::timeout) co_return Error(Errc::timeout, "The proxy " + via + " did not answer in time.");
    if (ec || n == 0 || answer.size() > 16 * 1024) co_return lost;
    answer += byte;
  }
  if (answer.size() < 12 || !answer.starts_with("HTTP/1.") || answer[8] != ' ') {
    co_return Error(Errc::unreachable, "What answers at " + via + " is no HTTP proxy.");
  }
  const std::string status = answer.substr(9, 3);
  if (status[0] == '2') co_return Result<>();
  const bool credentials = status == "407";
  co_return Error(Errc::unreachable, "The proxy " + via + " refused the way to " + plan.url.endpoint() +
                                         (credentials ? ": it wants a user and password (407)."
                                                      : " with status " + base::to_valid_utf8(status) + "."));
}

Task<Result<std::unique_ptr<Transport>>> start_tls(TcpStream stream, ClientUrl url, net::TlsContext context,
                                                   std::chrono::milliseconds limit, time_point deadline) {
  auto transport = std::make_unique<TlsTransport>(std::move(stream), context);
  if (!transport->set_host(url.host))
    co_return Error(Errc::internal, "TLS could not be prepared for " + url.host + ".");
  const error_code ec = co_await transport->handshake(deadline);
  if (!ec) co_return std::unique_ptr<Transport>(std::move(transport));
  if (const long verdict = transport->verify_result(); verdict != X509_V_OK) {
    co_return Error(Errc::unreachable, "The certificate of " + url.host +
                                           " was not accepted: " + X509_verify_cert_error_string(verdict) + ".");
  }
  co_return wire_error(url, ec, "start TLS with", limit);
}

}  // namespace

Error wire_error(const ClientUrl& url, const error_code& ec, std::string_view step,
                 std::chrono::milliseconds silent_for) {
  if (ec == asio::error::operation_aborted) return Error(Errc::cancelled, "The request was cancelled.");
  if (ec == beast::error::timeout || ec == asio::error::timed_out) {
    return Error(Errc::timeout, url.endpoint() + " did not answer within " + seconds_text(silent_for) + ".");
  }
  std::string verb(step);
  if (step == "connect") verb += " to";
  return Error(Errc::unreachable, "Could not " + verb + " " + url.endpoint() + ": " + plain_reason(ec) + ".");
}

Task<Result<std::unique_ptr<Transport>>> open_transport(const WirePlan& plan, std::optional<net::TlsContext> tls) {
  const auto limit = plan.timeouts.connect;
  const time_point deadline = std::chrono::steady_clock::now() + limit;
  ClientUrl where = plan.url;
  if (plan.proxy) {
    where.host = plan.proxy->host;
    where.port = plan.proxy->port;
  }
  auto connected = co_await connect(std::move(where), limit, deadline);
  if (!connected) co_return connected.error();
  TcpStream stream = std::move(*connected);
  if (!plan.connect_head.empty()) {
    PlainTransport proxy(std::move(stream));
    const auto passed = co_await pass_proxy(proxy, plan, deadline);
    if (!passed) co_return passed.error();
    stream = proxy.release();
  }
  if (plan.url.scheme == ClientUrl::Scheme::http) {
    co_return std::unique_ptr<Transport>(std::make_unique<PlainTransport>(std::move(stream)));
  }
  co_return co_await start_tls(std::move(stream), plan.url, *tls, limit, deadline);
}

}  // namespace duotty::http::detail
