#include <duotty/term/insert.hpp>

#include <algorithm>
#include <duotty/term/width.hpp>

#include "painter.hpp"
#include "row_text.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

/// Accepts text and SGR only, and measures it.
class LineMeter final : public ParserSink {
 public:
  void print_ascii(const char*, std::size_t count) override {
    cells_ += static_cast<int>(std::min<std::size_t>(count, max_cols + 1));
  }
  void print(const char32_t* text, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) cells_ += width(text[i]);
  }
  void execute(unsigned char) override { good_ = false; }
  void esc(const Sequence&) override { good_ = false; }
  void csi(const Sequence& sequence) override {
    good_ = good_ && sequence.final == 'm' && sequence.leader == 0 && !sequence.has_intermediate();
  }
  void osc(std::string_view) override { good_ = false; }
  void dcs(const Sequence&, std::string_view) override { good_ = false; }

  static bool fits(const std::string& line, int cols) {
    LineMeter meter;
    Parser parser;
    parser.feed(line, meter);
    return meter.good_ && meter.cells_ <= cols && parser.at_ground();
  }

 private:
  int cells_ = 0;
  bool good_ = true;
};

/// The rows of the screen from the block's first to its last.
struct Block {
  int first;
  int last;
};

/// The block reaches to the end of the cursor's line, or to the last row that shows anything.
Block find_block(const State& s, int first) {
  int last = s.y;
  while (last + 1 < s.rows() && s.grid().row(last).wrapped()) ++last;
  int lowest = s.rows() - 1;
  while (lowest > last && paint_end(s.grid().row(lowest), s.cols()) == 0) --lowest;
  return {first, lowest};
}

class Inserter {
 public:
  Inserter(const State& s, Block block) : s_(s), block_(block), p_(s.tables) {
    p_.assume_pen(s.pen);
    p_.follow_clusters(s.modes.grapheme_clusters);
  }

  std::string write(int replace_rows, const std::vector<std::string>& lines) {
    const int first = block_.first - replace_rows;
    const int added = static_cast<int>(lines.size());
    const int height = block_.last - block_.first + 1;
    const int scrolled = std::max(0, first + added + height - s_.rows());
    enter();
    p_.csi(first + 1, 1, 'H');
    for (const std::string& line : lines) p_ << "\x1b[2K" << line << "\x1b[m\r\n";
    block_rows();
    // The block moved up: what is left of it below goes.
    for (int left = replace_rows - added; left > 0; --left) p_ << "\r\n\x1b[2K";
    cursor(s_.y + added - replace_rows - scrolled);
    leave();
    return std::move(p_.out());
  }

 private:
  void enter() {
    if (!s_.modes.synchronized) p_ << "\x1b[?2026h";
    if (s_.modes.insert) p_ << "\x1b[4l";
    if (!s_.modes.autowrap) p_ << "\x1b[?7h";
    p_.select_ascii(s_.charsets);
    p_.set_pen({});
    // The lines were measured character by character.
    p_.set_clusters(false);
  }

  void block_rows() {
    bool continues = false;
    for (int y = block_.first; y <= block_.last; ++y) {
      const Row& row = s_.grid().row(y);
      const Row* const next = y < block_.last ? &s_.grid().row(y + 1) : nullptr;
      p_.row(row, {s_.cols(), next, continues, false});
      continues = Painter::wraps(row, next);
      if (continues) continue;
      p_.set_pen({});
      if (next != nullptr) p_ << "\r\n";
    }
  }

  void cursor(int line) {
    if (s_.pending_wrap) {
      const int column = s_.printed_column();
      const Cell cell = s_.grid().row(s_.y).at(column);
      p_.csi(line + 1, column + 1, 'H');
      p_.set_style(cell.style);
      p_.text(cell);
    } else {
      p_.csi(line + 1, s_.x + 1, 'H');
    }
    p_.set_pen(s_.pen);
  }

  void leave() {
    p_.set_clusters(s_.modes.grapheme_clusters);
    p_.select_charsets(s_.charsets);
    if (!s_.modes.autowrap) p_ << "\x1b[?7l";
    if (s_.modes.insert) p_ << "\x1b[4h";
    if (!s_.modes.synchronized) p_ << "\x1b[?2026l";
  }

  const State& s_;
  Block block_;
  Painter p_;
};

}  // namespace

std::optional<std::string> insert_above(const Terminal& terminal, RowId block_first_row, int replace_rows,
                                        const std::vector<std::string>& lines) {
  const State& s = terminal.state();
  const RowId top = s.grid().base();
  if (terminal.alternate_screen() || terminal.margins_set() || !terminal.at_ground()) return std::nullopt;
  if (s.charsets.single_shift != 0 || block_first_row < top || block_first_row > s.cursor_row()) return std::nullopt;
  const int first = static_cast<int>(block_first_row - top);
  if (replace_rows < 0 || replace_rows > first) return std::nullopt;
  for (const std::string& line : lines) {
    if (!LineMeter::fits(line, s.cols())) return std::nullopt;
  }
  return Inserter(s, find_block(s, first)).write(replace_rows, lines);
}

}  // namespace duotty::term
