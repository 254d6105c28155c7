#include "client_wire.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "client_transport.hpp"

namespace duotty::http::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
using base::Errc;
using base::Error;
using base::Result;
using boost::system::error_code;
using core::Task;
using Parser = beast::http::response_parser<beast::http::buffer_body>;

namespace {

constexpr std::size_t header_limit = 64 * 1024;
constexpr std::size_t piece_size = 16 * 1024;
constexpr int most_interim_answers = 8;

Error not_http(const ClientUrl& url) {
  return Error(Errc::protocol, url.endpoint() + " does not answer in HTTP/1.1; check the URL and the port.");
}

/// The parsers's own wish for more input or more room is no failure.
bool wants_more(const error_code& ec) {
  return ec == beast::http::error::need_more || ec == beast::http::error::need_buffer;
}

class Exchange : public ClientExchange {
 public:
  Exchange(ClientUrl url, ClientTimeouts timeouts, std::unique_ptr<Transport> transport)
      : url_(std::move(url)), timeouts_(timeouts), transport_(std::move(transport)) {}

  Task<Result<WireAnswer>> start(std::string head, std::string body, bool head_only);
  Task<Result<std::optional<std::string>>> next_chunk() override;

 private:
  Task<error_code> read_more();
  Task<Result<>> read_head(bool head_only);
  Result<std::optional<std::string>> fail(Error error);
  Error body_error(const error_code& ec) const;
  time_point idle_deadline() const { return std::chrono::steady_clock::now() + timeouts_.idle; }

  ClientUrl url_;
  ClientTimeouts timeouts_;
  std::unique_ptr<Transport> transport_;  ///< null once the exchange is over
  beast::flat_buffer buffer_{header_limit + piece_size};
  std::optional<Parser> parser_;
};

Task<error_code> Exchange::read_more() {
  if (buffer_.size() >= buffer_.max_size()) co_return beast::http::error::buffer_overflow;
  const auto room = buffer_.prepare(std::min(piece_size, buffer_.max_size() - buffer_.size()));
  auto [ec, n] = co_await transport_->read_some(room, idle_deadline());
  buffer_.commit(n);
  co_return ec;
}

Task<Result<>> Exchange::read_head(bool head_only) {
  for (int answers = 0; answers < most_interim_answers; ++answers) {
    parser_.emplace();
    parser_->header_limit(header_limit);
    parser_->body_limit(boost::none);
    parser_->skip(head_only);
    while (!parser_->is_header_done()) {
      error_code ec;
      if (buffer_.size() > 0) {
        const std::size_t used = parser_->put(buffer_.data(), ec);
        buffer_.consume(used);
        if (ec == beast::http::error::header_limit) {
          co_return Error(Errc::protocol, url_.endpoint() + " sent response headers of more than 64 KiB.");
        }
        if (ec && !wants_more(ec)) co_return not_http(url_);
        if (parser_->is_header_done()) break;
      }
      ec = co_await read_more();
      if (!ec) continue;
      if (ec == beast::http::error::buffer_overflow) {
        co_return Error(Errc::protocol, url_.endpoint() + " sent response headers of more than 64 KiB.");
      }
      if (ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::ssl::error::stream_truncated) {
        co_return Error(Errc::unreachable, url_.endpoint() + " closed the connection without an answer.");
      }
      co_return wire_error(url_, ec, "read from", timeouts_.idle);
    }
    if (parser_->get().result_int() >= 200) co_return Result<>();
  }
  co_return not_http(url_);
}

Task<Result<WireAnswer>> Exchange::start(std::string head, std::string body, bool head_only) {
  head += body;
  const error_code ec = co_await transport_->write(head, idle_deadline());
  // A server may refuse a large body before it has read it; its answer says more than the broken pipe does.
  const bool cut = ec == asio::error::broken_pipe || ec == asio::error::connection_reset;
  if (ec && !cut) co_return wire_error(url_, ec, "write to", timeouts_.idle);
  const auto read = co_await read_head(head_only);
  if (!read) co_return read.error();
  parser_->eager(true);
  WireAnswer answer;
  answer.status = static_cast<int>(parser_->get().result_int());
  for (const auto& field : parser_->get()) {
    answer.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  co_return answer;
}

Error Exchange::body_error(const error_code& ec) const {
  if (ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::ssl::error::stream_truncated ||
      ec == beast::http::error::partial_message) {
    return Error(Errc::closed, "The connection to " + url_.endpoint() + " was lost before the answer was complete.");
  }
  return wire_error(url_, ec, "read from", timeouts_.idle);
}

Result<std::optional<std::string>> Exchange::fail(Error error) {
  transport_.reset();
  return error;
}

Task<Result<std::optional<std::string>>> Exchange::next_chunk() {
  if (!transport_) co_return std::optional<std::string>();
  std::string piece(piece_size, '\0');
  for (;;) {
    error_code ec;
    bool stuck = true;
    if (buffer_.size() > 0 && !parser_->is_done()) {
      auto& body = parser_->get().body();
      body.data = piece.data();
      body.size = piece.size();
      body.more = true;
      const std::size_t used = parser_->put(buffer_.data(), ec);
      buffer_.consume(used);
      if (ec && !wants_more(ec)) {
        co_return fail(Error(Errc::protocol, "The answer of " + url_.endpoint() + " is malformed."));
      }
      const std::size_t made = piece.size() - body.size;
      if (made > 0) {
        piece.resize(made);
        co_return std::optional<std::string>(std::move(piece));
      }
      stuck = used == 0 || buffer_.size() == 0;
    }
    if (parser_->is_done()) {
      transport_.reset();
      co_return std::optional<std::string>();
    }
    if (!stuck) continue;
    ec = co_await read_more();
    if (!ec) continue;
    const bool ended = ec == asio::error::eof || ec == asio::ssl::error::stream_truncated;
    if (ended) {
      error_code incomplete;
      parser_->put_eof(incomplete);  // fine only when the end of the connection is the end of the body
      if (!incomplete) continue;
    }
    co_return fail(body_error(ec));
  }
}

}  // namespace

Task<Result<WireAnswer>> exchange(WirePlan plan, std::string body, std::optional<net::TlsContext> tls) {
  auto transport = co_await open_transport(plan, std::move(tls));
  if (!transport) co_return transport.error();
  auto exchange = std::make_unique<Exchange>(plan.url, plan.timeouts, std::move(*transport));
  auto answer = co_await exchange->start(std::move(plan.head), std::move(body), plan.head_only);
  if (!answer) co_return answer.error();
  answer->exchange = std::move(exchange);
  co_return answer;
}

}  // namespace duotty::http::detail
