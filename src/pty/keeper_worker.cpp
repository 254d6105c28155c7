// Supervision: start the worker, notice its end, decide what follows.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "keeper_loop.hpp"

namespace duotty::pty {
namespace {

constexpr std::chrono::milliseconds kWorkerPatience{5000};

std::string describe(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::sigabbrev_np(WTERMSIG(status));
    return name != nullptr ? std::string("was ended by SIG") + name
                           : "was ended by signal " + std::to_string(WTERMSIG(status));
  }
  return "ended with code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Keeper::start_worker() {
  worker_.start_at.reset();
  if (worker_.pid != 0 || stopping_since_) return;
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
    say({"cannot make the worker's socket: ", std::strerror(errno)});
    worker_.start_at = now_ + options_.restart.max_backoff;
    return;
  }
  base::UniqueFd ours(pair[0]);
  const base::UniqueFd theirs(pair[1]);
  const int bytes = 1 << 20;  // as far as the system allows
  for (const int fd : pair) ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);

  const pid_t pid = ::fork();
  if (pid == 0) exec_worker_child(worker_plan_, inherited_, null_.get(), theirs.get());
  if (pid < 0) {
    say({"cannot start the worker: ", std::strerror(errno)});
    worker_.start_at = now_ + options_.restart.max_backoff;
    return;
  }
  worker_ = Worker{};
  worker_.pid = pid;
  worker_.socket = std::move(ours);
  worker_.interest = EPOLLIN;
  worker_.started_at = now_;
  add_to_epoll(worker_.socket.get(), Source::worker, static_cast<std::uint64_t>(pid), EPOLLIN);
}

void Keeper::end_worker(std::chrono::milliseconds patience) {
  if (worker_.pid == 0) return;
  ::kill(worker_.pid, SIGTERM);
  worker_.asked_to_end = true;
  if (!worker_.kill_at || *worker_.kill_at > now_ + patience) worker_.kill_at = now_ + patience;
}

void Keeper::restart_worker() {
  if (stopping_since_ || worker_.asked_to_end) return;
  if (worker_.pid == 0) return start_worker();
  end_worker(kWorkerPatience);
}

void Keeper::on_worker_ended(int status) {
  read_requests(false);  // what it said last still counts
  const bool asked = worker_.asked_to_end;
  const auto lived = now_ - worker_.started_at;
  worker_ = Worker{};
  outbox_.clear();
  // A program whose start was not yet reported belongs to nobody.
  for (const auto& [serial, terminal] : terminals_) {
    if (terminal->report && !terminal->forgotten) forget(*terminal);
  }
  if (!stopping_since_) {
    if (asked) {
      start_worker();
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == kExitRefused) {
      // Its own words are on standard error. With terminals alive there is something to lose: go on trying.
      if (by_id_.empty()) {
        begin_stop(kExitRefused);
      } else {
        say({"the worker refuses its configuration; the terminals go on; trying again"});
        worker_.start_at = now_ + options_.restart.max_backoff;
      }
    } else if (const auto wait = policy_.on_crash(now_, lived)) {
      say({"the worker ", describe(status), "; the terminals go on; starting it again"});
      worker_.start_at = now_ + *wait;
    } else {
      say({"the worker ", describe(status), "; it keeps crashing: giving up and ending the terminals"});
      begin_stop(kExitCrashing);
    }
  }
  reconsider_all();  // nobody holds the reading back any more
}

void Keeper::lose_worker(std::string_view why) {
  if (worker_.pid == 0) return;
  say({"the worker ", why, ": ending it"});
  ::kill(worker_.pid, SIGKILL);
  worker_.ready = false;
  worker_.socket.reset();  // takes it out of epoll: nobody else holds this end
  outbox_.clear();
}

void Keeper::on_worker_socket(std::uint32_t events) {
  if (!worker_.socket) return;
  if ((events & EPOLLIN) != 0 && !outbox_.congested()) read_requests(true);
  if ((events & (EPOLLHUP | EPOLLERR)) != 0 && worker_.socket) {
    // Either it is ending this moment, or it has closed its socket and is of no use. What it said last is still read.
    read_requests(true);
    worker_.ready = false;
    worker_.socket.reset();
    outbox_.clear();
    if (!worker_.kill_at) worker_.kill_at = now_ + kWorkerPatience;
  }
}

void Keeper::send(const wire::Message& message, std::vector<SharedFd> fds) {
  if (worker_.ready) outbox_.push(message, std::move(fds));
}

void Keeper::flush() {
  if (!worker_.socket) return;
  const PacketIo state = outbox_.flush(worker_.socket.get());
  if (state == PacketIo::broken) return lose_worker("cannot be told something");
  // A closed socket: its end is reported as a child's end, or read_requests() meets it.
  const std::uint32_t wanted =
      (outbox_.congested() ? 0U : std::uint32_t{EPOLLIN}) | (outbox_.empty() ? 0U : std::uint32_t{EPOLLOUT});
  if (wanted == worker_.interest) return;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = static_cast<std::uint64_t>(worker_.pid) << 2 | static_cast<std::uint64_t>(Source::worker);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, worker_.socket.get(), &event);
  worker_.interest = wanted;
}

}  // namespace duotty::pty
