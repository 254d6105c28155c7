// What an exec answers: its output, how it ended, and what stands in its way or keeps it from ending.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/exec/nested.hpp>
#include <duotty/pty/tty.hpp>
#include <duotty/session/session.hpp>

#include "exec_report.hpp"
#include "shell.hpp"

namespace duotty::session {
namespace {

/// Longest output of one exec that is returned whole; of a longer one the middle is left out.
constexpr std::uint64_t kOutputLimit = 8 * 1024 * 1024;
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
    case exec::ExecStatus::not_started:
      return "not_started";
    case exec::ExecStatus::idle:
      return "idle";
  }
  return "timeout";
}

/// proc(5)'s letters as words.
std::string state_word(char letter) {
  switch (letter) {
    case 'R':
      return "running";
    case 'S':
    case 'I':
      return "sleeping";
    case 'D':
      return "disk";
    case 'T':
    case 't':
      return "stopped";
    case 'Z':
      return "zombie";
    default:
      return std::string(1, letter);
  }
}

/// Who started the command that runs, and when.
std::string origin_of(const CommandBlock& block) {
  const std::string by = block.by == "human" ? "a person" : block.by;
  const auto began = block.started_at.time_since_epoch().count();
  const auto seconds = std::max<std::int64_t>(0, (wall_now() - block.started_at).count() / 1000);
  const std::string text =
      block.command.empty() ? "A command" : "The command \"" + base::clean_line(block.command, 80) + "\"";
  return text + " was entered by " + by + " " + std::to_string(seconds) + " s ago (" + base::utc_time(began) + "). ";
}

/// A program in the foreground that is a shell, or shows one from elsewhere, and waits at its prompt.
bool shows_prompt(const term::Terminal& terminal, int master, const std::vector<std::string>& argv) {
  const exec::Nested kind = exec::nested_in(argv);
  if (kind == exec::Nested::none || terminal.alternate_screen()) return false;
  if (kind == exec::Nested::shell) return pty::waits_for_input(master);
  // What it shows has a terminal of its own, and all that is seen of that is the screen.
  const auto cursor = terminal.cursor();
  return !pty::canonical(master) && !pty::echo_on(master) &&
         exec::ends_as_prompts_do(terminal.row_text(cursor.row, 0, cursor.col));
}

/// A program in the foreground whose line editor waits for keys: it polls the terminal and reads only what is there.
bool edits_line(const term::Terminal& terminal, int master, const std::vector<std::string>& argv) {
  if (exec::nested_in(argv) != exec::Nested::none || pty::canonical(master) || pty::echo_on(master)) return false;
  const auto cursor = terminal.cursor();
  const bool behind_text = !base::trim(terminal.row_text(cursor.row, 0, cursor.col)).empty();
  return behind_text && terminal.modes().cursor_visible && pty::waits_for_input(master);
}

/// The output of a command, as much of it as the ring still has and an answer takes.
void take_output(ExecReport& report, const pty::Ring& ring, std::uint64_t begin, std::uint64_t end) {
  ExecOutcome& outcome = report.outcome;
  outcome.total_bytes = end - begin;
  const std::uint64_t kept = std::max<std::uint64_t>(begin, ring.oldest());
  if (kept > begin) {
    outcome.truncated = true;
    outcome.omitted_bytes += kept - begin;
    begin = std::min(kept, end);
  }
  if (end - begin <= kOutputLimit) {
    report.printed.head = ring.copy(begin, end);
    return;
  }
  constexpr std::uint64_t kHalf = kOutputLimit / 2;
  report.printed.between = end - begin - kOutputLimit;
  outcome.truncated = true;
  outcome.omitted_bytes += report.printed.between;
  report.printed.head = ring.copy(begin, begin + kHalf);
  report.printed.tail = ring.copy(end - kHalf, end);
}

base::Error nested_error(const std::string& id, const ExecOutcome::Process& process) {
  return {base::Errc::busy,
          "Terminal \"" + id + "\" is inside \"" + process.name + "\" (pid " + std::to_string(process.pid) +
              "), which has a prompt of its own and does not tell when a command ends or with what code: nothing was "
              "typed. Type into it with terminal.input and `wait`, leave it by its `exit`, or run this command outside "
              "of it (terminal.exec with isolated, or another terminal)."};
}

}  // namespace

base::Error Session::busy_error() const {
  ExecOutcome outcome;
  describe_foreground(outcome);
  if (outcome.process && outcome.process->nested) return nested_error(meta_.id, *outcome.process);
  std::string program = "another command";
  if (const auto& process = outcome.process) {
    program = "\"" + process->name + "\" (pid " + std::to_string(process->pid) + ", " + process->state;
    if (outcome.awaiting) program += ", waiting for input: " + outcome.awaiting->kind;
    program += ")";
  }
  const CommandBlock* running = shell_->blocks.running();
  return {base::Errc::busy, "Terminal \"" + meta_.id + "\" is busy: " + program + " is running in it. " +
                                (running ? origin_of(*running) : std::string()) +
                                "Wait for it (terminal.wait with prompt, or terminal.exec with queue), press keys with "
                                "terminal.input, or run "
                                "this command elsewhere (terminal.exec with isolated, or another terminal)."};
}

