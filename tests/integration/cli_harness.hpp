#pragma once
// The built program as a person has it: a server with a home of its own, commands against it, and a pseudo-terminal for
// what needs one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace duotty::tests {

/// Far beyond what anything here takes; only a failure waits this long.
inline constexpr std::chrono::seconds kPatience{60};

inline std::vector<char*> argv_of(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// A program with pipes for its standard streams.
class Program {
 public:
  Program(std::vector<std::string> words, const std::string& home) {
    int to[2];
    int from[2];
    int errors[2];
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0 || ::pipe2(errors, O_CLOEXEC) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(to[0], 0);
      ::dup2(from[1], 1);
      ::dup2(errors[1], 2);
      ::setenv("DUOTTY_HOME", home.c_str(), 1);
      // Shells read no startup files of this machine.
      ::setenv("HOME", home.c_str(), 1);
      for (const char* name : {"DUOTTY_URL", "DUOTTY_TOKEN", "DISPLAY", "WAYLAND_DISPLAY"}) ::unsetenv(name);
      auto argv = argv_of(words);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    ::close(errors[1]);
    in_ = to[1];
    fds_ = {from[0], errors[0]};
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    close_input();
    for (const int fd : fds_) ::close(fd);
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  void write(const std::string& text) const { EXPECT_EQ(::write(in_, text.data(), text.size()), ssize_t(text.size())); }
  void close_input() {
    if (in_ >= 0) ::close(in_);
    in_ = -1;
  }
  /// Reads until `done()` or the end of both streams; false when patience ran out.
  bool read_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::array<bool, 2> open{true, true};
    while (!done() && (open[0] || open[1])) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::array<pollfd, 2> ready{{{open[0] ? fds_[0] : -1, POLLIN, 0}, {open[1] ? fds_[1] : -1, POLLIN, 0}}};
      ::poll(ready.data(), ready.size(), 1000);
      for (std::size_t i = 0; i < 2; ++i) {
        if (!ready[i].revents) continue;
        std::array<char, 65536> buffer;
        const ssize_t got = ::read(fds_[i], buffer.data(), buffer.size());
        open[i] = got > 0;
        if (got > 0) (i == 0 ? out : err).append(buffer.data(), static_cast<std::size_t>(got));
      }
    }
    return true;
  }
  /// The exit status, or 128 + signal.
  int wait() {
    close_input();
    EXPECT_TRUE(read_until([] { return false; })) << "still running: " << out << err;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void signal(int number) const { ::kill(pid_, number); }
  void close_output() {
    ::close(fds_[0]);
    fds_[0] = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  pid_t pid() const { return pid_; }

  std::string out;
  std::string err;

 private:
  pid_t pid_ = 0;
  int in_ = -1;
  std::array<int, 2> fds_{};
};

struct CommandResult {
  int status = -1;
  std::string out;
  std::string err;
};

/// A running server; every test has its own.
class CliServer : public testing::Test {
 protected:
  CliServer() {
    std::string pattern = (std::filesystem::temp_directory_path() / "duotty-it-XXXXXX").string();
    home = ::mkdtemp(pattern.data());
  }
  ~CliServer() override {
    if (server_) {
      run({"stop"});
      server_->wait();
    }
    std::error_code ignored;
    std::filesystem::remove_all(home, ignored);
  }

  void SetUp() override { start(); }
  void start() {
    server_ = std::make_unique<Program>(std::vector<std::string>{DUOTTY_BINARY, "serve", "--port", "0"}, home);
    ASSERT_TRUE(server_->read_until([this] { return server_->out.find(" is at http") != std::string::npos; }));
    ASSERT_NE(server_->out.find(" is at http"), std::string::npos) << server_->out << server_->err;
    const auto at = server_->out.find("http");
    url = server_->out.substr(at, server_->out.find_first_of(" \n", at) - at);
  }

  std::vector<std::string> words(std::vector<std::string> args) const {
    args.insert(args.begin(), DUOTTY_BINARY);
    return args;
  }
  std::unique_ptr<Program> spawn(std::vector<std::string> args) const {
    return std::make_unique<Program>(words(std::move(args)), home);
  }
  CommandResult run(std::vector<std::string> args, const std::string& input = {}) const {
    const auto program = spawn(std::move(args));
    if (!input.empty()) program->write(input);
    CommandResult result;
    result.status = program->wait();
    result.out = program->out;
    result.err = program->err;
    return result;
  }
  /// Makes a terminal with bash.
  void make_terminal(const std::string& name) const {
    const auto made = run({"new", "--name", name, "--shell", "/bin/bash", "--env", "HOME=" + home, "--cwd", home});
    ASSERT_EQ(made.status, 0) << made.err;
  }

  std::string home;
  std::string url;
  std::unique_ptr<Program> server_;
};

/// A program on a pseudo-terminal; the test is the person and the emulator.
class OnTerminal {
 public:
  OnTerminal(std::vector<std::string> words, const std::string& home, unsigned short cols = 80,
             unsigned short rows = 24) {
    winsize size{rows, cols, 0, 0};
    pid_ = ::forkpty(&fd_, nullptr, nullptr, &size);
    if (pid_ == 0) {
      ::setenv("DUOTTY_HOME", home.c_str(), 1);
      // Shells read no startup files of this machine.
      ::setenv("HOME", home.c_str(), 1);
      ::setenv("TERM", "xterm-256color", 1);
      for (const char* name : {"DUOTTY_URL", "DUOTTY_TOKEN", "DUOTTY_TERMINAL", "TMUX"}) ::unsetenv(name);
      auto argv = argv_of(words);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
    ::tcgetattr(fd_, &before_);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;
  ~OnTerminal() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(fd_);
  }

  void type(const std::string& bytes) const {
    EXPECT_EQ(::write(fd_, bytes.data(), bytes.size()), ssize_t(bytes.size()));
  }
  void resize(unsigned short cols, unsigned short rows) const {
    const winsize size{rows, cols, 0, 0};
    ::ioctl(fd_, TIOCSWINSZ, &size);
  }
  /// Reads until `text` has come since the last call; what came up to its end is consumed. False when it never came.
  bool wait_for(const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      const auto at = screen.find(text, seen_);
      if (at != std::string::npos) {
        seen_ = at + text.size();
        return true;
      }
      if (std::chrono::steady_clock::now() > deadline || !read_some()) {
        ADD_FAILURE() << "\"" << text
                      << "\" did not come; since what came before it: " << testing::PrintToString(screen.substr(seen_));
        return false;
      }
    }
  }
  /// Reads to the end; the exit status, or 128 + signal. A program that died of a signal is a failure by itself.
  int wait() {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (read_some()) {
      if (std::chrono::steady_clock::now() > deadline) return -1;
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    const std::size_t from = screen.size() > kLastWords ? screen.size() - kLastWords : 0;
    ADD_FAILURE() << "ended by signal " << WTERMSIG(status) << "; its last words: " << screen.substr(from);
    return 128 + WTERMSIG(status);
  }
  /// Whether the line discipline is as it was before the program started.
  bool settings_are_restored() const {
    termios now{};
    ::tcgetattr(fd_, &now);
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag;
  }
  void signal(int number) const { ::kill(pid_, number); }

  std::string screen;  ///< everything that was written to the terminal

 private:
  bool read_some() {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, 1000) <= 0) return true;
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got <= 0) return false;
    screen.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }

  static constexpr std::size_t kLastWords = 4000;
  pid_t pid_ = 0;
  int fd_ = -1;
  std::size_t seen_ = 0;
  termios before_{};
};

}  // namespace duotty::tests
