#include <unistd.h>

#include <atomic>
#include <duotty/core/log.hpp>
#include <duotty/core/log_file.hpp>
#include <string>

namespace duotty::core {
namespace {
std::atomic<LogLevel> g_level{LogLevel::info};  // the one process-wide setting; written at start-up only
}

void set_log_level(LogLevel level) noexcept {
  g_level = level;
}
LogLevel log_level() noexcept {
  return g_level;
}

void log_line(LogLevel level, std::string_view text) noexcept {
  if (level < g_level) return;
  try {
    const std::string line = log_text(level, text);
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  } catch (...) {  // logging must never be the failure
  }
  write_log_file(level, text);
}

}  // namespace duotty::core
