#pragma once
// One exec on one terminal as a state machine: events in, actions out, no clock of its own. The owner writes the
// composed input, feeds marks and facts, performs next_action() until it is empty, and reads result() once finished().
#include <chrono>
#include <cstdint>
#include <duotty/exec/compose.hpp>
#include <duotty/exec/marks.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::exec {

/// Monotonic time.
using RunTime = std::chrono::steady_clock::time_point;

/// How an exec ended.
enum class ExecStatus : std::uint8_t {
  completed,     ///< a mark with our nonce reported the end
  running,       ///< handed to the background: the command goes on
  incomplete,    ///< the shell wanted more input (an open quote, a missing `done`); it was interrupted
  shell_exited,  ///< the shell ended
  timeout,       ///< the deadline passed; the command goes on unless it has an exit code
  not_started,   ///< the shell is at a prompt again and has not run what was typed: the line was lost or changed
  idle,          ///< a shell that cannot report: its output has been quiet; whether the command ended is unknown
};

/// Where an exit code comes from.
enum class ExitSource : std::uint8_t { none, mark, wait };

/// Who is the terminal's foreground process group.
enum class Foreground : std::uint8_t { unknown, shell, program };

/// What happens to a command that runs at the deadline.
enum class AtDeadline : std::uint8_t {
  leave,      ///< it goes on
  interrupt,  ///< Ctrl-C, and a moment to end by it
  kill,       ///< Ctrl-C, then SIGKILL for what does not end by it
};

struct ExecOptions {
  Completion completion = Completion::none;
  std::string token;                ///< Composed::token
  std::string line;                 ///< what was typed, when the shell's own words for it must be these; or empty
  bool prompt_follows = false;      ///< Composed::prompt_follows: finish only when the prompt is back
  std::optional<RunTime> deadline;  ///< then `timeout`
  AtDeadline at_deadline = AtDeadline::leave;
  std::optional<RunTime> background_after;  ///< then `running`, if the command has started
  std::chrono::milliseconds idle{600};      ///< quiet time for `idle`, only with Completion::none
};

struct ExecResult {
  ExecStatus status = ExecStatus::completed;
  std::optional<int> exit_code;  ///< absent unless a mark (or wait(2), after shell_exited) said it
  ExitSource exit_source = ExitSource::none;
  bool started = false;            ///< a start mark came; if not, the range holds the echo too: see echo_end()
  bool line_changed = false;       ///< `not_started`, because the shell runs other words than those that were typed
  std::uint64_t output_begin = 0;  ///< source offsets of the output so far, [begin, end); marks may stand inside
  std::uint64_t output_end = 0;
  std::optional<std::string> cwd;  ///< the shell's directory afterwards, when it said
};

/// What the owner must do now.
enum class ExecAction : std::uint8_t {
  none,
  interrupt,  ///< write Ctrl-C (0x03) to the PTY: drop the incomplete input. Asked again if the shell does not react
  stop,       ///< the same at the deadline: to the command
  kill,       ///< SIGKILL to the foreground program, Ctrl-C when that is the shell. Asked again while something runs
};

class ExecRun {
 public:
  explicit ExecRun(ExecOptions options);

  /// The input was written; `offset`: source offset at that time. Earlier marks do not count.
  void on_typed(std::uint64_t offset, RunTime now);
  /// Any mark of the terminal, in order.
  void on_mark(const Mark& mark, RunTime now);
  /// Output came; `offset`: source offset after it. Needed for the range of an unfinished command and for idle.
  void on_output(std::uint64_t offset, RunTime now);
  void on_foreground(Foreground foreground, RunTime now);
  /// The shell process ended; `offset`: source offset after its last byte.
  void on_exit(std::uint64_t offset, std::optional<int> code, RunTime now);
  /// True when an end was reported and the prompt that should follow it is late: on_tick() will call it the end.
  bool about_to_settle(RunTime now) const noexcept;
  /// Something works in the foreground: the prompt, or the next of several commands in one line, is on its way.
  void keep_settling(RunTime now);
  /// True when a prompt came after what was typed, but no start mark did. It may still be on its way.
  bool may_be_lost() const noexcept { return phase_ == Phase::typed && prompt_seen_; }
  /// The shell has dealt with all of its input, and we with what came of it: what was typed did not start.
  void on_settled();
  /// Time has reached next_wake().
  void on_tick(RunTime now);

  /// When to call on_tick next, if nothing else happens; empty when finished or when nothing is timed.
  std::optional<RunTime> next_wake() const;
  /// The next thing to do; `none` when there is nothing. Each action is handed out once.
  ExecAction next_action();
  bool finished() const noexcept { return finished_; }
  /// False when on_foreground() would change nothing.
  bool watches_foreground() const noexcept { return options_.completion != Completion::shell_marks; }
  /// Valid once finished(); before, the state so far with status `running`.
  const ExecResult& result() const noexcept { return result_; }

 private:
  enum class Phase : std::uint8_t { created, typed, started, ended, cancelling };
  void on_shell_mark(const Mark& mark, RunTime now);
  void on_script_mark(const Mark& mark, RunTime now);
  void on_end(const Mark& mark, RunTime now);
  void interrupt(RunTime now);
  bool may_interrupt_again() const;
  void expire(RunTime now);
  void press(RunTime now);
  bool may_go_idle() const;
  void finish(ExecStatus status);

  ExecOptions options_;
  ExecResult result_;
  std::uint64_t typed_at_ = 0;
  std::uint64_t seen_ = 0;
  std::optional<std::uint64_t> output_end_;  ///< where an `O` stood
  RunTime quiet_since_{};
  RunTime settle_at_{};  ///< when to stop waiting for the prompt after an end, or to interrupt again
  RunTime press_at_{};   ///< after the deadline: when to act next
  RunTime give_up_at_{};
  int interrupts_ = 0;
  ExecAction action_ = ExecAction::none;
  Foreground foreground_ = Foreground::unknown;
  Phase phase_ = Phase::created;
  bool output_seen_ = false;
  bool prompt_seen_ = false;  ///< a prompt's end came before any start mark
  bool cut_short_ = false;    ///< the shell reported the end of a line, the script in it did not report its own
  bool expired_ = false;      ///< the deadline has passed, and something is done about the command
  bool cancelled_ = false;    ///< the end mark after our Ctrl-C came
  bool finished_ = false;
  RunTime patient_until_{};  ///< longest wait for the prompt that should follow an end
};

/// Where output begins in the bytes that followed typed input that never started a command (ExecResult::started false:
/// a comment, or a syntax error with its message): after the line editor has switched bracketed paste off, else at the
/// end, since what is there may all be echo.
std::size_t echo_end(std::string_view raw) noexcept;

}  // namespace duotty::exec
