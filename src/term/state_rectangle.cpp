// DEC's operations on rectangles (VT420, VT510). Cells are named from the origin; margins matter only under DECOM.
#include <algorithm>

#include "dispatch.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

/// The bits of an attribute that DECCARA sets and DECRARA turns over; 0 for any other.
std::uint16_t attribute_bits(int code) {
  if (code == 1) return bold;
  if (code == 5) return blink;
  if (code == 7) return inverse;
  return 0;
}

void change_attribute(Style& style, int code) {
  const auto unset = [&](int bits) { style.attributes = static_cast<std::uint16_t>(style.attributes & ~bits); };
  style.attributes = static_cast<std::uint16_t>(style.attributes | attribute_bits(code));
  if (code == 4) style.underline = Underline::single;
  if (code == 0) unset(bold | blink | inverse);
  if (code == 22) unset(bold);
  if (code == 25) unset(blink);
  if (code == 27) unset(inverse);
  if (code == 0 || code == 24) style.underline = Underline::none;
}

void reverse_attribute(Style& style, int code) {
  const std::uint16_t bits = code == 0 ? bold | blink | inverse : attribute_bits(code);
  style.attributes = static_cast<std::uint16_t>(style.attributes ^ bits);
  if (code != 0 && code != 4) return;
  style.underline = style.underline == Underline::none ? Underline::single : Underline::none;
}

}  // namespace

Rect State::rectangle(const Params& params, std::size_t first) const {
  const Rect area = modes.origin ? margins() : Rect{0, rows(), 0, cols()};
  Rect out;
  out.top = area.top + params.count(first) - 1;
  out.left = area.left + params.count(first + 1) - 1;
  const int bottom = params.get(first + 2, 0);
  const int right = params.get(first + 3, 0);
  out.bottom = bottom == 0 ? area.bottom : std::min(area.bottom, area.top + bottom);
  out.right = right == 0 ? area.right : std::min(area.right, area.left + right);
  return out;
}

void State::fill_rectangle(const Rect& area, std::uint32_t scalar) {
  scalar = static_cast<std::uint32_t>(translate(charsets.current(), scalar));
  const std::uint32_t style = pen_style();
  const std::string text(static_cast<std::size_t>(std::max(1, area.right - area.left)), static_cast<char>(scalar));
  for (int line = area.top; line < area.bottom && area.left < area.right; ++line) {
    if (area.left == 0) grid().settle_filler_before(line);
    Row& row = grid().row(line);
    if (scalar < 0x7f) {
      row.write_ascii(area.left, text.data(), area.right - area.left, style, cols());
      continue;
    }
    for (int col = area.left; col < area.right; ++col) row.write(col, {scalar, style}, cols());
  }
}

void State::erase_rectangle(const Rect& area) {
  for (int line = area.top; line < area.bottom; ++line) erase_cells(line, area.left, area.right, Eraser::all);
}

void State::erase_rectangle_selectively(const Rect& area) {
  const auto blank = [this](Row& row, int col) {
    Cell cell = row.at(col);
    const bool spared = !guards_areas && tables.styles[cell.style].style.has(guarded);
    if (cell.is_blank() || spared) return;
    cell.content = content::blank;
    row.write(col, cell, cols());
  };
  for (int line = area.top; line < area.bottom; ++line) {
    if (area.left == 0) grid().settle_filler_before(line);
    for (int col = area.left; col < area.right; ++col) blank(grid().row(line), col);
  }
}

void State::copy_rectangle(const Rect& from, int top, int left) {
  const int height = std::min(from.bottom - from.top, rows() - top);
  const int width = std::min(from.right - from.left, cols() - left);
  if (height <= 0 || width <= 0) return;
  const std::uint32_t fill = fill_style();
  std::vector<Cell> cells(static_cast<std::size_t>(width));
  for (int i = 0; i < height; ++i) {
    // Rows that are written must have been read.
    const int step = top > from.top ? height - 1 - i : i;
    const Row& source = grid().row(from.top + step);
    for (int col = 0; col < width; ++col) {
      Cell& cell = cells[static_cast<std::size_t>(col)];
      cell = source.at(from.left + col);
      cell.content &= ~content::filler;
    }
    // Halves whose other half stayed behind.
    if (cells.front().is_tail()) cells.front().content = content::blank;
    if (cells.back().is_wide()) cells.back().content = content::blank;
    if (left == 0) grid().settle_filler_before(top + step);
    Row& row = grid().row(top + step);
    row.split_wide(left, fill, cols());
    if (left + width < cols()) row.split_wide(left + width, fill, cols());
    for (int col = 0; col < width; ++col) row.set(left + col, cells[static_cast<std::size_t>(col)], cols());
  }
}

void State::restyle(int line, int from, int to, const Params& params, bool reverse) {
  Row& row = grid().row(line);
  if (from < to && row.at(from).is_tail()) --from;
  if (from < to && to < cols() && row.at(to).is_tail()) ++to;
  if (from == 0) grid().settle_filler_before(line);
  // Neighbours mostly share their look.
  std::uint32_t known = ~std::uint32_t{0};
  std::uint32_t changed = 0;
  for (int col = from; col < to; ++col) {
    Cell cell = row.at(col);
    if (cell.style != known) {
      Pen look = tables.styles[cell.style];
      for (std::size_t i = 4; i < std::max<std::size_t>(params.size(), 5); ++i) {
        const int code = params.get(i, 0);
        reverse ? reverse_attribute(look.style, code) : change_attribute(look.style, code);
      }
      known = cell.style;
      changed = intern_style(look);
    }
    cell.style = changed;
    cell.content &= ~content::filler;
    row.set(col, cell, cols());
  }
}

void State::restyle_rectangle(const Params& params, bool reverse) {
  const Rect area = rectangle(params, 0);
  if (area.left >= area.right || area.top >= area.bottom) {
    // As a stream it may end left of where it begins, in a later row.
    if (rectangular_extent || area.top + 1 >= area.bottom || area.left >= cols() || area.right <= 0) return;
  }
  const Rect whole = modes.origin ? margins() : Rect{0, rows(), 0, cols()};
  for (int line = area.top; line < area.bottom; ++line) {
    const bool from_edge = !rectangular_extent && line != area.top;
    const bool to_edge = !rectangular_extent && line != area.bottom - 1;
    restyle(line, from_edge ? whole.left : area.left, to_edge ? whole.right : area.right, params, reverse);
  }
}

}  // namespace duotty::term
