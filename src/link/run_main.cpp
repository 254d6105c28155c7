#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/packet_socket.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/link/protocol.hpp>
#include <duotty/link/run.hpp>
#include <duotty/link/spool.hpp>
#include <fstream>
#include <iterator>

#include "reach.hpp"

namespace duotty::link {
namespace {

using core::PacketIo;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kChannel = 1;
/// Between a signal that must end a command and the end of its channel.
constexpr std::chrono::milliseconds kGrace{1000};
constexpr std::array<std::string_view, 5> kSignals = {"INT", "TERM", "HUP", "QUIT", "KILL"};

std::uint64_t wall_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

/// One of the streams that the channel comes as.
struct Incoming {
  base::UniqueFd fd;
  bool ended = true;
};

class Run {
 public:
  Run(std::string folder, RunPlan plan, base::UniqueFd link, base::UniqueFd control, base::UniqueFd input)
      : folder_(std::move(folder)),
        plan_(std::move(plan)),
        link_(std::move(link)),
        control_(std::move(control)),
        input_(std::move(input)),
        deadline_(Clock::now() + std::chrono::milliseconds(plan_.timeout_ms)) {}

  bool open_spool() { return spool_.open(folder_); }

  void run() {
    say(Hello());
    while (!end_) {
      turn();
      if (!end_) look_at_clock();
    }
    end_->at_ms = wall_ms();
    if (const Meter& meter = spool_.meter(); meter.stored != meter.total)
      add_note("The disk was full: not all of its output was kept.");
    static_cast<void>(core::replace_file(folder_ + "/end", encode(*end_), {}));
  }

 private:
  void say(const Message& message) {
    if (core::send_packet(link_.get(), encode(message), {}, kMaxMessage) != PacketIo::done) link_gone_ = true;
  }

  void finish(RunStatus status, std::string note = {}) {
    if (end_) return;
    end_ = RunEnd{};
    end_->status = status;
    if (!asked_.empty()) add_note("It was sent SIG" + asked_ + ".");
    add_note(note);
  }
  void add_note(const std::string& words) {
    if (words.empty()) return;
    end_->note += (end_->note.empty() ? "" : " ") + words;
  }

