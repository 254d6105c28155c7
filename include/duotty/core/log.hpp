#pragma once
// The worker's log: one line an event, to standard error and to the log's file (log_file.hpp). Secrets never come here;
// typed text is never logged.
#include <fmt/format.h>
#include <duotty/core/log_level.hpp>
#include <string_view>

namespace duotty::core {

/// Lines below `level` are dropped. Default: info.
void set_log_level(LogLevel level) noexcept;
LogLevel log_level() noexcept;
/// Writes one line: time, level, text. Control characters in `text` are escaped. Never throws, never blocks for long.
void log_line(LogLevel level, std::string_view text) noexcept;

template <class... A>
void log_debug(fmt::format_string<A...> format, A&&... args) {
  if (log_level() <= LogLevel::debug) log_line(LogLevel::debug, fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
void log_info(fmt::format_string<A...> format, A&&... args) {
  if (log_level() <= LogLevel::info) log_line(LogLevel::info, fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
void log_warning(fmt::format_string<A...> format, A&&... args) {
  if (log_level() <= LogLevel::warning) log_line(LogLevel::warning, fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
void log_error(fmt::format_string<A...> format, A&&... args) {
  if (log_level() <= LogLevel::error) log_line(LogLevel::error, fmt::format(format, std::forward<A>(args)...));
}

}  // namespace duotty::core
