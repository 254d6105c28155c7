// What the worker asks for. It is our own program, but a program with bugs: every message is checked, and one that
// makes no sense ends the worker, not the keeper.
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <duotty/pty/tty.hpp>

#include "keeper_loop.hpp"

namespace duotty::pty {
namespace {

constexpr int kMessagesATurn = 64;
constexpr std::size_t kMaxStashed = 64;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace

void Keeper::read_requests(bool worker_alive) {
  std::string bytes;
  std::vector<base::UniqueFd> fds;
  // After its end everything is read that is left; while it lives, the others get their turn too.
  for (int i = 0; worker_.socket && (!worker_alive || i < kMessagesATurn); ++i) {
    const PacketIo state = receive_packet(worker_.socket.get(), bytes, fds);
    if (state == PacketIo::again || state == PacketIo::closed) return;
    auto message = state == PacketIo::done ? wire::decode(bytes) : std::nullopt;
    if (!message || !handle(std::move(*message), fds, worker_alive)) return lose_worker("broke the protocol");
  }
}

bool Keeper::handle(wire::Message message, std::vector<base::UniqueFd>& fds, bool worker_alive) {
  const bool hello = std::holds_alternative<wire::Hello>(message);
  if (hello == worker_.ready) return false;  // hello comes first, and once
  return std::visit(
      Overloaded{
          [&](wire::Hello&) { return welcome(), true; },
          [&](wire::Spawn& m) {
            if (worker_alive) spawn(std::move(m));
            return true;
          },
          [&](wire::Meta& m) {
            if (Terminal* terminal = find(m.id)) terminal->meta = std::move(m.bytes);
            return true;
          },
          [&](wire::Signal& m) { return on_signal_request(m), true; },
          [&](wire::Forget& m) {
            if (Terminal* terminal = find(m.id)) forget(*terminal);
            return true;
          },
          [&](wire::Resume& m) {
            if (Terminal* terminal = find(m.id)) reconsider(*terminal);
            return true;
          },
          [&](wire::Stash& m) {
            if (fds.size() != 1 || m.name.empty() || m.name.size() > wire::kMaxIdLength) return false;
            if (stash_.size() >= kMaxStashed && !stash_.contains(m.name)) return false;
            stash_[m.name] = std::make_shared<base::UniqueFd>(std::move(fds.front()));
            return true;
          },
          [&](wire::Unstash& m) { return stash_.erase(m.name), true; },
          [&](wire::Restart&) { return restart_worker(), true; }, [&](wire::Stop&) { return begin_stop(0), true; },
          [](auto&) { return false; },  // those are ours to say
      },
      message);
}

void Keeper::welcome() {
  worker_.ready = true;
  send(wire::Hello{wire::kVersion, static_cast<std::int32_t>(::getpid())});
  for (const auto& [name, fd] : stash_) send(wire::Stashed{name}, {fd});
  for (const auto& [serial, terminal] : terminals_) {
    if (terminal->forgotten) continue;
    wire::Terminal known{terminal->id, terminal->pid, 0, 0, terminal->meta, 0, terminal->exit_known, terminal->exit};
    std::vector<SharedFd> fds;
    if (terminal->master) ::ioctl(terminal->master->get(), TIOCGWINSZ, &terminal->window);
    known.cols = terminal->window.ws_col;
    known.rows = terminal->window.ws_row;
    if (terminal->master) {
      known.has_master = 1;
      fds.push_back(terminal->master);
    }
    fds.push_back(terminal->ring.fd());
    send(known, std::move(fds));
  }
  send(wire::Ready{});
}

void Keeper::on_signal_request(const wire::Signal& request) {
  const Terminal* terminal = find(request.id);
  if (terminal == nullptr || request.number < 1 || request.number > SIGRTMAX) return;
  if (terminal->reaped && !terminal->remnants) return;  // its numbers may belong to others by now
  switch (static_cast<SignalTarget>(request.target)) {
    case SignalTarget::foreground:
      if (terminal->master) {
        const auto group = foreground_group(terminal->master->get());
        if (group && *group > 1) ::kill(-*group, request.number);
      }
      break;
    case SignalTarget::group:
      ::kill(-terminal->pid, request.number);
      break;
    case SignalTarget::tree: {
      const ProcessTable table = ProcessTable::scan();
      std::vector<pid_t> pids = table.session_members(terminal->pid, ::getpid());
      if (!terminal->reaped) {
        // And what left the session but not the family.
        for (const pid_t pid : table.descendants(terminal->pid)) pids.push_back(pid);
        std::sort(pids.begin(), pids.end());
        pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
      }
      for (const pid_t pid : pids) ::kill(pid, request.number);
    }
  }
}

}  // namespace duotty::pty
