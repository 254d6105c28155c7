#pragma once
// What the kernel tells about a terminal and the processes in it. Linux only; every function is a few system calls,
// none of them waits.
#include <sys/types.h>

#include <cstdint>
#include <duotty/base/error.hpp>
#include <string>
#include <vector>

namespace duotty::pty {

/// A window's size in character cells.
struct Size {
  std::uint16_t cols = 80;
  std::uint16_t rows = 24;
  friend bool operator==(const Size&, const Size&) = default;
};

/// Whom a signal reaches.
enum class SignalTarget : std::uint8_t {
  foreground,  ///< the terminal's foreground process group
  group,       ///< the first process's group
  tree,        ///< every process of the terminal's session, and every descendant of its first process
};

/// Sets the window size (TIOCSWINSZ); the foreground group gets SIGWINCH when it changes. Errors: `invalid_params` for
/// zero or above 10000, `io`.
base::Result<> set_size(int fd, Size size);
/// The window size (TIOCGWINSZ).
base::Result<Size> get_size(int fd);

/// Process group in the foreground, asked on the master side (TIOCGPGRP). Errors: `gone` when there is none.
base::Result<pid_t> foreground_group(int master_fd);

/// termios ECHO: false while a program asks for a password, in raw mode, or when `fd` is no terminal.
bool echo_on(int fd) noexcept;
/// termios ICANON: the kernel edits lines; false for readline and full-screen programs.
bool canonical(int fd) noexcept;

/// Is a process stopped in a read of its terminal?
enum class InputWait {
  unknown,   ///< the kernel does not say (no permission, hardened /proc)
  no,        ///< running, or waiting for something else
  tty_read,  ///< its main thread waits in read(2) on a terminal
};

/// One process, from /proc. Fields that may not be read are empty.
struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  std::string comm;               ///< kernel's short name, at most 15 bytes
  std::vector<std::string> argv;  ///< empty for a zombie; at most 64 KiB together
  std::string cwd;                ///< absolute; empty when unreadable
  char state = '?';               ///< R S D T t Z X I, as in proc(5)
  InputWait waiting = InputWait::unknown;
};

/// Errors: `gone` when there is no such process.
base::Result<ProcessInfo> process_info(pid_t pid);
/// The process to name when the terminal is busy: the leader of the foreground group, or its youngest living member
/// when the leader has ended. Errors: `gone`.
base::Result<ProcessInfo> foreground_process(int master_fd);
/// A process of the foreground group, leader or not, that waits in a read of the terminal: who a prompt on the screen
/// belongs to. Looks through /proc; for the end of a wait, not for every byte. Errors: `gone` when there is none.
base::Result<ProcessInfo> terminal_reader(int master_fd);
/// True when a process of the foreground group computes, waits for a processor to do so, or for a disk. Looks through
/// /proc as terminal_reader() does.
bool foreground_works(int master_fd);
/// True when more lives in the foreground group than its leader: what a shell runs in its own group, as a command
/// substitution. Looks through /proc.
bool leader_has_company(int master_fd);
/// True when nothing that was written to the terminal waits to be read, and the leader of its foreground group waits for
/// more: in a read, or until there is something to read. What a program has taken and not yet acted on is not seen as
/// long as it sleeps for another reason. Where the kernel does not say what a process waits for, sleeping is enough.
bool waits_for_input(int master_fd);
/// True when the terminal's programs have printed bytes that nobody has taken from its master yet.
bool has_unread_output(int master_fd) noexcept;

}  // namespace duotty::pty
