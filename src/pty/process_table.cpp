#include "process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <duotty/base/unique_fd.hpp>

namespace duotty::pty {

std::string read_small_file(const char* path, std::size_t limit) {
  const base::UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  std::string out;
  char buffer[4096];
  while (fd && out.size() < limit) {
    const auto count = ::read(fd.get(), buffer, std::min(sizeof buffer, limit - out.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    out.append(buffer, static_cast<std::size_t>(count));
  }
  return out;
}

std::optional<ProcessEntry> parse_stat(const std::string& text) {
  // "pid (comm) state ppid pgrp session ... starttime": comm may hold spaces and parentheses, so look from the end.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  ProcessEntry entry;
  entry.comm = text.substr(open + 1, close - open - 1);
  entry.pid = static_cast<pid_t>(std::atoi(text.c_str()));
  const int read = std::sscanf(text.c_str() + close + 1,
                               " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                               &entry.state, &entry.parent, &entry.group, &entry.session, &entry.start_time);
  if (read != 5) return std::nullopt;
  return entry;
}

ProcessTable::ProcessTable(std::vector<ProcessEntry> entries) : entries_(std::move(entries)) {
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
}

ProcessTable ProcessTable::scan() {
  std::vector<ProcessEntry> entries;
  DIR* folder = ::opendir("/proc");
  if (folder == nullptr) return ProcessTable({});
  while (const dirent* item = ::readdir(folder)) {
    if (item->d_name[0] < '0' || item->d_name[0] > '9') continue;
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%.20s/stat", item->d_name);
    if (auto entry = parse_stat(read_small_file(path, 4096))) entries.push_back(std::move(*entry));
  }
  ::closedir(folder);
  return ProcessTable(std::move(entries));
}

const ProcessEntry* ProcessTable::find(pid_t pid) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), pid,
                                   [](const ProcessEntry& entry, pid_t value) { return entry.pid < value; });
  return at != entries_.end() && at->pid == pid ? &*at : nullptr;
}

bool ProcessTable::descends(pid_t pid, pid_t ancestor) const {
  // The table is no snapshot: bound the walk in case a recycled number closes a loop.
  for (std::size_t steps = 0; pid > 0 && steps <= entries_.size(); ++steps) {
    if (pid == ancestor) return true;
    const ProcessEntry* entry = find(pid);
    if (entry == nullptr) return false;
    pid = entry->parent;
  }
  return false;
}

std::vector<pid_t> ProcessTable::session_members(pid_t session, pid_t root) const {
  std::vector<pid_t> out;
  for (const ProcessEntry& entry : entries_) {
    if (entry.session == session && entry.alive() && descends(entry.pid, root)) out.push_back(entry.pid);
  }
  return out;
}

std::vector<pid_t> ProcessTable::descendants(pid_t root) const {
  std::vector<pid_t> out;
  for (const ProcessEntry& entry : entries_) {
    if (entry.alive() && descends(entry.pid, root)) out.push_back(entry.pid);
  }
  return out;
}

std::optional<std::vector<pid_t>> own_children() {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/children", static_cast<int>(::getpid()));
  if (::access(path, R_OK) != 0) return std::nullopt;
  const std::string text = read_small_file(path, std::size_t{1} << 20);
  std::vector<pid_t> out;
  const char* at = text.c_str();
  for (char* end = nullptr;; at = end) {
    const long pid = std::strtol(at, &end, 10);
    if (end == at) return out;
    out.push_back(static_cast<pid_t>(pid));
  }
}

}  // namespace duotty::pty
