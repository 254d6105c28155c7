#pragma once
// Telling a cancelled coroutine from one that failed.
#include <exception>

namespace duotty::core {

/// True for what leaves a coroutine that was cancelled: operation_aborted, also of all sides of a race (`a || b`).
bool is_cancellation(const std::exception_ptr& error) noexcept;

}  // namespace duotty::core
