#pragma once
// Lays an answer out in terminal rows while it streams: wraps words at the width, turns light Markdown into SGR, and
// says which rows are final. Pure; it knows no terminal.
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::agent {

/// Columns that a scalar value takes in the terminal: 0 (combining), 1 or 2.
using WidthFunction = std::function<int(char32_t scalar)>;

/// Rows made by one update. Each row is text and SGR only (no cursor movement, no line feed), no wider than the width
/// given, begins in the answer's style and ends with SGR 0.
struct AnswerRows {
  std::vector<std::string> committed;  ///< rows that became final by this update, top to bottom
  std::string partial;                 ///< the unfinished last row as it stands now; empty: none
};

/// Words wrap; bold, `code`, headings, bullets and numbers are styled, code lines (indented by four spaces) are cut at
/// the width but never re-flowed. Rows are dim, the first begins with a small marker, the others are indented under it.
/// Empty lines collapse to one and are dropped at both ends.
class AnswerWriter {
 public:
  /// `cols` >= 1 is clamped. Input is display text (answer.hpp).
  AnswerWriter(int cols, WidthFunction width);

  /// From now on rows have `cols` columns; the unfinished row is laid out anew by the next update.
  void resize(int cols);
  /// Adds text.
  AnswerRows feed(std::string_view text);
  /// The answer is complete: every row left is final and `partial` is empty. Feeding may go on and starts a new line.
  AnswerRows finish();

 private:
  enum class Face : unsigned char { plain, bold, code, block, marker };
  struct Cell {
    std::string text;
    int width = 0;
    Face face = Face::plain;
  };
  enum class LineKind { undecided, prose, heading, code };

  void take(char32_t scalar, AnswerRows& rows);
  void decide_line(AnswerRows& rows);
  void start_line(LineKind kind, std::string_view marker);
  void inline_char(char32_t scalar, AnswerRows& rows);
  void settle_marks(char32_t next, AnswerRows& rows);
  void put(char32_t scalar, AnswerRows& rows);
  void wrap(AnswerRows& rows);
  void end_line(AnswerRows& rows);
  void commit(std::size_t cells, AnswerRows& rows);
  Face face() const;
  int indent() const;
  int limit() const;
  std::string render(const std::vector<Cell>& cells, std::size_t count) const;

  int cols_;
  WidthFunction width_;
  std::string pending_;    ///< an unfinished UTF-8 sequence
  std::string head_;       ///< start of a line whose kind is not decided
  std::vector<Cell> row_;  ///< the unfinished row, without its indent
  LineKind kind_ = LineKind::undecided;
  int hanging_ = 0;     ///< extra indent of the following rows of a list item
  int row_indent_ = 0;  ///< extra indent of the unfinished row
  char mark_ = 0;       ///< run of `*` or backticks not yet understood
  std::size_t mark_length_ = 0;
  std::size_t code_ticks_ = 0;  ///< length of the run that opened code; 0: not in code
  bool bold_ = false;
  bool first_row_ = true;
  bool blank_before_ = false;
  char32_t last_ = U'\n';
};

}  // namespace duotty::agent
