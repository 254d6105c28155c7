#include "client_url.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <duotty/base/text.hpp>

namespace duotty::http {

namespace ip = boost::asio::ip;
using base::Errc;
using base::Error;
using base::Result;

namespace {

Error bad_url(std::string why) {
  return Error(Errc::invalid_params, "The URL is not usable: " + std::move(why) + ".");
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '-' && host.front() != '.' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
         });
}

bool has_unsafe_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f;
  });
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = base::parse_u64(text);
  if (!port || *port == 0 || *port > 65535) return bad_url("the port must be a number from 1 to 65535");
  return static_cast<std::uint16_t>(*port);
}

/// Reads `host[:port]` or `[address][:port]` into `url`.
Result<> parse_authority(std::string_view text, ClientUrl& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return bad_url("the IPv6 address lacks its closing bracket");
    url.host = base::to_lower(text.substr(1, close - 1));
    boost::system::error_code ec;
    ip::make_address_v6(url.host, ec);
    if (ec) return bad_url("what stands in brackets is no IPv6 address");
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return bad_url("there is text after the IPv6 address");
    port = rest.empty() ? rest : rest.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    url.host = base::to_lower(text.substr(0, colon));
    if (!is_host_name(url.host)) return bad_url("the host name is missing or has characters that no host name has");
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
  }
  if (port.empty()) return {};
  const auto number = parse_port(port);
  if (!number) return number.error();
  url.port = *number;
  return {};
}

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::uint16_t default_port(ClientUrl::Scheme scheme) {
  return scheme == ClientUrl::Scheme::https ? 443 : 80;
}

std::string origin_of(const ClientUrl& url) {
  return (url.scheme == ClientUrl::Scheme::https ? "https://" : "http://") + url.authority();
}

/// True when `range` (CIDR) contains the address `host`.
bool in_range(const std::string& host, const std::string& range) {
  boost::system::error_code ec;
  const auto address = ip::make_address(host, ec);
  if (ec) return false;
  if (address.is_v4()) {
    const auto network = ip::make_network_v4(range, ec);
    return !ec && network.canonical() == ip::network_v4(address.to_v4(), network.prefix_length()).canonical();
  }
  const auto network = ip::make_network_v6(range, ec);
  return !ec && network.canonical() == ip::network_v6(address.to_v6(), network.prefix_length()).canonical();
}

}  // namespace

std::string ClientUrl::authority() const {
  const std::string name = in_brackets(host);
  return port == default_port(scheme) ? name : name + ":" + std::to_string(port);
}

std::string ClientUrl::endpoint() const {
  return in_brackets(host) + ":" + std::to_string(port);
}

bool ClientUrl::loopback() const {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  boost::system::error_code ec;
  const auto address = ip::make_address(host, ec);
  return !ec && address.is_loopback();
}

bool ClientUrl::same_origin(const ClientUrl& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

Result<ClientUrl> parse_client_url(std::string_view text) {
  if (text.size() > 8192) return bad_url("it is longer than 8192 bytes");
  if (has_unsafe_bytes(text)) return bad_url("it has spaces, control characters or unencoded letters in it");
  ClientUrl url;
  const std::size_t colon = text.find("://");
  const std::string scheme = base::to_lower(text.substr(0, colon == std::string_view::npos ? 0 : colon));
  if (scheme == "http") {
    url.scheme = ClientUrl::Scheme::http;
  } else if (scheme != "https") {
    return bad_url("it must begin with https:// or http://");
  }
  url.port = default_port(url.scheme);
  text.remove_prefix(colon + 3);
  const std::size_t end = text.find_first_of("/?#");
  const std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) {
    return bad_url("a user or password in it would end up in logs; give the key as a key");
  }
  if (const auto parsed = parse_authority(authority, url); !parsed) return parsed.error();
  if (end != std::string_view::npos) {
    const std::string_view target = text.substr(end, text.find('#', end) - end);
    url.target = (target.starts_with('/') ? "" : "/") + std::string(target);
  }
  return url;
}

ProxySettings proxy_from(const EnvLookup& env) {
  const auto read = [&env](std::string_view lower, std::string_view upper) {
    auto value = env(lower);
    if (!value || value->empty()) value = env(upper);
    return value.value_or("");
  };
  return {read("https_proxy", "HTTPS_PROXY"), read("http_proxy", "HTTP_PROXY"), read("no_proxy", "NO_PROXY")};
}

