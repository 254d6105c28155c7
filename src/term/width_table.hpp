#pragma once
// The ranges of characters that do not take one cell, in order; the rest takes one.
#include <cstddef>
#include <cstdint>

namespace duotty::term {

struct WidthRange {
  char32_t first;
  char32_t last;
  int cells;
};

extern const WidthRange width_ranges[];
extern const std::size_t width_range_count;

/// Below here the packed table has two bits for each character; beyond it the ranges are searched.
inline constexpr char32_t packed_width_end = 0x20000;
extern const std::uint8_t* const packed_widths;
int search_width(char32_t scalar) noexcept;

/// width() of a character from U+00A0 on, for the hot path.
inline int width_of(char32_t scalar) noexcept {
  if (scalar >= packed_width_end) return search_width(scalar);
  return packed_widths[scalar / 4] >> (scalar % 4 * 2) & 3;
}

}  // namespace duotty::term
