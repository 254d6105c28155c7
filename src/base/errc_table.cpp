#include <array>
#include <cstddef>
#include <duotty/base/error.hpp>
#include <stdexcept>

namespace duotty::base {
namespace {

/// JSON-RPC codes: -32020 to -32029 are left to MCP, which has meanings of its own there.
constexpr std::array kTable = {
    ErrcInfo{Errc::internal, "internal", 500, -32603, 70},
    ErrcInfo{Errc::invalid_params, "invalid_params", 400, -32602, 64},
    ErrcInfo{Errc::invalid_json, "invalid_json", 400, -32700, 64},
    ErrcInfo{Errc::not_found, "not_found", 404, -32004, 66},
    ErrcInfo{Errc::terminal_not_found, "terminal_not_found", 404, -32004, 66},
    ErrcInfo{Errc::method_not_found, "method_not_found", 404, -32601, 64},
    ErrcInfo{Errc::method_not_allowed, "method_not_allowed", 405, -32601, 64},
    ErrcInfo{Errc::conflict, "conflict", 409, -32009, 75},
    ErrcInfo{Errc::gone, "gone", 410, -32010, 66},
    ErrcInfo{Errc::busy, "busy", 409, -32009, 75},
    ErrcInfo{Errc::timeout, "timeout", 504, -32008, 75},
    ErrcInfo{Errc::cancelled, "cancelled", 499, -32007, 75},
    ErrcInfo{Errc::denied, "denied", 403, -32003, 77},
    ErrcInfo{Errc::unauthenticated, "unauthenticated", 401, -32001, 77},
    ErrcInfo{Errc::not_configured, "not_configured", 503, -32013, 78},
    ErrcInfo{Errc::too_large, "too_large", 413, -32014, 65},
    ErrcInfo{Errc::unsupported_media, "unsupported_media", 415, -32015, 65},
    ErrcInfo{Errc::rate_limited, "rate_limited", 429, -32039, 75},
    ErrcInfo{Errc::headers_too_large, "headers_too_large", 431, -32014, 65},
    ErrcInfo{Errc::limit_reached, "limit_reached", 429, -32039, 75},
    ErrcInfo{Errc::spawn_failed, "spawn_failed", 500, -32030, 71},
    ErrcInfo{Errc::io, "io", 500, -32031, 74},
    ErrcInfo{Errc::closed, "closed", 499, -32032, 75},
    ErrcInfo{Errc::protocol, "protocol", 502, -32033, 76},
    ErrcInfo{Errc::unsupported, "unsupported", 501, -32034, 69},
    ErrcInfo{Errc::upstream, "upstream", 502, -32035, 69},
    ErrcInfo{Errc::unreachable, "unreachable", 502, -32036, 69},
    ErrcInfo{Errc::busy_user, "busy_user", 409, -32009, 75},
    ErrcInfo{Errc::ssh_unavailable, "ssh_unavailable", 503, -32013, 69},
    ErrcInfo{Errc::awaiting_auth, "awaiting_auth", 409, -32009, 77},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return true;
}
static_assert(in_order(), "the table is indexed by Errc");

}  // namespace

const ErrcInfo& info(Errc code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < kTable.size() ? kTable[index] : kTable[0];
}

Errc errc_from_name(std::string_view name) noexcept {
  for (const auto& row : kTable) {
    if (name == row.name) return row.code;
  }
  return Errc::internal;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                         ": value() of a failed result: " + error.message());
}

}  // namespace duotty::base
