// Running one command in the shell, and waiting for things to happen.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/digest/line_matcher.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/exec/compose.hpp>
#include <duotty/pty/tty.hpp>
#include <duotty/session/session.hpp>

#include "exec_report.hpp"
#include "shell.hpp"

namespace duotty::session {
namespace {

/// How long an exec waits for a shell that is running something else before it answers `busy`.
constexpr auto kBusyGrace = std::chrono::seconds(1);
/// The same for one whose last command has ended and that is drawing its prompt: nothing runs that could be reported.
constexpr auto kPromptGrace = std::chrono::seconds(10);
/// How long a new shell may take to say that its integration is installed before it is treated as a plain one.
constexpr auto kIntegrationGrace = std::chrono::seconds(10);
/// How long a shell whose prompt is drawn may take to say that it reads a line: a widget may have taken its word.
constexpr auto kLineGrace = std::chrono::milliseconds(200);
/// How long a line editor waits for the rest of a key after an Escape (busybox 50 ms, zsh 400).
constexpr auto kEscapeGrace = std::chrono::milliseconds(450);
/// How often in a row nothing may be seen to work before a prompt that is missing is not waited for any longer: a busy
/// shell sleeps for a moment too.
constexpr int kQuietLooks = 3;
/// How often in a row a shell must seem to have dealt with its input, since output on its way is unseen for a moment;
/// and when to look again.
constexpr int kSettledLooks = 2;
constexpr auto kSettledLook = std::chrono::milliseconds(2);
constexpr auto kLateLook = std::chrono::milliseconds(20);  ///< beyond kBusyGrace
/// Places in the queue of execs.
constexpr int kWaitedFor = 0;
constexpr int kBackground = 1;
constexpr auto kQuiet = std::chrono::milliseconds(250);
/// A shell on another host seems to have dealt with its input when it has been quiet for so long: longer than most
/// round trips.
constexpr auto kRemoteQuiet = std::chrono::milliseconds(300);

base::Result<> write_file(const exec::FileToWrite& file) {
  const base::UniqueFd fd(::open(file.path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file.mode));
  std::string_view rest = file.content;
  while (fd && !rest.empty()) {
    const auto n = ::write(fd.get(), rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  // Cut at the end, not emptied at the beginning: ext4 sends a file that was emptied to the disk when it is closed.
  struct stat now {};
  const auto size = static_cast<off_t>(file.content.size());
  const bool longer = fd && ::fstat(fd.get(), &now) == 0 && now.st_size > size;
  if (fd && rest.empty() && (!longer || ::ftruncate(fd.get(), size) == 0)) return {};
  return base::Error(base::Errc::io,
                     "Could not write the script of the command: " + std::string(std::strerror(errno)) + ".");
}

exec::InterruptWatch::Program program_of(base::Result<pty::ProcessInfo> process) {
  if (!process) return {};
  return {process->pid, std::move(process->argv)};
}

base::Error gone(const std::string& id) {
  return {base::Errc::gone,
          "The program in terminal \"" + id + "\" has ended. Create another with POST /api/agent/terminals."};
}

base::Error unfinished_line(const std::string& id) {
  return {base::Errc::busy,
          "There is unfinished text on the input line of terminal \"" + id + "\". Press Enter or ctrl+c there first."};
}

}  // namespace

/// What must be undone however an exec ends: its place in the queue, the hook in the shell, its script files.
class Session::ExecTurn {
 public:
  ExecTurn(Session& session, const ExecCommand& command)
      : session_(session), command_(command), place_(session.exec_queue_.insert(session.exec_queue_.end(), 0)) {}
  ExecTurn(const ExecTurn&) = delete;
  ExecTurn& operator=(const ExecTurn&) = delete;
  ~ExecTurn() {
    if (hooked_) session_.shell_->run = nullptr;
    for (const auto& path : files_) ::unlink(path.c_str());
    session_.exec_queue_.erase(place_);
    session_.changed_.notify();
  }
  /// Suspends while other execs come first.
  core::Task<base::Result<>> wait(time_point deadline) const;
  /// Until when something else in the terminal is waited for.
  time_point patience(time_point began, time_point deadline) const {
    const bool long_one = command_.queue == ExecCommand::Queue::anybody;
    return long_one ? deadline : std::min(deadline, began + kBusyGrace);
  }
  void act(exec::ExecAction action) const;
  /// Tells who looks how far it is.
  void tell() const {
    if (!command_.live) return;
    const int standing = command_.live->background ? kBackground : kWaitedFor;
    if (std::exchange(*place_, standing) != standing) session_.changed_.notify();
    if (!hooked_) return;
    const bool typed = std::exchange(command_.live->typed, true);
    const bool named = std::exchange(command_.live->seq, session_.shell_->run_seq) == session_.shell_->run_seq;
    if ((!typed || !named) && command_.live->on_news) command_.live->on_news();
  }
  void hook(exec::ExecRun& run) {
    session_.shell_->run = &run;
    session_.shell_->run_seq = 0;
    hooked_ = true;
    tell();
  }
  void add_file(std::string path) { files_.push_back(std::move(path)); }

 private:
  bool first() const { return place_ == session_.exec_queue_.begin(); }
  bool behind_background() const {
    for (auto it = session_.exec_queue_.begin(); it != place_; ++it) {
      if (*it == kBackground) return true;
    }
    return false;
  }

  Session& session_;
  const ExecCommand& command_;
  std::list<int>::iterator place_;
  std::vector<std::string> files_;
  bool hooked_ = false;
};

core::Task<base::Result<>> Session::ExecTurn::wait(time_point deadline) const {
  const auto grace = std::min(deadline, std::chrono::steady_clock::now() + kBusyGrace);
  while (!first()) {
    const bool waits_for_execs = command_.queue == ExecCommand::Queue::execs && !behind_background();
    const bool patient = waits_for_execs || command_.queue == ExecCommand::Queue::anybody;
    const auto until = patient ? deadline : grace;
    if (std::chrono::steady_clock::now() >= until) co_return session_.busy_error();
    co_await session_.changed_.wait_until(until);
  }
  co_return base::Result<>();
}

void Session::ExecTurn::act(exec::ExecAction action) const {
  if (action == exec::ExecAction::none) return;
  if (action == exec::ExecAction::kill && !session_.shell_is_foreground()) {
    static_cast<void>(session_.signal(SIGKILL, pty::SignalTarget::foreground));
    return;
  }
  // The shell that runs the command itself is not killed for it.
  if (action != exec::ExecAction::interrupt) session_.watch_interrupt();
  static_cast<void>(session_.write("\x03", InputBy::agent));
}

/// True when the shell has dealt with all that was ever sent to it, and we with what came of it. A prompt alone does
/// not say so: lines that were typed ahead, or a Ctrl-C that is on its way, have marks of their own still to come, and
/// those would pass for the marks of the next command.
bool Session::has_settled() {
  // A line that something stands on is drawn anew at any time, and is empty for a moment then: each time anew.
  if (inputs_ == inputs_taken_ && !shell_->line_touched) return true;
  // In this order: a shell that waits has printed all it had to say.
  bool quiet = input_.empty() && pty::waits_for_input(pty_.master.get()) && !shell_->is_behind();
  if (remote())
    quiet = quiet && std::max(shell_->last_input, last_output_) + kRemoteQuiet <= std::chrono::steady_clock::now();
  if (shell_->escaped) quiet = quiet && shell_->last_input + kEscapeGrace <= std::chrono::steady_clock::now();
  settled_looks_ = quiet ? settled_looks_ + 1 : 0;
  if (settled_looks_ < kSettledLooks) return false;
  settled_looks_ = 0;
  inputs_taken_ = inputs_;
  return true;
}

core::Task<base::Result<>> Session::until_ready(const ExecTurn& turn, time_point deadline) {
  const auto began = std::chrono::steady_clock::now();
  const auto grace = std::min(deadline, began + kBusyGrace);
  const auto patience = turn.patience(began, deadline);
  while (alive()) {
    const auto now = std::chrono::steady_clock::now();
    auto& tracker = shell_->tracker;
    auto until = deadline;
    if (tracker.integrated() && tracker.prompts() == 0) {
      until = deadline;  // its own start-up files are still running
    } else if (tracker.integrated()) {
      if (tracker.at_prompt() && !tracker.line_begun() && now < std::min(deadline, last_output_ + kLineGrace)) {
        until = std::min(deadline, last_output_ + kLineGrace);
      } else if (tracker.at_prompt() && !line_entered_) {
        const auto input = shell_->input_position();
        // A job in the background moves the cursor too; a line that nobody has typed on is empty all the same.
        const bool unfinished =
            input && shell_->line_touched && !terminal_->alternate_screen() && terminal_->cursor() != *input;
        if (!has_settled()) {
          // No command runs: a shell that is slow to take what was typed is not told as a busy one, nor one that still
          // draws before anybody has typed.
          const bool typed = shell_->last_input != std::chrono::steady_clock::time_point{};
          const auto grown = std::max(patience, std::min(deadline, began + kPromptGrace));
          const auto limit = unfinished && typed ? patience : grown;
          if (now >= limit) co_return unfinished ? unfinished_line(meta_.id) : busy_error();
          co_await changed_.wait_until(std::min(limit, now + (now < grace ? kSettledLook : kLateLook)));
          continue;
        }
        if (!unfinished) co_return base::Result<>();
        if (now >= patience) co_return unfinished_line(meta_.id);
        until = patience;
      } else {
        // A command that is just ending gets a moment; one that runs is reported.
        if (now >= grace && shell_->prompt_is_bare()) {
          shell_->lose_integration();
          continue;
        }
        const bool draws = tracker.phase() == exec::ShellPhase::running && tracker.current() == nullptr;
        const auto limit = draws ? std::max(patience, std::min(deadline, began + kPromptGrace)) : patience;
        if (now >= limit) co_return busy_error();
        until = now < grace ? grace : limit;
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
      if (!starting && now >= turn.patience(std::max(began, started_ + kBusyGrace), deadline)) {
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

core::Task<base::Result<ExecOutcome>> Session::exec(ExecCommand command, ExecProgress progress) {
  touch();
  while (!command.text.empty() && command.text.back() == '\n') command.text.pop_back();
  if (base::trim(command.text).empty()) co_return not_run("rejected", "empty_command");
  if (!alive()) co_return gone(meta_.id);
  const auto deadline = std::chrono::steady_clock::now() + command.timeout;
  ExecTurn turn(*this, command);
  const bool any = command.queue == ExecCommand::Queue::anybody;
  auto came = co_await turn.wait(deadline);
  if (!came && any) co_return not_run("not_started", "busy");
  if (!came) co_return came.error();
  auto person = co_await wait_for_person(turn.patience(std::chrono::steady_clock::now(), deadline));
  if (!person) co_return person.error();
  auto ready = co_await until_ready(turn, deadline);
  if (!ready) {
    if (ready.error().code() == base::Errc::timeout) co_return not_run("not_started", "timeout");
    if (any && ready.error().code() == base::Errc::busy) co_return not_run("not_started", "busy");
    co_return ready.error();
  }
  if (command.live && command.live->withdrawn)
    co_return base::Error(base::Errc::cancelled, "The command was taken back before it was typed.");
  if (command.allow && !command.allow(cwd())) co_return not_run("rejected", "destructive");
  auto composed = prepare(command, turn);
  if (!composed) co_return composed.error();
  exec::ExecOptions options;
  options.completion = composed->completion;
  options.token = composed->token;
  options.line = composed->line;
  options.prompt_follows = composed->prompt_follows;
  const bool acts = command.on_timeout != ExecCommand::OnTimeout::nothing;
  if (acts || !command.to_its_end) options.deadline = deadline;
  if (acts) {
    options.at_deadline =
        command.on_timeout == ExecCommand::OnTimeout::kill ? exec::AtDeadline::kill : exec::AtDeadline::interrupt;
  }
  exec::ExecRun run(options);
  turn.hook(run);
  last_command_ = command.text;
  interrupts_ = {};
  const auto typed = std::chrono::steady_clock::now();
  const DisplayOffset typed_size = size();
  run.on_typed(source_, typed);
  auto sent = write(composed->input, InputBy::agent, command.by);
  if (!sent) co_return sent.error();
  const auto own = inputs_;
  co_await follow(run, turn, progress);
  // Its own marks came, and the prompt after them: the shell has read what was typed for it.
  const bool told = run.result().status == exec::ExecStatus::completed && shell_->tracker.at_prompt();
  if (told && inputs_ == own) inputs_taken_ = own;
  ExecReport report = report_of(run.result(), typed_size);
  report.outcome.seq = shell_->run_seq;
  report.outcome.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - typed);
  touch();
  co_return co_await folded(std::move(report));
}

base::Result<exec::Composed> Session::prepare(const ExecCommand& command, ExecTurn& turn) {
  const exec::ShellState state{.profile = shell_->profile,
                               .integrated = shell_->tracker.integrated(),
                               .bracketed_paste = terminal_->modes().bracketed_paste,
                               .at_prompt = shell_->tracker.at_prompt(),
                               .pastes = shell_->tracker.pastes(),
                               .line = shell_->tracker.line(),
                               .files = !remote()};
  auto composed = exec::compose(
      {.command = command.text, .cwd = command.cwd, .env = command.env, .stdin_bytes = command.stdin_bytes}, state,
      meta_.nonce, base::make_id(), meta_.script_dir);
  if (!composed) return composed.error();
  // After an Escape the next key may be half of another, or a command of vi's: `i` begins to insert there. Elsewhere it is
  // inserted, and taken back.
  if (composed->prompt_follows && shell_->escaped && shell_->profile.name != "dash") {
    composed->input.insert(0, "i\x7f");
  }
  for (const auto& file : composed->files) {
    if (auto written = write_file(file); !written) return written.error();
    turn.add_file(file.path);
  }
  for (const auto& note : composed->notes) {
    if (!write_file(note)) break;
  }
  shell_->tracker.expect_command(command.text,
                                 composed->as_written ? exec::BlockText::from_shell : exec::BlockText::from_expected);
  return composed;
}

core::Task<> Session::follow(exec::ExecRun& run, const ExecTurn& turn, const ExecProgress& progress) {
  digest::PlainText live;
  std::uint64_t told = 0;
  int quiet_looks = 0;
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    run.on_output(source_, now);
    turn.tell();
    if (run.watches_foreground()) {
      run.on_foreground(shell_is_foreground() ? exec::Foreground::shell : exec::Foreground::program, now);
    }
    // On a machine under load the line editor, or a command behind the one that ended, may come late; or it has come,
    // and it is we who are late. In this order: a shell that waits has printed all it had to say.
    if (!run.result().exit_code) quiet_looks = 0;
    if (run.about_to_settle(now)) {
      const bool late = !shell_is_foreground() || pty::foreground_works(pty_.master.get()) || shell_->is_behind();
      quiet_looks = late ? 0 : quiet_looks + 1;
      if (quiet_looks < kQuietLooks) run.keep_settling(now);
    }
    // Lost keys, a Ctrl-C that met them, or text that they came behind: the shell has done something else with the
    // line.
    const bool may_be_lost = run.may_be_lost() && shell_->tracker.at_prompt() && !line_entered_;
    if (may_be_lost && has_settled()) run.on_settled();
    run.on_tick(now);
    turn.act(run.next_action());
    if (const auto check = interrupts_.next_wake();
        check && *check <= now && interrupts_.again(program_of(pty::foreground_process(pty_.master.get())), now)) {
      static_cast<void>(signal(SIGINT, pty::SignalTarget::foreground));
    }
    if (progress && run.result().started) {
      const std::uint64_t from = std::max(told, run.result().output_begin);
      const std::uint64_t to = run.result().output_end;  // behind it a shell draws its prompt
      if (to > from) {
        std::string text;
        live.feed(pty_.ring.copy(from, to), text);
        told = to;
        if (!text.empty()) progress(text, size());
      }
    }
    if (run.finished()) co_return;
    auto until = run.next_wake().value_or(now + std::chrono::hours(1));
    if (const auto check = interrupts_.next_wake()) until = std::min(until, *check);
    if (may_be_lost) until = std::min(until, now + kLateLook);
    co_await changed_.wait_until(until);
  }
}

void Session::watch_interrupt() {
  interrupts_.sent(program_of(pty::foreground_process(pty_.master.get())), program_of(pty::process_info(pty_.pid)),
                   std::chrono::steady_clock::now());
  changed_.notify();
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
  digest::LineMatcher lines;
  DisplayOffset scanned = std::max(since, oldest());
  const char* reason = nullptr;
  while (true) {
    if (pattern && size() > scanned) {
      const auto range = output(scanned);
      scanned = range.end;
      out.match = lines.first_match(range.bytes, *pattern);
      if (out.match) {
        reason = "pattern";
        break;
      }
    }
    const auto now = std::chrono::steady_clock::now();
    auto until = deadline;
    if (!alive()) {
      reason = what.exit || !what.need_output ? "exit" : size() > since ? "idle" : "no_output";
      break;
    }
    if (what.prompt && shell_->tracker.at_prompt() && !line_entered_) {
      if (has_settled()) {
        reason = "prompt";
        break;
      }
      until = std::min(until, now + kSettledLook);
    }
    if (what.idle) {
      const bool moved = what.need_output ? size() > since : !what.last_generation || generation_ != start_generation;
      const auto quiet_at = std::max(began, last_output_) + *what.idle;
      if (moved && now >= quiet_at) {
        reason = "idle";
        break;
      }
      if (moved) until = std::min(until, quiet_at);
    }
    if (now >= deadline) {
      reason = what.need_output && size() == since ? "no_output" : "timeout";
      break;
    }
    co_await changed_.wait_until(until);
  }
  out.reason = reason;
  out.generation = generation_;
  auto range = output(since);
  out.begin = range.begin;
  out.offset = range.end;
  out.alive = alive();
  if (out.reason == "prompt") out.exit_code = shell_->tracker.last_exit_code();
  if (exited_) out.exit_code = exited_->code;
  const std::size_t bytes = range.bytes.size();
  auto work = [raw = std::move(range.bytes), size = terminal_->size()] {
    return digest::shown_text(raw, size.cols, size.rows);
  };
  out.text = co_await folds_.run_if_long(bytes, std::move(work));
  co_return out;
}

}  // namespace duotty::session
