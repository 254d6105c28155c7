#pragma once
// A SIGINT that comes while the shell starts a program is lost: the shell notes it and then waits for the program, and
// the child forgets what it noted before it became the program. A person presses Ctrl-C again; a caller cannot see it.
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace duotty::exec {

/// Says when a SIGINT that was sent during an exec should be sent again. No clock and no process of its own.
class InterruptWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// A process as far as it can be told from what it was before execve(2).
  struct Program {
    pid_t pid = 0;
    std::vector<std::string> argv;
    friend bool operator==(const Program&, const Program&) = default;
  };

  /// SIGINT was sent to the group of `foreground`. Nothing is watched unless that was the shell, or its child that had
  /// not become a program yet: any other program has got it and is never asked twice.
  void sent(const Program& foreground, const Program& shell, Time now);
  /// When to call again(); empty when nothing is watched.
  std::optional<Time> next_wake() const { return next_; }
  /// True once, when another program is in the foreground now than the one that got the signal.
  bool again(const Program& foreground, Time now);

 private:
  Program struck_;
  std::optional<Time> next_;
  Time until_{};
};

}  // namespace duotty::exec
