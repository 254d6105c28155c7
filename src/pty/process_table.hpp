#pragma once
// One look at /proc: who is whose child, in which group and session. libc only; used by keeper and worker.
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace duotty::pty {

struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  char state = '?';
  unsigned long long start_time = 0;  ///< clock ticks since boot
  std::string comm;

  bool alive() const { return state != 'Z' && state != 'X'; }
};

/// The text of /proc/<pid>/stat, taken apart; nullopt when it is not such a text. The name may hold any character.
std::optional<ProcessEntry> parse_stat(const std::string& text);

class ProcessTable {
 public:
  /// Every process that /proc shows us.
  static ProcessTable scan();
  explicit ProcessTable(std::vector<ProcessEntry> entries);

  const std::vector<ProcessEntry>& entries() const { return entries_; }
  /// True for `ancestor` itself and for everything below it.
  bool descends(pid_t pid, pid_t ancestor) const;
  /// Living processes of session `session` that descend from `root`. A session's number may have been given to a
  /// stranger after its last process ended; a stranger does not descend from the keeper.
  std::vector<pid_t> session_members(pid_t session, pid_t root) const;
  /// Living processes at or below `root`.
  std::vector<pid_t> descendants(pid_t root) const;

 private:
  const ProcessEntry* find(pid_t pid) const;
  std::vector<ProcessEntry> entries_;  // sorted by pid
};

/// Direct children of this single-threaded process, living or not; nullopt when the kernel does not list them.
std::optional<std::vector<pid_t>> own_children();

/// True when this process sleeps in a read of a terminal, or until one of its files can be read. (Shells take what a
/// command substitution prints by reading its pipe.) Where the kernel does not say in what call a process is, sleeping
/// is enough.
bool sleeps_for_input(pid_t pid);

/// The whole of a small file (at most `limit` bytes); empty when it cannot be read.
std::string read_small_file(const char* path, std::size_t limit = 64 * 1024);

}  // namespace duotty::pty
