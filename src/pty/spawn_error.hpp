#pragma once
// A failed start, said so that a person knows what to change. Pure.
#include <duotty/base/error.hpp>
#include <duotty/pty/keeper_client.hpp>

#include "keeper_protocol.hpp"

namespace duotty::pty {

base::Error spawn_error(const SpawnRequest& request, const wire::SpawnFailed& failure);

/// nullopt when the request can be sent; else why not, without asking the keeper.
std::optional<base::Error> refuse_spawn(const SpawnRequest& request);

}  // namespace duotty::pty
