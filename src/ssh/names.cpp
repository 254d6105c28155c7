#include <algorithm>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/text.hpp>
#include <duotty/ssh/names.hpp>

namespace duotty::ssh {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kLongestHost = 255;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kMostJumps = 8;
constexpr std::size_t kShown = 80;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool only(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || is_digit(c) || more.find(c) != std::string_view::npos; });
}

std::string quoted(std::string_view text) {
  return "\"" + base::clean_line(text, kShown) + "\"";
}

Error bad_jump(std::string_view text, const std::string& why) {
  return {Errc::invalid_params, quoted(text) + " is no jump: " + why + " Write [user@]host[:port].", "proxy_jump"};
}

/// Takes `host` or `[address]` off the front; what is left begins with the colon of a port, or is empty.
std::optional<std::string> take_host(std::string_view& text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    std::string host(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
    return host;
  }
  const auto colon = text.find(':');
  // More than one colon without brackets: an address, and no port.
  const bool address = colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos;
  const auto end = colon == std::string_view::npos || address ? text.size() : colon;
  std::string host(text.substr(0, end));
  text.remove_prefix(end);
  return host;
}

base::Result<Jump> parse_jump(std::string_view given) {
  std::string_view text = given;
  if (text.starts_with("ssh://")) {
    text.remove_prefix(6);
    if (text.ends_with('/')) text.remove_suffix(1);
  }
  Jump jump;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    jump.user = text.substr(0, at);
    if (auto good = check_user(jump.user); !good) return bad_jump(given, good.error().message());
    text.remove_prefix(at + 1);
  }
  auto host = take_host(text);
  if (!host) return bad_jump(given, "a bracket is not closed.");
  jump.host = std::move(*host);
  if (auto good = check_host(jump.host); !good) return bad_jump(given, good.error().message());
  if (text.empty()) return jump;
  if (!text.starts_with(':')) return bad_jump(given, "something stands behind the bracket.");
  const auto port = parse_port(text.substr(1));
  if (!port) return bad_jump(given, port.error().message());
  jump.port = *port;
  return jump;
}

}  // namespace

base::Result<> check_host(std::string_view host) {
  if (host.empty()) return Error(Errc::invalid_params, "The host is missing. Give a name or an address.", "host");
  if (host.size() > kLongestHost) {
    return Error(Errc::invalid_params, "The host is longer than " + std::to_string(kLongestHost) + " bytes.", "host");
  }
  if (host.front() == '-' || !only(host, "._:%-")) {
    return Error(Errc::invalid_params,
                 quoted(host) + " is no host: letters, digits and . _ : % - are possible, and no - in front.", "host");
  }
  return {};
}

base::Result<> check_user(std::string_view user) {
  if (user.empty()) return Error(Errc::invalid_params, "The user is missing. Give username.", "username");
  if (user.size() > kLongestName) {
    return Error(Errc::invalid_params, "The user is longer than " + std::to_string(kLongestName) + " bytes.",
                 "username");
  }
  if (user.front() == '-' || !only(user, "._@-")) {
    return Error(Errc::invalid_params,
                 quoted(user) + " is no user: letters, digits and . _ @ - are possible, and no - in front.",
                 "username");
  }
  return {};
}

base::Result<std::uint16_t> parse_port(std::string_view text) {
  const auto number = base::parse_u64(text);
  if (!number || *number < 1 || *number > 65535) {
    return Error(Errc::invalid_params, quoted(text) + " is no port: it is a number from 1 to 65535.", "port");
  }
  return static_cast<std::uint16_t>(*number);
}

base::Result<> check_variable(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || is_digit(name.front()) || !only(name, "_")) {
    return Error(Errc::invalid_params,
                 quoted(name) + " is no name of a variable: letters, digits and _ are possible, no digit in front.",
                 "env");
  }
  return {};
}

base::Result<std::vector<Jump>> parse_jumps(std::string_view text) {
  std::vector<Jump> jumps;
  for (const std::string_view part : base::split(text, ',')) {
    auto jump = parse_jump(base::trim(part));
    if (!jump) return jump.error();
    jumps.push_back(std::move(*jump));
    if (jumps.size() > kMostJumps) {
      return Error(Errc::invalid_params, "More than " + std::to_string(kMostJumps) + " jumps.", "proxy_jump");
    }
  }
  return jumps;
}

}  // namespace duotty::ssh