  void open() {
    Open wanted;
    wanted.id = kChannel;
    wanted.what = std::move(plan_.command);
    wanted.term = plan_.term;
    wanted.cols = plan_.cols;
    wanted.rows = plan_.rows;
    // However long others keep the host's places: our own deadline comes first.
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now() + kGrace).count();
    wanted.patience_ms = static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 0, UINT32_MAX));
    asked_to_open_ = true;
    say(wanted);
  }

  /// Takes its channel away, whatever runs there.
  void close(RunStatus status, const std::string& note) {
    say(Close{kChannel});
    finish(status, note);
  }

  void look_at_clock() {
    const auto now = Clock::now();
    if (now >= close_at_) {
      const bool late = ending_ == RunStatus::timeout;
      return close(ending_, late ? "It did not end at its deadline; its channel was closed, and it may go on there."
                                 : "It did not end; its channel was closed, and it may go on there.");
    }
    if (now < deadline_ || ending_ == RunStatus::timeout) return;
    if (!opened_) return close(RunStatus::timeout, "The host did not begin with it in time.");
    ending_ = RunStatus::timeout;
    say(Signal{kChannel, "TERM"});
    // A program that says something at its end would die of the closed pipe before it has tidied up.
    close_at_ = now + kGrace;
  }

  int patience() const {
    const auto next = std::min(close_at_, ending_ == RunStatus::timeout ? Clock::time_point::max() : deadline_);
    if (next == Clock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
  }

  void turn() {
    const auto in = [](const Incoming& one) { return one.ended ? -1 : one.fd.get(); };
    const bool feeds = opened_ && !fed_;
    std::array<pollfd, 4> polled = {{{link_gone_ ? -1 : link_.get(), POLLIN, 0},
                                     {control_.get(), POLLIN, 0},
                                     {in(data_), static_cast<short>(POLLIN | (feeds ? POLLOUT : 0)), 0},
                                     {in(errors_), POLLIN, 0}}};
    // The host may send no more and still read.
    if (data_.ended && feeds) polled[2] = {data_.fd.get(), POLLOUT, 0};
    if (::poll(polled.data(), polled.size(), patience()) < 0 && errno != EINTR) return finish(RunStatus::failed);
    if (polled[1].revents != 0) take_orders();
    if (polled[2].revents != 0 && feeds) feed();
    if (polled[2].revents != 0) drain(data_, Output::out);
    if (polled[3].revents != 0) drain(errors_, Output::err);
    if (polled[0].revents != 0) serve_link();
    if (!end_) settle();
  }

  void drain(Incoming& from, Output to) {
    if (from.ended) return;
    const auto count = ::recv(from.fd.get(), piece_.data(), piece_.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      from.ended = true;
      return;
    }
    spool_.add(to, {piece_.data(), static_cast<std::size_t>(count)});
  }

  void feed() {
    if (unsent_.empty() && input_) {
      unsent_.resize(Spool::kPiece);
      const auto count = ::read(input_.get(), unsent_.data(), unsent_.size());
      unsent_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    while (!unsent_.empty()) {
      const auto count = ::send(data_.fd.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count < 0) {  // it ended without reading all
        fed_ = true;
        return;
      }
      unsent_.erase(0, static_cast<std::size_t>(count));
      if (unsent_.empty()) return;
    }
    fed_ = true;
    ::shutdown(data_.fd.get(), SHUT_WR);
  }

  void take_orders() {
    std::array<char, 256> bytes;
    const auto count = ::read(control_.get(), bytes.data(), bytes.size());
    if (count <= 0) return;
    orders_.append(bytes.data(), static_cast<std::size_t>(count));
    for (auto line = orders_.find('\n'); line != std::string::npos && !end_; line = orders_.find('\n')) {
      const std::string word = orders_.substr(0, line);
      orders_.erase(0, line + 1);
      if (std::find(kSignals.begin(), kSignals.end(), word) == kSignals.end()) continue;
      if (!opened_) return close(RunStatus::cancelled, "It was taken back before the host began with it.");
      asked_ = word;
      say(Signal{kChannel, word});
      if (word != "KILL" || ending_ == RunStatus::timeout) continue;
      // Not every host passes signals on.
      ending_ = RunStatus::cancelled;
      close_at_ = Clock::now() + kGrace;
    }
    orders_.resize(std::min(orders_.size(), bytes.size()));
  }

  void serve_link() {
    std::string bytes;
    std::vector<base::UniqueFd> fds;
    const PacketIo state = core::receive_packet(link_.get(), bytes, fds, kMaxMessage);
    if (state == PacketIo::again) return;
    const auto message = state == PacketIo::done ? decode(bytes) : std::nullopt;
    if (!message) {
      link_gone_ = true;
    } else if (const auto* welcome = std::get_if<Welcome>(&*message)) {
      link_gone_ = welcome->version != kVersion || welcome->stage != Stage::ready;
    } else if (std::holds_alternative<Ready>(*message)) {
      if (!asked_to_open_) open();
    } else if (const auto* failed = std::get_if<Failed>(&*message)) {
      why_lost_ = failed->message;
    } else if (std::holds_alternative<Opened>(*message)) {
      take_channel(fds);
    } else if (const auto* refused = std::get_if<OpenFailed>(&*message)) {
      finish(refused->lost ? RunStatus::lost : RunStatus::failed, refused->message);
    } else if (const auto* exit = std::get_if<Exit>(&*message)) {
      exit_ = *exit;
    } else if (std::holds_alternative<Closed>(*message)) {
      closed_ = true;
    }
  }

  void take_channel(std::vector<base::UniqueFd>& fds) {
    if (fds.empty() || opened_) return;
    opened_ = true;
    data_ = {std::move(fds[0]), false};
    if (fds.size() > 1) errors_ = {std::move(fds[1]), false};
    spool_.begin(wall_ms());
  }

  /// Looks whether that was all.
  void settle() {
    if (link_gone_ && !opened_) return finish(RunStatus::lost, lost_words());
    // What the host has sent is kept first.
    if (!opened_ || !data_.ended || !errors_.ended) return;
    if (exit_) {
      finish(ending_ == RunStatus::timeout ? RunStatus::timeout
             : !asked_.empty()             ? RunStatus::cancelled
                                           : RunStatus::completed);
      if (exit_->signal.empty()) end_->code = exit_->code;
      end_->signal = exit_->signal;
    } else if (link_gone_ || !why_lost_.empty()) {
      finish(RunStatus::lost, lost_words());
    } else if (closed_) {
      finish(ending_ == RunStatus::timeout ? RunStatus::timeout : RunStatus::failed,
             "The host closed the channel and did not say how the command ended.");
    }
  }

  std::string lost_words() const {
    const std::string when = opened_ ? " The command may go on there." : " The command was not begun.";
    return (why_lost_.empty() ? "The SSH connection was closed." : why_lost_) + when;
  }

  std::string folder_;
  RunPlan plan_;
  base::UniqueFd link_;
  base::UniqueFd control_;
  base::UniqueFd input_;
  Spool spool_;
  Incoming data_;
  Incoming errors_;
  std::array<char, Spool::kPiece> piece_;
  std::string unsent_;
  std::string orders_;
  std::string asked_;  ///< the last signal that somebody sent
  std::string why_lost_;
  std::optional<Exit> exit_;
  std::optional<RunEnd> end_;
  Clock::time_point deadline_;
  Clock::time_point close_at_ = Clock::time_point::max();
  RunStatus ending_ = RunStatus::completed;  ///< why its channel will be closed
  bool asked_to_open_ = false;
  bool opened_ = false;
  bool fed_ = false;
  bool closed_ = false;
  bool link_gone_ = false;
};

/// The command is in this process's memory: no core file, no look into it by others.
void go_into_background() {
  ::setsid();
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_NAME, "duotty-run");
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd <= 2 && null >= 0; ++fd) ::dup2(null, fd);
}

}  // namespace

int run_main(const std::vector<std::string>& args) {
  if (args.size() != 2) return 64;
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::close_range(3, ~0U, 0);
  const std::string& folder = args[1];
  std::ifstream file(folder + "/plan", std::ios::binary);
  auto plan = decode_plan(std::string(std::istreambuf_iterator<char>(file), {}));
  base::UniqueFd input(::open((folder + "/stdin").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  // For writing as well: so it has no end when a worker has gone.
  base::UniqueFd control(::open((folder + "/control").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  for (const char* name : {"/plan", "/stdin"}) ::unlink((folder + name).c_str());
  auto link = reach_link(args[0]);
  if (!plan || !control || !link) return 66;
  Run run(folder, std::move(*plan), std::move(link), std::move(control), std::move(input));
  if (!run.open_spool()) return 73;
  const pid_t child = ::fork();
  if (child < 0) return 71;
  if (child > 0) return 0;
  go_into_background();
  run.run();
  return 0;
}

}  // namespace duotty::link
