#include <dirent.h>

#include <cstdlib>
#include <duotty/pty/tty.hpp>

namespace duotty::pty {
namespace {

/// The first process of the foreground group of which `holds` is true.
template <class Predicate>
base::Result<ProcessInfo> find_in_foreground(int master_fd, Predicate holds) {
  const base::Error none(base::Errc::gone, "No such process in the foreground group.");
  const auto group = foreground_group(master_fd);
  if (!group) return none;
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr) return none;
  base::Result<ProcessInfo> found = none;
  while (const dirent* entry = ::readdir(proc)) {
    const auto pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0) continue;
    auto process = process_info(pid);
    if (process && process->group == *group && holds(*process)) {
      found = std::move(process);
      break;
    }
  }
  ::closedir(proc);
  return found;
}

}  // namespace

base::Result<ProcessInfo> terminal_reader(int master_fd) {
  return find_in_foreground(master_fd, [](const ProcessInfo& one) { return one.waiting == InputWait::tty_read; });
}

bool foreground_works(int master_fd) {
  return find_in_foreground(master_fd, [](const ProcessInfo& one) { return one.state == 'R' || one.state == 'D'; })
      .has_value();
}

}  // namespace duotty::pty
