#include "address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace duotty::net {
namespace {

sockaddr_in as_v4(const sockaddr_storage& address) {
  sockaddr_in v4{};
  std::memcpy(&v4, &address, sizeof v4);
  return v4;
}

sockaddr_in6 as_v6(const sockaddr_storage& address) {
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return v6;
}

template <class T>
sockaddr_storage as_storage(const T& address) {
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  return storage;
}

}  // namespace

std::optional<sockaddr_storage> parse_address(const std::string& text, std::uint16_t port) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return as_storage(v4);
  }
  const bool brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const std::string inner = brackets ? text.substr(1, text.size() - 2) : text;
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, inner.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return as_storage(v6);
  }
  return std::nullopt;
}

sockaddr_storage unmapped(const sockaddr_storage& address) {
  if (address.ss_family != AF_INET6) return address;
  const sockaddr_in6 v6 = as_v6(address);
  if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return address;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = v6.sin6_port;
  std::memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], 4);
  return as_storage(v4);
}

std::string address_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const sockaddr_in v4 = as_v4(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET6) {
    const sockaddr_in6 v6 = as_v6(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  }
  return text;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return ntohs(as_v4(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(as_v6(address).sin6_port);
  return 0;
}

bool is_loopback(const sockaddr_storage& address) {
  const sockaddr_storage plain = unmapped(address);
  if (plain.ss_family == AF_INET) return (ntohl(as_v4(plain).sin_addr.s_addr) >> 24) == 127;
  if (plain.ss_family != AF_INET6) return false;
  const sockaddr_in6 v6 = as_v6(plain);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

socklen_t length_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

}  // namespace duotty::net
