#pragma once
// What hosts, users, ports and jumps may look like (docs/security.md): nothing that another program could take for an
// option or for shell text. Names come from callers, imported files and stored rows alike.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::ssh {

inline constexpr int kDefaultPort = 22;

/// A host name, an IPv4 address, or an IPv6 address without brackets: [A-Za-z0-9._:%-], no leading "-", at most 255
/// bytes. Errors: invalid_params about "host".
base::Result<> check_host(std::string_view host);
/// A user: [A-Za-z0-9._@-], no leading "-", at most 128 bytes. Errors: invalid_params about "username".
base::Result<> check_user(std::string_view user);
/// A whole number from 1 to 65535. Errors: invalid_params about "port".
base::Result<std::uint16_t> parse_port(std::string_view text);
/// A variable's name: [A-Za-z_][A-Za-z0-9_]*, at most 128 bytes. Errors: invalid_params about "env".
base::Result<> check_variable(std::string_view name);

/// One host on the way to another.
struct Jump {
  std::string user;  ///< empty: not said
  std::string host;
  std::optional<std::uint16_t> port;
};
/// OpenSSH's ProxyJump: `[user@]host[:port]`, several behind commas, addresses with colons in brackets, also as
/// `ssh://[user@]host[:port]`. At most 8. Errors: invalid_params about "proxy_jump".
base::Result<std::vector<Jump>> parse_jumps(std::string_view text);

}  // namespace duotty::ssh
