#include "row.hpp"

#include <algorithm>
#include <cstring>

#include "width_table.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace duotty::term {
namespace {

/// ASCII to cells of one look.
void spread_ascii(Cell* cells, const char* text, int count, std::uint32_t style) {
#ifdef __SSE2__
  const __m128i zero = _mm_setzero_si128();
  const __m128i look = _mm_set1_epi32(static_cast<int>(style));
  const auto four = [&](int at) {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, text + at, sizeof bytes);
    const __m128i words = _mm_unpacklo_epi8(_mm_cvtsi32_si128(static_cast<int>(bytes)), zero);
    const __m128i values = _mm_unpacklo_epi16(words, zero);
    auto* const out = reinterpret_cast<__m128i*>(cells + at);
    _mm_storeu_si128(out, _mm_unpacklo_epi32(values, look));
    _mm_storeu_si128(out + 1, _mm_unpackhi_epi32(values, look));
  };
  if (count >= 4) {
    for (int at = 0; at + 4 <= count; at += 4) four(at);
    return four(count - 4);
  }
#endif
  for (int at = 0; at < count; ++at) cells[at] = {static_cast<unsigned char>(text[at]), style};
}

}  // namespace

/// Over or behind stored cells, without cutting a wide character.
bool Row::overwrite(int col, const char* text, int count, std::uint32_t style) {
  const int end = col + count;
  auto* const cells = reinterpret_cast<Cell*>(data_.get());
  if (col > used_ || (col < used_ && cells[col].is_tail()) || (end < used_ && cells[end].is_tail())) return false;
  spread_ascii(cells + col, text, count, style);
  used_ = std::max(used_, static_cast<std::uint16_t>(end));
  return true;
}

void Row::write_ascii(int col, const char* text, int count, std::uint32_t style, int cols) {
  if (form_ == Form::plain) {
    if (col == 0 && count >= used_) style_ = style;
    const bool fits =
        col <= used_ ? (used_ == 0 || style == style_) : (fill_ == style && (used_ == 0 || style == style_));
    if (fits) {
      style_ = style;
      if (room_ == Form::none) {
        data_ = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(cols));
        capacity_ = static_cast<std::uint16_t>(cols);
        room_ = Form::plain;
      }
      if (col > used_) std::memset(mutable_bytes() + used_, ' ', static_cast<std::size_t>(col - used_));
      copy(col, text, count);
      return;
    }
  }
  if (form_ != Form::cells && col >= used_ && append_run(col, text, count, style, cols)) return;
  split_wide(col, style, cols);
  if (col + count < cols) split_wide(col + count, style, cols);
  spread_ascii(as_cells(col + count, cols) + col, text, count, style);
}

/// Text behind the last is another run.
bool Row::append_run(int col, const char* text, int count, std::uint32_t style, int cols) {
  make_room(cols);
  if (form_ == Form::plain) {
    const bool filled = used_ == 0 && col != 0;
    if (filled) style_ = fill_;
    if (used_ == 0 && !filled) style_ = style;
    if (!start_runs()) return false;
  }
  if (col > used_) {
    std::memset(mutable_bytes() + used_, ' ', static_cast<std::size_t>(col - used_));
    extend_runs(col - used_, fill_);
    style_ = fill_;
  }
  extend_runs(count, style);
  style_ = style;
  copy(col, text, count);
  return true;
}

/// After used() became smaller.
void Row::cut_runs() {
  char* const data = mutable_bytes() + capacity_;
  std::size_t covered = 0;
  std::uint16_t kept = 0;
  for (; covered < used_; ++kept) {
    Run run = load_run(data + kept * run_bytes);
    run.length = static_cast<std::uint16_t>(std::min<std::size_t>(run.length, used_ - covered));
    store_run(data + kept * run_bytes, run);
    covered += run.length;
  }
  runs_ = kept;
  if (kept != 0) style_ = load_run(data + (kept - 1u) * run_bytes).style;
  if (kept <= 1) form_ = Form::plain;
}

std::uint32_t Row::run_style(int col) const {
  const char* at = run_data();
  for (Run run = load_run(at);; run = load_run(at += run_bytes)) {
    if (col < run.length) return run.style;
    col -= run.length;
  }
}

void Row::make_room(int cols) {
  if (room_ == Form::cells) return;
  auto data = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(cols) * sizeof(Cell));
  if (used_ != 0) std::memcpy(data.get(), data_.get(), used_);
  data_ = std::move(data);
  capacity_ = static_cast<std::uint16_t>(cols);
  room_ = Form::cells;
}

/// From bytes to cells.
void Row::expand() {
  // Bytes and runs lie where the cells will be.
  char text[max_cols];
  char runs[max_cols * run_bytes];
  auto* cells = reinterpret_cast<Cell*>(data_.get());
  if (used_ != 0) std::memcpy(text, bytes(), used_);
  if (form_ == Form::runs) {
    std::memcpy(runs, run_data(), runs_ * run_bytes);
    for (int at = 0, i = 0; i < runs_; ++i) {
      const Run run = load_run(runs + static_cast<std::size_t>(i) * run_bytes);
      spread_ascii(cells + at, text + at, run.length, run.style);
      at += run.length;
    }
  } else if (form_ == Form::plain) {
    spread_ascii(cells, text, used_, style_);
  }
  form_ = Form::cells;
}

void Row::assign(const Row& other, int cols) {
  clear(other.fill_);
  wrapped_ = other.wrapped_;
  if (other.used_ == 0) return;
  make_room(cols);
  form_ = other.form_;
  used_ = other.used_;
  style_ = other.style_;
  runs_ = other.runs_;
  const std::size_t size = form_ == Form::cells ? sizeof(Cell) : 1;
  std::memcpy(data_.get(), other.data_.get(), used_ * size);
  if (form_ == Form::runs) std::memcpy(mutable_bytes() + capacity_, other.run_data(), runs_ * run_bytes);
}

std::size_t Row::write_text(int& col, const char32_t* text, std::size_t count, std::uint32_t style, int limit,
                            int cols) {
  split_wide(col, style, cols);
  Cell* const cells = as_cells(col, cols);
  std::size_t done = 0;
  int at = col;
  for (; done < count; ++done) {
    const int wide = width_of(text[done]);
    if (wide == 0 || at + wide > limit) break;
    const auto value = static_cast<std::uint32_t>(text[done]);
    cells[at++] = {wide == 2 ? value | content::wide : value, style};
    if (wide == 2) cells[at++] = {content::tail, style};
  }
  if (at < used_ && cells[at].is_tail()) cells[at] = {content::blank, style};
  used_ = std::max(used_, static_cast<std::uint16_t>(at));
  col = at;
  return done;
}

Cell* Row::as_cells(int upto, int cols) {
  make_room(cols);
  auto* cells = reinterpret_cast<Cell*>(data_.get());
  if (form_ != Form::cells) expand();
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
  if (form_ != Form::cells || col <= 0 || col >= used_ || !cells()[col].is_tail()) return;
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
    fill_ = fill;
    if (from < used_) {
      used_ = static_cast<std::uint16_t>(from);
      if (form_ == Form::runs) cut_runs();
    }
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
  return row.wrapped() && last.is_filler() && next.at(0).is_wide() && !next.at(0).is_grown() &&
         next.at(0).style == last.style;
}

}  // namespace duotty::term