bool bypasses_proxy(std::string_view no_proxy, const ClientUrl& url) {
  for (std::string_view entry : base::split(no_proxy, ',')) {
    entry = base::trim(entry);
    if (entry.empty()) continue;
    if (entry == "*") return true;
    std::string name = base::to_lower(entry);
    if (name.find('/') != std::string::npos) {
      if (in_range(url.host, name)) return true;
      continue;
    }
    if (name == in_brackets(url.host) || name == url.endpoint()) return true;
    if (const std::size_t colon = name.find(':'); colon != std::string::npos && colon == name.rfind(':')) {
      if (name.substr(colon + 1) != std::to_string(url.port)) continue;
      name.resize(colon);
    }
    if (name.starts_with("*.")) name.erase(0, 1);
    const std::string suffix = name.starts_with('.') ? name : "." + name;
    if (url.host == suffix.substr(1) || url.host.ends_with(suffix)) return true;
  }
  return false;
}

Result<std::optional<ProxyEndpoint>> choose_proxy(const ProxySettings& settings, const ClientUrl& url) {
  const bool secure = url.scheme == ClientUrl::Scheme::https;
  std::string_view text = base::trim(secure ? settings.https_proxy : settings.http_proxy);
  if (text.empty() || url.loopback() || bypasses_proxy(settings.no_proxy, url)) return std::optional<ProxyEndpoint>();
  const std::string variable = secure ? "HTTPS_PROXY" : "HTTP_PROXY";
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    if (base::to_lower(text.substr(0, scheme)) != "http") {
      return Error(Errc::unsupported, "Only http:// proxies are supported; change " + variable + ".");
    }
    text.remove_prefix(scheme + 3);
  }
  ProxyEndpoint proxy;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const auto credentials = base::percent_decode(text.substr(0, at), false);
    if (!credentials) return Error(Errc::invalid_params, "The user or password in " + variable + " is malformed.");
    proxy.authorization = "Basic " + base::base64_encode(*credentials);
    text.remove_prefix(at + 1);
  }
  ClientUrl where;
  where.port = proxy.port;
  if (has_unsafe_bytes(text) || !parse_authority(text.substr(0, text.find('/')), where)) {
    return Error(Errc::invalid_params, variable + " is not usable: it must look like http://host:port.");
  }
  proxy.host = where.host;
  proxy.port = where.port;
  return std::optional<ProxyEndpoint>(std::move(proxy));
}

Result<> check_request(const ClientRequest& request, const ClientUrl& url) {
  if (!is_token(request.method)) return Error(Errc::invalid_params, "The request method is not a word.");
  for (const ClientHeader& header : request.headers) {
    if (!is_token(header.name)) return Error(Errc::invalid_params, "A header's name is not a word.");
    if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Error(Errc::invalid_params, "The header " + header.name + " has a line break or NUL in its value.");
    }
  }
  if (url.scheme == ClientUrl::Scheme::http && request.plain_http == PlainHttp::loopback_only && !url.loopback()) {
    return Error(Errc::denied,
                 "Plain http to " + url.endpoint() + " would show the request to the network; use https.");
  }
  return {};
}

Result<ClientUrl> follow_redirect(const ClientUrl& from, std::string_view location) {
  std::string absolute;
  if (location.starts_with("//")) {
    absolute = (from.scheme == ClientUrl::Scheme::https ? "https:" : "http:") + std::string(location);
  } else if (location.starts_with('/')) {
    absolute = origin_of(from) + std::string(location);
  } else if (location.find("://") != std::string_view::npos) {
    absolute = location;
  } else {
    const std::string path = from.target.substr(0, from.target.find('?'));
    absolute = origin_of(from) + path.substr(0, path.rfind('/') + 1) + std::string(location);
  }
  auto to = parse_client_url(absolute);
  if (!to)
    return Error(Errc::upstream, from.authority() + " redirects to something that is no URL; check the base URL.");
  if (!to->same_origin(from)) {
    return Error(Errc::upstream, from.authority() + " redirects to " + origin_of(*to) +
                                     ". The request was not sent there; change the base URL if that is right.");
  }
  return to;
}

std::string encode_head(const ClientRequest& request, const ClientUrl& url, std::string_view user_agent,
                        TargetForm form, std::string_view proxy_authorization) {
  std::string head = request.method + " ";
  if (form == TargetForm::absolute) head += origin_of(url);
  head += url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\nConnection: close\r\n";
  if (!user_agent.empty()) head.append("User-Agent: ").append(user_agent).append("\r\n");
  if (!proxy_authorization.empty()) head.append("Proxy-Authorization: ").append(proxy_authorization).append("\r\n");
  for (const ClientHeader& header : request.headers) {
    const std::string name = base::to_lower(header.name);
    if (name == "host" || name == "content-length" || name == "connection" || name == "user-agent" ||
        name == "transfer-encoding") {
      continue;
    }
    head += header.name + ": " + header.value + "\r\n";
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head + "\r\n";
}

}  // namespace duotty::http
