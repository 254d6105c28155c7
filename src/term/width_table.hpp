#pragma once
// The ranges of characters that do not take one cell, in order; the rest takes one.
#include <cstddef>

namespace duotty::term {

struct WidthRange {
  char32_t first;
  char32_t last;
  int cells;
};

extern const WidthRange width_ranges[];
extern const std::size_t width_range_count;

}  // namespace duotty::term
