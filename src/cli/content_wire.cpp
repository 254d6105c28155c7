#include "content_wire.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <duotty/base/text.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/record/json_members.hpp>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>

#include "client.hpp"

namespace duotty::cli {
namespace {

namespace beast = boost::beast;
using base::Errc;
using base::Error;
using base::Result;
using core::asio::experimental::awaitable_operators::operator&&;
using core::asio::experimental::awaitable_operators::operator||;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kPiece = std::size_t{256} * 1024;
constexpr std::size_t kMostAnswer = std::size_t{1} << 20;
/// Nothing has gone either way for so long: whoever is in between has forgotten us.
constexpr std::chrono::seconds kSilence{120};

std::string query_text(const Json& query) {
  std::string out;
  for (const auto& [name, value] : query.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    out += (out.empty() ? "?" : "&") + name + "=" + base::percent_encode(text);
  }
  return out;
}

std::string head_of(const char* verb, const Endpoint& endpoint, const Json& query) {
  std::string head = std::string(verb) + " " + endpoint.prefix + "/api/files/content" + query_text(query) +
                     " HTTP/1.1\r\nHost: " + endpoint.host_header() + "\r\nConnection: close\r\nX-Duotty: 1\r\n";
  if (!endpoint.token.empty()) head += "Authorization: Bearer " + std::string(endpoint.token.reveal()) + "\r\n";
  return head;
}

/// One request and its answer.
class Exchange {
 public:
  explicit Exchange(std::unique_ptr<net::AnyStream> stream) : stream_(std::move(stream)) {
    parser_.body_limit(boost::none);
    buffer_.reserve(kPiece);  // as much as there is room for is read at once
  }

  Task<Result<>> send(std::string bytes) {
    auto [failed, count] = co_await core::asio::async_write(*stream_, core::asio::buffer(bytes), core::as_result);
    static_cast<void>(count);
    moved_ = Clock::now();
    co_return failed ? Result<>(lost()) : Result<>();
  }

  /// The status of the answer.
  Task<Result<int>> head() {
    auto [failed, count] = co_await beast::http::async_read_header(*stream_, buffer_, parser_, core::as_result);
    static_cast<void>(count);
    if (failed) co_return lost();
    moved_ = Clock::now();
    co_return static_cast<int>(parser_.get().result_int());
  }

  /// What has come of the body; nothing at its end.
  Task<Result<std::string>> piece() {
    std::string bytes(kPiece, '\0');
    while (!parser_.is_done()) {
      auto& body = parser_.get().body();
      body.data = bytes.data();
      body.size = bytes.size();
      auto [failed, count] = co_await beast::http::async_read_some(*stream_, buffer_, parser_, core::as_result);
      static_cast<void>(count);
      if (failed && failed != beast::http::error::need_buffer) co_return lost();
      moved_ = Clock::now();
      bytes.resize(bytes.size() - body.size);
      if (!bytes.empty()) co_return bytes;
      bytes.resize(kPiece);
    }
    co_return std::string();
  }

  /// The body as JSON; of a failure its error.
  Task<Result<Json>> answer(int status) {
    std::string text;
    while (text.size() <= kMostAnswer) {
      auto more = co_await piece();
      if (!more) co_return more.error();
      if (more->empty()) break;
      text += *more;
    }
    auto json = record::parse_json(text);
    if (!json) co_return Error(Errc::protocol, "The server answered " + std::to_string(status) + " without JSON.");
    if (status < 300) co_return std::move(*json);
    const Json& error = record::member_of(*json, "error");
    Json frame = {{"name", record::text_of(error, "code")}, {"code", status}};
    for (const char* name : {"message", "field"}) frame[name] = record::text_of(error, name);
    co_return decode_error(frame);
  }

  void close() { stream_->close(); }

  /// Ends when nothing moves any more.
  Task<> silence() const {
    while (Clock::now() < moved_ + kSilence) co_await core::sleep_until(moved_ + kSilence);
  }

