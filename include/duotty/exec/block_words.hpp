#pragma once
// How the ends of blocks are called, on the wire and in the database.
#include <duotty/exec/command_tracker.hpp>

namespace duotty::exec {

/// The word for a status; an unknown value reads as lost.
const char* word(BlockStatus status) noexcept;

}  // namespace duotty::exec
