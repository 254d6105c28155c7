#pragma once
// Times as this machine's people write them.
#include <string>

namespace duotty::base {

/// "2026-01-31T12:00:00.123456", local time.
std::string iso_time(double seconds_since_1970);

}  // namespace duotty::base
