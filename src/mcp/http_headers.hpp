#pragma once
// What a stateless request says about itself in its header fields, which must be what its body says. Pure.
#include <duotty/http/message.hpp>

#include "protocol.hpp"

namespace duotty::mcp {

inline constexpr const char* kRevisionHeader = "MCP-Protocol-Version";

/// What is wrong with the fields, if anything.
std::optional<Failure> check_headers(const http::Request& request, const Message& message);

}  // namespace duotty::mcp
