#pragma once
// A row of cells that text is put into, by the terminal's own table of widths.
#include <duotty/term/style.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::overlay {

/// One cell. The second half of a wide character is empty text with width 0; empty text with width 1 is a cell that
/// nothing was put into.
struct Cell {
  std::string text;
  term::Style style;
  int width = 1;
  friend bool operator==(const Cell&, const Cell&) = default;
};

using CellRow = std::vector<Cell>;

/// Puts a character of `width` 1 or 2 at `col` when all of it has room in `row`. What it leaves of a wide character
/// that stood there becomes a blank: half of one cannot stay.
void put_cell(CellRow& row, int col, std::string_view text, int width, const term::Style& style);

}  // namespace duotty::overlay
