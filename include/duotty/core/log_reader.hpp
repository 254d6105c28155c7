#pragma once
// Reading what log_file.hpp writes, while it is written and renamed.
#include <sys/types.h>

#include <duotty/base/unique_fd.hpp>
#include <duotty/core/log_file.hpp>
#include <functional>
#include <optional>

namespace duotty::core {

/// A line of the log in its parts. One that is not of the log's form is all text.
struct LogLine {
  std::string_view time;
  std::string_view level;
  std::string_view text;
};
/// Takes a line apart; the parts are of `line`.
LogLine parse_log_line(std::string_view line);
/// The level of a word such as "warning"; nothing for others.
std::optional<LogLevel> log_level_named(std::string_view name);

/// One file of the log, read from its beginning to its end and then on as it grows.
class LogReader {
 public:
  using Take = std::function<void(std::string_view line)>;

  /// False when there is no such file, or none that can be read.
  bool open(const std::string& path);
  /// True when `path` is this file.
  bool is(const std::string& path) const;
  /// Hands over every whole line that has come since the last time.
  void read(const Take& take);
  /// Opens `path`, and hands over the lines of all files of the log, oldest first.
  void read_all(const std::string& path, const Take& take);

 private:
  base::UniqueFd file_;
  off_t offset_ = 0;
  ino_t inode_ = 0;
  dev_t device_ = 0;
  std::string partial_;
};

}  // namespace duotty::core
