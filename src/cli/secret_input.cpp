#include "secret_input.hpp"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kLongest = 4096;
constexpr char kInterrupt = '\x03';
constexpr char kEndOfText = '\x04';
constexpr char kKill = '\x15';
constexpr char kDelete = '\x7f';

/// The terminal hands over every byte and shows none, until this goes.
class Hidden {
 public:
  Hidden() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios hidden = before_;
    // Without ISIG, so that Ctrl+C comes to us and the terminal is put right before we end.
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  ~Hidden() {
    if (!changed_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    static_cast<void>(!::write(STDERR_FILENO, "\n", 1));
  }
  bool works() const noexcept { return changed_; }

 private:
  termios before_{};
  bool changed_ = false;
};

base::Result<std::string> read_line() {
  SecretLine line;
  while (true) {
    char c = '\0';
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error(Errc::io, std::string("Cannot read the secret: ") + std::strerror(errno) + ".");
    if (count == 0) return line.text();
    switch (line.take(c)) {
      case SecretLine::Step::done:
        return line.text();
      case SecretLine::Step::cancelled:
        return Error(Errc::cancelled, "Nothing was changed.");
      case SecretLine::Step::more:
        break;
    }
    if (line.text().size() > kLongest) return Error(Errc::too_large, "A secret has at most 4096 bytes.");
  }
}

}  // namespace

SecretLine::Step SecretLine::take(char c) {
  switch (c) {
    case '\n':
    case '\r':
    case kEndOfText:
      return Step::done;
    case kInterrupt:
      return Step::cancelled;
    case kKill:
      text_.clear();
      return Step::more;
    case '\b':
    case kDelete:
      // A character may have several bytes.
      while (!text_.empty() && (static_cast<unsigned char>(text_.back()) & 0xC0) == 0x80) text_.pop_back();
      if (!text_.empty()) text_.pop_back();
      return Step::more;
    default:
      text_ += c;
      return Step::more;
  }
}

base::Result<std::string> read_secret(const std::string& prompt) {
  if (::isatty(STDIN_FILENO) == 0) return read_line();
  const Hidden hidden;
  if (!hidden.works()) return Error(Errc::io, "The terminal cannot hide what is typed. Pipe the secret in instead.");
  static_cast<void>(!::write(STDERR_FILENO, prompt.data(), prompt.size()));
  return read_line();
}

base::Result<std::string> read_answer(const std::string& prompt) {
  if (::isatty(STDIN_FILENO) == 0) return read_line();
  static_cast<void>(!::write(STDERR_FILENO, prompt.data(), prompt.size()));
  std::string line;
  char c = '\0';
  while (line.size() <= kLongest) {
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    // A signal is Ctrl+C: the terminal edits the line, and sends it.
    if (count < 0 && errno == EINTR) return Error(Errc::cancelled, "Nothing was changed.");
    if (count < 0) return Error(Errc::io, std::string("Cannot read the answer: ") + std::strerror(errno) + ".");
    if (count == 0 || c == '\n') return line;
    line += c;
  }
  return Error(Errc::too_large, "An answer has at most 4096 bytes.");
}

bool person_at_terminal() {
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0;
}

}  // namespace duotty::cli
