// Running one command in the shell, and waiting for things to happen.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/digest/grep.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/exec/compose.hpp>
#include <duotty/pty/tty.hpp>
#include <duotty/session/session.hpp>

#include "shell.hpp"

namespace duotty::session {
namespace {

/// Longest output of one exec that is returned whole; of a longer one the middle is left out.
constexpr std::uint64_t kOutputLimit = 8 * 1024 * 1024;
/// How long an exec waits for a shell that is running something else before it answers `busy`.
constexpr auto kBusyGrace = std::chrono::seconds(1);
/// How long a new shell may take to say that its integration is installed before it is treated as a plain one.
constexpr auto kIntegrationGrace = std::chrono::seconds(10);
constexpr auto kQuiet = std::chrono::milliseconds(250);

base::Result<> write_file(const exec::FileToWrite& file) {
  const base::UniqueFd fd(::open(file.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, file.mode));
  std::string_view rest = file.content;
  while (fd && !rest.empty()) {
    const auto n = ::write(fd.get(), rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  if (fd && rest.empty()) return {};
  return base::Error(base::Errc::io,
                     "Could not write the script of the command: " + std::string(std::strerror(errno)) + ".");
}

const char* word(exec::ExecStatus status) {
  switch (status) {
    case exec::ExecStatus::completed:
      return "completed";
    case exec::ExecStatus::running:
      return "running";
    case exec::ExecStatus::incomplete:
      return "incomplete";
    case exec::ExecStatus::shell_exited:
      return "shell_exited";
    case exec::ExecStatus::timeout:
      return "timeout";
    case exec::ExecStatus::idle:
      return "idle";
  }
  return "timeout";
}

exec::InterruptWatch::Program program_of(base::Result<pty::ProcessInfo> process) {
  if (!process) return {};
  return {process->pid, std::move(process->argv)};
}

base::Error gone(const std::string& id) {
  return {base::Errc::gone,
          "The program in terminal \"" + id + "\" has ended. Create another with POST /api/agent/terminals."};
}

}  // namespace

/// What must be undone however an exec ends: its place in the queue, the hook in the shell, its script files.
class Session::ExecTurn {
 public:
  explicit ExecTurn(Session& session)
      : session_(session), place_(session.exec_queue_.insert(session.exec_queue_.end(), 0)) {}
  ExecTurn(const ExecTurn&) = delete;
  ExecTurn& operator=(const ExecTurn&) = delete;
  ~ExecTurn() {
    if (hooked_) session_.shell_->run = nullptr;
    for (const auto& path : files_) ::unlink(path.c_str());
    session_.exec_queue_.erase(place_);
    session_.changed_.notify();
  }
  bool first() const { return place_ == session_.exec_queue_.begin(); }
  void hook(exec::ExecRun& run) {
    session_.shell_->run = &run;
    session_.shell_->run_seq = 0;
    hooked_ = true;
  }
  void add_file(std::string path) { files_.push_back(std::move(path)); }

 private:
  Session& session_;
  std::list<int>::iterator place_;
  std::vector<std::string> files_;
  bool hooked_ = false;
};

base::Error Session::busy_error() const {
  const auto process = pty::foreground_process(pty_.master.get());
  const std::string program = process && !process->comm.empty() ? "\"" + process->comm + "\"" : "another command";
  return {base::Errc::busy,
          "Terminal \"" + meta_.id + "\" is busy: " + program +
              " is running in it. Wait for it (terminal.wait with prompt), press keys with terminal.input, "
              "or use another terminal."};
}

core::Task<base::Result<>> Session::until_ready(time_point deadline) {
  const auto began = std::chrono::steady_clock::now();
  while (alive()) {
    const auto now = std::chrono::steady_clock::now();
    auto& tracker = shell_->tracker;
    auto until = deadline;
    if (tracker.integrated() && tracker.prompts() == 0) {
      until = deadline;  // its own start-up files are still running
    } else if (tracker.integrated()) {
      if (tracker.at_prompt() && !line_entered_) {
        const auto input = shell_->input_position();
        const bool unfinished = input && !terminal_->alternate_screen() && terminal_->cursor() != *input;
        if (!unfinished) co_return base::Result<>();
        if (now >= std::min(deadline, began + kBusyGrace)) {
          co_return base::Error(base::Errc::busy, "There is unfinished text on the input line of terminal \"" +
                                                      meta_.id + "\". Press Enter or ctrl+c there first.");
        }
        until = std::min(deadline, began + kBusyGrace);
      } else {
        // A command that is just ending gets a moment; one that runs is reported.
        until = std::min(deadline, began + kBusyGrace);
        if (now >= until && shell_->prompt_is_bare()) {
          shell_->lose_integration();
          continue;
        }
        if (now >= until) co_return busy_error();
      }
    } else if (meta_.integration_planned && !tracker.declined() && now < started_ + kIntegrationGrace) {
      until = std::min(deadline, started_ + kIntegrationGrace);
    } else {
      const auto process = pty::process_info(pty_.pid);
      const bool reads = process && process->waiting == pty::InputWait::tty_read;
      const bool quiet = last_output_ + kQuiet <= now && started_ + kQuiet <= now && source_ > 0;
      if (shell_is_foreground() && input_.empty() && (reads || quiet)) co_return base::Result<>();
      // What the start-up files run is not the person's command: it is waited for, not reported.
      const bool starting = meta_.integration_planned && !tracker.integrated() && last_person_input_wall_ == 0;
      if (!starting && now >= std::min(deadline, std::max(began, started_ + kBusyGrace) + kBusyGrace)) {
        co_return busy_error();
      }
      until = std::min(deadline, now + std::chrono::milliseconds(50));
    }
    if (now >= deadline) {
      co_return base::Error(base::Errc::timeout,
                            "The shell in terminal \"" + meta_.id + "\" has not drawn its prompt yet.");
    }
    co_await changed_.wait_until(until);
  }
  co_return gone(meta_.id);
}

core::Task<base::Result<ExecOutcome>> Session::exec(ExecCommand command, Progress progress) {
  touch();
  while (!command.text.empty() && command.text.back() == '\n') command.text.pop_back();
  if (base::trim(command.text).empty()) co_return not_run("rejected", "empty_command");
  if (!alive()) co_return gone(meta_.id);
  const auto deadline = std::chrono::steady_clock::now() + command.timeout;
  ExecTurn turn(*this);
  while (!turn.first()) {
    if (std::chrono::steady_clock::now() >= deadline) co_return busy_error();
    co_await changed_.wait_until(deadline);
  }
  auto person = co_await wait_for_person(deadline);
  if (!person) co_return person.error();
  auto ready = co_await until_ready(deadline);
  if (!ready) {
    if (ready.error().code() != base::Errc::timeout) co_return ready.error();
    co_return not_run("not_started", "timeout");
  }
  if (command.allow && !command.allow(cwd())) co_return not_run("rejected", "destructive");
  auto composed = prepare(command, turn);
  if (!composed) co_return composed.error();
  exec::ExecOptions options;
  options.completion = composed->completion;
  options.token = composed->token;
  options.prompt_follows = composed->prompt_follows;
  options.deadline = deadline;
  exec::ExecRun run(options);
  turn.hook(run);
  last_command_ = command.text;
  interrupts_ = {};
  const auto typed = std::chrono::steady_clock::now();
  const DisplayOffset typed_size = size();
  run.on_typed(source_, typed);
  auto sent = write(composed->input, InputBy::agent, command.by);
  if (!sent) co_return sent.error();
  co_await follow(run, composed->completion, deadline, progress);
  ExecOutcome outcome = outcome_of(run.result(), typed_size);
  outcome.seq = shell_->run_seq;
  outcome.duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - typed);
  if (run.result().status == exec::ExecStatus::timeout) {
    if (command.on_timeout == ExecCommand::OnTimeout::kill)
      static_cast<void>(signal(SIGKILL, pty::SignalTarget::foreground));
    if (command.on_timeout == ExecCommand::OnTimeout::interrupt) static_cast<void>(write("\x03", InputBy::agent));
  }
  touch();
  co_return outcome;
}

ExecOutcome Session::not_run(const char* status, const char* reason) const {
  ExecOutcome outcome;
  outcome.status = status;
  outcome.reason = reason;
  outcome.size = size();
  outcome.alive = alive();
  if (outcome.status == "not_started") describe_foreground(outcome);
  return outcome;
}

base::Result<exec::Composed> Session::prepare(const ExecCommand& command, ExecTurn& turn) {
  const exec::ShellState state{.profile = shell_->profile,
                               .integrated = shell_->tracker.integrated(),
                               .bracketed_paste = terminal_->modes().bracketed_paste,
                               .at_prompt = shell_->tracker.at_prompt(),
                               .pastes = shell_->tracker.pastes(),
                               .line = shell_->tracker.line()};
  auto composed = exec::compose({.command = command.text, .cwd = command.cwd, .env = command.env}, state, meta_.nonce,
                                base::make_id(), meta_.script_dir);
  if (!composed) return composed.error();
  for (const auto& file : composed->files) {
    if (auto written = write_file(file); !written) return written.error();
    turn.add_file(file.path);
  }
  for (const auto& note : composed->notes) {
    if (!write_file(note)) break;
  }
  shell_->tracker.expect_command(
      command.text, composed->files.empty() ? exec::BlockText::from_shell : exec::BlockText::from_expected);
  return composed;
}

core::Task<> Session::follow(exec::ExecRun& run, exec::Completion completion, time_point deadline,
                             const Progress& progress) {
  digest::PlainText live;
  std::uint64_t told = 0;
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    run.on_output(source_, now);
    if (completion != exec::Completion::shell_marks) {
      run.on_foreground(shell_is_foreground() ? exec::Foreground::shell : exec::Foreground::program, now);
    }
    run.on_tick(now);
    if (run.next_action() == exec::ExecAction::interrupt) static_cast<void>(write("\x03", InputBy::agent));
    if (const auto check = interrupts_.next_wake();
        check && *check <= now && interrupts_.again(program_of(pty::foreground_process(pty_.master.get())), now)) {
      static_cast<void>(signal(SIGINT, pty::SignalTarget::foreground));
    }
    if (progress && run.result().started) {
      const std::uint64_t from = std::max(told, run.result().output_begin);
      const std::uint64_t to = run.finished() ? run.result().output_end : source_;
      if (to > from) {
        std::string text;
        live.feed(pty_.ring.copy(from, to), text);
        told = to;
        if (!text.empty()) progress(text, size());
      }
    }
    if (run.finished()) co_return;
    auto until = run.next_wake().value_or(deadline);
    if (const auto check = interrupts_.next_wake()) until = std::min(until, *check);
    co_await changed_.wait_until(until);
  }
}

void Session::watch_interrupt() {
  interrupts_.sent(program_of(pty::foreground_process(pty_.master.get())), program_of(pty::process_info(pty_.pid)),
                   std::chrono::steady_clock::now());
  changed_.notify();
}

ExecOutcome Session::outcome_of(const exec::ExecResult& result, DisplayOffset typed_size) const {
  ExecOutcome outcome;
  outcome.status = word(result.status);
  outcome.exit_code = result.exit_code;
  outcome.exit_source = result.exit_source == exec::ExitSource::mark   ? "mark"
                        : result.exit_source == exec::ExitSource::wait ? "wait"
                                                                       : "unknown";
  outcome.alive = alive();
  if (exited_ && exited_->signal && ::sigabbrev_np(*exited_->signal)) {
    outcome.signal = "SIG" + std::string(::sigabbrev_np(*exited_->signal));
    outcome.exit_source = "signal";
  }
  const std::string directory = result.cwd ? *result.cwd : cwd();
  if (!directory.empty()) outcome.cwd = directory;
  if (result.started) {
    read_output(outcome, result.output_begin, result.output_end);
  } else if (result.status == exec::ExecStatus::completed) {
    // Nothing ran (a comment, a syntax error): what the shell said stands after the echo of what was typed.
    const std::string raw = pty_.ring.copy(result.output_begin, result.output_end);
    outcome.output = digest::command_output(std::string_view(raw).substr(exec::echo_end(raw)), terminal_->size().cols);
  }
  outcome.size = size();
  if (result.status != exec::ExecStatus::completed) {
    outcome.reason = outcome.status;
    if (!result.started && result.status == exec::ExecStatus::idle) {
      outcome.output = digest::shown_text(output(typed_size).bytes, terminal_->size().cols, terminal_->size().rows);
    }
    describe_foreground(outcome);
  }
  return outcome;
}

void Session::read_output(ExecOutcome& outcome, std::uint64_t begin, std::uint64_t end) const {
  const auto& ring = pty_.ring;
  const int cols = terminal_->size().cols;
  const int rows = terminal_->size().rows;
  outcome.total_bytes = end - begin;
  const std::uint64_t kept = std::max<std::uint64_t>(begin, ring.oldest());
  if (kept > begin) {
    outcome.truncated = true;
    outcome.omitted_bytes += kept - begin;
    begin = std::min(kept, end);
  }
  if (end - begin <= kOutputLimit) {
    outcome.output = digest::command_output(ring.copy(begin, end), cols, rows);
    return;
  }
  constexpr std::uint64_t kHalf = kOutputLimit / 2;
  const std::uint64_t omitted = end - begin - kOutputLimit;
  outcome.truncated = true;
  outcome.omitted_bytes += omitted;
  outcome.output = digest::command_output(ring.copy(begin, begin + kHalf), cols, rows) + "\n[" +
                   std::to_string(omitted) + " bytes left out]\n" +
                   digest::command_output(ring.copy(end - kHalf, end), cols, rows);
}

void Session::describe_foreground(ExecOutcome& outcome) const {
  if (!alive() || !pty_.master) return;
  const auto process = pty::foreground_process(pty_.master.get());
  if (!process) return;
  outcome.foreground = process->comm;
  const bool echo = pty::echo_on(pty_.master.get());
  const bool line_mode = pty::canonical(pty_.master.get());
  // The shell itself reads for a command only while one runs (the builtin `read`); else it is at its prompt.
  const auto reader = pty::terminal_reader(pty_.master.get());
  const bool reads = reader && (reader->pid != pty_.pid || shell_->tracker.phase() == exec::ShellPhase::running);
  if (!terminal_->alternate_screen() && !reads) return;
  ExecOutcome::Awaiting awaiting;
  awaiting.kind = terminal_->alternate_screen() ? "tui" : !echo && line_mode ? "password" : "line";
  awaiting.echo = echo;
  const auto row = terminal_->cursor().row;
  awaiting.prompt_text = terminal_->line(row).text;
  outcome.awaiting = std::move(awaiting);
  if (outcome.status == "timeout") outcome.status = "awaiting_input";
}

core::Task<base::Result<Waited>> Session::wait(WaitFor what) {
  touch();
  const auto began = std::chrono::steady_clock::now();
  const auto deadline = began + what.max_wait;
  const DisplayOffset since = what.since.value_or(size());
  const std::uint64_t start_generation = what.last_generation.value_or(generation_);
  std::optional<digest::Pattern> pattern;
  if (what.pattern) {
    auto compiled = digest::Pattern::compile(*what.pattern);
    if (!compiled) co_return base::Error(compiled.error().code(), compiled.error().message(), "pattern");
    pattern = std::move(*compiled);
  }
  Waited out;
  digest::PlainText plain;
  DisplayOffset scanned = std::max(since, oldest());
  std::string line;  // text since the last newline
  const auto finish = [&](const char* reason) {
    out.reason = reason;
    out.generation = generation_;
    const auto range = output(since);
    out.begin = range.begin;
    out.offset = range.end;
    out.text = digest::shown_text(range.bytes, terminal_->size().cols, terminal_->size().rows);
    out.alive = alive();
    if (out.reason == "prompt") out.exit_code = shell_->tracker.last_exit_code();
    if (exited_) out.exit_code = exited_->code;
  };
  while (true) {
    if (pattern && size() > scanned) {
      std::string fresh = std::move(line);
      const auto range = output(scanned);
      plain.feed(range.bytes, fresh);
      scanned = range.end;
      for (const auto piece : base::split(fresh, '\n')) {
        if (!out.match && pattern->matches(piece)) out.match = std::string(piece);
      }
      line = fresh.substr(fresh.rfind('\n') == std::string::npos ? 0 : fresh.rfind('\n') + 1);
      if (line.size() > 64 * 1024) line.erase(0, line.size() - 64 * 1024);
      if (out.match) {
        finish("pattern");
        co_return out;
      }
    }
    const auto now = std::chrono::steady_clock::now();
    auto until = deadline;
    if (!alive()) {
      finish(what.exit || !what.need_output ? "exit" : size() > since ? "idle" : "no_output");
      co_return out;
    }
    if (what.prompt && shell_->tracker.at_prompt() && !line_entered_) {
      finish("prompt");
      co_return out;
    }
    if (what.idle) {
      const bool moved = what.need_output ? size() > since : !what.last_generation || generation_ != start_generation;
      const auto quiet_at = std::max(began, last_output_) + *what.idle;
      if (moved && now >= quiet_at) {
        finish("idle");
        co_return out;
      }
      if (moved) until = std::min(until, quiet_at);
    }
    if (now >= deadline) {
      finish(what.need_output && size() == since ? "no_output" : "timeout");
      co_return out;
    }
    co_await changed_.wait_until(until);
  }
}

}  // namespace duotty::session
