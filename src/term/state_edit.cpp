// Erasing, inserting, deleting, scrolling.
#include <algorithm>

#include "state.hpp"

namespace duotty::term {

void State::erase_cells(int line, int from, int to, Eraser eraser) {
  if (eraser == Eraser::all) {
    grid().erase(line, from, to, fill_style());
    return;
  }
  const auto guarded_cell = [&](Cell cell) { return tables.styles[cell.style].style.has(guarded); };
  grid().row(line).erase_unless(from, to, fill_style(), cols(), guarded_cell);
}

void State::guard(bool on, bool area) {
  guards_areas = area;
  pen.style.attributes = static_cast<std::uint16_t>(pen.style.attributes & ~guarded);
  if (on) pen.style.attributes |= guarded;
  touch_pen();
}

/// While a wrap is pending the cursor stands behind the last column, so nothing to its right is erased, and it stays.
void State::erase_in_line(int what, Eraser wanted) {
  if (what < 0 || what > 2) return;
  const int from = what == 0 ? erase_begin() : 0;
  const int to = what == 1 ? x + 1 : cols();
  erase_images(from, to);
  erase_cells(y, from, to, effective(wanted));
}

void State::erase_in_display(int what, Eraser wanted) {
  const Eraser eraser = effective(wanted);
  const RowId base = grid().base();
  const RowId end = base + static_cast<RowId>(rows());
  if (what == 0) {
    erase_images(erase_begin(), cols());
    erase_cells(y, erase_begin(), cols(), eraser);
    for (int line = y + 1; line < rows(); ++line) erase_cells(line, 0, cols(), eraser);
    anchors.lose(cursor_row() + 1, end);
  } else if (what == 1) {
    for (int line = 0; line < y; ++line) erase_cells(line, 0, cols(), eraser);
    erase_images(0, x + 1);
    erase_cells(y, 0, x + 1, eraser);
    anchors.lose(base, cursor_row());
  } else if (what == 2) {
    for (int line = 0; line < rows(); ++line) erase_cells(line, 0, cols(), eraser);
    anchors.lose(base, end);
  } else if (what == 3 && active == &main) {
    scrollback.reset(scrollback.end());
    anchors.lose(0, base);
  }
}

void State::scroll_up(const Rect& region, int n) {
  n = std::min(n, region.bottom - region.top);
  if (region.left == 0 && region.right == cols()) {
    const RowId base = grid().base();
    anchors.scroll_up(base + static_cast<RowId>(region.top), base + static_cast<RowId>(region.bottom),
                      static_cast<std::uint64_t>(n));
  }
  grid().scroll_up(region, n, fill_style());
}

void State::scroll_down(const Rect& region, int n) {
  n = std::min(n, region.bottom - region.top);
  if (region.left == 0 && region.right == cols()) {
    const RowId base = grid().base();
    anchors.scroll_down(base + static_cast<RowId>(region.top), base + static_cast<RowId>(region.bottom),
                        static_cast<std::uint64_t>(n));
  }
  grid().scroll_down(region, n, fill_style());
}

void State::insert_lines(int n) {
  pending_wrap = false;
  if (!in_margins()) return;
  Rect region = margins();
  region.top = y;
  scroll_down(region, n);
  x = region.left;
}

void State::delete_lines(int n) {
  pending_wrap = false;
  if (!in_margins()) return;
  Rect region = margins();
  region.top = y;
  scroll_up(region, n);
  x = region.left;
}

void State::insert_characters(int n) {
  pending_wrap = false;
  if (x == 0) grid().settle_filler_before(y);
  if (in_columns()) grid().row(y).insert_blanks(x, n, margins().right, fill_style(), cols());
}

void State::delete_characters(int n) {
  pending_wrap = false;
  if (x == 0) grid().settle_filler_before(y);
  if (in_columns()) grid().row(y).remove_cells(x, n, margins().right, fill_style(), cols());
}

void State::erase_characters(int n) {
  pending_wrap = false;
  const int end = std::min(cols(), x + n);
  erase_images(x, end);
  erase_cells(y, x, end, effective(Eraser::all));
}

void State::shift_columns(int from, int n, bool insert) {
  const Rect m = margins();
  if (from < m.left || from >= m.right) return;
  for (int line = m.top; line < m.bottom; ++line) {
    Row& row = grid().row(line);
    if (from == 0) grid().settle_filler_before(line);
    if (insert) {
      row.insert_blanks(from, n, m.right, fill_style(), cols());
    } else {
      row.remove_cells(from, n, m.right, fill_style(), cols());
    }
  }
}

void State::align() {
  set_margins_full(*active);
  grid().clear(0);
  const std::string line(static_cast<std::size_t>(cols()), 'E');
  for (int at = 0; at < rows(); ++at) grid().row(at).write_ascii(0, line.data(), cols(), 0, cols());
  anchors.lose(grid().base(), grid().base() + static_cast<RowId>(rows()));
  modes.origin = false;
  place(0, 0);
}

}  // namespace duotty::term
