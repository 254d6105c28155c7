#pragma once
// The log's file. Keeper and worker append to it, and `duotty logs` reads it. Every line is opened, written and closed
// by itself: nobody holds the file, so it may be renamed or removed at any time.
#include <cstddef>
#include <duotty/core/log_level.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::core {

/// A file that has reached this size is renamed: "log" becomes "log.1", "log.1" becomes "log.2" and so on.
inline constexpr std::size_t kLogFileBytes = 2 * 1024 * 1024;
/// Renamed files that are kept.
inline constexpr int kLogFilesKept = 3;
/// The text of a line is cut to so many bytes.
inline constexpr std::size_t kLogTextBytes = 8 * 1024;

/// Where lines go from now on, besides standard error. Once, before there are threads; empty: nowhere.
void set_log_file(std::string path);
/// One line with its newline: local time with its offset, level, text with control characters escaped.
std::string log_text(LogLevel level, std::string_view text);
/// Appends such a line to the file alone, whatever the level. Never throws; says nothing when it cannot.
void write_log_file(LogLevel level, std::string_view text) noexcept;
/// The word for a level in a line: "debug", "info", "warning", "error".
std::string_view log_level_name(LogLevel level) noexcept;
/// "log.3", "log.2", "log.1" for "log": where older lines are, oldest first. They need not exist.
std::vector<std::string> older_log_files(const std::string& path);

}  // namespace duotty::core
