#pragma once
// The keeper: the process behind `duotty serve`. It owns every PTY, reads it into a ring in shared memory, and runs the
// worker, which does everything else and may crash, be killed or be upgraded without a terminal noticing. It parses
// nothing that comes from a network, opens no port and runs one thread.
#include <chrono>
#include <string>
#include <vector>

namespace duotty::pty {

/// The descriptor at which the worker finds its socket to the keeper.
inline constexpr int kKeeperFd = 3;
/// A worker that ends with this code refuses its configuration (port taken, insecure bind). While there is no terminal
/// to lose, the keeper ends with it; else it tries again every `max_backoff`.
inline constexpr int kExitRefused = 78;
/// The keeper's code when it gave up on a worker that keeps crashing.
inline constexpr int kExitCrashing = 70;

/// When a worker that ended by itself is started again.
struct RestartLimits {
  std::chrono::milliseconds min_backoff{100};  ///< before the second restart in a row; doubles; the first is immediate
  std::chrono::milliseconds max_backoff{5000};
  std::chrono::milliseconds healthy{5000};  ///< a worker that lived this long starts the count anew
  int give_up_after = 10;                   ///< this many crashes ...
  std::chrono::milliseconds window{60000};  ///< ... within this time end the keeper
};

struct KeeperOptions {
  /// The worker's command line. The first word is an absolute path (binary_path()), looked up anew at every start.
  std::vector<std::string> worker_argv;
  std::string runtime_dir;  ///< 0700, made if missing
  std::string state_dir;    ///< 0700, made if missing; one keeper each (locked), rings live in terminals/<id>/ring
  std::string memory_dir;   ///< of the worker's, in memory: emptied at the start, removed at the end; empty: none
  std::string pid_file;     ///< written at the start, removed at the end; empty: none
  std::string log_file;     ///< what the keeper says goes there, too; empty: nowhere
  RestartLimits restart;
};

/// Runs the keeper until it is told to stop; returns the exit code of the process: 0 after a polite stop, kExitRefused
/// (also when another keeper holds the state directory), kExitCrashing, 1 when the system refuses something basic.
///
/// SIGTERM, SIGINT: stop: SIGHUP to the foreground and shell groups of each terminal, SIGTERM after 2 s, SIGKILL after
/// 3 s to what is left of their sessions; the worker gets SIGTERM and 5 s. A second signal skips the waiting.
/// SIGHUP sent by a process: a new worker from the binary now on disk. SIGHUP because the console went away: ignored.
/// Takes over the process's signals and children; call it from main() before any thread exists.
int keeper_main(const KeeperOptions& options);

/// Where the running binary is found on disk, symbolic links kept, so that a later start picks up a replaced file:
/// `argv0` made absolute (PATH searched when it has no slash) if that is the running file, else /proc/self/exe.
std::string binary_path(const char* argv0);

}  // namespace duotty::pty
