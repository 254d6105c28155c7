#include <algorithm>
#include <duotty/exec/run.hpp>

namespace duotty::exec {
namespace {

/// How long after an end mark to wait for the prompt that should follow it: a theme may have taken our part out of it.
constexpr std::chrono::milliseconds settle{500};
/// How often to look again while something works, and how long at most: a busy machine may be slow, but not for ever.
constexpr std::chrono::milliseconds settle_again{100};
constexpr std::chrono::seconds settle_at_most{10};
/// bash loses a Ctrl-C that comes between drawing a prompt and reading from it, until the next key; so it is repeated.
constexpr std::chrono::milliseconds interrupt_again{250};
constexpr int max_interrupts = 8;
/// After the deadline: how long a command may take to end by Ctrl-C before it is killed, how often what runs then is
/// killed (each may be followed by the next of a list), and when to leave it alone.
constexpr std::chrono::milliseconds before_kill{500};
constexpr std::chrono::milliseconds kill_again{100};
constexpr std::chrono::seconds patience_after_interrupt{2};
constexpr std::chrono::seconds patience_after_kill{5};

/// True when `typed` begins with what the shell says that it runs: of several lines that is the first command. How each
/// of them writes blanks and continued lines does not count, nor the `|` that zsh puts behind a `>` for its history
/// (hist_allow_clobber).
bool begins_with(std::string_view typed, std::string_view said) {
  const auto counts = [](char c) { return std::string_view(" \t\r\n\\").find(c) == std::string_view::npos; };
  auto at = typed.begin();
  char last = 0;
  return std::all_of(said.begin(), said.end(), [&](char c) {
    if (!counts(c)) return true;
    at = std::find_if(at, typed.end(), counts);
    const bool same = at != typed.end() && *at == c;
    const bool clobbers = c == '|' && (last == '>' || last == '&');
    last = c;
    if (same) ++at;
    return same || clobbers;
  });
}

}  // namespace

ExecRun::ExecRun(ExecOptions options) : options_(std::move(options)) {
  result_.status = ExecStatus::running;
}

void ExecRun::finish(ExecStatus status) {
  // However a command ends that was stopped at the deadline, it did not end in time.
  result_.status = expired_ && status != ExecStatus::shell_exited ? ExecStatus::timeout : status;
  finished_ = true;
  phase_ = Phase::ended;
}

void ExecRun::on_typed(std::uint64_t offset, RunTime now) {
  if (phase_ != Phase::created) return;
  phase_ = Phase::typed;
  typed_at_ = offset;
  seen_ = std::max(seen_, offset);
  result_.output_begin = result_.output_end = offset;
  quiet_since_ = now;
}

void ExecRun::on_mark(const Mark& mark, RunTime now) {
  if (finished_ || phase_ == Phase::created || mark.begin < typed_at_) return;
  switch (options_.completion) {
    case Completion::shell_marks:
      on_shell_mark(mark, now);
      break;
    case Completion::script_marks:
      on_script_mark(mark, now);
      break;
    case Completion::none:
      break;
  }
}

void ExecRun::on_end(const Mark& mark, RunTime now) {
  result_.exit_code = mark.code;
  result_.exit_source = mark.code ? ExitSource::mark : ExitSource::none;
  if (mark.cwd) result_.cwd = mark.cwd;
  result_.output_end = output_end_.value_or(mark.begin);
  phase_ = Phase::ended;
  settle_at_ = now + settle;
  patient_until_ = now + settle_at_most;
}

bool ExecRun::about_to_settle(RunTime now) const noexcept {
  return !finished_ && phase_ == Phase::ended && now >= settle_at_ && now < patient_until_;
}

void ExecRun::keep_settling(RunTime now) {
  if (about_to_settle(now)) settle_at_ = std::min(now + settle_again, patient_until_);
}

void ExecRun::interrupt(RunTime now) {
  action_ = ExecAction::interrupt;
  ++interrupts_;
  settle_at_ = now + interrupt_again;
}

void ExecRun::expire(RunTime now) {
  expired_ = true;
  action_ = ExecAction::stop;
  const bool kills = options_.at_deadline == AtDeadline::kill;
  give_up_at_ = now + (kills ? patience_after_kill : patience_after_interrupt);
  press_at_ = kills ? now + before_kill : give_up_at_;
}

void ExecRun::press(RunTime now) {
  if (now >= give_up_at_) return finish(ExecStatus::timeout);
  if (now < press_at_ || phase_ == Phase::ended) return;
  action_ = ExecAction::kill;
  press_at_ = now + kill_again;
}

bool ExecRun::may_interrupt_again() const {
  return phase_ == Phase::cancelling && !cancelled_ && interrupts_ < max_interrupts;
}

void ExecRun::on_shell_mark(const Mark& mark, RunTime now) {
  if (phase_ == Phase::cancelling) {
    if (mark.kind == MarkKind::command_end && mark.cwd) result_.cwd = mark.cwd;
    if (mark.kind == MarkKind::command_end) cancelled_ = true;
    if (mark.kind == MarkKind::prompt_end && cancelled_) finish(ExecStatus::incomplete);
    return;
  }
  switch (mark.kind) {
    case MarkKind::command_start:
      if (!result_.started && !options_.line.empty() && mark.command && !begins_with(options_.line, *mark.command)) {
        result_.line_changed = true;
        return finish(ExecStatus::not_started);
      }
      if (!result_.started) result_.output_begin = mark.end;
      result_.started = true;
      result_.output_end = mark.end;
      output_end_.reset();
      result_.exit_code.reset();
      result_.exit_source = ExitSource::none;
      phase_ = Phase::started;
      break;
    case MarkKind::output_end:
      output_end_ = mark.begin;
      break;
    case MarkKind::command_end:
      on_end(mark, now);
      break;
    case MarkKind::prompt_start:
      // The hook that reports the end is gone; a prompt that is only drawn again has no `O` before it.
      if (mark.code && (phase_ == Phase::started || (phase_ == Phase::typed && output_end_))) on_end(mark, now);
      break;
    case MarkKind::prompt_end:
      if (phase_ == Phase::ended) finish(ExecStatus::completed);
      break;
    case MarkKind::continuation:
      if (phase_ == Phase::started) break;
      result_.exit_code.reset();
      result_.exit_source = ExitSource::none;
      phase_ = Phase::cancelling;
      interrupt(now);
      break;
    case MarkKind::installed:
      if (!mark.shell.empty()) break;
      if (phase_ == Phase::ended) return finish(ExecStatus::completed);
      // The hooks are gone: nothing will report the end.
      options_.completion = Completion::none;
      quiet_since_ = now;
      break;
    default:
      break;
  }
}

void ExecRun::on_script_mark(const Mark& mark, RunTime now) {
  if (mark.kind == MarkKind::exec_start && mark.id == options_.token && phase_ == Phase::typed) {
    result_.started = true;
    result_.output_begin = result_.output_end = mark.end;
    phase_ = Phase::started;
  } else if (mark.kind == MarkKind::exec_end && mark.id == options_.token && phase_ == Phase::started) {
    on_end(mark, now);
    if (!options_.prompt_follows) finish(ExecStatus::completed);
  } else if (options_.prompt_follows && mark.kind == MarkKind::command_end && phase_ == Phase::started) {
    on_end(mark, now);  // the script was cut short, as by Ctrl-C or `exit`
    cut_short_ = true;
  } else if (options_.prompt_follows && mark.kind == MarkKind::prompt_end) {
    if (phase_ == Phase::ended) return finish(ExecStatus::completed);
    prompt_seen_ = phase_ == Phase::typed;
  }
}

void ExecRun::on_settled() {
  if (may_be_lost()) finish(ExecStatus::not_started);
}

void ExecRun::on_output(std::uint64_t offset, RunTime now) {
  if (finished_ || phase_ == Phase::created || offset <= seen_) return;
  seen_ = offset;
  quiet_since_ = now;
  output_seen_ = true;
  // Behind an `O` the shell draws; the end itself is told a moment later.
  if (phase_ == Phase::started || options_.completion == Completion::none)
    result_.output_end = output_end_.value_or(offset);
}

void ExecRun::on_foreground(Foreground foreground, RunTime now) {
  if (foreground_ == Foreground::program && foreground != foreground_) quiet_since_ = std::max(quiet_since_, now);
  foreground_ = foreground;
}

void ExecRun::on_exit(std::uint64_t offset, std::optional<int> code, RunTime) {
  if (finished_ || phase_ == Phase::created) return;
  if (phase_ == Phase::ended && !cut_short_) return finish(ExecStatus::completed);
  if (phase_ != Phase::ended && (result_.started || options_.completion == Completion::none))
    result_.output_end = std::max(offset, seen_);
  result_.exit_code = code;
  result_.exit_source = code ? ExitSource::wait : ExitSource::none;
  finish(ExecStatus::shell_exited);
}

bool ExecRun::may_go_idle() const {
  return options_.completion == Completion::none && output_seen_ && foreground_ != Foreground::program;
}

void ExecRun::on_tick(RunTime now) {
  if (finished_ || phase_ == Phase::created) return;
  if (phase_ == Phase::ended && now >= settle_at_) return finish(ExecStatus::completed);
  if (may_interrupt_again() && now >= settle_at_) interrupt(now);
  if (may_go_idle() && now >= quiet_since_ + options_.idle) return finish(ExecStatus::idle);
  if (expired_) return press(now);
  // An end at the deadline waits for its prompt like any other: the next of several commands may follow it.
  if (options_.deadline && now >= *options_.deadline && phase_ != Phase::ended) {
    if (phase_ == Phase::cancelling) return finish(ExecStatus::incomplete);
    if (options_.at_deadline == AtDeadline::leave) return finish(ExecStatus::timeout);
    return expire(now);
  }
  if (options_.background_after && phase_ == Phase::started && now >= *options_.background_after)
    finish(ExecStatus::running);
}

std::optional<RunTime> ExecRun::next_wake() const {
  if (finished_ || phase_ == Phase::created) return std::nullopt;
  if (phase_ == Phase::ended && !expired_) return settle_at_;
  std::optional<RunTime> wake = expired_ ? std::min(press_at_, give_up_at_) : options_.deadline;
  const auto consider = [&wake](RunTime at) { wake = wake ? std::min(*wake, at) : at; };
  if (phase_ == Phase::ended || may_interrupt_again()) consider(settle_at_);
  if (may_go_idle()) consider(quiet_since_ + options_.idle);
  if (options_.background_after && phase_ == Phase::started) consider(*options_.background_after);
  return wake;
}

ExecAction ExecRun::next_action() {
  const ExecAction action = action_;
  action_ = ExecAction::none;
  return action;
}

std::size_t echo_end(std::string_view raw) noexcept {
  static constexpr std::string_view paste_off = "\x1b[?2004l";
  const auto at = raw.rfind(paste_off);
  if (at == std::string_view::npos) return raw.size();
  std::size_t end = at + paste_off.size();
  if (end < raw.size() && raw[end] == '\r') ++end;
  // zsh goes to the next row only now.
  if (raw.substr(end).starts_with("\r\n")) end += 2;
  return end;
}

}  // namespace duotty::exec
