#pragma once
// The head of an answer as bytes, with the headers that keep a browser safe.
#include <duotty/http/message.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::http {

/// How the body's end is told.
enum class Framing { none, length, chunked, until_close };

/// What the answer depends on besides itself.
struct HeadContext {
  Framing framing = Framing::length;
  std::size_t length = 0;
  bool keep_alive = true;
  std::string cors_origin;  ///< the configured origin that asks, or empty
  bool cors_configured = false;
};

/// Status line and header block. Control characters in values are dropped; Content-Length, Transfer-Encoding and
/// Connection are this function's own. Absent headers get their secure defaults.
std::string format_head(const Response& response, const HeadContext& context);

/// The policy of pages and scripts: everything from ourselves, no inline script, no frame, no plug-in. Inline style is
/// allowed because terminal emulators size their cells with style elements; WebAssembly because image decoders need it.
extern const std::string_view page_policy;

/// The answer to a CORS preflight; nullopt when the request is none or its origin is not among `origins`.
std::optional<Response> preflight(const Request& request, const std::vector<std::string>& origins);

}  // namespace duotty::http
