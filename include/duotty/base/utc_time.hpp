#pragma once
// Moments as texts that sort as they come (RFC 3339).
#include <cstdint>
#include <string>

namespace duotty::base {

/// "2026-01-31T12:00:00.000Z"; moments before 1970 are negative.
std::string utc_time(std::int64_t milliseconds_since_1970);

}  // namespace duotty::base
