#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include <duotty/core/packet_socket.hpp>
#include <duotty/link/protocol.hpp>
#include <duotty/link/shell.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>

#include "reach.hpp"
#include "starter.hpp"

namespace duotty::link {
namespace {

using core::PacketIo;
using Clock = std::chrono::steady_clock;

constexpr int kFailed = 255;  ///< as ssh has it
constexpr std::size_t kPiece = 64 * 1024;
constexpr int kTty = STDIN_FILENO;
/// For a host that takes its time to open a session.
constexpr std::chrono::seconds kOpenPatience{60};
/// For a host on which something else than our command runs.
constexpr std::chrono::seconds kStartPatience{10};
/// RFC 4254 section 6.10.
constexpr std::array<std::pair<const char*, int>, 13> kSignals = {{{"ABRT", SIGABRT},
                                                                   {"ALRM", SIGALRM},
                                                                   {"FPE", SIGFPE},
                                                                   {"HUP", SIGHUP},
                                                                   {"ILL", SIGILL},
                                                                   {"INT", SIGINT},
                                                                   {"KILL", SIGKILL},
                                                                   {"PIPE", SIGPIPE},
                                                                   {"QUIT", SIGQUIT},
                                                                   {"SEGV", SIGSEGV},
                                                                   {"TERM", SIGTERM},
                                                                   {"USR1", SIGUSR1},
                                                                   {"USR2", SIGUSR2}}};
/// What is passed on; SIGHUP ends this process as it ends a shell.
constexpr std::array kPassed = {SIGWINCH, SIGINT, SIGQUIT, SIGTSTP, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};

/// Bytes on their way to a descriptor that may be slow.
struct Queue {
  std::string bytes;
  /// False when the reader has gone.
  bool drain(int fd) {
    while (!bytes.empty()) {
      const auto count = ::write(fd, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno == EAGAIN;
      bytes.erase(0, static_cast<std::size_t>(count));
    }
    return true;
  }
};

class Bridge {
 public:
  Bridge(base::UniqueFd link, std::string program) : link_(std::move(link)), starter_(std::move(program)) {}

  int run() {
    make_raw();
    say(Hello());
    while (!finished_) {
      turn();
      const auto now = Clock::now();
      if (now >= deadline_) late();
    }
    to_tty_.bytes += parting_;
    ::fcntl(kTty, F_SETFL, ::fcntl(kTty, F_GETFL) & ~O_NONBLOCK);
    to_tty_.drain(kTty);
    if (signal_ != 0) end_by(signal_);
    return code_;
  }

 private:
  static void make_raw() {
    termios mode{};
    if (::tcgetattr(kTty, &mode) != 0) return;
    ::cfmakeraw(&mode);
    ::tcsetattr(kTty, TCSANOW, &mode);
    ::fcntl(kTty, F_SETFL, ::fcntl(kTty, F_GETFL) | O_NONBLOCK);
  }

  [[noreturn]] static void end_by(int number) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::signal(number, SIG_DFL);
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, number);
    ::raise(number);
    ::sigprocmask(SIG_UNBLOCK, &one, nullptr);
    ::_exit(128 + number);
  }

  void say(const Message& message) {
    // A few short messages: a link that takes none hangs.
    if (core::send_packet(link_.get(), encode(message), {}, kMaxMessage) != PacketIo::done) lose({});
  }

  void finish(int code, const std::string& words) {
    finished_ = true;
    code_ = code;
    if (!words.empty()) parting_ = "\r\n[" + words + "]\r\n";
  }
  void lose(const std::string& why) {
    if (!finished_) finish(kFailed, why.empty() ? "The SSH connection was closed." : why);
  }
  void late() {
    if (!data_) return lose("The SSH connection opened no terminal in time.");
    deadline_ = Clock::time_point::max();
    if (starter_.waits()) plain();
  }

