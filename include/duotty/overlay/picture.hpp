#pragma once
// An element's text laid out in cells, by the terminal's own table of widths, so that every viewer shows the same.
#include <duotty/overlay/element.hpp>

namespace duotty::overlay {

/// Cells.
struct Extent {
  int cols = 0;
  int rows = 0;
};

/// Neighbouring cells of one look. A wide character is a run of its own.
struct Run {
  int col = 0;
  int cells = 0;
  std::string text;
  term::Style style;
  friend bool operator==(const Run&, const Run&) = default;
};

/// One row: its runs from left to right; where none stands, there is only the background.
using PictureRow = std::vector<Run>;

/// How large spans are, cut nowhere.
Extent extent_of(const std::vector<Span>& spans);
/// The element's spans with what was written over them, cut to `width` and the element's height. Empty rows at the end
/// are left out. A cell without a background of its own has the element's.
std::vector<PictureRow> picture(const Element& element, int width);

}  // namespace duotty::overlay
