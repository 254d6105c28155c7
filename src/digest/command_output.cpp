#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/term/terminal.hpp>

#include "line_editor.hpp"
#include "scanner.hpp"

namespace duotty::digest {
namespace {

/// How far the cursor of a stream of output strays from the end of its text.
enum class Movement { none, line, screen };

class MovementProbe final : public ScanSink {
 public:
  void text(std::string_view) override { settle_return(); }
  void control(char byte) override {
    if (byte == '\r') {
      returned_ = true;
    } else if (byte == '\n') {
      returned_ = false;
    } else if (byte == '\t') {
      settle_return();
    } else if (byte == '\b') {
      at_least(Movement::line);
    }
  }
  void csi(const Csi& sequence) override {
    if (sequence.intermediate != 0) return;
    if (sequence.parameters.starts_with('?')) {
      const bool sets = sequence.final == 'h' || sequence.final == 'l';
      if (sets && changes_screen(sequence.parameters.substr(1))) at_least(Movement::screen);
      if (sequence.final == 'J' || sequence.final == 'K') at_least(Movement::screen);
      return;
    }
    if (std::string_view("KCDG`a@PX").find(sequence.final) != std::string_view::npos) at_least(Movement::line);
    if (std::string_view("ABEFHfJSTLMdersuIZb").find(sequence.final) != std::string_view::npos)
      at_least(Movement::screen);
  }
  void escape(char intermediate, char final) override {
    const bool moves = intermediate == 0 && std::string_view("78DEMc").find(final) != std::string_view::npos;
    const bool line_drawing = (intermediate == '(' || intermediate == ')') && final == '0';
    if (moves || line_drawing) at_least(Movement::screen);
  }
  /// The answer, once all was fed.
  Movement take() {
    settle_return();
    return movement_;
  }

 private:
  static bool changes_screen(std::string_view modes) {
    for (const std::string_view mode : base::split(modes, ';'))
      if (mode == "47" || mode == "1047" || mode == "1048" || mode == "1049" || mode == "6" || mode == "69")
        return true;
    return false;
  }
  void settle_return() {
    if (returned_) at_least(Movement::line);
    returned_ = false;
  }
  void at_least(Movement movement) { movement_ = std::max(movement_, movement); }

  Movement movement_ = Movement::none;
  bool returned_ = false;
};

Movement movement_in(std::string_view raw) {
  MovementProbe probe;
  Scanner scanner;
  scanner.feed(raw, probe);
  scanner.finish(probe);
  return probe.take();
}

std::string on_screen(std::string_view raw, term::Size size) {
  term::Host silent;
  const auto newlines = static_cast<std::size_t>(std::count(raw.begin(), raw.end(), '\n'));
  term::Options options;
  options.scrollback_lines =
      std::min(term::max_scrollback_lines, newlines + raw.size() / static_cast<std::size_t>(size.cols) + 1);
  term::Terminal terminal(size, silent, options);
  terminal.feed(raw);
  std::string text = terminal.text({terminal.first_row(), 0}, {terminal.end_row(), 0});
  text.erase(text.find_last_not_of(" \n") + 1);
  if (!text.empty() && terminal.cursor().col == 0) text += '\n';
  return text;
}

/// One line that is edited and longer than the screen: what a screen shows of it, wraps joined.
std::string on_rows(std::string_view raw, term::Size size) {
  std::string text = on_screen(raw, size);
  const bool ended = !raw.empty() && raw.back() == '\n';
  if (ended && (text.empty() || text.back() != '\n')) text += '\n';
  return text;
}

}  // namespace

std::string shown_text(std::string_view raw, int cols, int rows) {
  const term::Size size{std::clamp(cols, 1, term::max_cols), std::clamp(rows, 1, term::max_rows)};
  LineEditor editor(size.cols, false);
  Scanner scanner;
  std::string out;
  std::size_t begin = 0;  // of the line in `raw`
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t end = std::min(raw.find('\n', at), raw.size() - 1) + 1;
    scanner.feed(raw.substr(at, end - at), editor);
    if (end == raw.size()) scanner.finish(editor);
    const std::string line = end == raw.size() ? editor.take() : editor.take_lines();
    at = end;
    if (line.empty() && end < raw.size()) continue;  // the LF stood inside a string of a sequence
    if (editor.overflowed()) {
      out += on_rows(raw.substr(begin, end - begin), size);
    } else {
      out += line;
    }
    editor.forget_overflow();
    begin = end;
  }
  return out;
}

std::string command_output(std::string_view raw, int cols, int rows) {
  const term::Size size{std::clamp(cols, 1, term::max_cols), std::clamp(rows, 1, term::max_rows)};
  const Movement movement = movement_in(raw);
  if (movement == Movement::none) return plain_text(raw, LoneCr::keep);
  if (movement == Movement::line) {
    LineEditor editor(size.cols);
    Scanner scanner;
    scanner.feed(raw, editor);
    scanner.finish(editor);
    std::string text = editor.take();
    if (!editor.overflowed()) return text;
  }
  return on_screen(raw, size);
}

}  // namespace duotty::digest
