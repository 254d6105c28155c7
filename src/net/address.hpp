#pragma once
// Socket addresses as values.
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace duotty::net {

/// A numeric address with port; nullopt when `text` is not one. IPv6 may stand in brackets.
std::optional<sockaddr_storage> parse_address(const std::string& text, std::uint16_t port);
/// An IPv4-mapped IPv6 address as IPv4, anything else unchanged.
sockaddr_storage unmapped(const sockaddr_storage& address);
/// Numeric text without port; empty for families other than IP.
std::string address_text(const sockaddr_storage& address);
std::uint16_t port_of(const sockaddr_storage& address);
/// 127.0.0.0/8, ::1, and IPv4-mapped forms of the former.
bool is_loopback(const sockaddr_storage& address);
socklen_t length_of(const sockaddr_storage& address);

}  // namespace duotty::net
