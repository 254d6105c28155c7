#pragma once
// A real shell on a PTY, driven the way the server drives it: composed input in, marks out. It waits for marks and text
// only; a deadline far beyond anything real turns a hang into a failure.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <duotty/digest/plain.hpp>
#include <duotty/exec/command_tracker.hpp>
#include <duotty/exec/compose.hpp>
#include <duotty/exec/integration.hpp>
#include <duotty/exec/marks.hpp>
#include <duotty/exec/run.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shell_test {

using namespace duotty;

inline constexpr const char* nonce = "Nonce0123456789abcdefX";

/// A directory that goes with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "duotty-shell-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// What an exec gave.
struct Outcome {
  exec::ExecStatus status = exec::ExecStatus::timeout;
  std::optional<int> code;
  exec::ExitSource source = exec::ExitSource::none;
  std::string output;  ///< as a client gets it
  std::string cwd;
  bool started = false;
  bool typed = false;  ///< the command itself was typed, not a script's name
};

class Shell : private exec::MarkSink {
 public:
  using Env = std::map<std::string, std::string>;

  /// bash with our integration and this ~/.bashrc; returns at its first prompt.
  static std::unique_ptr<Shell> bash(const std::string& bashrc = "PS1='$ '\n", const Env& env = {}) {
    return integrated({"bash"}, {{".bashrc", bashrc}}, env);
  }

  /// A shell with our integration and these files in its home; returns at its first prompt.
  static std::unique_ptr<Shell> integrated(std::vector<std::string> argv, const Env& files, Env env = {}) {
    auto shell = std::make_unique<Shell>(argv.at(0));
    for (const auto& [name, content] : files) {
      std::filesystem::create_directories(std::filesystem::path(shell->home() + "/" + name).parent_path());
      write_file(shell->home() + "/" + name, content);
    }
    exec::UserStart user;
    if (env.contains("ZDOTDIR")) user.zdotdir = env["ZDOTDIR"];
    if (env.contains("ENV")) user.env = env["ENV"];
    const auto plan = exec::plan_integration(shell->profile_, nonce, shell->scripts_.path(), user);
    EXPECT_TRUE(plan.active);
    for (const auto& file : plan.files) write_file(file.path, file.content);
    for (const auto& [name, value] : plan.env) env[name] = value;
    argv.insert(argv.begin() + 1, plan.args.begin(), plan.args.end());
    shell->start(argv, env);
    shell->wait_for_prompt();
    return shell;
  }

