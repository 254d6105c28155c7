#include <duotty/exec/block_words.hpp>

#include "record_text.hpp"

namespace duotty::exec {

const char* word(BlockStatus status) noexcept {
  switch (status) {
    case BlockStatus::running:
      return "running";
    case BlockStatus::completed:
      return "completed";
    case BlockStatus::shell_exited:
      return "shell_exited";
    case BlockStatus::lost:
      return "lost";
  }
  return "lost";
}

void CommandTracker::set_phase(ShellPhase phase, TrackerUpdate& update) {
  if (phase_ == phase) return;
  phase_ = phase;
  update.phase_changed = true;
}

void CommandTracker::set_cwd(const Mark& mark, TrackerUpdate& update) {
  if (!mark.cwd || *mark.cwd == cwd_) return;
  cwd_ = *mark.cwd;
  update.cwd_changed = true;
}

void CommandTracker::start(const Mark& mark, WallTime now, TrackerUpdate& update) {
  if (current_) end(BlockStatus::lost, std::nullopt, mark.begin, now, update);
  Block block;
  block.seq = next_seq_++;
  block.command = mark.command.value_or("");
  if (has_expected_ && (!mark.command || expected_use_ == BlockText::from_expected)) block.command = expected_;
  has_expected_ = false;
  expected_.clear();
  block.cwd = cwd_;
  block.started_at = now;
  block.output_begin = mark.end;
  current_ = std::move(block);
  script_id_ = mark.kind == MarkKind::exec_start ? mark.id : std::string();
  continuation_ = false;
  output_end_ = 0;
  update.started = true;
  set_phase(ShellPhase::running, update);
}

void CommandTracker::end(BlockStatus status, std::optional<int> code, std::uint64_t offset, WallTime now,
                         TrackerUpdate& update) {
  current_->status = status;
  current_->exit_code = code;
  current_->ended_at = now;
  if (output_end_ > current_->output_begin && output_end_ < offset) offset = output_end_;
  output_end_ = 0;
  current_->output_end = offset < current_->output_begin ? current_->output_begin : offset;
  update.ended = std::move(current_);
  current_.reset();
  script_id_.clear();
}

void CommandTracker::draw_prompt(const Mark& mark, WallTime now, TrackerUpdate& update) {
  // A prompt while a command runs means that its end mark was lost; the shell surely reads input again.
  if (current_) end(BlockStatus::lost, std::nullopt, mark.begin, now, update);
  prompt_end_ = mark.end;
  line_ = mark.number;
  if (phase_ == ShellPhase::prompt && !continuation_) return;  // drawn again by the line editor
  continuation_ = false;
  has_expected_ = false;
  expected_.clear();
  ++prompts_;
  line_begun_ = !tells_line_;
  update.prompt_drawn = true;
  update.line_filled = mark.line_has_text;
  set_phase(ShellPhase::prompt, update);
}

void CommandTracker::end_line(const Mark& mark, WallTime now, TrackerUpdate& update) {
  if (mark.number != 0 && mark.number == number_) return;
  number_ = mark.number;
  if (current_) end(BlockStatus::completed, mark.code, mark.begin, now, update);
  last_exit_code_ = mark.code;
  continuation_ = false;
  set_cwd(mark, update);
  set_phase(ShellPhase::running, update);
}

TrackerUpdate CommandTracker::lose_integration(std::uint64_t offset, WallTime now) {
  Mark mark;
  mark.kind = MarkKind::installed;
  mark.version = shell_version_.empty() ? "none" : shell_version_;  // not every shell tells one
  mark.begin = offset;
  return on_mark(mark, now);
}

TrackerUpdate CommandTracker::on_mark(const Mark& mark, WallTime now) {
  TrackerUpdate update;
  switch (mark.kind) {
    case MarkKind::prompt_start:
      if (current_ && mark.code) {
        end(BlockStatus::completed, mark.code, mark.begin, now, update);
        last_exit_code_ = mark.code;
      }
      break;
    case MarkKind::output_end:
      if (current_) output_end_ = mark.begin;
      break;
    case MarkKind::prompt_end:
      draw_prompt(mark, now, update);
      break;
    case MarkKind::line_begun:
      if (!at_prompt()) break;
      line_begun_ = true;
      update.line_filled = mark.line_has_text;
      break;
    case MarkKind::continuation:
      if (current_) break;
      continuation_ = true;
      set_phase(ShellPhase::prompt, update);
      break;
    case MarkKind::command_start:
      start(mark, now, update);
      break;
    case MarkKind::command_end:
      end_line(mark, now, update);
      break;
    case MarkKind::exec_start:
      if (!current_ || !script_id_.empty()) start(mark, now, update);
      break;
    case MarkKind::exec_end:
      if (current_ && !script_id_.empty() && script_id_ == mark.id) {
        end(BlockStatus::completed, mark.code, mark.begin, now, update);
        last_exit_code_ = mark.code;
        set_phase(ShellPhase::unknown, update);
      }
      set_cwd(mark, update);
      break;
    case MarkKind::installed:
      shell_ = mark.shell;
      shell_version_ = mark.version;
      pastes_ = mark.pastes;
      tells_line_ = mark.tells_line;
      if (!shell_.empty()) break;
      if (current_) end(BlockStatus::lost, std::nullopt, mark.begin, now, update);
      continuation_ = false;
      set_phase(ShellPhase::unknown, update);
      break;
  }
  return update;
}

TrackerUpdate CommandTracker::on_exit(std::uint64_t offset, std::optional<int> code, WallTime now) {
  TrackerUpdate update;
  if (current_) end(BlockStatus::shell_exited, code, offset, now, update);
  if (code) last_exit_code_ = code;
  continuation_ = false;
  set_phase(ShellPhase::unknown, update);
  return update;
}

void CommandTracker::expect_command(std::string text, BlockText use) {
  expected_ = std::move(text);
  expected_use_ = use;
  has_expected_ = true;
}

void CommandTracker::name_command(std::string text) {
  if (current_) current_->command = std::move(text);
}

std::string CommandTracker::save() const {
  RecordWriter record("tracker4");
  record.number(tells_line_ ? 1 : 0).number(line_begun_ ? 1 : 0);
  record.number(static_cast<int>(phase_)).number(continuation_ ? 1 : 0).optional_number(last_exit_code_);
  record.bytes(cwd_).bytes(shell_).bytes(shell_version_).offset(next_seq_).offset(prompts_).offset(prompt_end_);
  record.number(has_expected_ ? 1 : 0).number(static_cast<int>(expected_use_)).bytes(expected_);
  record.bytes(script_id_)
      .number(pastes_ ? 1 : 0)
      .offset(number_)
      .offset(line_)
      .offset(output_end_)
      .number(current_ ? 1 : 0);
  if (current_) {
    record.offset(current_->seq).bytes(current_->command).bytes(current_->cwd);
    record.number(current_->started_at.time_since_epoch().count()).offset(current_->output_begin);
  }
  return record.take();
}

base::Result<CommandTracker> CommandTracker::restore(std::string_view saved) {
  const bool older = saved.starts_with("tracker3 ");
  RecordReader reader(older ? "tracker3" : "tracker4", saved);
  CommandTracker tracker;
  if (!older) {
    tracker.tells_line_ = reader.flag();
    tracker.line_begun_ = reader.flag();
  }
  tracker.phase_ = static_cast<ShellPhase>(reader.number<int>(0, static_cast<int>(ShellPhase::running)));
  tracker.continuation_ = reader.flag();
  tracker.last_exit_code_ = reader.optional_number();
  tracker.cwd_ = reader.bytes();
  tracker.shell_ = reader.bytes();
  tracker.shell_version_ = reader.bytes();
  tracker.next_seq_ = reader.offset();
  tracker.prompts_ = reader.offset();
  tracker.prompt_end_ = reader.offset();
  tracker.has_expected_ = reader.flag();
  tracker.expected_use_ = reader.flag() ? BlockText::from_expected : BlockText::from_shell;
  tracker.expected_ = reader.bytes();
  tracker.script_id_ = reader.bytes();
  tracker.pastes_ = reader.flag();
  tracker.number_ = reader.offset();
  tracker.line_ = reader.offset();
  tracker.output_end_ = reader.offset();
  if (reader.flag()) {
    Block block;
    block.seq = reader.offset();
    block.command = reader.bytes();
    block.cwd = reader.bytes();
    block.started_at = WallTime(std::chrono::milliseconds(reader.number<std::int64_t>(INT64_MIN, INT64_MAX)));
    block.output_begin = reader.offset();
    tracker.current_ = std::move(block);
  }
  if (!reader.finished())
    return base::Error(base::Errc::invalid_params, "The saved command tracker state is malformed.", "saved");
  return tracker;
}

}  // namespace duotty::exec
