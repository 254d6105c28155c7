#include "response_head.hpp"

#include <algorithm>
#include <ctime>
#include <duotty/base/text.hpp>

namespace duotty::http {

const std::string_view page_policy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'";

namespace {

constexpr std::string_view api_policy = "default-src 'none'; frame-ancestors 'none'";

/// One header line; a value cannot begin another one.
void put(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  std::remove_copy_if(value.begin(), value.end(), std::back_inserter(out), is_control);
  out += "\r\n";
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text, size};
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

void put_defaults(std::string& out, const Headers& headers) {
  const auto put_absent = [&](std::string_view name, std::string_view value) {
    if (!headers.has(name)) put(out, name, value);
  };
  const std::string_view type = headers.get("Content-Type");
  const bool page = starts_with(type, "text/html");
  // A worker's own script decides what the worker may fetch, so scripts carry the page's policy.
  const bool script = starts_with(type, "text/javascript");
  put_absent("Content-Security-Policy", page || script ? page_policy : api_policy);
  put_absent("X-Content-Type-Options", "nosniff");
  put_absent("Referrer-Policy", "no-referrer");
  put_absent("Cache-Control", "no-store");
  put_absent("Cross-Origin-Resource-Policy", "same-origin");
  if (page) {
    put_absent("X-Frame-Options", "DENY");
    put_absent("Cross-Origin-Opener-Policy", "same-origin");
  }
}

}  // namespace

std::string format_head(const Response& response, const HeadContext& context) {
  std::string out;
  out.reserve(640);
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  put(out, "Date", date_now());
  for (const auto& [name, value] : response.headers) {
    const bool ours = base::iequals(name, "Content-Length") || base::iequals(name, "Transfer-Encoding") ||
                      base::iequals(name, "Connection");
    if (!ours) put(out, name, value);
  }
  put_defaults(out, response.headers);
  if (context.cors_configured) put(out, "Vary", "Origin");
  if (!context.cors_origin.empty()) put(out, "Access-Control-Allow-Origin", context.cors_origin);
  if (context.framing == Framing::length) put(out, "Content-Length", std::to_string(context.length));
  if (context.framing == Framing::chunked) put(out, "Transfer-Encoding", "chunked");
  put(out, "Connection", context.keep_alive ? "keep-alive" : "close");
  out += "\r\n";
  return out;
}

std::optional<Response> preflight(const Request& request, const std::vector<std::string>& origins) {
  if (request.method != "OPTIONS" || !request.headers.has("Access-Control-Request-Method")) return std::nullopt;
  const std::string_view origin = request.headers.get("Origin");
  if (std::find(origins.begin(), origins.end(), origin) == origins.end()) return std::nullopt;
  Response response;
  response.status = 204;
  response.headers.add("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
  response.headers.add("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID, X-Duotty");
  response.headers.add("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace duotty::http
