#include "environment.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "render.hpp"

extern char** environ;

namespace duotty::cli {

std::string Environment::get(const std::string& name) const {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

bool Environment::wants_colour() const {
  return out_is_tty && get("NO_COLOR").empty() && get("TERM") != "dumb";
}

Environment process_environment() {
  Environment out;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
      out.variables.emplace(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
    }
  }
  std::error_code failed;
  out.cwd = std::filesystem::current_path(failed).string();
  out.in_is_tty = ::isatty(STDIN_FILENO) == 1;
  out.out_is_tty = ::isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (out.out_is_tty && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) out.columns = size.ws_col;
  return out;
}

void Console::out(std::string_view text) {
  if (broken_ || text.empty()) return;
  if (out_(text)) return;
  broken_ = true;
  if (when_broken_) when_broken_();
}

void Console::out_line(std::string_view text) {
  out(std::string(text) + "\n");
}

void Console::note(std::string_view text) {
  err_("duotty: " + visible(text) + "\n");
}

base::Result<std::string> read_standard_input() {
  constexpr std::size_t kLimit = 8 * 1024 * 1024;
  std::string out;
  char buffer[64 * 1024];
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got == 0) return out;
    if (got < 0) {
      if (errno == EINTR) continue;
      return base::Error(base::Errc::io, std::string("Cannot read standard input: ") + std::strerror(errno) + ".");
    }
    out.append(buffer, static_cast<std::size_t>(got));
    if (out.size() > kLimit) {
      return base::Error(base::Errc::too_large, "Standard input is longer than the 8 MiB that one request may have.");
    }
  }
}

}  // namespace duotty::cli