 private:
  static Error lost() { return {Errc::closed, "The connection to the server was lost."}; }

  std::unique_ptr<net::AnyStream> stream_;
  beast::flat_buffer buffer_{kPiece + 64 * 1024};
  beast::http::response_parser<beast::http::buffer_body> parser_;
  Clock::time_point moved_ = Clock::now();
};

Error silent() {
  return {Errc::timeout, "The server has been silent for too long: the connection is dead."};
}

Task<Result<>> receive(Exchange& exchange, std::string head, TakePiece take) {
  auto sent = co_await exchange.send(std::move(head));
  if (!sent) co_return sent;
  auto status = co_await exchange.head();
  if (!status) co_return status.error();
  // If-Range: all of it comes when it is another by now.
  if (*status == 200) co_return Error(Errc::conflict, "The file was changed while it was read. Get it again.");
  if (*status != 206) {
    auto answer = co_await exchange.answer(*status);
    co_return answer ? Error(Errc::protocol, "The server sent no file.") : answer.error();
  }
  for (;;) {
    auto piece = co_await exchange.piece();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return Result<>();
    if (auto taken = take(*piece); !taken) co_return taken;
  }
}

/// The body, unless the answer comes first: then there is nobody to send it to.
Task<Result<>> send_body(Exchange& exchange, std::string head, std::uint64_t size, GivePiece give) {
  auto sent = co_await exchange.send(std::move(head));
  while (sent && size > 0) {
    auto piece = give();
    if (!piece) sent = piece.error();
    if (piece && (piece->empty() || piece->size() > size)) {
      sent = Error(Errc::io, "The file became another one while it was sent. Send it again.");
    }
    if (!sent) {
      exchange.close();
      co_return sent;
    }
    size -= piece->size();
    sent = co_await exchange.send(std::move(*piece));
  }
  co_return Result<>();  // a connection that was lost is noticed by who waits for the answer
}

Task<Result<Json>> read_answer(Exchange& exchange) {
  auto status = co_await exchange.head();
  Result<Json> answer = Error();
  if (status) {
    answer = co_await exchange.answer(*status);
  } else {
    answer = status.error();
  }
  exchange.close();
  co_return answer;
}

Task<Result<Json>> deliver(Exchange& exchange, std::string head, std::uint64_t size, GivePiece give) {
  auto both = send_body(exchange, std::move(head), size, std::move(give)) && read_answer(exchange);
  auto [sent, answer] = co_await std::move(both);
  if (!sent) co_return sent.error();
  co_return std::move(answer);
}

}  // namespace

Task<Result<>> get_content(Endpoint endpoint, Json query, std::uint64_t offset, std::string etag, TakePiece take) {
  std::string head = head_of("GET", endpoint, query);
  head += "Range: bytes=" + std::to_string(offset) + "-\r\nIf-Range: \"" + etag + "\"\r\n\r\n";
  auto stream = co_await dial(std::move(endpoint));
  if (!stream) co_return stream.error();
  Exchange exchange(std::move(*stream));
  auto race = receive(exchange, std::move(head), std::move(take)) || exchange.silence();
  auto outcome = co_await std::move(race);
  if (outcome.index() == 1) co_return silent();
  co_return std::move(std::get<0>(outcome));
}

Task<Result<Json>> put_content(Endpoint endpoint, Json query, std::uint64_t size, GivePiece give) {
  std::string head = head_of("PUT", endpoint, query);
  head += "Content-Type: application/octet-stream\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  auto stream = co_await dial(std::move(endpoint));
  if (!stream) co_return stream.error();
  Exchange exchange(std::move(*stream));
  auto race = deliver(exchange, std::move(head), size, std::move(give)) || exchange.silence();
  auto outcome = co_await std::move(race);
  if (outcome.index() == 1) co_return silent();
  co_return std::move(std::get<0>(outcome));
}

}  // namespace duotty::cli
