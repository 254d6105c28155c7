#pragma once
// A request as handlers see it, and the answer they give. Plain values: no socket, no parser, no library types.
#include <duotty/base/error.hpp>
#include <duotty/net/peer.hpp>
#include <duotty/rpc/caller.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duotty::http {

/// Header fields in the order they came, names compared without regard to case (RFC 9110 section 5).
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;
  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// Appends a field, keeping others of the same name.
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of that name by one.
  void set(std::string name, std::string value);
  void remove(std::string_view name);
  /// The first value, or nullopt.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The first value, or an empty text.
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  bool has(std::string_view name) const { return find(name).has_value(); }
  std::size_t count(std::string_view name) const;
  /// True when a comma-separated field (all fields of that name together) has `token`, without regard to case.
  bool has_token(std::string_view name, std::string_view token) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

enum class Version { http_1_0, http_1_1 };

/// One request. The server guarantees: `path` begins with `/`, is percent-decoded valid UTF-8 without control
/// characters, encoded slashes or `.`/`..` segments; `query` likewise decoded; `Host` stands at most once, and exactly
/// once in HTTP/1.1.
struct Request {
  std::string method;  ///< upper case as sent: GET, HEAD, POST, ...
  std::string target;  ///< as sent (origin form); may hold secrets in its query: never log it
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;  ///< in order, decoded, `+` is a space
  Headers headers;
  std::string body;
  net::PeerIdentity peer;
  rpc::Caller caller;  ///< anonymous until a handler's on_head() has identified it
  Version version = Version::http_1_1;

  /// The first query value of that name, or nullopt.
  std::optional<std::string_view> parameter(std::string_view name) const;
  /// `http://host[:port]` as the client sees us, without trailing slash; empty without a usable Host.
  std::string base_url() const;
  /// True for a GET that asks to become a WebSocket (RFC 6455 section 4.2.1).
  bool wants_websocket() const;
};

/// One answer. `body` or `static_body`, not both. Name it before a co_await: GCC 12 copies a braced temporary of a
/// co_await expression wrongly.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  /// Bytes that live as long as the program; sent without a copy.
  std::string_view static_body;

  std::string_view bytes() const { return static_body.empty() ? std::string_view(body) : static_body; }
};

/// An answer with a JSON text.
Response json_response(std::string json, int status = 200);
/// An answer with a text of the given media type.
Response text_response(std::string text, std::string media_type, int status = 200);
/// The answer of every failure on every surface: `{"error":{"code","message","field"?},"detail":"<message>"}` with the
/// code's status. Adds `Retry-After` to rate_limited and `WWW-Authenticate: Bearer` to unauthenticated.
Response error_response(const base::Error& error);
/// The same for protocol statuses that no Errc has (400, 405, 408, 417, 421, 426, 503).
Response error_response(int status, const base::Error& error);
/// A redirect (303 by default) to a local path.
Response redirect_response(std::string location, int status = 303);
/// The reason phrase of a status ("Not Found"); "Unknown" for others.
std::string_view reason_phrase(int status);

}  // namespace duotty::http
