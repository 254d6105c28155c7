#include "shell.hpp"

#include <algorithm>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/exec/ask_line.hpp>
#include <duotty/pty/command_read.hpp>
#include <duotty/pty/tty.hpp>
#include <duotty/session/answer.hpp>
#include <nlohmann/json.hpp>

namespace duotty::session {
namespace {

/// ble.sh runs a comment as it runs a command. Without it no shell says that one starts.
bool starts_comment(const exec::Mark& mark) {
  if (mark.kind != exec::MarkKind::command_start || !mark.command) return false;
  const auto line = base::trim(*mark.command);
  return line.starts_with('#') && line.find('\n') == std::string_view::npos;
}

}  // namespace

exec::WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Session::Shell::Shell(Session& owner, std::string nonce, std::string directory)
    : session(owner),
      filter(std::move(nonce)),
      profile(exec::profile_of(owner.meta_.shell)),
      journal(std::move(directory)),
      blocks(*owner.terminal_) {}

void Session::Shell::text(std::string_view bytes) {
  if (watches_line()) return show_line(bytes);
  show(bytes);
}

void Session::Shell::show(std::string_view bytes) {
  session.terminal_->feed(bytes);
  session.display_.append(bytes);
  position += bytes.size();
}

void Session::Shell::mark(const exec::Mark& mark) {
  if (mark.kind == exec::MarkKind::command_end) start_line(LineWatch::Sign::prompt);
  position = mark.end;
  handle(mark);
  if (mark.kind == exec::MarkKind::continuation) {
    line.on_continuation();
    place(more_anchor);
  }
}

void Session::Shell::handle(const exec::Mark& mark) {
  using Kind = exec::MarkKind;
  // Before anything is inserted because of the mark: the journal says behind which bytes that happened.
  session.source_ = mark.end;
  if (mark.kind == Kind::prompt_start) on_prompt_start();
  if (starts_comment(mark) && tracker.shell() == "bash") {
    entered = mark.command;
    commented = true;
    return;
  }
  if (mark.kind == Kind::command_end && !std::exchange(commented, false)) entered = mark.command;
  if (mark.kind == Kind::continuation) continued = true;
  const auto before = session.shell_state();
  const auto update = tracker.on_mark(mark, wall_now());
  if (mark.kind == Kind::installed && session.remote()) name_shell();
  if (update.prompt_drawn) line.on_prompt();
  if (update.line_filled) line_touched = true;
  if (mark.kind == Kind::prompt_end) {
    line.on_redrawn();
    on_prompt_end();
    session.echo_pending_ = false;
    session.line_entered_ = false;
    command_ran = false;
    continued = false;
  }
  if (update.ended) on_ended(*update.ended);
  if (update.started) on_started(mark.command.has_value());
  if (run) run->on_mark(mark, std::chrono::steady_clock::now());
  if (session.replaying_) return;
  if (update.started) session.answer_->on_command();
  if (update.prompt_drawn) session.answer_->on_prompt();
  if (session.shell_state() != before || update.cwd_changed || mark.kind == Kind::prompt_end) {
    auto frame = command_frame();
    frame["duration_ms"] = nullptr;
    if (update.ended) frame["duration_ms"] = (update.ended->ended_at - update.ended->started_at).count();
    session.broadcast(frame);
    session.events_.on_updated(session);
  }
}

void Session::Shell::name_shell() {
  if (!tracker.integrated() || session.meta_.shell == tracker.shell()) return;
  profile = exec::profile_of(tracker.shell());
  session.meta_.shell = tracker.shell();
  if (!session.replaying_) session.events_.on_meta_changed(session);
}

nlohmann::json Session::Shell::command_frame() const {
  nlohmann::json frame = {{"type", "command"},
                          {"state", name(session.shell_state())},
                          {"exit_code", nullptr},
                          {"duration_ms", nullptr},
                          {"cwd", nullptr}};
  if (tracker.last_exit_code()) frame["exit_code"] = *tracker.last_exit_code();
  if (!tracker.cwd().empty()) frame["cwd"] = tracker.cwd();
  if (!blocks.ended().empty() && session.shell_state() == ShellState::prompt) {
    const auto& last = blocks.ended().back();
    frame["duration_ms"] = (last.ended_at - last.started_at).count();
  }
  return frame;
}

void Session::Shell::on_prompt_start() {
  // A line editor may draw its prompt again at any time; the end of a line comes once.
  const bool line_ended = tracker.phase() == exec::ShellPhase::running;
  if (!session.replaying_ && !command_ran && line_ended) {
    if (const auto last = entered ? entered : accepted_line()) {
      const exec::AskContext context{.enabled = session.meta_.ask_enabled,
                                     .marks_trusted = true,
                                     .alternate_screen = session.terminal_->alternate_screen(),
                                     .echo_on = true,
                                     .shell_is_foreground = session.shell_is_foreground()};
      // An interrupted line ends in the echo of Ctrl-C and was never accepted.
      const bool interrupted = last->size() >= 2 && last->compare(last->size() - 2, 2, "^C") == 0;
      if (!interrupted && exec::ask_line(*last, context)) session.events_.on_asked(session, *last);
    }
  }
  entered.reset();
  const auto before = prompt_position();
  place(prompt_anchor);
  prompt_begun = true;
  if (line_ended || before != prompt_position()) session.answer_->on_prompt_lost();
}

void Session::Shell::on_prompt_end() {
  auto& terminal = *session.terminal_;
  const auto prompt = prompt_position();
  const term::RowId row = terminal.cursor().row;
  if (prompt_begun) {
    prompt_rows = prompt && prompt->row <= row ? static_cast<std::uint64_t>(row - prompt->row) : 0;
  } else if (!prompt || prompt->row + prompt_rows != row) {
    // Drawn again elsewhere, by an editor that repeats only what its prompt ends in.
    if (prompt_anchor != term::AnchorId::none) terminal.drop_anchor(prompt_anchor);
    const term::RowId first = row >= prompt_rows ? row - prompt_rows : 0;
    prompt_anchor = terminal.add_anchor({std::max(first, terminal.top_row()), 0});
    session.answer_->on_prompt_lost();
  }
  prompt_begun = false;
  place(input_anchor);
}

void Session::Shell::on_started(bool told) {
  command_ran = true;
  const auto input = input_position();
  const auto cursor = session.terminal_->cursor();
  std::optional<std::string> shown;
  if (input && input->row <= cursor.row) shown = session.terminal_->text(*input, cursor);
  bool unseen = false;
  if (by_line) {
    // As the screen told it, or not at all.
  } else if (told && shown && !run && base::trim(*shown).empty()) {
    // Nothing of it was echoed: whatever it says, it was not meant to be seen.
    unseen = true;
    tracker.name_command({});
  } else if (shown && !continued && tracker.current()->command.empty()) {
    // The shell's history leaves it out: it begins with a space, or is the same as the one before.
    while (!shown->empty() && (shown->back() == '\n' || shown->back() == ' ')) shown->pop_back();
    if (shown->find('\n') == std::string::npos) tracker.name_command(*shown);
  }
  CommandBlock block;
  static_cast<exec::Block&>(block) = *tracker.current();
  block.by = session.entered_by(block.command);
  block.is_private = unseen || block.command.starts_with(' ');
  block.shown_begin = session.display_.head();
  if (!block.command.empty()) session.last_command_ = block.command;
  if (run) run_seq = block.seq;
  tell(blocks.start(std::move(block), prompt_position()));
}

void Session::Shell::on_ended(const exec::Block& block) {
  by_line = false;
  held.clear();
  std::string signal;
  if (session.exited_ && session.exited_->signal && ::sigabbrev_np(*session.exited_->signal)) {
    signal = "SIG" + std::string(::sigabbrev_np(*session.exited_->signal));
  }
  tell(blocks.end(block, signal, session.display_.head()));
}

void Session::Shell::tell(const CommandBlock& block) {
  session.events_.on_block(session, block);
  if (!session.replaying_) session.broadcast(BlockList::frame(block));
}

void Session::Shell::place(term::AnchorId& anchor) {
  auto& terminal = *session.terminal_;
  if (anchor != term::AnchorId::none) terminal.drop_anchor(anchor);
  anchor = terminal.add_anchor(terminal.cursor());
}

std::optional<term::Position> Session::Shell::input_position() const {
  return session.terminal_->anchor(input_anchor);
}

std::optional<term::Position> Session::Shell::prompt_position() const {
  return session.terminal_->anchor(prompt_anchor);
}

std::optional<std::string> Session::Shell::accepted_line() const {
  const auto begin = input_position();
  if (!begin) return std::nullopt;
  const auto& terminal = *session.terminal_;
  const auto last = terminal.line_end(begin->row);
  if (last == 0 || !terminal.has_row(begin->row)) return std::nullopt;
  return terminal.text(*begin, {last - 1, terminal.size().cols});
}

bool Session::Shell::starts_unmarked() const noexcept {
  return profile.kind == exec::ShellKind::posix && tracker.integrated();
}

bool Session::Shell::is_behind() const {
  const auto& ring = session.pty_.ring;
  // In this order: bytes go from the terminal through the keeper's hands into the ring.
  return pty::has_unread_output(session.pty_.master.get()) || ring.keeper_reads() || session.source_ < ring.head();
}

bool Session::Shell::prompt_is_bare() const {
  if (!starts_unmarked() || (tracker.current() && !by_line) || !session.line_entered_ || !session.shell_is_foreground())
    return false;
  if (session.remote()) return false;  // what runs there is not seen
  // A line editor reads key by key, and a command like `read` by lines. Where the shell has no line editor, how much it
  // asks for tells one from the other.
  if (!pty::canonical(session.pty_.master.get())) return !is_behind();
  return !continued && pty::reads_commands(session.pty_.pid) && !is_behind();
}

void Session::Shell::lose_integration() {
  const auto update = tracker.lose_integration(session.source_, wall_now());
  if (update.ended) on_ended(*update.ended);
  session.broadcast(command_frame());
  session.events_.on_updated(session);
}

std::string Session::Shell::save_prompt() const {
  return nlohmann::json{{"prompt", static_cast<std::uint64_t>(prompt_anchor)},
                        {"input", static_cast<std::uint64_t>(input_anchor)},
                        {"command_ran", command_ran},
                        {"prompt_rows", prompt_rows},
                        {"prompt_begun", prompt_begun},
                        {"last_command", session.last_command_},
                        {"blocks", blocks.save()},
                        {"continued", continued},
                        {"line", line.save()},
                        {"by_line", by_line},
                        {"more", static_cast<std::uint64_t>(more_anchor)},
                        {"position", position},
                        {"generation", session.generation_}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Session::Shell::restore_prompt(std::string_view saved) {
  const auto json = nlohmann::json::parse(saved, nullptr, false);
  if (!json.is_object()) return;
  prompt_anchor = static_cast<term::AnchorId>(json.value("prompt", std::uint64_t{0}));
  input_anchor = static_cast<term::AnchorId>(json.value("input", std::uint64_t{0}));
  command_ran = json.value("command_ran", true);
  prompt_rows = json.value("prompt_rows", std::uint64_t{0});
  prompt_begun = json.value("prompt_begun", false);
  session.last_command_ = json.value("last_command", std::string{});
  continued = json.value("continued", false);
  line.restore(json.value("line", nlohmann::json()));
  by_line = json.value("by_line", false);
  more_anchor = static_cast<term::AnchorId>(json.value("more", std::uint64_t{0}));
  position = json.value("position", std::uint64_t{0});
  if (const auto saved_blocks = json.find("blocks"); saved_blocks != json.end()) blocks.restore(*saved_blocks);
  // The database may not have had the time to take them.
  for (const auto& block : blocks.ended()) session.events_.on_block(session, block);
  session.generation_ = json.value("generation", std::uint64_t{0});
}

}  // namespace duotty::session
