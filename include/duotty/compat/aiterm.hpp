#pragma once
// aiterm-mcp's terminal tools on our methods (docs/migrating.md).
#include <duotty/mcp/toolset.hpp>
#include <memory>

namespace duotty::compat {

/// pty_open, pty_send, pty_read, pty_key, pty_close, pty_list: names, parameters, defaults and wording of results.
std::unique_ptr<mcp::Toolset> aiterm_tools();

}  // namespace duotty::compat
