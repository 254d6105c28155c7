#include "attach_tty.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kChunk = 16 * 1024;
/// Without a description of our own a write may block; small ones hardly do.
constexpr std::size_t kSmallChunk = 512;

/// The terminal opened anew: making our own description non-blocking leaves the shell's alone.
int open_again(int fd) {
  char name[256];
  if (::ttyname_r(fd, name, sizeof name) != 0) return -1;
  return ::open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

}  // namespace

base::Result<std::unique_ptr<AttachTty>> AttachTty::take(core::asio::any_io_executor executor, int in, int out) {
  if (::isatty(in) != 1 || ::isatty(out) != 1) {
    return Error(Errc::unsupported,
                 "attach needs a terminal: standard input and output must be one. To read or type from a program use "
                 "duotty read, send and exec.");
  }
  std::unique_ptr<AttachTty> tty(new AttachTty(std::move(executor), in, out));
  if (::tcgetattr(in, &tty->saved_) != 0) {
    return Error(Errc::io, std::string("Cannot read the terminal's settings: ") + std::strerror(errno) + ".");
  }
  return tty;
}

AttachTty::AttachTty(core::asio::any_io_executor executor, int in, int out)
    : in_(in), out_(open_again(out)), readable_(executor), writable_(executor) {
  readable_.assign(::fcntl(in, F_DUPFD_CLOEXEC, 3));
  if (!out_) out_.reset(::fcntl(out, F_DUPFD_CLOEXEC, 3));
  writable_.assign(::fcntl(out_.get(), F_DUPFD_CLOEXEC, 3));
}

AttachTty::~AttachTty() {
  restore();
}

void AttachTty::make_raw() {
  termios raw = saved_;
  ::cfmakeraw(&raw);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(in_, TCSADRAIN, &raw);
  raw_ = true;
}

void AttachTty::restore() noexcept {
  if (!raw_) return;
  raw_ = false;
  ::tcsetattr(in_, TCSAFLUSH, &saved_);
}

WindowSize AttachTty::size() const {
  winsize size{};
  if (::ioctl(in_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {std::min<int>(size.ws_col, 1000), std::min<int>(size.ws_row, 1000)};
}

core::Task<std::string> AttachTty::read() {
  std::string out(4096, '\0');
  while (true) {
    auto [failed] = co_await readable_.async_wait(core::asio::posix::descriptor_base::wait_read, core::as_result);
    if (failed) co_return std::string();
    const ssize_t got = ::read(in_, out.data(), out.size());
    if (got > 0) {
      out.resize(static_cast<std::size_t>(got));
      co_return out;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) co_return std::string();
  }
}

core::Task<bool> AttachTty::write(std::string_view bytes) {
  const bool never_blocks = (::fcntl(out_.get(), F_GETFL) & O_NONBLOCK) != 0;
  const std::size_t chunk = never_blocks ? kChunk : kSmallChunk;
  while (!bytes.empty()) {
    auto [failed] = co_await writable_.async_wait(core::asio::posix::descriptor_base::wait_write, core::as_result);
    if (failed) co_return false;
    const ssize_t written = ::write(out_.get(), bytes.data(), std::min(bytes.size(), chunk));
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
      co_return false;
    }
  }
  co_return true;
}

void AttachTty::write_last(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(out_.get(), bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) return;
    constexpr int kPatienceMs = 500;
    pollfd ready{out_.get(), POLLOUT, 0};
    if (::poll(&ready, 1, kPatienceMs) <= 0) return;
  }
}

}  // namespace duotty::cli
