#include "keeper_loop.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <duotty/core/log_file.hpp>
#include <duotty/pty/launch.hpp>

namespace duotty::pty {
namespace {
using namespace std::chrono_literals;
// A process in an uninterruptible sleep does not die; the keeper does not wait for it for ever.
constexpr auto kStopDeadline = 10s;
// What is the keeper's own shares one source.
constexpr std::uint64_t kSignalsSerial = 0;
constexpr std::uint64_t kRestSerial = 1;
}  // namespace

void say(std::initializer_list<std::string_view> words) {
  std::string line = "duotty keeper: ";
  for (const std::string_view word : words) line += word;
  core::write_log_file(core::LogLevel::warning, std::string_view(line).substr(7));
  line += '\n';
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

Keeper::Keeper(const KeeperOptions& options, Inherited inherited)
    : options_(options),
      inherited_(std::move(inherited)),
      policy_(options.restart),
      worker_plan_(options.worker_argv, current_environment(), {}),
      now_(clock::now()) {}

Keeper::~Keeper() = default;

bool Keeper::prepare() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP}) {
    ::sigaddset(&set, number);
    ::signal(number, SIG_DFL);  // what nohup ignores would not reach us at all
  }
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  for (const int number : {SIGPIPE, SIGUSR1, SIGUSR2, SIGTTOU}) ::signal(number, SIG_IGN);
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
  rest_timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (epoll_ && signals_ && null_ && rest_timer_ &&
      add_to_epoll(signals_.get(), Source::signals, kSignalsSerial, EPOLLIN) &&
      add_to_epoll(rest_timer_.get(), Source::signals, kRestSerial, EPOLLIN))
    return true;
  say({"cannot start: ", std::strerror(errno)});
  return false;
}

int Keeper::run() {
  if (!prepare()) return 1;
  prune_ended_files();
  start_worker();
  while (!finished()) wait_and_dispatch();
  remove_socket_files();
  return exit_code_;
}

bool Keeper::finished() const {
  if (!stopping_since_) return false;
  if (now_ - *stopping_since_ > kStopDeadline) return true;
  return worker_.pid == 0 &&
         std::all_of(terminals_.begin(), terminals_.end(), [](const auto& item) { return item.second->ended; });
}

void Keeper::wait_and_dispatch() {
  epoll_event events[64];
  const int count = ::epoll_wait(epoll_.get(), events, 64, next_timeout());
  now_ = clock::now();
  for (int i = 0; i < count; ++i) {
    const auto source = static_cast<Source>(events[i].data.u64 & 3);
    if (source == Source::signals && events[i].data.u64 >> 2 == kRestSerial) {
      on_rested();
    } else if (source == Source::signals) {
      on_signals();
    } else if (source == Source::worker) {
      // The number tells this worker's socket from one that an event earlier in this batch has closed.
      if (static_cast<pid_t>(events[i].data.u64 >> 2) == worker_.pid) on_worker_socket(events[i].events);
    } else {
      const auto at = terminals_.find(events[i].data.u64 >> 2);
      if (at == terminals_.end()) continue;
      if (source == Source::report) {
        on_report(*at->second);
      } else {
        read_turn(*at->second);
      }
    }
  }
  on_timers();
  flush();
}

bool Keeper::add_to_epoll(int fd, Source source, std::uint64_t serial, std::uint32_t wanted) {
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = serial << 2 | static_cast<std::uint64_t>(source);
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Keeper::watch(Terminal& terminal, Watch how) {
  if (terminal.watch == how || !terminal.master) return;
  // A descriptor with no interest is taken out altogether: a hang-up cannot be masked and would spin the loop.
  epoll_event event{};
  event.events = how == Watch::edge ? EPOLLIN | EPOLLET : EPOLLIN;
  event.data.u64 = terminal.serial << 2 | static_cast<std::uint64_t>(Source::pty);
  const int operation = how == Watch::off              ? EPOLL_CTL_DEL
                        : terminal.watch == Watch::off ? EPOLL_CTL_ADD
                                                       : EPOLL_CTL_MOD;
  ::epoll_ctl(epoll_.get(), operation, terminal.master->get(), &event);
  terminal.watch = how;
}

void Keeper::on_signals() {
  signalfd_siginfo info{};
  bool children = false;
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    switch (info.ssi_signo) {
      case SIGCHLD:
        children = true;
        break;
      case SIGHUP:
        if (info.ssi_code != SI_KERNEL) restart_worker();  // SI_KERNEL: only our console went away
        break;
      default:
        begin_stop(0);
    }
  }
  if (children) on_child_ended();
}

void Keeper::on_child_ended() {
  bool orphan = false;
  for (;;) {
    int status = 0;
    rusage usage{};
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) break;
    if (pid == worker_.pid) {
      on_worker_ended(status);
    } else if (const auto at = by_pid_.find(pid); at != by_pid_.end()) {
      Terminal& terminal = *at->second;
      by_pid_.erase(at);
      on_reaped(terminal, status, usage);
    } else {
      orphan = true;
    }
  }
  if (orphan) on_orphan_reaped();
}

void Keeper::on_timers() {
  if (worker_.kill_at && now_ >= *worker_.kill_at && worker_.pid > 0) {
    worker_.kill_at.reset();
    ::kill(worker_.pid, SIGKILL);
  }
  if (worker_.start_at && now_ >= *worker_.start_at) start_worker();
  if (starved_turn_at_ && now_ >= *starved_turn_at_) {
    starved_turn_at_.reset();
    reconsider_all();
  }
  if (remnants_turn_at_ && now_ >= *remnants_turn_at_) recount_remnants();
  if (prune_turn_at_ && now_ >= *prune_turn_at_) prune_ended_files();
  if (ending_turn_at_ && now_ >= *ending_turn_at_) end_turn();
}

int Keeper::next_timeout() const {
  std::optional<time_point> next;
  const auto consider = [&next](const std::optional<time_point>& at) {
    if (at && (!next || *at < *next)) next = at;
  };
  consider(worker_.kill_at);
  consider(worker_.start_at);
  consider(starved_turn_at_);
  consider(remnants_turn_at_);
  consider(prune_turn_at_);
  consider(ending_turn_at_);
  if (stopping_since_) consider(*stopping_since_ + kStopDeadline + 1ms);
  if (!next) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - clock::now()).count();
  return static_cast<int>(std::clamp<long long>(wait, 0, 60'000));
}

Keeper::Terminal* Keeper::find(const std::string& id) {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : at->second;
}

}  // namespace duotty::pty
