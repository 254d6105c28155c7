#include "grid.hpp"

#include <algorithm>
#include <utility>

namespace duotty::term {

Grid::Grid(Size size, RowId base, Scrollback* scrollback)
    : size_(size), base_(base), scrollback_(scrollback), rows_(static_cast<std::size_t>(size.rows)) {}

void Grid::scroll_up_one(int top, int bottom, std::uint32_t fill, bool feed, bool keep_wrap) {
  if (!keep_wrap) break_wrap_after(bottom - 1);
  if (feed && top == 0) {
    if (scrollback_ != nullptr) scrollback_->push(row(0));
    ++base_;
    if (bottom == size_.rows) {
      Row& recycled = row(0);
      if (++head_ == rows_.size()) head_ = 0;
      recycled.clear(fill);
      return;
    }
  } else {
    break_wrap_before(top);
  }
  Row recycled = std::move(row(top));
  for (int y = top; y + 1 < bottom; ++y) row(y) = std::move(row(y + 1));
  recycled.clear(fill);
  row(bottom - 1) = std::move(recycled);
}

void Grid::scroll_up(const Rect& region, int n, std::uint32_t fill) {
  n = std::min(n, region.bottom - region.top);
  if (n <= 0) return;
  break_wrap_before(region.top);
  break_wrap_after(region.bottom - 1);
  const bool whole = region.left == 0 && region.right == size_.cols;
  for (int y = region.top; y < region.bottom; ++y) {
    const bool blank = y >= region.bottom - n;
    if (whole && !blank) {
      std::swap(row(y), row(y + n));
    } else if (whole) {
      row(y).clear(fill);
    } else if (blank) {
      erase(y, region.left, region.right, fill);
    } else {
      break_wrap_after(y);
      row(y).copy_cells(row(y + n), region.left, region.right, fill, size_.cols);
    }
  }
  // The last row that moved is followed by a blank row now.
  if (region.bottom - n > region.top) break_wrap_after(region.bottom - n - 1);
}

void Grid::scroll_down(const Rect& region, int n, std::uint32_t fill) {
  n = std::min(n, region.bottom - region.top);
  if (n <= 0) return;
  break_wrap_before(region.top);
  break_wrap_after(region.bottom - 1);
  const bool whole = region.left == 0 && region.right == size_.cols;
  for (int y = region.bottom - 1; y >= region.top; --y) {
    const bool blank = y < region.top + n;
    if (whole && !blank) {
      std::swap(row(y), row(y - n));
    } else if (whole) {
      row(y).clear(fill);
    } else if (blank) {
      erase(y, region.left, region.right, fill);
    } else {
      break_wrap_after(y);
      row(y).copy_cells(row(y - n), region.left, region.right, fill, size_.cols);
    }
  }
  break_wrap_after(region.bottom - 1);
}

void Grid::break_wrap_before(int y) {
  if (y > 0) {
    row(y - 1).set_wrapped(false);
  } else if (scrollback_ != nullptr && scrollback_->size() != 0) {
    scrollback_->set_wrapped(scrollback_->end() - 1, false);
  }
}

void Grid::settle_filler_before(int y) {
  if (y > 0) {
    Row& above = row(y - 1);
    if (above.wrapped() && !skips_last_column(above, row(y), size_.cols)) above.drop_filler();
  } else if (scrollback_ != nullptr && scrollback_->size() != 0 && scrollback_->wrapped(scrollback_->end() - 1)) {
    Row above;
    scrollback_->unpack(scrollback_->end() - 1, above, size_.cols);
    if (!skips_last_column(above, row(0), size_.cols)) scrollback_->drop_filler(scrollback_->end() - 1);
  }
}

void Grid::erase(int y, int from, int to, std::uint32_t fill) {
  if (from >= to) return;
  if (from == 0) break_wrap_before(y);
  if (to == size_.cols) break_wrap_after(y);
  row(y).erase(from, to, fill, size_.cols);
}

void Grid::clear(std::uint32_t fill) {
  break_wrap_before(0);
  for (Row& row : rows_) row.clear(fill);
}

void Grid::resize(Size size) {
  std::vector<Row> rows(static_cast<std::size_t>(size.rows));
  for (int y = 0; y < std::min(size.rows, size_.rows); ++y) {
    const Row& old = row(y);
    Row& fresh = rows[static_cast<std::size_t>(y)];
    const int used = std::min(size_.cols, size.cols);
    for (int col = 0; col < used; ++col) {
      const Cell cell = old.at(col);
      if (cell != Cell{}) fresh.set(col, cell, size.cols);
    }
    if (used > 0 && fresh.at(used - 1).is_wide()) {
      fresh.set(used - 1, {content::blank, fresh.at(used - 1).style}, size.cols);
    }
    // A wrap stands only where the width is the same.
    fresh.set_wrapped(old.wrapped() && size.cols == size_.cols && y + 1 < size.rows);
  }
  rows_ = std::move(rows);
  head_ = 0;
  size_ = size;
}

void Grid::replace(std::vector<Row> rows, Size size, RowId base) {
  rows_ = std::move(rows);
  head_ = 0;
  size_ = size;
  base_ = base;
}

}  // namespace duotty::term
