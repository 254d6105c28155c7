// From the PTY into the ring, without ever waiting and without ever losing a byte.
//
// Facts of Linux this stands on: a read returns at most 4095 bytes; it delivers what the kernel still has in flight
// before it says EAGAIN; EIO means that no process has the terminal open, and is said only after the last byte. A
// process may open the terminal again later (/dev/tty), so EIO is final only once the first process has ended.
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "keeper_loop.hpp"

namespace duotty::pty {
namespace {

constexpr std::size_t kQuantum = 64 * 1024;  // one terminal's turn
constexpr std::size_t kTtyChunk = 4095;      // a read that returns less has emptied the kernel's buffer
constexpr std::chrono::seconds kStarvedRetry{1};
// One resting terminal goes on each time: what floods then stays near 20 MB/s together, however many they are, since
// the kernel holds about 8 KB of a terminal's output.
constexpr std::chrono::microseconds kRest{500};

void start(int timer, std::chrono::nanoseconds time) {
  itimerspec due{};
  due.it_value.tv_nsec = time.count();
  ::timerfd_settime(timer, 0, &due, nullptr);
}

}  // namespace

Pace Keeper::pace(const Terminal& terminal) const {
  return worker_.ready && !terminal.reaped ? Pace::worker : Pace::capacity;
}

void Keeper::read_turn(Terminal& terminal) {
  if (!terminal.master || terminal.forgotten) return;
  std::size_t budget = kQuantum;
  bool more = true;
  terminal.ring.set_reading(true);
  while (more && budget > 0) more = read_some(terminal, budget);
  // Once a turn: the worker sees big steps, and at most one notification.
  const bool notify = budget < kQuantum && terminal.ring.publish();
  terminal.ring.set_reading(false);
  if (notify && worker_.ready) outbox_.push_output(terminal.id);
  if (kQuantum - budget >= kTtyChunk && terminal.watch == Watch::level && !terminal.reaped && worker_.ready &&
      terminal.ring.calm(std::chrono::nanoseconds(now_.time_since_epoch()).count()))
    rest(terminal);
  if (terminal.reaped && !terminal.exit_known) {
    const std::size_t read = kQuantum - budget;
    terminal.drain_left -= std::min(terminal.drain_left, read);
    const bool waits_for_space = terminal.watch == Watch::off && !terminal.hung;
    if (terminal.hung || terminal.drain_left == 0 || (!more && !waits_for_space)) publish_exit(terminal);
  }
  if (terminal.hung && terminal.exit_known) close_pty(terminal);
}

bool Keeper::read_some(Terminal& terminal, std::size_t& budget) {
  const std::size_t space = terminal.ring.space(pace(terminal));
  if (space == 0) return await_space(terminal);
  iovec pieces[2];
  int used = 0;
  const std::size_t wanted = terminal.ring.prepare(std::min(space, budget), pieces, used);
  if (wanted == 0) {
    if (!terminal.starved) say({"no space for the output of terminal ", terminal.id, ": it waits until there is"});
    terminal.starved = true;
    starved_turn_at_ = now_ + kStarvedRetry;
    watch(terminal, Watch::off);
    return false;
  }
  terminal.starved = false;
  const ssize_t count = ::readv(terminal.master->get(), pieces, used);
  if (count > 0) {
    terminal.ring.add(static_cast<std::size_t>(count));
    terminal.hung = false;
    if (terminal.watch == Watch::edge) watch(terminal, Watch::level);  // the hang-up was not final
    budget -= static_cast<std::size_t>(count);
    // A last drain goes on until the kernel says that nothing is left.
    return terminal.reaped || static_cast<std::size_t>(count) >= std::min(wanted, kTtyChunk);
  }
  if (count < 0 && errno == EINTR) return true;
  if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) on_hang_up(terminal);
  return false;
}

bool Keeper::await_space(Terminal& terminal) {
  if (!terminal.ring.pause(pace(terminal))) return true;
  watch(terminal, Watch::off);
  return false;
}

void Keeper::on_hang_up(Terminal& terminal) {
  terminal.hung = true;
  // Level-triggered it would be reported for ever; an edge comes when a process opens the terminal again and writes.
  watch(terminal, Watch::edge);
}

void Keeper::reconsider(Terminal& terminal) {
  if (!terminal.master || terminal.forgotten || terminal.watch != Watch::off) return;
  if (terminal.resting && !terminal.reaped) return;
  terminal.ring.unpause();
  watch(terminal, Watch::level);
  read_turn(terminal);
}

void Keeper::reconsider_all() {
  for (const auto& [serial, terminal] : terminals_) reconsider(*terminal);
}

void Keeper::rest(Terminal& terminal) {
  watch(terminal, Watch::off);
  terminal.resting = true;
  resting_.push_back(terminal.serial);
  if (resting_.size() == 1) start(rest_timer_.get(), kRest);  // else it runs already
}

void Keeper::on_rested() {
  std::uint64_t expirations = 0;
  if (::read(rest_timer_.get(), &expirations, sizeof expirations) < 0 || resting_.empty()) return;
  const std::uint64_t serial = resting_.front();
  resting_.pop_front();
  if (!resting_.empty()) start(rest_timer_.get(), kRest);
  const auto at = terminals_.find(serial);
  if (at == terminals_.end() || !at->second->resting) return;
  at->second->resting = false;
  reconsider(*at->second);
}

void Keeper::publish_exit(Terminal& terminal) {
  terminal.exit_known = true;
  send(wire::Exited{terminal.id, terminal.exit});
}

}  // namespace duotty::pty