  /// A channel: for the program, or as the host gives it.
  void open() {
    winsize window{};
    ::ioctl(kTty, TIOCGWINSZ, &window);
    Open wanted;
    wanted.id = ++channel_;
    wanted.use = starter_.waits() ? Use::exec : Use::shell;
    if (starter_.waits()) wanted.what = Starter::command();
    wanted.term = "xterm-256color";
    wanted.cols = window.ws_col > 0 ? window.ws_col : std::uint16_t{80};
    wanted.rows = window.ws_row > 0 ? window.ws_row : std::uint16_t{24};
    ended_ = {};
    deadline_ = Clock::now() + kOpenPatience;
    say(wanted);
  }
  /// The host does not run what we ask it for: its own shell it may give.
  void plain() {
    if (channel_ != 0 && !ended_.closed) say(Close{channel_});
    starter_.give_up();
    data_.reset();
    open();
  }

  void turn() {
    const bool takes = data_ && !starter_.waits() && to_host_.bytes.size() < kPiece;
    const auto wanted = [](bool in, bool out) { return static_cast<short>((in ? POLLIN : 0) | (out ? POLLOUT : 0)); };
    std::array<pollfd, 4> polled = {
        {{link_.get(), POLLIN, 0},
         {signals_, POLLIN, 0},
         {kTty, wanted(takes, !to_tty_.bytes.empty()), 0},
         {data_ && !data_ended_ ? data_.get() : -1, wanted(to_tty_.bytes.empty(), !to_host_.bytes.empty()), 0}}};
    // An end that is not waited for would be told all the time.
    for (pollfd& one : polled) {
      if (one.events == 0) one.fd = -1;
    }
    int patience = -1;
    if (deadline_ != Clock::time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      patience = static_cast<int>(std::max<std::int64_t>(0, left));
    }
    if (::poll(polled.data(), polled.size(), patience) < 0 && errno != EINTR) return lose({});
    if (polled[1].revents != 0) take_signals();
    if (polled[2].revents != 0) serve_tty(takes);
    if (!finished_ && polled[3].revents != 0) serve_data();
    if (!finished_ && polled[0].revents != 0) serve_link();
    if (!finished_) settle();
  }

