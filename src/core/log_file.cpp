#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/log_file.hpp>

namespace duotty::core {
namespace {

std::string g_path;  // the one place of this process; set at start-up only

base::UniqueFd open_for_append(const std::string& path) {
  return base::UniqueFd(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600));
}

/// Renames a full file. Whoever does not get the lock leaves that to the one who has it: nobody waits here, not even
/// for a process that was stopped.
void rotate(const std::string& path, const base::UniqueFd& file) {
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
  struct stat ours {};
  struct stat named {};
  if (::fstat(file.get(), &ours) != 0 || ::lstat(path.c_str(), &named) != 0) return;
  if (ours.st_ino != named.st_ino || ours.st_dev != named.st_dev) return;  // somebody else has done it
  std::string older;
  for (const std::string& name : older_log_files(path)) {
    if (!older.empty()) ::rename(name.c_str(), older.c_str());
    older = name;
  }
  ::rename(path.c_str(), older.c_str());
}

/// Appends in one write(), so that lines of two processes do not mix.
void append(const std::string& path, std::string_view line) {
  base::UniqueFd file = open_for_append(path);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  if ((status.st_mode & 077) != 0) ::fchmod(file.get(), 0600);
  if (static_cast<std::size_t>(status.st_size) >= kLogFileBytes) {
    rotate(path, file);
    file = open_for_append(path);
    if (!file) return;
  }
  [[maybe_unused]] const auto written = ::write(file.get(), line.data(), line.size());
}

}  // namespace

void set_log_file(std::string path) {
  g_path = std::move(path);
}

std::string_view log_level_name(LogLevel level) noexcept {
  static constexpr std::string_view kNames[] = {"debug", "info", "warning", "error", ""};
  return kNames[static_cast<int>(level)];
}

std::string log_text(LogLevel level, std::string_view text) {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char stamp[32];
  char zone[16];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &local);
  std::strftime(zone, sizeof zone, "%z", &local);
  std::string line = fmt::format("{}.{:03}{} {} ", stamp, millis, zone, log_level_name(level));
  for (const char c : text.substr(0, kLogTextBytes)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line.push_back(c);
    }
  }
  line.push_back('\n');
  return line;
}

void write_log_file(LogLevel level, std::string_view text) noexcept {
  if (g_path.empty()) return;
  try {
    append(g_path, log_text(level, text));
  } catch (...) {  // logging must never be the failure
  }
}

std::vector<std::string> older_log_files(const std::string& path) {
  std::vector<std::string> out;
  for (int number = kLogFilesKept; number > 0; --number) out.push_back(path + "." + std::to_string(number));
  return out;
}

}  // namespace duotty::core
