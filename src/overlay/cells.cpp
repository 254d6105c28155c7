#include <duotty/overlay/cells.hpp>

namespace duotty::overlay {

void put_cell(CellRow& row, int col, std::string_view text, int width, const term::Style& style) {
  const int cols = static_cast<int>(row.size());
  if (col < 0 || col + width > cols) return;
  const auto at = [&](int index) -> Cell& { return row[static_cast<std::size_t>(index)]; };
  const int last = col + width - 1;
  if (at(col).width == 0 && col > 0) at(col - 1) = {" ", at(col - 1).style, 1};
  if (at(last).width == 2 && last + 1 < cols) at(last + 1) = {" ", at(last + 1).style, 1};
  at(col) = {std::string(text), style, width};
  if (width == 2) at(last) = {{}, style, 0};
}

}  // namespace duotty::overlay
