#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <duotty/pty/tty.hpp>

namespace duotty::pty {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::uint16_t kMaxCells = 10000;

Error system_error(const char* what) {
  return Error(Errc::io, std::string(what) + ": " + std::strerror(errno) + ".");
}

bool local_flag(int fd, tcflag_t flag) noexcept {
  termios mode{};
  return ::tcgetattr(fd, &mode) == 0 && (mode.c_lflag & flag) != 0;
}

}  // namespace

Result<> set_size(int fd, Size size) {
  if (size.cols < 1 || size.cols > kMaxCells) return Error(Errc::invalid_params, "cols must be 1 to 10000.", "cols");
  if (size.rows < 1 || size.rows > kMaxCells) return Error(Errc::invalid_params, "rows must be 1 to 10000.", "rows");
  winsize window{};
  window.ws_col = size.cols;
  window.ws_row = size.rows;
  if (::ioctl(fd, TIOCSWINSZ, &window) != 0) return system_error("Cannot set the terminal's size");
  return {};
}

Result<Size> get_size(int fd) {
  winsize window{};
  if (::ioctl(fd, TIOCGWINSZ, &window) != 0) return system_error("Cannot get the terminal's size");
  return Size{window.ws_col, window.ws_row};
}

Result<pid_t> foreground_group(int master_fd) {
  pid_t group = 0;
  if (::ioctl(master_fd, TIOCGPGRP, &group) != 0 || group <= 0)
    return Error(Errc::gone, "No process is in the foreground of this terminal.");
  return group;
}

// The master's termios calls act on the terminal's own settings.
bool echo_on(int fd) noexcept {
  return local_flag(fd, ECHO);
}
bool canonical(int fd) noexcept {
  return local_flag(fd, ICANON);
}

}  // namespace duotty::pty
