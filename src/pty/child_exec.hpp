#pragma once
// The part of a start that runs in the child, between fork and exec: system calls only, on memory made ready before.
#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "keeper_protocol.hpp"

namespace duotty::pty {

/// What the keeper changed for itself and gives back to everything it starts.
struct Inherited {
  rlimit core{};
  rlimit files{};
  std::string oom_score_adj;  ///< empty: the keeper did not change it
  mode_t umask = 022;
};

/// What a child that cannot be started writes to its report pipe.
struct StartFailure {
  std::int32_t error;
  wire::Step step;
};

/// Everything exec_child() needs; nothing is allocated after fork.
struct ChildPlan {
  /// Looks a program without a slash up in the PATH of `env` now, so that the child only tries candidates.
  ChildPlan(std::vector<std::string> argv, std::vector<std::string> env, std::string cwd);
  ChildPlan(const ChildPlan&) = delete;
  ChildPlan& operator=(const ChildPlan&) = delete;

  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::string cwd;  ///< empty: stay
  std::vector<std::string> candidates;
  std::vector<char*> argv_pointers;
  std::vector<char*> env_pointers;
};

/// A terminal's first process: new session, `tty` as controlling terminal and descriptors 0 to 2, nothing else open.
/// Failures go to `report` (close-on-exec).
[[noreturn]] void exec_terminal_child(const ChildPlan& plan, const Inherited& inherited, int tty, int report) noexcept;

/// The worker: own process group (so that Ctrl-C reaches the keeper alone), no input, output as the keeper's, `socket`
/// at kKeeperFd. A failure is said on standard error.
[[noreturn]] void exec_worker_child(const ChildPlan& plan, const Inherited& inherited, int null, int socket) noexcept;

}  // namespace duotty::pty
