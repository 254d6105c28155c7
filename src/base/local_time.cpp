#include <cmath>
#include <cstdio>
#include <ctime>
#include <duotty/base/local_time.hpp>

namespace duotty::base {

std::string iso_time(double seconds_since_1970) {
  const double whole = std::floor(seconds_since_1970);
  const auto time = static_cast<std::time_t>(whole);
  std::tm local{};
  ::localtime_r(&time, &local);
  char stamp[32];
  const std::size_t size = std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &local);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06d", static_cast<int>((seconds_since_1970 - whole) * 1e6));
  return std::string(stamp, size) + fraction;
}

}  // namespace duotty::base
