#pragma once
// Lays an answer out in terminal rows while it streams: wraps words at the width, turns light Markdown into SGR, and
// says which rows are final. Pure; it knows no terminal.
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::agent {

/// Columns that a scalar value takes in the terminal: 0 (combining), 1 or 2.
using WidthFunction = std::function<int(char32_t scalar)>;

/// Rows made by one update. Each row is text and SGR only (no cursor movement, no line feed), no wider than the width
/// given, begins with its own SGR and ends with SGR 0; an empty line is an empty row.
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
  enum class LineKind { undecided, prose, heading, code };
  struct Cell {
    std::string text;  ///< one scalar value and the combining ones after it
    int width = 0;
    Face face = Face::plain;
  };
  /// A run of `*` or backticks in the row that may turn out to open bold or code.
  struct Opening {
    std::size_t at = 0;
    std::size_t length = 0;
  };

  void take(char32_t scalar, AnswerRows& rows);
  void decide_line(AnswerRows& rows);
  void start_line(LineKind kind, std::string_view indent, std::string_view marker, AnswerRows& rows);
  void take_inline(char32_t scalar, AnswerRows& rows);
  void settle_run(char32_t next, AnswerRows& rows);
  void settle_ticks(char32_t next, std::size_t length, AnswerRows& rows);
  void settle_stars(char32_t next, std::size_t length, AnswerRows& rows);
  void close_run(Opening opening, Face face);
  void put_run(char c, std::size_t length, AnswerRows& rows);
  void put(char32_t scalar, AnswerRows& rows);
  void wrap(AnswerRows& rows);
  std::size_t break_at(std::size_t fit) const;
  void confirm_openings(std::size_t committed);
  void end_line(AnswerRows& rows);
  void commit(std::size_t cells, AnswerRows& rows);
  void reset_line();
  Face face() const;
  int limit() const;
  std::string render(std::size_t cells) const;

  int cols_;
  WidthFunction width_;
  std::string bytes_;  ///< an unfinished UTF-8 sequence
  std::string head_;   ///< start of a line whose kind is not decided
  LineKind kind_ = LineKind::undecided;
  std::vector<Cell> row_;         ///< the unfinished row, without its indent
  std::size_t marker_cells_ = 0;  ///< a bullet at the beginning of row_: no break inside it
  int row_indent_ = 0;            ///< columns before row_, after the answer's own indent
  int hanging_ = 0;               ///< row_indent_ of the line's following rows
  char run_ = 0;                  ///< run of `*` or backticks whose end is not seen
  std::size_t run_length_ = 0;
  char32_t before_run_ = U'\n';
  std::optional<Opening> tick_;  ///< opening backticks, still shown as they are
  std::optional<Opening> star_;
  std::size_t code_ticks_ = 0;  ///< in code that began on a row already final: ticks that close it
  bool bold_ = false;           ///< in bold that began on such a row
  bool first_row_ = true;
  bool blank_before_ = false;
  char32_t last_ = U'\n';
};

}  // namespace duotty::agent
