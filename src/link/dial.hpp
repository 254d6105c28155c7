#pragma once
// Connections that this machine makes.
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/task.hpp>
#include <duotty/link/protocol.hpp>
#include <optional>

namespace duotty::link {

/// A TCP stream to the plan's host by its name; each step has the plan's patience. Errors as Failed with the steps
/// resolve and connect.
core::Task<std::optional<Failed>> dial(const Connect& plan, base::UniqueFd& stream);

}  // namespace duotty::link
