#pragma once
// What makes a forward, and who may have it. Pure.
#include <duotty/base/error.hpp>
#include <duotty/link/protocol.hpp>
#include <nlohmann/json_fwd.hpp>

#include "connection_types.hpp"
#include "forward_types.hpp"

namespace duotty::remote {

/// A forward with an id of its own. Errors: invalid_params.
base::Result<link::Forward> forward_of(const ForwardOpen& p);
/// One that is kept, as an export has it; its id is a new one. Errors: invalid_params.
base::Result<KeptForward> read_kept_forward(const nlohmann::json& entry);
/// As it is stored with its connection.
KeptForward kept_of(const link::Forward& forward);
/// Whether such a forward is an administrator's to allow: it lets others than this machine in, or the host. `bind`: an
/// address.
bool needs_admin(const std::string& kind, const std::string& bind);

}  // namespace duotty::remote