  explicit Shell(const std::string& program) : profile_(exec::profile_of(program)), filter_(nonce) {}
  ~Shell() override {
    if (master_ >= 0) ::close(master_);
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  void start(const std::vector<std::string>& argv, const Env& extra) {
    Env env{
        {"HOME", home()}, {"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"TERM", "xterm-256color"}, {"LANG", "C.UTF-8"}};
    for (const auto& [name, value] : extra) env[name] = value;
    std::vector<std::string> words;
    for (const auto& [name, value] : env) words.push_back(name + "=" + value);
    const auto pointers = [](const std::vector<std::string>& strings) {
      std::vector<char*> out;
      for (const auto& s : strings) out.push_back(const_cast<char*>(s.c_str()));
      out.push_back(nullptr);
      return out;
    };
    const auto arguments = pointers(argv);
    const auto environment = pointers(words);
    winsize size{24, 80, 0, 0};
    pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
      for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(signal, SIG_DFL);
      if (::chdir(home().c_str()) == 0) ::execvpe(arguments[0], arguments.data(), environment.data());
      ::_exit(125);
    }
    ::fcntl(master_, F_SETFD, FD_CLOEXEC);
  }

  const std::string& home() const { return home_.path(); }
  const exec::CommandTracker& tracker() const { return tracker_; }
  const std::vector<exec::Mark>& marks() const { return marks_; }
  const std::vector<exec::Block>& blocks() const { return blocks_; }
  const std::string& text() const { return text_; }
  bool alive() const { return alive_; }

  void type(std::string_view bytes) {
    while (!bytes.empty()) {
      // A reader that waits for us to read must not stop us, so both directions are served.
      pollfd ready{master_, POLLIN | POLLOUT, 0};
      ::poll(&ready, 1, 60'000);
      if ((ready.revents & POLLIN) != 0) read_some();
      if ((ready.revents & POLLOUT) == 0) continue;
      const auto n = ::write(master_, bytes.data(), std::min<std::size_t>(bytes.size(), 1024));
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  /// Reads until `done` holds; false when the shell ended or the deadline passed first.
  bool wait(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      if (!alive_ || std::chrono::steady_clock::now() > deadline) return false;
      pollfd ready{master_, POLLIN, 0};
      if (::poll(&ready, 1, 50) > 0) read_some();
    }
    return true;
  }
  /// Types a line as a person does and waits for the next prompt.
  void type_line(std::string_view line) {
    const auto before = prompts_;
    type(std::string(line) + '\r');
    EXPECT_TRUE(wait([&] { return prompts_ > before; })) << raw_;
  }
  void wait_for_prompt() {
    const auto before = prompts_;
    EXPECT_TRUE(wait([&] { return prompts_ > before; })) << raw_;
  }
  /// Waits until the running command has printed `what`.
  void wait_for_output(std::string_view what) {
    EXPECT_TRUE(wait([&] { return output_at_ && text_.find(what, *output_at_) != std::string::npos; })) << raw_;
  }

  /// Types the composed command. finish() waits for its end.
  void begin(const exec::ExecRequest& request) {
    const exec::ShellState state{profile_,          tracker_.integrated(), bracketed_paste(), tracker_.at_prompt(),
                                 tracker_.pastes(), tracker_.line()};
    const std::string token = "tok" + std::to_string(++execs_);
    const auto composed = exec::compose(request, state, nonce, token, scripts_.path());
    ASSERT_TRUE(composed) << composed.error().message();
    for (const auto* files : {&composed->files, &composed->notes}) {
      for (const auto& file : *files) write_file(file.path, file.content);
    }
    typed_ = composed->files.empty();
    exec::ExecOptions options;
    options.completion = composed->completion;
    options.token = composed->token;
    options.line = composed->line;
    options.prompt_follows = composed->prompt_follows;
    run_.emplace(options);
    output_at_.reset();
    run_->on_typed(filter_.offset(), now());
    type(composed->input);
  }
  Outcome finish() {
    EXPECT_TRUE(wait([&] {
                  run_->on_tick(now());
                  if (run_->next_action() == exec::ExecAction::interrupt) type("\x03");
                  return run_->finished();
                }) ||
                run_->finished())
        << raw_.substr(run_->result().output_begin);
    const auto& result = run_->result();
    Outcome outcome{result.status, result.exit_code, result.exit_source, {}, result.cwd.value_or(""), result.started,
                    typed_};
    std::string_view bytes = raw_;
    bytes = bytes.substr(result.output_begin, result.output_end - result.output_begin);
    if (!result.started) bytes = bytes.substr(exec::echo_end(bytes));
    outcome.output = digest::command_output(bytes, 80);
    run_.reset();
    return outcome;
  }
  Outcome run_in(const std::string& cwd, const Env& env, const std::string& command) {
    begin({command, cwd, env});
    return finish();
  }
  Outcome run(const std::string& command) { return run_in({}, {}, command); }
  std::string output(const std::string& command) { return run(command).output; }
  int code(const std::string& command) { return run(command).code.value_or(-1); }

 private:
  static exec::RunTime now() { return std::chrono::steady_clock::now(); }
  bool bracketed_paste() const {
    const auto on = text_.rfind("\x1b[?2004h");
    const auto off = text_.rfind("\x1b[?2004l");
    return on != std::string::npos && (off == std::string::npos || on > off);
  }

  void read_some() {
    char buffer[65536];
    const auto n = ::read(master_, buffer, sizeof buffer);
    if (n > 0) {
      const std::string_view bytes(buffer, static_cast<std::size_t>(n));
      raw_ += bytes;
      filter_.feed(bytes, *this);
      if (run_) run_->on_output(filter_.offset(), now());
      return;
    }
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    alive_ = false;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    std::optional<int> exit_code;
    if (WIFEXITED(status)) exit_code = WEXITSTATUS(status);
    if (run_) run_->on_exit(filter_.offset(), exit_code, now());
  }
  void text(std::string_view bytes) override { text_ += bytes; }
  void mark(const exec::Mark& mark) override {
    marks_.push_back(mark);
    const auto update = tracker_.on_mark(mark, {});
    if (update.ended) blocks_.push_back(*update.ended);
    if (update.prompt_drawn) ++prompts_;
    if (run_) run_->on_mark(mark, now());
    if (run_ && run_->result().started && !output_at_) output_at_ = text_.size();
  }

  TemporaryDirectory home_;
  TemporaryDirectory scripts_;  ///< the terminal's own directory
  exec::ShellProfile profile_;
  exec::MarkFilter filter_;
  exec::CommandTracker tracker_;
  std::optional<exec::ExecRun> run_;
  std::vector<exec::Mark> marks_;
  std::vector<exec::Block> blocks_;
  std::string raw_;
  std::string text_;
  std::optional<std::size_t> output_at_;  ///< where the running command's output begins in the text
  int master_ = -1;
  pid_t pid_ = -1;
  int execs_ = 0;
  int prompts_ = 0;
  bool alive_ = true;
  bool typed_ = false;
};

}  // namespace shell_test
