// Moving the cursor.
#include <algorithm>

#include "state.hpp"

namespace duotty::term {

void State::place(int column, int line) {
  x = std::clamp(column, 0, cols() - 1);
  y = std::clamp(line, 0, rows() - 1);
  pending_wrap = false;
}

void State::place_in_origin(int column, int line) {
  if (!modes.origin) {
    place(column, line);
    return;
  }
  const Rect& m = margins();
  place(std::clamp(m.left + column, m.left, m.right - 1), std::clamp(m.top + line, m.top, m.bottom - 1));
}

void State::move_up(int n) {
  const int stop = y >= margins().top ? margins().top : 0;
  place(x, std::max(stop, y - n));
}

void State::move_down(int n) {
  const int stop = y < margins().bottom ? margins().bottom - 1 : rows() - 1;
  place(x, std::min(stop, y + n));
}

void State::move_left(int n) {
  const int stop = x >= margins().left ? margins().left : 0;
  place(std::max(stop, x - n), y);
}

void State::move_right(int n) {
  place(std::min(last_column(), x + n), y);
}

void State::move_back(int n) {
  if (!modes.autowrap || (!modes.reverse_wrap && !modes.reverse_wrap_anywhere)) {
    move_left(n);
    return;
  }
  while (n > 0) {
    const int room = x - (x >= margins().left ? margins().left : 0);
    if (pending_wrap) {
      // The cursor stands behind the column that it is shown in.
      pending_wrap = false;
      --n;
    } else if (room > 0) {
      move_left(std::min(n, room));
      n -= std::min(n, room);
    } else if (wrap_back()) {
      --n;
    } else {
      return;
    }
  }
}

/// From the first column to the end of the row above; false when there is no way.
bool State::wrap_back() {
  const Rect& m = margins();
  const bool inside = y >= m.top && y < m.bottom;
  if (modes.reverse_wrap_anywhere) {
    const int first = inside ? m.top : 0;
    const int last = inside ? m.bottom - 1 : rows() - 1;
    place(m.right - 1, y == first ? last : y - 1);
    return true;
  }
  if (x > 0 || !inside || y == m.top || !grid().row(y - 1).wrapped()) return false;
  const bool skips = skips_last_column(grid().row(y - 1), grid().row(y), cols());
  grid().break_wrap_after(y - 1);
  place(cols() - (skips ? 2 : 1), y - 1);
  return true;
}

void State::linefeed() {
  pending_wrap = false;
  if (y == rows() - 1 && active == &main && margins_are_full()) {
    main.grid.feed_line(fill_style(), false);
  } else {
    index_line(false);
  }
  if (modes.newline) carriage_return();
}

/// Down one row, scrolling at the bottom margin. `wrapping`: the text of this row goes on in the next; `skips`: without
/// its last column.
void State::index_line(bool wrapping, bool skips) {
  const Rect& m = margins();
  const auto set_wrapped = [&] {
    grid().row(y).set_wrapped(true);
    if (skips) grid().row(y).make_filler();
  };
  if (y != m.bottom - 1) {
    if (y + 1 >= rows()) return;
    if (wrapping) set_wrapped();
    ++y;
    return;
  }
  if (!in_columns()) return;
  if (m.left != 0 || m.right != cols()) {
    scroll_up(m, 1);
    return;
  }
  const bool feeds = m.top == 0 && active == &main;
  const RowId base = grid().base();
  if (feeds && m.bottom != rows()) {
    // The rows below the region keep their places and so move away from the text above them.
    anchors.shift(base + static_cast<RowId>(m.bottom), base + static_cast<RowId>(rows()), 1);
  } else if (!feeds) {
    if (m.top == 0 && m.bottom == rows()) {
      next_alternate_row = base + static_cast<RowId>(rows()) + 1;
    } else {
      anchors.scroll_up(base + static_cast<RowId>(m.top), base + static_cast<RowId>(m.bottom), 1);
    }
  }
  if (wrapping) set_wrapped();
  const bool rotates = m.top == 0 && (active == &main || m.bottom == rows());
  grid().scroll_up_one(m.top, m.bottom, fill_style(), rotates, wrapping);
}

void State::reverse_index() {
  pending_wrap = false;
  if (y != margins().top) {
    place(x, y - 1);
  } else if (in_columns()) {
    scroll_down(margins(), 1);
  }
}

void State::tab(int n) {
  if (pending_wrap) return;
  const int stop = last_column();
  while (n-- > 0 && x < stop) {
    do {
      ++x;
    } while (x < stop && !tabs[static_cast<std::size_t>(x)]);
  }
}

void State::back_tab(int n) {
  pending_wrap = false;
  const int stop = modes.origin ? margins().left : 0;
  while (n-- > 0 && x > stop) {
    do {
      --x;
    } while (x > stop && !tabs[static_cast<std::size_t>(x)]);
  }
}

void State::save_cursor() {
  SavedCursor& saved = active->saved;
  saved.set = true;
  saved.x = x;
  saved.y = y;
  // Between left and right margins the pending wrap belongs to margins that may be gone later.
  saved.pending_wrap = pending_wrap && x == cols() - 1;
  saved.origin = modes.origin;
  saved.pen = pen;
  saved.charsets = charsets;
  saved.charsets.single_shift = 0;
}

void State::restore_cursor() {
  const SavedCursor saved = active->saved;
  modes.origin = saved.origin;
  pen = saved.pen;
  touch_pen();
  charsets = saved.charsets;
  place(saved.x, saved.y);
  pending_wrap = saved.pending_wrap && x == cols() - 1;
  if (modes.origin) {
    const Rect& m = margins();
    const int column = std::clamp(x, m.left, m.right - 1);
    const int line = std::clamp(y, m.top, m.bottom - 1);
    if (column != x || line != y) place(column, line);
  }
}

}  // namespace duotty::term
