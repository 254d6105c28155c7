#pragma once
// Renders output whose cursor moves within its line only: carriage returns, backspaces, erasing, inserting.
#include <string>
#include <string_view>
#include <vector>

#include "scanner.hpp"
#include "utf8_stream.hpp"

namespace duotty::digest {

/// Feeds on a Scanner. A line that was never edited is given byte for byte (tabs and trailing blanks kept); an edited
/// one as its cells stood at the end, without trailing blanks. `overflowed()` tells that an edited line was longer than
/// the screen, where "the line" is no longer one row and this rendering would be wrong.
class LineEditor final : public ScanSink {
 public:
  /// `keep_returns`: the CRs before a CR LF are the program's own and stay.
  explicit LineEditor(int cols, bool keep_returns = true)
      : cols_(static_cast<std::size_t>(cols)), keep_returns_(keep_returns) {}

  void text(std::string_view bytes) override;
  void control(char byte) override;
  void csi(const Csi& sequence) override;
  void escape(char, char) override { flush_text(); }
  /// The input has ended: the text of all lines.
  std::string take();
  /// The text of the lines that have ended since the last call.
  std::string take_lines();
  bool overflowed() const { return overflowed_; }
  void forget_overflow() { overflowed_ = false; }

 private:
  /// One column: a character with what combines with it; empty right of a wide one and where nothing was written.
  struct Cell {
    std::string text;
    bool wide_tail = false;
  };

  void flush_text();
  void put_ascii(std::string_view text);
  void put(std::string_view character, int width);
  void use_cells();
  std::size_t columns() const { return in_cells_ ? cells_.size() : row_.size(); }
  void clear_cell(std::size_t column);
  void edit();
  void move_to(std::size_t column);
  void erase(std::string_view parameters);
  void end_line(bool newline);

  std::string out_;
  std::string pending_;  ///< the line's text as it came; once it is edited, what is not yet in cells
  Utf8Stream utf8_;
  std::string row_;          ///< the edited line while all in it is ASCII: a byte a column, 0 where nothing was written
  std::vector<Cell> cells_;  ///< the edited line once it is not
  bool in_cells_ = false;
  std::size_t column_ = 0;
  std::size_t cols_;
  bool keep_returns_;
  std::size_t returns_ = 0;
  bool edited_ = false;
  bool overflowed_ = false;
};

}  // namespace duotty::digest
