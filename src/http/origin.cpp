#include "origin.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <duotty/base/text.hpp>

namespace duotty::http {
namespace {

/// `name[:port]` in lower case, the port apart; an IPv6 name keeps its brackets.
struct Authority {
  std::string name;
  std::string port;
};

Authority split_authority(std::string_view text) {
  const std::string lower = base::to_lower(text);
  const std::size_t bracket = lower.rfind(']');
  const std::size_t colon = lower.find(':', bracket == std::string::npos ? 0 : bracket);
  if (colon == std::string::npos) return {lower, {}};
  return {lower.substr(0, colon), lower.substr(colon + 1)};
}

bool is_loopback_name(const std::string& name) {
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

/// The same place, whether or not the scheme's own port is spelt out.
bool same_authority(const Authority& a, const Authority& b, std::string_view own_port) {
  const std::string_view port_a = a.port.empty() ? own_port : std::string_view(a.port);
  const std::string_view port_b = b.port.empty() ? own_port : std::string_view(b.port);
  return a.name == b.name && port_a == port_b;
}

}  // namespace

HostKind host_kind(const Request& request, const AuthConfig& config) {
  if (request.peer.transport == net::Transport::unix_socket) return HostKind::own;
  const std::string_view host = request.headers.get("Host");
  if (host.empty()) return HostKind::loopback;
  const Authority authority = split_authority(host);
  for (const std::string& entry : config.hosts) {
    const Authority allowed = split_authority(entry);
    if (allowed.name == authority.name && (allowed.port.empty() || allowed.port == authority.port))
      return HostKind::own;
  }
  if (!is_loopback_name(authority.name)) return HostKind::foreign;
  const std::string own_port = std::to_string(request.peer.local_port);
  const std::string port = authority.port.empty() ? (request.peer.tls ? "443" : "80") : authority.port;
  return port == own_port ? HostKind::own : HostKind::loopback;
}

bool has_foreign_origin(const Request& request, const AuthConfig& config) {
  const std::size_t count = request.headers.count("Origin");
  if (count == 0) return false;
  const std::string_view origin = request.headers.get("Origin");
  if (count > 1) return true;
  if (std::find(config.origins.begin(), config.origins.end(), origin) != config.origins.end()) return false;
  const bool encrypted = origin.starts_with("https://");
  if (!encrypted && (request.peer.tls || !origin.starts_with("http://"))) return true;
  const Authority from = split_authority(origin.substr(encrypted ? 8 : 7));
  const Authority here = split_authority(request.headers.get("Host"));
  return !same_authority(from, here, encrypted ? "443" : "80");
}

bool is_cross_site(const Request& request) {
  const auto site = request.headers.find("Sec-Fetch-Site");
  return site && *site != "same-origin" && *site != "none";
}

bool is_forwarded(const Request& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const Headers::Field& field) {
    const std::string name = base::to_lower(field.first);
    return name.starts_with("x-forwarded-") || name == "forwarded" || name == "x-real-ip" || name == "via";
  });
}

bool is_secure(const Request& request) {
  return request.peer.tls || base::iequals(request.headers.get("X-Forwarded-Proto"), "https");
}

std::string failure_source(const Request& request) {
  const net::PeerIdentity& peer = request.peer;
  const bool forwarded = is_forwarded(request);
  if (peer.uid && !forwarded) return "uid " + std::to_string(*peer.uid);
  std::string address = peer.address;
  // Behind a proxy on this machine the last hop is the proxy's own word; anybody else could write anything there.
  if (forwarded && (peer.loopback || peer.transport == net::Transport::unix_socket)) {
    const auto hops = base::split(request.headers.get("X-Forwarded-For"), ',');
    address = "via " + base::shorten(base::trim(hops.back()), 64);
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return address;
  return base::hex_encode(std::string_view(reinterpret_cast<const char*>(&v6), 8)) + "::/64";
}

std::optional<std::string> cookie(const Request& request, std::string_view name) {
  for (const auto& [field, value] : request.headers) {
    if (!base::iequals(field, "Cookie")) continue;
    for (std::string_view pair : base::split(value, ';')) {
      pair = base::trim(pair);
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
        return std::string(pair.substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

}  // namespace duotty::http
