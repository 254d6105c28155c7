// The only HTTP server file that sees Beast.
#include "wire.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <utility>

namespace duotty::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using base::Errc;
using base::Error;
using beast::error_code;
using beast::string_view;

std::string text(string_view view) {
  return {view.data(), view.size()};
}

Refusal bad(std::string message) {
  return {400, Error(Errc::invalid_params, std::move(message))};
}

Refusal too_long_body() {
  return {413, Error(Errc::too_large, "The request body is too large. Send it in smaller pieces.")};
}

Refusal too_long_line() {
  return {414, Error(Errc::too_large, "The request line is too long. Send parameters in a body.")};
}

/// The sentence for an error of the grammar.
Refusal malformed(const error_code& error, std::string_view input) {
  if (error == bhttp::error::body_limit) return too_long_body();
  const std::size_t end = input.find("\r\n");
  if (error == bhttp::error::bad_version && end != std::string_view::npos) {
    return {505, Error(Errc::unsupported, "Only HTTP/1.0 and HTTP/1.1 are served here.")};
  }
  return bad("The request is malformed: " + error.message() + ".");
}

}  // namespace

class RequestParser::Grammar : public bhttp::basic_parser<true> {
 public:
  explicit Grammar(const Limits& limits) : limits_(limits) {
    // Beast counts what one call sees; the limits here count the whole head.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
    eager(false);
  }

  std::size_t feed(std::string_view input) {
    std::size_t taken = 0;
    while (taken < input.size() && !refusal_ && !is_done() && (!head_done_ || body_allowed_)) {
      started_ = true;
      error_code error;
      const std::string_view rest = input.substr(taken);
      const std::size_t count = put(boost::asio::buffer(rest.data(), rest.size()), error);
      taken += count;
      if (!head_done_ || !body_allowed_) head_bytes_ += count;
      if (error == bhttp::error::need_more) {
        check_pending(rest.substr(count));
        break;
      }
      if (error && !refusal_) refusal_ = malformed(error, rest);
      if (head_done_ && !body_allowed_ && !refusal_) finish_head();
    }
    return taken;
  }

  void read_body(std::size_t limit) {
    body_limit_ = limit;
    body_allowed_ = true;
    if (frame_.length > limit) refusal_ = too_long_body();
  }

  const Limits limits_;
  Request request_;
  BodyFrame frame_;
  std::optional<Refusal> refusal_;
  bool started_ = false;
  bool head_done_ = false;

 private:
  /// What the grammar leaves unread because it is incomplete must stay small.
  void check_pending(std::string_view pending) {
    if (head_done_) {
      if (pending.size() > limits_.header_block) refusal_ = bad("A chunk header or the trailer is too long.");
      return;
    }
    const bool in_line = request_.method.empty();
    const std::size_t line_end = in_line ? pending.find('\n') : 0;
    if (in_line && std::min(line_end, pending.size()) > limits_.request_line) {
      refusal_ = too_long_line();
    } else if (line_end != std::string_view::npos && line_end > 0 && pending[line_end - 1] != '\r') {
      refusal_ = bad("Lines must end in CR LF.");  // the grammar would wait for ever for the end of the head
    } else if (head_bytes_ + pending.size() > limits_.header_block) {
      refuse_headers();
    }
  }

  void refuse_headers() {
    refusal_ = Refusal{431, Error(Errc::headers_too_large, "The request's header block is too large.")};
  }

  void finish_head() {
    if (head_bytes_ > limits_.header_block) return refuse_headers();
    refusal_ = check_head(request_, frame_);
    if (!refusal_) refusal_ = ::duotty::http::parse_target(request_);
  }

  void on_request_impl(bhttp::verb, string_view method, string_view target, int version, error_code& error) override {
    if (method.size() + target.size() + 12 > limits_.request_line) {
      refusal_ = too_long_line();
      error = bhttp::error::bad_target;
    }
    request_.method = text(method);
    request_.target = text(target);
    request_.version = version == 11 ? Version::http_1_1 : Version::http_1_0;
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(bhttp::field, string_view name, string_view value, error_code& error) override {
    if (head_done_) return;  // a trailer: nothing here needs one, and it must not pass for a header
    if (request_.headers.size() >= limits_.header_fields) {
      refuse_headers();
      error = bhttp::error::header_limit;
      return;
    }
    request_.headers.add(text(name), text(value));
  }
  void on_header_impl(error_code&) override { head_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code& error) override { return append(body, error); }
  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& error) override {
    if (size > body_limit_ - body_bytes_) error = bhttp::error::body_limit;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override {
    return append(body, error);
  }
  void on_finish_impl(error_code&) override {}

  std::size_t append(string_view body, error_code& error) {
    if (body.size() > body_limit_ - body_bytes_) {
      error = bhttp::error::body_limit;
      return 0;
    }
    body_bytes_ += body.size();
    request_.body.append(body.data(), body.size());
    return body.size();
  }

  std::size_t head_bytes_ = 0;
  std::size_t body_limit_ = 0;
  std::size_t body_bytes_ = 0;
  bool body_allowed_ = false;
};

RequestParser::RequestParser(const Limits& limits) : grammar_(std::make_unique<Grammar>(limits)) {}
RequestParser::~RequestParser() = default;
std::size_t RequestParser::feed(std::string_view input) {
  return grammar_->feed(input);
}
bool RequestParser::started() const noexcept {
  return grammar_->started_;
}
bool RequestParser::head_done() const noexcept {
  return grammar_->head_done_;
}
bool RequestParser::done() const noexcept {
  return grammar_->is_done();
}
const std::optional<Refusal>& RequestParser::refusal() const noexcept {
  return grammar_->refusal_;
}
Request& RequestParser::request() noexcept {
  return grammar_->request_;
}
const BodyFrame& RequestParser::frame() const noexcept {
  return grammar_->frame_;
}
bool RequestParser::keep_alive() const noexcept {
  return grammar_->keep_alive();
}
void RequestParser::read_body(std::size_t limit) {
  grammar_->read_body(limit);
}

std::string RequestParser::take_body() {
  return std::exchange(grammar_->request_.body, {});
}

}  // namespace duotty::http
