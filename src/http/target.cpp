#include "target.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>

namespace duotty::http {
namespace {

using base::Errc;
using base::Error;

Refusal bad(std::string message) {
  return {400, Error(Errc::invalid_params, std::move(message))};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

bool is_host(std::string_view text) {
  static constexpr std::string_view marks = "-._:[]";
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

std::optional<Refusal> parse_path(std::string_view raw, std::string& path) {
  path.clear();
  std::string_view rest = raw.substr(1);
  for (;;) {
    const std::size_t slash = rest.find('/');
    const auto segment = base::percent_decode(rest.substr(0, slash), false);
    if (!segment) return bad("The path has a broken percent escape.");
    if (*segment == "." || *segment == "..") return bad("The path has a \".\" or \"..\" segment. Send it resolved.");
    if (segment->find_first_of("/\\") != std::string::npos)
      return bad("The path has an encoded slash or a backslash, which no path here has.");
    if (has_control(*segment) || !base::is_utf8(*segment))
      return bad("The path has control characters or is not UTF-8.");
    path += '/';
    path += *segment;
    if (slash == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(slash + 1);
  }
}

std::optional<Refusal> parse_query(std::string_view raw, std::vector<std::pair<std::string, std::string>>& query) {
  for (const std::string_view part : base::split(raw, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const auto name = base::percent_decode(part.substr(0, equals), true);
    const auto value =
        equals == std::string_view::npos ? std::string() : base::percent_decode(part.substr(equals + 1), true);
    if (!name || !value) return bad("The query has a broken percent escape.");
    if (!base::is_utf8(*name) || !base::is_utf8(*value) || value->find('\0') != std::string::npos)
      return bad("The query is not UTF-8 or has a NUL.");
    query.emplace_back(*name, *value);
  }
  return std::nullopt;
}

bool is_decimal(std::string_view text) {
  return !text.empty() && text.size() <= 19 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Refusal> parse_target(Request& request) {
  std::string_view target = request.target;
  if (!is_visible_ascii(target) || target.find('#') != std::string_view::npos)
    return bad("The request target has characters that must be percent-encoded.");
  if (target == "*" && request.method == "OPTIONS") {
    request.path = "/*";
    return std::nullopt;
  }
  bool absolute = false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() || !base::iequals(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = target.find_first_of("/?");
    if (!base::iequals(target.substr(0, end), request.headers.get("Host")))
      return bad("The request target and the Host header name different servers.");
    target.remove_prefix(std::min(end, target.size()));
    absolute = true;
    break;
  }
  const std::size_t mark = target.find('?');
  std::string_view path = target.substr(0, mark);
  if (path.empty() && absolute) path = "/";
  if (!path.starts_with('/')) return bad("The request target must begin with \"/\".");
  if (auto refusal = parse_path(path, request.path)) return refusal;
  if (mark == std::string_view::npos) return std::nullopt;
  return parse_query(target.substr(mark + 1), request.query);
}

std::optional<Refusal> check_head(const Request& request, BodyFrame& frame) {
  const Headers& headers = request.headers;
  const std::size_t hosts = headers.count("Host");
  if (hosts > 1 || (hosts == 0 && request.version == Version::http_1_1))
    return bad("The request must have exactly one Host header.");
  if (hosts == 1 && !is_host(headers.get("Host"))) return bad("The Host header is malformed.");

  if (const auto encoding = headers.find("Transfer-Encoding")) {
    if (headers.has("Content-Length")) return bad("Content-Length and Transfer-Encoding exclude each other.");
    if (request.version == Version::http_1_0) return bad("HTTP/1.0 has no Transfer-Encoding.");
    if (headers.count("Transfer-Encoding") > 1 || !base::iequals(*encoding, "chunked"))
      return Refusal{501, Error(Errc::unsupported, "The only Transfer-Encoding served here is \"chunked\".")};
    frame.chunked = true;
  }
  if (const auto length = headers.find("Content-Length")) {
    if (headers.count("Content-Length") > 1 || !is_decimal(*length)) return bad("Content-Length is malformed.");
    frame.length = base::parse_u64(*length).value_or(0);
  }
  if (const auto expect = headers.find("Expect")) {
    if (!base::iequals(*expect, "100-continue"))
      return Refusal{417, Error(Errc::unsupported, "The only expectation served here is \"100-continue\".")};
    frame.expected_continue = request.version == Version::http_1_1;
  }
  if (const auto coding = headers.find("Content-Encoding"); coding && !base::iequals(*coding, "identity"))
    return Refusal{415, Error(Errc::unsupported_media, "Send the body without Content-Encoding.")};
  return std::nullopt;
}

}  // namespace duotty::http
