#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <duotty/pty/command_read.hpp>
#include <duotty/pty/tty.hpp>
#include <optional>

#include "process_table.hpp"

namespace duotty::pty {

using base::Errc;
using base::Error;
using base::Result;

namespace {

std::string path_of(pid_t pid, const char* leaf) {
  char path[96];
  std::snprintf(path, sizeof path, "/proc/%d/%s", static_cast<int>(pid), leaf);
  return path;
}

std::optional<ProcessEntry> entry_of(pid_t pid) {
  return parse_stat(read_small_file(path_of(pid, "stat").c_str(), 4096));
}

std::string read_link(const std::string& path) {
  char target[4096];
  const auto length = ::readlink(path.c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

std::vector<std::string> command_line(pid_t pid) {
  const std::string text = read_small_file(path_of(pid, "cmdline").c_str());
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// Number, first and third argument of the call that a sleeping process is in: /proc/<pid>/syscall says "running", "-1
/// sp pc" (waiting outside a system call) or "number arguments... sp pc". Nothing when it may not be read.
struct Call {
  long number = -1;
  unsigned long first = 0;
  unsigned long third = 0;
};
std::optional<Call> call_of(pid_t pid) {
  const std::string text = read_small_file(path_of(pid, "syscall").c_str(), 512);
  if (text.empty()) return std::nullopt;
  Call call;
  if (std::sscanf(text.c_str(), "%ld 0x%lx 0x%*x 0x%lx", &call.number, &call.first, &call.third) != 3) return Call{};
  return call;
}

InputWait reads_terminal(pid_t pid, unsigned long fd) {
  char leaf[32];
  std::snprintf(leaf, sizeof leaf, "fd/%lu", fd);
  const std::string target = read_link(path_of(pid, leaf));
  if (target.empty()) return InputWait::unknown;
  return target.starts_with("/dev/pts/") || target.starts_with("/dev/tty") ? InputWait::tty_read : InputWait::no;
}

InputWait waiting(pid_t pid, char state) {
  if (state != 'S') return InputWait::no;
  const auto call = call_of(pid);
  if (!call) return InputWait::unknown;
  if (call->number != SYS_read) return InputWait::no;
  return reads_terminal(pid, call->first);
}

ProcessInfo describe(const ProcessEntry& entry) {
  ProcessInfo info;
  info.pid = entry.pid;
  info.parent = entry.parent;
  info.group = entry.group;
  info.session = entry.session;
  info.comm = entry.comm;
  info.state = entry.state;
  info.argv = command_line(entry.pid);
  info.cwd = read_link(path_of(entry.pid, "cwd"));
  if (!info.cwd.starts_with('/')) info.cwd.clear();  // "(unreachable)..."
  info.waiting = waiting(entry.pid, entry.state);
  return info;
}

}  // namespace

bool sleeps_for_input(pid_t pid) {
  const auto entry = entry_of(pid);
  if (!entry || entry->state != 'S') return false;
  const auto call = call_of(pid);
  if (!call) return true;
  switch (call->number) {
    case SYS_read:
      return reads_terminal(pid, call->first) != InputWait::no;
    case SYS_pselect6:
    case SYS_ppoll:
    case SYS_epoll_pwait:
#ifdef SYS_select
    case SYS_select:
    case SYS_poll:
    case SYS_epoll_wait:
#endif
      return true;
    default:
      return false;
  }
}

bool reads_commands(pid_t pid) {
  const auto entry = entry_of(pid);
  if (!entry || entry->state != 'S') return false;
  const auto call = call_of(pid);
  return call && call->number == SYS_read && call->first == STDIN_FILENO && call->third > 1 &&
         reads_terminal(pid, call->first) == InputWait::tty_read;
}

Result<ProcessInfo> process_info(pid_t pid) {
  const auto entry = pid > 0 ? entry_of(pid) : std::nullopt;
  if (!entry) return Error(Errc::gone, "There is no process " + std::to_string(pid) + " any more.");
  return describe(*entry);
}

Result<ProcessInfo> foreground_process(int master_fd) {
  const auto group = foreground_group(master_fd);
  if (!group) return group.error();
  if (const auto leader = entry_of(*group); leader && leader->alive() && leader->group == *group)
    return describe(*leader);
  std::optional<ProcessEntry> youngest;
  const ProcessTable table = ProcessTable::scan();
  for (const ProcessEntry& entry : table.entries()) {
    if (entry.group != *group || !entry.alive()) continue;
    if (!youngest || entry.start_time >= youngest->start_time) youngest = entry;
  }
  if (!youngest) return Error(Errc::gone, "The program in the foreground has just ended.");
  return describe(*youngest);
}

}  // namespace duotty::pty
