// Ends of all kinds: a program ends by itself, a terminal is forgotten, the keeper stops.
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <duotty/pty/tty.hpp>
#include <filesystem>

#include "ended_files.hpp"
#include "keeper_loop.hpp"

namespace duotty::pty {
namespace {

using namespace std::chrono_literals;
constexpr auto kTermAfter = 2s;  // counted from SIGHUP
constexpr auto kKillAfter = 3s;
constexpr auto kEndingTurn = 50ms;
constexpr auto kRecount = 1s;
constexpr auto kPruneTurn = 24h;
// No more than this is in the kernel when the first process ends; a background job that floods must not delay its exit.
constexpr std::size_t kLastDrain = 64 * 1024;

}  // namespace

void Keeper::on_reaped(Terminal& terminal, int status, const rusage& usage) {
  on_report(terminal);  // "spawned" comes before "exited"
  terminal.reaped = true;
  terminal.exit.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  terminal.exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  const auto micros = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
  };
  terminal.exit.user_us = micros(usage.ru_utime);
  terminal.exit.system_us = micros(usage.ru_stime);
  terminal.exit.max_rss_kib = static_cast<std::uint64_t>(usage.ru_maxrss);
  terminal.remnants = has_remnants(terminal);
  terminal.drain_left = kLastDrain;
  if (terminal.ending_since) ending_turn_at_ = now_;
  if (terminal.watch == Watch::off) {
    reconsider(terminal);  // the last drain may use the whole ring
  } else {
    read_turn(terminal);
  }
}

bool Keeper::has_remnants(const Terminal& terminal) const {
  // With the first process gone, what is left of its session hangs below us: usually our children tell at a glance.
  if (const auto children = own_children()) {
    const bool all_known = std::all_of(children->begin(), children->end(),
                                       [this](pid_t pid) { return pid == worker_.pid || by_pid_.contains(pid); });
    if (all_known) return false;
  }
  return !ProcessTable::scan().session_members(terminal.pid, ::getpid()).empty();
}

void Keeper::on_orphan_reaped() {
  // Not at once: a program may leave thousands of orphans a second.
  const bool concerned =
      std::any_of(terminals_.begin(), terminals_.end(), [](const auto& item) { return item.second->remnants; });
  if (concerned && !remnants_turn_at_) remnants_turn_at_ = now_ + kRecount;
}

void Keeper::recount_remnants() {
  remnants_turn_at_.reset();
  std::optional<ProcessTable> table;
  for (const auto& [serial, terminal] : terminals_) {
    if (!terminal->remnants) continue;
    if (!table) table = ProcessTable::scan();
    terminal->remnants = !table->session_members(terminal->pid, ::getpid()).empty();
  }
}

void Keeper::begin_stop(int code) {
  if (stopping_since_) {
    // Asked twice: no more patience.
    for (const auto& [serial, terminal] : terminals_) terminal->ending_since = now_ - kKillAfter;
    if (worker_.pid > 0) worker_.kill_at = now_;
    ending_turn_at_ = now_;
    return;
  }
  stopping_since_ = now_;
  exit_code_ = code;
  worker_.start_at.reset();
  end_worker(5s);
  for (const auto& [serial, terminal] : terminals_) begin_end(*terminal);
  ending_turn_at_ = now_;
}

void Keeper::begin_end(Terminal& terminal) {
  if (terminal.ending_since) return;
  terminal.ending_since = now_;
  ending_turn_at_ = now_;
  if (terminal.reaped && !terminal.remnants) return;
  const auto hang_up = [](pid_t group) {
    ::kill(-group, SIGHUP);
    ::kill(-group, SIGCONT);  // a stopped job must get to its handler
  };
  if (terminal.report) {
    ::kill(terminal.pid, SIGKILL);  // not yet a program
    return;
  }
  hang_up(terminal.pid);
  if (!terminal.master) return;
  const auto foreground = foreground_group(terminal.master->get());
  if (foreground && *foreground > 1 && *foreground != terminal.pid) hang_up(*foreground);
}

void Keeper::end_turn() {
  ending_turn_at_.reset();
  std::optional<ProcessTable> table;
  for (auto at = terminals_.begin(); at != terminals_.end();) {
    Terminal& terminal = *(at++)->second;
    if (!terminal.ending_since || terminal.ended) continue;
    if (terminal.reaped && !terminal.remnants) {
      terminal.ended = true;
    } else {
      if (!table) table = ProcessTable::scan();
      end_step(terminal, *table);
    }
    if (!terminal.ended) {
      ending_turn_at_ = now_ + kEndingTurn;
    } else if (terminal.forgotten) {
      drop(terminal);
    }
  }
}

void Keeper::end_step(Terminal& terminal, const ProcessTable& table) {
  const std::vector<pid_t> members = table.session_members(terminal.pid, ::getpid());
  if (members.empty() && terminal.reaped) {
    terminal.ended = true;
    return;
  }
  const auto elapsed = now_ - *terminal.ending_since;
  if (elapsed >= kKillAfter) {
    for (const pid_t pid : members) ::kill(pid, SIGKILL);
    if (!terminal.reaped) ::kill(terminal.pid, SIGKILL);
  } else if (elapsed >= kTermAfter && !terminal.terminated) {
    terminal.terminated = true;
    for (const pid_t pid : members) {
      ::kill(pid, SIGTERM);
      ::kill(pid, SIGCONT);
    }
  }
}

void Keeper::forget(Terminal& terminal) {
  by_id_.erase(terminal.id);
  terminal.forgotten = true;
  begin_end(terminal);
  close_pty(terminal);
  if (!terminal.folder.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(terminal.folder, ignored);
  }
}

void Keeper::drop(Terminal& terminal) {
  terminals_.erase(terminal.serial);  // the end of `terminal`
}

void Keeper::close_pty(Terminal& terminal) {
  if (!terminal.master) return;
  ::ioctl(terminal.master->get(), TIOCGWINSZ, &terminal.window);
  watch(terminal, Watch::off);  // by hand: the worker's copy would keep it in epoll
  terminal.master.reset();
}

void Keeper::prune_ended_files() {
  prune_turn_at_ = clock::now() + kPruneTurn;
  prune_ended(options_.state_dir, std::filesystem::file_time_type::clock::now());
}

void Keeper::remove_socket_files() const {
  // Until here the descriptors listened, so no other server can have taken the paths.
  for (const auto& [name, fd] : stash_) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd->get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    if (address.sun_family == AF_UNIX && size > sizeof(sa_family_t) && address.sun_path[0] == '/') {
      ::unlink(std::string(address.sun_path, ::strnlen(address.sun_path, sizeof address.sun_path)).c_str());
    }
  }
}

}  // namespace duotty::pty
