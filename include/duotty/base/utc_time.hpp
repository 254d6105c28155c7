#pragma once
// Moments: now as a number, and as texts that sort as they come (RFC 3339).
#include <cstdint>
#include <string>

namespace duotty::base {

/// "2026-01-31T12:00:00.000Z"; moments before 1970 are negative.
std::string utc_time(std::int64_t milliseconds_since_1970);

/// Seconds since 1970, now. The clock of the wall may be set back; measure durations with steady_clock.
double wall_seconds();

}  // namespace duotty::base
