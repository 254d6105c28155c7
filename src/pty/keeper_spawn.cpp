// A new terminal: PTY, ring, fork; and the report whether its program could be executed.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "keeper_loop.hpp"

namespace duotty::pty {
namespace {

using wire::Step;

bool sound(const wire::Spawn& request) {
  const auto bad = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (!wire::valid_id(request.id) || request.argv.empty() || request.argv.front().empty()) return false;
  if (bad(request.cwd) || request.cols == 0 || request.rows == 0) return false;
  for (const auto* list : {&request.argv, &request.env}) {
    for (const std::string& word : *list) {
      if (bad(word)) return false;
    }
  }
  return true;
}

/// Both ends of a new PTY in `master` and `slave`; 0 or an errno.
int open_pty(std::uint16_t cols, std::uint16_t rows, base::UniqueFd& master, base::UniqueFd& slave) {
  master.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) return errno;
  // Through the master, not by name: right in any mount namespace.
  slave.reset(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) return errno;
  if (::fcntl(master.get(), F_SETFL, O_RDWR | O_NONBLOCK) != 0) return errno;
  termios mode{};
  if (::tcgetattr(slave.get(), &mode) != 0) return errno;
  mode.c_iflag |= IUTF8;
  winsize window{};
  window.ws_col = cols;
  window.ws_row = rows;
  if (::tcsetattr(slave.get(), TCSANOW, &mode) != 0 || ::ioctl(slave.get(), TIOCSWINSZ, &window) != 0) return errno;
  return 0;
}

}  // namespace

void Keeper::spawn(wire::Spawn request) {
  auto made = std::make_unique<Terminal>();
  Terminal& terminal = *made;
  terminal.serial = next_serial_++;
  terminal.id = request.id;
  terminal.meta = std::move(request.meta);
  if (stopping_since_) return send(wire::SpawnFailed{request.id, ECANCELED, Step::request});
  if (!sound(request)) return send(wire::SpawnFailed{request.id, EINVAL, Step::request});
  if (find(request.id) != nullptr) return send(wire::SpawnFailed{request.id, EEXIST, Step::request});
  if (const auto failure = try_spawn(request, terminal)) {
    close_pty(terminal);
    if (!terminal.folder.empty()) {
      ::unlink((terminal.folder + "/ring").c_str());
      ::rmdir(terminal.folder.c_str());
    }
    return send(wire::SpawnFailed{request.id, failure->error, failure->step});
  }
  by_id_[terminal.id] = &terminal;
  by_pid_[terminal.pid] = &terminal;
  terminals_[terminal.serial] = std::move(made);
}

std::optional<StartFailure> Keeper::try_spawn(const wire::Spawn& request, Terminal& terminal) {
  std::string ring_path;
  if (request.in_memory == 0) {
    const std::string folder = options_.state_dir + "/terminals/" + request.id;
    if (::mkdir(folder.c_str(), 0700) != 0) return StartFailure{errno, Step::ring};
    terminal.folder = folder;
    ring_path = folder + "/ring";
  }
  if (const int error = terminal.ring.create(ring_path, request.capacity)) return StartFailure{error, Step::ring};

  base::UniqueFd master;
  base::UniqueFd slave;
  if (const int error = open_pty(request.cols, request.rows, master, slave)) return StartFailure{error, Step::pty};
  terminal.master = std::make_shared<base::UniqueFd>(std::move(master));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return StartFailure{errno, Step::fork};
  terminal.report.reset(ends[0]);
  const base::UniqueFd report(ends[1]);

  const ChildPlan plan(request.argv, request.env, request.cwd);
  const pid_t pid = ::fork();
  if (pid == 0) exec_terminal_child(plan, inherited_, slave.get(), report.get());
  if (pid < 0) return StartFailure{errno, Step::fork};
  terminal.pid = pid;
  watch(terminal, Watch::level);
  add_to_epoll(terminal.report.get(), Source::report, terminal.serial, EPOLLIN);
  return std::nullopt;
}

void Keeper::on_report(Terminal& terminal) {
  if (!terminal.report) return;
  StartFailure failure{};
  const auto count = ::read(terminal.report.get(), &failure, sizeof failure);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  terminal.report.reset();
  if (terminal.forgotten) return;
  if (count != static_cast<ssize_t>(sizeof failure)) {
    send(wire::Spawned{terminal.id, terminal.pid}, {terminal.master, terminal.ring.fd()});
    return;
  }
  send(wire::SpawnFailed{terminal.id, failure.error, failure.step});
  forget(terminal);  // goes when its process, which ends by itself, is reaped
}

}  // namespace duotty::pty
