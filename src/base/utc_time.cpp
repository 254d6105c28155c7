#include <chrono>
#include <cstdio>
#include <ctime>
#include <duotty/base/utc_time.hpp>

namespace duotty::base {

std::string utc_time(std::int64_t milliseconds_since_1970) {
  const std::int64_t fraction = ((milliseconds_since_1970 % 1000) + 1000) % 1000;
  const auto time = static_cast<std::time_t>((milliseconds_since_1970 - fraction) / 1000);
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  char stamp[40];
  const std::size_t length = std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
  char tail[8];
  std::snprintf(tail, sizeof tail, ".%03dZ", static_cast<int>(fraction));
  return std::string(stamp, length) + tail;
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace duotty::base
