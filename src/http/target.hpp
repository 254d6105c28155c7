#pragma once
// What a request's head must be beyond the grammar: one meaning for every reader, or a refusal (RFC 9112).
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/http/message.hpp>
#include <duotty/http/server.hpp>
#include <optional>
#include <string_view>

namespace duotty::http {

/// Why a request is not served, with the status of the answer.
struct Refusal {
  int status = 400;
  base::Error error;
};

/// Takes Request::target apart into path and query. Absolute-form targets must name the Host that the header names.
std::optional<Refusal> parse_target(Request& request);

/// How the body is framed, by the header fields.
struct BodyFrame {
  bool chunked = false;
  std::uint64_t length = 0;  ///< announced, when not chunked
  bool expected_continue = false;
};

/// Checks the framing and the fields that decide security: Content-Length, Transfer-Encoding, Host, Expect,
/// Content-Encoding. Every doubt is a refusal, because a proxy in front may have read it the other way.
std::optional<Refusal> check_head(const Request& request, BodyFrame& frame);

}  // namespace duotty::http
