#pragma once
// Where a request comes from, as far as its headers tell (pure). A browser sends Host, Origin and Sec-Fetch-Site
// truthfully, so a web page cannot forge them; programs can, but have no ambient authority to steal.
#include <duotty/http/auth.hpp>
#include <duotty/http/message.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::http {

/// What the Host header says about how the client found us.
enum class HostKind {
  own,       ///< a configured name, a loopback name with our port, or a Unix socket
  loopback,  ///< a loopback name with another port (a tunnel), or none at all: no browser was rebound
  foreign,   ///< any other name: a remote client, or DNS rebinding
};
HostKind host_kind(const Request& request, const AuthConfig& config);

/// True when the request has an Origin other than ours and the configured ones. `null` is foreign.
bool has_foreign_origin(const Request& request, const AuthConfig& config);
/// True when the browser says that another site caused the request.
bool is_cross_site(const Request& request);
/// True when a proxy says that it forwarded the request: the peer is not the client.
bool is_forwarded(const Request& request);
/// True when the connection, or the one before the proxy, is encrypted.
bool is_secure(const Request& request);
/// Who failures are counted for: the user on this machine, the address, or the /64 network of an IPv6 address.
std::string failure_source(const Request& request);
/// The value of a cookie.
std::optional<std::string> cookie(const Request& request, std::string_view name);

}  // namespace duotty::http
