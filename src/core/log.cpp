#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <duotty/core/log.hpp>
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
    static constexpr const char* kNames[] = {"debug", "info", "warning", "error", ""};
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &local);
    std::string line = fmt::format("{}.{:03} {} ", stamp, millis, kNames[static_cast<int>(level)]);
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      } else {
        line.push_back(c);
      }
    }
    line.push_back('\n');
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  } catch (...) {  // logging must never be the failure
  }
}

}  // namespace duotty::core
