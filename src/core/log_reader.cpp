#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <duotty/core/log_reader.hpp>

namespace duotty::core {

std::optional<LogLevel> log_level_named(std::string_view name) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    if (log_level_name(level) == name) return level;
  }
  return {};
}

LogLine parse_log_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return {{}, {}, line};
  const LogLine parts{line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)};
  const bool stamped = parts.time.size() > 19 && parts.time[4] == '-' && parts.time[10] == 'T';
  return stamped && log_level_named(parts.level) ? parts : LogLine{{}, {}, line};
}

bool LogReader::open(const std::string& path) {
  file_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  offset_ = 0;
  partial_.clear();
  struct stat status {};
  if (!file_ || ::fstat(file_.get(), &status) != 0) return false;
  inode_ = status.st_ino;
  device_ = status.st_dev;
  return S_ISREG(status.st_mode);
}

bool LogReader::is(const std::string& path) const {
  struct stat named {};
  return file_ && ::stat(path.c_str(), &named) == 0 && named.st_ino == inode_ && named.st_dev == device_;
}

void LogReader::read(const Take& take) {
  if (!file_) return;
  struct stat status {};
  if (::fstat(file_.get(), &status) == 0 && status.st_size < offset_) {  // somebody has emptied it
    offset_ = 0;
    partial_.clear();
  }
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const ssize_t got = ::pread(file_.get(), buffer.data(), buffer.size(), offset_);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    offset_ += got;
    std::string_view rest(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
      partial_ += rest.substr(0, end);
      take(std::string_view(partial_));
      partial_.clear();
    }
    partial_ += rest;
  }
}

void LogReader::read_all(const std::string& path, const Take& take) {
  open(path);
  for (const std::string& older : older_log_files(path)) {
    // What was renamed since it was opened is read below.
    LogReader reader;
    if (!is(older) && reader.open(older)) reader.read(take);
  }
  read(take);
}

}  // namespace duotty::core
