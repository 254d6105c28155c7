#pragma once
// Names of other servers' methods that this one does not have yet. They answer with a code of their own instead of "no
// such method", so that a client knows that it is right and the server is not ready.
#include <duotty/rpc/method.hpp>

namespace duotty::compat {

/// Adds WinkTerm's methods that use an SSH connection under its names and paths: callers that may use SSH get Errc::ssh_unavailable, the
/// others are refused as everywhere. A real row takes the place of one here by being added instead.
void add_reserved(rpc::Table& table);

}  // namespace duotty::compat
