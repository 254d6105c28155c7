#include "exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <duotty/base/text.hpp>
#include <duotty/core/meters.hpp>

#include "compress.hpp"

namespace duotty::http {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t compress_here = 64 * 1024;  ///< about a millisecond of work; larger ones leave the loop

Error gone() {
  return {Errc::closed, "The client has closed its connection."};
}

void count(int status) {
  auto& counts = core::meters().http;
  ++counts[static_cast<std::size_t>(std::clamp(status / 100, 0, static_cast<int>(counts.size()) - 1))];
}

std::string compressed(std::string text) {
  return gzip(text);
}

}  // namespace

Exchange::Exchange(Connection& connection, const Request& request, bool keep_alive, RequestParser* body)
    : connection_(connection),
      body_(body),
      keep_alive_(keep_alive),
      head_only_(request.method == "HEAD"),
      old_version_(request.version == Version::http_1_0),
      upgradable_(request.wants_websocket()),
      takes_gzip_(accepts_coding(request.headers, "gzip")) {
  const auto& origins = connection.context_.options.cors_origins;
  cors_configured_ = !origins.empty();
  const std::string_view origin = request.headers.get("Origin");
  if (std::find(origins.begin(), origins.end(), origin) != origins.end()) cors_origin_ = origin;
}

HeadContext Exchange::context(const Response& response, Framing framing) {
  // What is left of a body that the handler reads would pass for the next request.
  if (body_ && !body_->done()) keep_alive_ = false;
  if (response.headers.has_token("Connection", "close") || framing == Framing::until_close) keep_alive_ = false;
  return {.framing = framing,
          .length = left_ ? static_cast<std::size_t>(*left_) : response.bytes().size(),
          .keep_alive = keep_alive_,
          .cors_origin = cors_origin_,
          .cors_configured = cors_configured_};
}

core::Task<> Exchange::compress(Response& response) {
  if (!takes_gzip_ || !worth_compressing(response)) co_return;
  std::string text(response.bytes());
  std::string packed;
  if (text.size() <= compress_here) {
    packed = gzip(text);
  } else {
    auto work = [input = std::move(text)]() mutable { return compressed(std::move(input)); };
    packed = co_await connection_.context_.offload.run(std::move(work));
  }
  response.static_body = {};
  response.body = std::move(packed);
  response.headers.add("Content-Encoding", "gzip");
  response.headers.add("Vary", "Accept-Encoding");
}

core::Task<Result<>> Exchange::respond(Response response) {
  if (state_ != State::open) co_return Error{Errc::conflict, "The request is already answered."};
  state_ = State::complete;
  count(response.status);
  co_await compress(response);
  const bool no_body = response.status < 200 || response.status == 204 || response.status == 304;
  const std::string head = format_head(response, context(response, no_body ? Framing::none : Framing::length));
  const std::string_view body = no_body || head_only_ ? std::string_view() : response.bytes();
  const bool sent = co_await connection_.write(head, body);
  if (!sent) {
    keep_alive_ = false;
    co_return gone();
  }
  co_return Result<>();
}

core::Task<Result<ResponseStream*>> Exchange::start_stream(Response head) {
  if (state_ != State::open) co_return Error{Errc::conflict, "The request is already answered."};
  state_ = State::streaming;
  count(head.status);
  left_ = base::parse_u64(head.headers.get("Content-Length"));
  const Framing framing = left_ ? Framing::length : old_version_ ? Framing::until_close : Framing::chunked;
  const std::string text = format_head(head, context(head, framing));
  const bool sent = co_await connection_.write(text);
  if (!sent) {
    keep_alive_ = false;
    co_return gone();
  }
  co_return this;
}

core::Task<Result<>> Exchange::write(std::string_view bytes) {
  if (state_ != State::streaming) co_return Error{Errc::conflict, "The stream is not open."};
  if (bytes.empty() || head_only_) co_return Result<>();  // an empty chunk would end the stream
  if (left_ && bytes.size() > *left_) co_return Error{Errc::internal, "The stream is longer than it was said to be."};
  bool sent = false;
  if (left_) {
    *left_ -= bytes.size();
    sent = co_await connection_.write(bytes);
  } else if (old_version_) {
    sent = co_await connection_.write(bytes);
  } else {
    std::array<char, 20> size{};
    char* end = std::to_chars(size.data(), size.data() + 16, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    const std::string_view line(size.data(), static_cast<std::size_t>(end - size.data()));
    sent = co_await connection_.write(line, bytes, "\r\n");
  }
  if (!sent) {
    keep_alive_ = false;
    co_return gone();
  }
  co_return Result<>();
}

core::Task<Result<std::string>> Exchange::read_body() {
  if (!body_) co_return std::string();
  co_return co_await connection_.read_piece(*body_);
}

core::Task<> Exchange::finish() {
  if (state_ != State::streaming) co_return;
  state_ = State::complete;
  if (left_ && !head_only_) {
    if (*left_ > 0) keep_alive_ = false;
    co_return;
  }
  if (old_version_ || left_ || head_only_ || connection_.client_gone_) co_return;
  const bool sent = co_await connection_.write("0\r\n\r\n");
  if (!sent) keep_alive_ = false;
}

Result<std::unique_ptr<net::AnyStream>> Exchange::take_over() {
  if (state_ != State::open) return Error{Errc::conflict, "The request is already answered."};
  if (!upgradable_) return Error{Errc::invalid_params, "The request does not ask for a WebSocket."};
  state_ = State::taken;
  count(101);
  connection_.deadline_.detach();
  // As much as there is: the buffer has room for more, and would keep it for as long as the socket is open.
  if (!connection_.buffer_.empty())
    connection_.stream_->unread(std::string(connection_.buffer_.c_str(), connection_.buffer_.size()));
  return std::move(connection_.stream_);
}

void Exchange::go_on(core::Task<> rest) {
  connection_.rest_ = std::move(rest);
}

}  // namespace duotty::http
