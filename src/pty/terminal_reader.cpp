#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <duotty/base/unique_fd.hpp>
#include <duotty/pty/tty.hpp>

#include "process_table.hpp"

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

bool leader_has_company(int master_fd) {
  const auto group = foreground_group(master_fd);
  if (!group) return false;
  const auto table = ProcessTable::scan();
  return std::any_of(table.entries().begin(), table.entries().end(), [&group](const ProcessEntry& one) {
    return one.group == *group && one.pid != *group && one.alive();
  });
}

bool waits_for_input(int master_fd) {
  const base::UniqueFd terminal(::ioctl(master_fd, TIOCGPTPEER, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  // A program has kept others out (TIOCEXCL), and what it has not read cannot be seen.
  if (!terminal && errno != EBUSY) return false;
  // Asking for what can be read also hands on what the kernel has kept between the two sides.
  pollfd unread{.fd = terminal.get(), .events = POLLIN, .revents = 0};
  if (::poll(&unread, 1, 0) != 0) return false;
  const auto group = foreground_group(master_fd);
  return group && sleeps_for_input(*group);
}

bool has_unread_output(int master_fd) noexcept {
  pollfd master{.fd = master_fd, .events = POLLIN, .revents = 0};
  return ::poll(&master, 1, 0) == 1 && (master.revents & POLLIN) != 0;
}

}  // namespace duotty::pty
