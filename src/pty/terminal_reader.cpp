#include <dirent.h>

#include <cstdlib>
#include <duotty/pty/tty.hpp>

namespace duotty::pty {

base::Result<ProcessInfo> terminal_reader(int master_fd) {
  const base::Error none(base::Errc::gone, "No program of the foreground group reads the terminal.");
  const auto group = foreground_group(master_fd);
  if (!group) return none;
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr) return none;
  base::Result<ProcessInfo> found = none;
  while (const dirent* entry = ::readdir(proc)) {
    const auto pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0) continue;
    auto process = process_info(pid);
    if (process && process->group == *group && process->waiting == InputWait::tty_read) {
      found = std::move(process);
      break;
    }
  }
  ::closedir(proc);
  return found;
}

}  // namespace duotty::pty
