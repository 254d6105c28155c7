// The start of a command in a shell that only marks its prompts, by the line that is entered there.
#include <algorithm>
#include <duotty/base/text.hpp>

#include "shell.hpp"

namespace duotty::session {
namespace {

constexpr auto kFirstLook = std::chrono::milliseconds(10);
constexpr auto kLastLook = std::chrono::milliseconds(500);
/// How near to the right margin a line may come that mksh shows whole: it scrolls a longer one sideways.
constexpr int kSidewaysMargin = 4;

/// What stands in the continuation prompt of mksh, in which nothing is expanded: without a nonce, so that it says only
/// that a line goes on.
constexpr std::string_view kMore = "\x1b]133;P;k=c\x07";

/// A part of a row with the blanks that its text lacks; nothing when its characters are of several widths.
std::optional<std::string> padded(std::string text, int width) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) return {};
  if (width > 0) text.resize(static_cast<std::size_t>(width), ' ');
  return text;
}

}  // namespace

bool Session::Shell::watches_line() const noexcept {
  return !run && starts_unmarked() && tracker.phase() == exec::ShellPhase::prompt && !tracker.current();
}

void Session::Shell::on_typed(std::size_t enters) {
  journal.append({.kind = JournalRecord::Kind::enter,
                  .offset = session.source_,
                  .moved_rows = static_cast<std::int32_t>(std::min<std::size_t>(enters, 1000)),
                  .bytes = {}});
  line.on_typed(enters);
}

/// busybox goes to the next row by itself where a row is full, and says so by one carriage return more. `left`: what
/// was shown before.
bool Session::Shell::wraps_only(std::string_view bytes) const {
  if (tracker.shell() != "ash") return bytes.find('\n') == std::string_view::npos;
  std::string all = left;
  all += bytes;
  for (auto at = all.find('\n', left.size()); at != std::string::npos; at = all.find('\n', at + 1)) {
    if (at < 2 || all.compare(at - 2, 2, "\r\r") != 0) return false;
  }
  return true;
}

void Session::Shell::show_piece(std::string_view bytes) {
  if (bytes.find('\t') != std::string_view::npos) line.blur();
  show(bytes);
  left += bytes;
  left.erase(0, left.size() - std::min<std::size_t>(left.size(), 2));
}

void Session::Shell::show_line(std::string_view bytes) {
  const auto mark = tracker.shell() == "mksh" ? kMore : std::string_view();
  const auto marked = [&] { return mark.empty() ? std::string_view::npos : bytes.find(mark); };
  while (!bytes.empty()) {
    if (marked() == 0) {
      show(mark);
      bytes.remove_prefix(mark.size());
      line.on_continuation();
      place(more_anchor);
      continue;
    }
    if (line.ended()) {
      if (shows_something(bytes)) start_line(LineWatch::Sign::output);
      return show(bytes);
    }
    // What comes before Enter can only disturb.
    const auto end = std::min(marked(), line.entered() ? bytes.find('\n') : std::string_view::npos);
    const auto piece = bytes.substr(0, end);
    if (!line.entered() && !wraps_only(piece)) line.on_newline(std::nullopt, position);
    const bool ends = piece.size() < bytes.size() && bytes[piece.size()] == '\n';
    show_piece(piece);
    bytes.remove_prefix(piece.size());
    if (!ends) continue;
    const bool wraps = wraps_only("\n");
    const auto text = wraps ? std::nullopt : shown_line();
    show_piece("\n");
    bytes.remove_prefix(1);
    if (wraps) continue;
    line.on_newline(text, position);
    look_for_program();
  }
}

std::optional<std::string> Session::Shell::shown_line() const {
  const auto& terminal = *session.terminal_;
  const auto begin = line.continues() ? terminal.anchor(more_anchor) : input_position();
  const auto cursor = terminal.cursor();
  const int cols = terminal.size().cols;
  if (!begin || cursor.row < begin->row || terminal.alternate_screen() || !terminal.has_row(begin->row)) return {};
  const auto last = terminal.line_end(begin->row);
  if (tracker.shell() == "ash" && begin->row < cursor.row) {
    std::string text;
    for (auto row = begin->row; row <= cursor.row; ++row) {
      const int from = row == begin->row ? begin->col : 0;
      const auto part = padded(terminal.row_text(row, from, cols), row < cursor.row ? cols - from : 0);
      if (!part) return {};
      text += *part;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }
  if (last == 0 || last - 1 < cursor.row) return {};
  if (tracker.shell() == "mksh" && !base::trim(terminal.row_text(begin->row, cols - kSidewaysMargin, cols)).empty())
    return {};
  return terminal.text(*begin, {last - 1, cols});
}

void Session::Shell::start_line(LineWatch::Sign sign) {
  if (!watches_line()) return;
  const auto entered_line = line.take(sign);
  if (!entered_line) return;
  exec::Mark start;
  start.kind = exec::MarkKind::command_start;
  start.command = entered_line->text;
  start.begin = start.end = entered_line->offset;
  by_line = true;
  // The line's end may lie behind what has been taken since, which must not be taken once more.
  const auto taken = session.source_;
  handle(start);
  session.source_ = taken;
}

void Session::Shell::look_for_program() {
  if (session.replaying_ || !line.ended()) return;
  session.scope_.spawn("line of " + session.id(), watch_program(tracker.prompts()));
}

core::Task<> Session::Shell::watch_program(std::uint64_t prompts) {
  auto pause = kFirstLook;
  while (line.ended() && tracker.prompts() == prompts) {
    co_await core::sleep_for(pause);
    pause = std::min(2 * pause, kLastLook);
    if (!line.ended() || tracker.prompts() != prompts || !session.alive()) co_return;
    if (session.shell_is_foreground() || is_behind()) continue;
    start_line(LineWatch::Sign::program);
    session.notify_changed();
    co_return;
  }
}

}  // namespace duotty::session