  void serve_tty(bool takes) {
    if (!to_tty_.drain(kTty)) return lose({});
    if (!takes) return;
    std::array<char, kPiece> bytes;
    const auto count = ::read(kTty, bytes.data(), bytes.size());
    if (count > 0) to_host_.bytes.append(bytes.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return lose({});
    send();
  }

  void send() {
    if (data_ && !to_host_.drain(data_.get())) to_host_.bytes.clear();  // its end is told otherwise
  }

  void serve_data() {
    send();
    if (!to_tty_.bytes.empty() || data_ended_) return;
    std::array<char, kPiece> bytes;
    const auto count = ::recv(data_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      data_ended_ = true;
      return;
    }
    to_tty_.bytes += starter_.take({bytes.data(), static_cast<std::size_t>(count)});
    if (auto program = starter_.answer()) {
      to_host_.bytes = std::move(*program);
      send();
    }
    if (!starter_.waits()) deadline_ = Clock::time_point::max();
    if (!to_tty_.drain(kTty)) lose({});
  }

  void serve_link() {
    std::string bytes;
    std::vector<base::UniqueFd> fds;
    const PacketIo state = core::receive_packet(link_.get(), bytes, fds, kMaxMessage);
    if (state == PacketIo::again) return;
    const auto message = state == PacketIo::done ? decode(bytes) : std::nullopt;
    if (!message) {
      link_gone_ = true;
      return;
    }
    if (const auto* welcome = std::get_if<Welcome>(&*message)) {
      if (welcome->version != kVersion || welcome->stage != Stage::ready)
        lose("The SSH connection is not there any more.");
    } else if (std::holds_alternative<Ready>(*message)) {
      if (channel_ == 0) open();
    } else if (const auto* failed = std::get_if<Failed>(&*message)) {
      why_lost_ = failed->message;
    } else if (const auto* opened = std::get_if<Opened>(&*message)) {
      if (opened->id == channel_ && !fds.empty()) take_channel(std::move(fds.front()));
    } else if (const auto* refused = std::get_if<OpenFailed>(&*message)) {
      if (refused->id != channel_) return;
      if (starter_.waits() && !refused->lost) return plain();
      lose(refused->message);
    } else if (const auto* exit = std::get_if<Exit>(&*message)) {
      if (exit->id == channel_) ended_.exit = *exit;
    } else if (const auto* closed = std::get_if<Closed>(&*message)) {
      if (closed->id == channel_) ended_.closed = true;
    }
  }

  void take_channel(base::UniqueFd data) {
    data_ = std::move(data);
    data_ended_ = false;
    ::fcntl(data_.get(), F_SETFL, ::fcntl(data_.get(), F_GETFL) | O_NONBLOCK);
    deadline_ = starter_.waits() ? Clock::now() + kStartPatience : Clock::time_point::max();
    resize();  // it may have changed since
  }

  /// Looks whether that was all.
  void settle() {
    // What the host has sent is shown first.
    if (data_ && !data_ended_) {
      if (!link_gone_) return;
      data_ended_ = true;
    }
    if (!to_tty_.bytes.empty()) return;
    if (link_gone_ || !why_lost_.empty()) return lose(why_lost_);
    if (!data_ || !(ended_.exit || ended_.closed)) return;
    if (starter_.waits()) return plain();
    if (!ended_.exit) return lose("The host closed the terminal and did not say how its program has ended.");
    if (ended_.exit->signal.empty()) return finish(ended_.exit->code & 0xFF, {});
    finish(kFailed, {});
    for (const auto& [name, number] : kSignals) {
      if (ended_.exit->signal == name) signal_ = number;
    }
  }

  void resize() {
    winsize window{};
    if (channel_ == 0 || ::ioctl(kTty, TIOCGWINSZ, &window) != 0) return;
    if (window.ws_col > 0 && window.ws_row > 0) say(Resize{channel_, window.ws_col, window.ws_row});
  }

  void take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const int number = static_cast<int>(info.ssi_signo);
      if (number == SIGWINCH) {
        if (data_) resize();
      } else if (number == SIGINT || number == SIGQUIT || number == SIGTSTP) {
        // The terminal there knows whom they are for; a signal of the protocol would reach the shell.
        if (data_ && !starter_.waits())
          to_host_.bytes += number == SIGINT ? '\x03' : number == SIGQUIT ? '\x1c' : '\x1a';
        send();
      } else if (data_) {
        for (const auto& [name, value] : kSignals) {
          if (value == number) say(Signal{channel_, name});
        }
      }
    }
  }

  static int open_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : kPassed) ::sigaddset(&set, number);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }

  struct Ended {
    std::optional<Exit> exit;
    bool closed = false;
  };
  base::UniqueFd link_;
  Starter starter_;
  base::UniqueFd data_;
  const int signals_ = open_signals();
  Queue to_host_;
  Queue to_tty_;
  Ended ended_;
  std::uint32_t channel_ = 0;
  Clock::time_point deadline_ = Clock::now() + kOpenPatience;
  std::string why_lost_;
  std::string parting_;
  bool link_gone_ = false;
  bool data_ended_ = false;
  bool finished_ = false;
  int code_ = kFailed;
  int signal_ = 0;
};

}  // namespace

int shell_main(const std::vector<std::string>& args) {
  if (args.empty() || args.size() > 2) return 64;
  ::prctl(PR_SET_NAME, "duotty-ssh");
  ::signal(SIGPIPE, SIG_IGN);
  std::string program;
  if (args.size() == 2) {
    std::ifstream file(args[1], std::ios::binary);
    program.assign(std::istreambuf_iterator<char>(file), {});
  }
  auto link = reach_link(args[0]);
  if (!link) {
    constexpr std::string_view kWords = "[The SSH connection is not there any more.]\r\n";
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, kWords.data(), kWords.size());
    return kFailed;
  }
  Bridge bridge(std::move(link), std::move(program));
  return bridge.run();
}

}  // namespace duotty::link
