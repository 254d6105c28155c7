#include "row.hpp"

#include <algorithm>
#include <cstring>

namespace duotty::term {

void Row::copy(int col, const char* text, int count) {
  std::memcpy(mutable_bytes() + col, text, static_cast<std::size_t>(count));
  used_ = std::max(used_, static_cast<std::uint16_t>(col + count));
}

void Row::write_ascii_slow(int col, const char* text, int count, std::uint32_t style, int cols) {
  if (form_ == Form::plain) {
    if (col == 0 && count >= used_) style_ = style;
    const bool fits =
        col <= used_ ? (used_ == 0 || style == style_) : (fill_ == style && (used_ == 0 || style == style_));
    if (fits) {
      style_ = style;
      if (room_ == Form::none) {
        data_ = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(cols));
        room_ = Form::plain;
      }
      if (col > used_) std::memset(mutable_bytes() + used_, ' ', static_cast<std::size_t>(col - used_));
      copy(col, text, count);
      return;
    }
  }
  split_wide(col, style, cols);
  if (col + count < cols) split_wide(col + count, style, cols);
  Cell* cells = as_cells(col + count, cols) + col;
  for (int i = 0; i < count; ++i) cells[i] = {static_cast<unsigned char>(text[i]), style};
}

Cell* Row::as_cells(int upto, int cols) {
  if (room_ != Form::cells) {
    auto data = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(cols) * sizeof(Cell));
    if (used_ != 0) std::memcpy(data.get(), data_.get(), used_);
    data_ = std::move(data);
    room_ = Form::cells;
  }
  auto* cells = reinterpret_cast<Cell*>(data_.get());
  if (form_ == Form::plain) {
    // From the end, because the bytes lie at the front of the same storage.
    const char* bytes = mutable_bytes();
    for (int i = used_ - 1; i >= 0; --i) {
      const Cell cell{static_cast<unsigned char>(bytes[i]), style_};
      cells[i] = cell;
    }
    form_ = Form::cells;
  }
  if (upto > used_) {
    std::fill(cells + used_, cells + upto, Cell{content::blank, fill_});
    used_ = static_cast<std::uint16_t>(upto);
  }
  return cells;
}

void Row::set(int col, Cell cell, int cols) {
  as_cells(col + 1, cols)[col] = cell;
}

void Row::split_wide(int col, std::uint32_t style, int cols) {
  if (form_ == Form::plain || col <= 0 || col >= used_ || !cells()[col].is_tail()) return;
  Cell* cells = as_cells(col + 1, cols);
  cells[col - 1] = cells[col] = {content::blank, style};
}

void Row::write(int col, Cell cell, int cols) {
  const int end = col + (cell.is_wide() ? 2 : 1);
  split_wide(col, cell.style, cols);
  if (end < cols) split_wide(end, cell.style, cols);
  Cell* cells = as_cells(end, cols);
  cells[col] = cell;
  if (cell.is_wide()) cells[col + 1] = {content::tail, cell.style};
}

void Row::erase(int from, int to, std::uint32_t fill, int cols) {
  if (from >= to) return;
  split_wide(from, fill, cols);
  if (to < cols) split_wide(to, fill, cols);
  if (to == cols) {
    if (from > used_ && fill_ != fill) as_cells(from, cols);
    used_ = std::min(used_, static_cast<std::uint16_t>(from));
    fill_ = fill;
    if (used_ == 0) form_ = Form::plain;
    return;
  }
  if (from >= used_ && fill_ == fill) return;
  if (form_ == Form::plain && style_ == fill && to <= used_) {
    std::memset(mutable_bytes() + from, ' ', static_cast<std::size_t>(to - from));
    return;
  }
  Cell* cells = as_cells(to, cols);
  std::fill(cells + from, cells + to, Cell{content::blank, fill});
}

void Row::insert_blanks(int col, int count, int right, std::uint32_t fill, int cols) {
  count = std::min(count, right - col);
  if (count <= 0) return;
  split_wide(col, fill, cols);
  split_wide(right - count, fill, cols);
  if (right < cols) split_wide(right, fill, cols);
  if (col >= used_ && fill_ == fill) return;
  Cell* cells = as_cells(right, cols);
  std::move_backward(cells + col, cells + right - count, cells + right);
  std::fill(cells + col, cells + col + count, Cell{content::blank, fill});
}

void Row::remove_cells(int col, int count, int right, std::uint32_t fill, int cols) {
  count = std::min(count, right - col);
  if (count <= 0) return;
  split_wide(col, fill, cols);
  split_wide(col + count, fill, cols);
  if (right < cols) split_wide(right, fill, cols);
  if (col >= used_ && fill_ == fill) return;
  if (right == cols) drop_filler();
  Cell* cells = as_cells(right, cols);
  std::move(cells + col + count, cells + right, cells + col);
  std::fill(cells + right - count, cells + right, Cell{content::blank, fill});
}

void Row::copy_cells(const Row& other, int from, int to, std::uint32_t fill, int cols) {
  split_wide(from, fill, cols);
  if (to < cols) split_wide(to, fill, cols);
  Cell* cells = as_cells(to, cols);
  for (int col = from; col < to; ++col) {
    cells[col] = other.at(col);
    cells[col].content &= ~content::filler;
  }
  // Halves whose other half stayed behind.
  if (cells[from].is_tail()) cells[from] = {content::blank, fill};
  if (cells[to - 1].is_wide()) cells[to - 1] = {content::blank, fill};
}

void Row::make_filler() {
  Cell* const cells = as_cells(used_, used_);
  cells[used_ - 1].content |= content::filler;
}

void Row::drop_filler() {
  if (form_ != Form::cells || used_ == 0) return;
  reinterpret_cast<Cell*>(data_.get())[used_ - 1].content &= ~content::filler;
}

bool skips_last_column(const Row& row, const Row& next, int cols) {
  const Cell last = row.at(cols - 1);
  return row.wrapped() && last.is_filler() && next.at(0).is_wide() && next.at(0).style == last.style;
}

std::size_t Row::memory(int cols) const {
  if (room_ == Form::none) return 0;
  return static_cast<std::size_t>(cols) * (room_ == Form::cells ? sizeof(Cell) : 1);
}

}  // namespace duotty::term
