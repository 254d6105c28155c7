#pragma once
// The outgoing side of HTTP/1.1: one request, one streamed answer, one connection that closes with it. It talks to
// model providers and to servers the person configured, nothing else. It is no browser: no cookies, no cache, no pool,
// no compression, and no redirect to another origin, because requests carry keys.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::http {

/// An absolute http or https URL, taken apart (RFC 3986). Produced by parse_client_url() only.
struct ClientUrl {
  enum class Scheme { http, https };
  Scheme scheme = Scheme::https;
  std::string host;          ///< lower case; an IPv6 address stands without its brackets
  std::uint16_t port = 443;  ///< explicit, or the default of the scheme
  std::string target = "/";  ///< path and query as sent on the request line; never empty, no fragment

  /// `host` or `host:port` when the port is not the scheme's own, brackets around IPv6; as in the Host header.
  std::string authority() const;
  /// `host:port`, always with the port; for messages.
  std::string endpoint() const;
  /// True for localhost, *.localhost, 127.0.0.0/8 and ::1.
  bool loopback() const;
  /// True when scheme, host and port are the same.
  bool same_origin(const ClientUrl& other) const;
};

/// Fails with invalid_params and a sentence when `text` is not an absolute http(s) URL, has a user or password in it,
/// a malformed host or port, or control characters.
base::Result<ClientUrl> parse_client_url(std::string_view text);

struct ClientHeader {
  std::string name;
  std::string value;
};

/// How long each phase may take.
struct ClientTimeouts {
  /// Name lookup, TCP, proxy and TLS handshake together.
  std::chrono::milliseconds connect{10'000};
  /// Longest silence while sending, before the first byte of the answer, and between its pieces.
  std::chrono::milliseconds idle{60'000};
};

/// Where a request may travel unencrypted.
enum class PlainHttp {
  loopback_only,  ///< http:// is refused unless the host is this machine
  allowed,        ///< the person configured this very URL
};

struct ClientRequest {
  std::string method = "GET";         ///< an upper-case token
  std::string url;                    ///< absolute
  std::vector<ClientHeader> headers;  ///< Host, Content-Length, Connection and User-Agent are set by the client
  std::string body;                   ///< sent with Content-Length when not empty or when the method is POST or PUT
  ClientTimeouts timeouts;
  PlainHttp plain_http = PlainHttp::loopback_only;
};

/// Reads an environment variable; nullopt when it is not set.
using EnvLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Proxies as the usual environment variables give them. Loopback hosts are never proxied.
struct ProxySettings {
  std::string https_proxy;  ///< for https URLs, through CONNECT: `http://[user:password@]host[:port]`
  std::string http_proxy;   ///< for http URLs, as an absolute request target
  std::string no_proxy;     ///< comma list: host, .suffix, host:port, address, CIDR range, or `*`
};

/// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or their lower-case names, which win.
ProxySettings proxy_from(const EnvLookup& env);

struct ClientOptions {
  ProxySettings proxy;
  /// PEM certificates trusted besides the system's store.
  std::string extra_ca_pem;
  std::string user_agent = "duotty";
};

namespace detail {
class ClientExchange;
}

/// The head of an answer, and its body as it arrives. Owns the connection: destroying the object closes it at once.
class ClientResponse {
 public:
  ClientResponse(int status, std::vector<ClientHeader> headers, std::unique_ptr<detail::ClientExchange> exchange);
  ClientResponse(ClientResponse&&) noexcept;
  ClientResponse& operator=(ClientResponse&&) noexcept;
  ~ClientResponse();

  /// The status code of the final answer, 200 to 599.
  int status() const noexcept { return status_; }
  const std::vector<ClientHeader>& headers() const noexcept { return headers_; }
  /// The first header of that name, whatever its case; nullopt when there is none.
  std::optional<std::string_view> header(std::string_view name) const;

  /// The next piece of the body as soon as there is one (never empty, at most 16 KiB), nullopt at its end.
  /// Errors: `timeout` after the idle time-out, `closed` when the connection is lost before the body is complete,
  /// `protocol` for a malformed body, `cancelled`. After an error the connection is closed. One call at a time.
  /// Cancellation closes the connection; the call ends with `cancelled` or throws operation_aborted.
  core::Task<base::Result<std::optional<std::string>>> next_chunk();

  /// The rest of the body as one text. When it is longer than `limit` bytes, fails with `too_large`.
  core::Task<base::Result<std::string>> read_all(std::size_t limit);
  /// What can be had of an error body: at most `limit` bytes, the rest is left unread. Never fails; cancellation
  /// throws.
  core::Task<std::string> read_error_body(std::size_t limit = 64 * 1024);

 private:
  int status_;
  std::vector<ClientHeader> headers_;
  std::unique_ptr<detail::ClientExchange> exchange_;
};

/// Opens requests. Loop thread only; must outlive the calls of open(), not the responses.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// Sends `request` and returns when the head of the answer is there, whatever its status. TLS is 1.2 or newer; the
  /// certificate must be valid for the host by the system's trust store. Redirects are followed within the same origin
  /// only (3 at most, and for POST only 307 and 308); a redirect elsewhere is `upstream` and names the new origin.
  /// Errors: `invalid_params` (URL, header or method), `denied` (plain http to another machine), `unreachable` (name,
  /// connection, proxy or certificate: the sentence says which), `timeout`, `upstream`, `protocol` (no HTTP, head above
  /// 64 KiB), `cancelled`. Cancellation closes the connection, as in next_chunk(). No message contains a header's
  /// value.
  core::Task<base::Result<ClientResponse>> open(ClientRequest request);

 private:
  struct Tls;
  ClientOptions options_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace duotty::http