ExecOutcome Session::not_run(const char* status, const char* reason) const {
  ExecOutcome outcome;
  outcome.status = status;
  outcome.reason = reason;
  outcome.size = size();
  outcome.alive = alive();
  if (outcome.status == "not_started") describe_foreground(outcome);
  if (outcome.reason == "busy" && outcome.process && outcome.process->nested) outcome.reason = "nested";
  return outcome;
}

std::string Printed::text() const {
  const auto fold = [this](const std::string& raw) {
    return as == As::shown_text ? digest::shown_text(raw, size.cols, size.rows)
                                : digest::command_output(raw, size.cols, size.rows);
  };
  if (between == 0) return fold(head);
  return fold(head) + "\n[" + std::to_string(between) + " bytes left out]\n" + fold(tail);
}

core::Task<ExecOutcome> Session::folded(ExecReport report) const {
  const std::size_t bytes = report.printed.bytes();
  auto work = [printed = std::move(report.printed)] { return printed.text(); };
  ExecOutcome outcome = std::move(report.outcome);
  outcome.output = co_await folds_.run_if_long(bytes, std::move(work));
  co_return outcome;
}

core::Task<ExecOutcome> Session::exec_state(const ExecLive& live) const {
  if (!live.typed || !shell_->run) co_return not_run("not_started", "queued");
  const std::uint64_t seq = live.seq;
  ExecOutcome outcome = co_await folded(report_of(shell_->run->result(), size()));
  outcome.seq = seq;
  co_return outcome;
}

ExecReport Session::report_of(const exec::ExecResult& result, DisplayOffset typed_size) const {
  ExecReport report;
  ExecOutcome& outcome = report.outcome;
  report.printed.size = terminal_->size();
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
    take_output(report, pty_.ring, result.output_begin, result.output_end);
  } else if (result.status == exec::ExecStatus::completed) {
    // Nothing ran (a comment, a syntax error): what the shell said stands after the echo of what was typed.
    std::string raw = pty_.ring.copy(result.output_begin, result.output_end);
    raw.erase(0, exec::echo_end(raw));
    report.printed.head = std::move(raw);
  }
  outcome.size = size();
  if (result.status != exec::ExecStatus::completed) {
    outcome.reason = result.line_changed                              ? "line_changed"
                     : result.status == exec::ExecStatus::not_started ? "line_lost"
                                                                      : outcome.status;
    if (result.exit_code && result.status == exec::ExecStatus::timeout) return report;  // it was stopped
    if (!result.started &&
        (result.status == exec::ExecStatus::idle || result.status == exec::ExecStatus::not_started)) {
      report.printed.as = Printed::As::shown_text;
      report.printed.head = output(typed_size).bytes;
    }
    describe_foreground(outcome);
  }
  return report;
}

void Session::describe_foreground(ExecOutcome& outcome) const {
  if (!alive() || !pty_.master) return;
  if (remote()) {
    // Only the screen tells of the program there.
    if (!terminal_->alternate_screen()) return;
    outcome.awaiting = ExecOutcome::Awaiting{"tui", terminal_->line(terminal_->cursor().row).text, false};
    if (outcome.status == "timeout" || outcome.status == "running") outcome.status = "awaiting_input";
    return;
  }
  const auto process = pty::foreground_process(pty_.master.get());
  if (!process) return;
  outcome.foreground = process->comm;
  outcome.process = ExecOutcome::Process{process->pid, process->comm, state_word(process->state), false, false};
  const bool echo = pty::echo_on(pty_.master.get());
  const bool line_mode = pty::canonical(pty_.master.get());
  // The shell itself reads for a command only while one runs (the builtin `read`); else it is at its prompt.
  const auto reader = pty::terminal_reader(pty_.master.get());
  const bool edits = process->pid != pty_.pid && edits_line(*terminal_, pty_.master.get(), process->argv);
  const bool reads =
      edits || (reader && (reader->pid != pty_.pid || shell_->tracker.phase() == exec::ShellPhase::running));
  outcome.process->reads = reads;
  outcome.process->nested = process->pid != pty_.pid && shows_prompt(*terminal_, pty_.master.get(), process->argv);
  // A program that takes key by key and hides the cursor has the screen for itself, if not another one: top.
  const bool full_screen = terminal_->alternate_screen() ||
                           (!shell_is_foreground() && !line_mode && !echo && !terminal_->modes().cursor_visible);
  if (!full_screen && !reads && !outcome.process->nested) return;
  ExecOutcome::Awaiting awaiting;
  awaiting.kind = full_screen ? "tui" : !echo && line_mode ? "password" : "line";
  awaiting.echo = echo;
  const auto row = terminal_->cursor().row;
  awaiting.prompt_text = terminal_->line(row).text;
  outcome.awaiting = std::move(awaiting);
  if (outcome.status == "timeout" || outcome.status == "running") outcome.status = "awaiting_input";
}

}  // namespace duotty::session
