#pragma once
// Where elements stand in a window, and how much of it is left for the program. Pure.
#include <duotty/overlay/element.hpp>

namespace duotty::overlay {

/// A window or the program's part of it, in cells.
struct Area {
  int cols = 80;
  int rows = 24;
  friend bool operator==(const Area&, const Area&) = default;
};

/// An element with a place. Of an overlay, `left` and `top` count from the program's first cell and may lie outside of
/// it; of a panel, `top` counts from the first row of its edge's strip and `left` is 0.
struct Placed {
  const Element* element = nullptr;
  bool visible = false;  ///< false: of the other mode, no room, or wholly outside
  int left = 0;
  int top = 0;
  int width = 0;
};

/// Every element of a store, in the order of drawing: lower z first, then older first.
struct Layout {
  std::vector<Placed> placed;
  int top_rows = 0;     ///< of panels above the program
  int bottom_rows = 0;  ///< of panels below it
  Area program;         ///< what is left
};

/// Panels get their rows in order of z, highest first, as long as the program keeps kLeastRows; those that do not fit
/// are not visible and take nothing. The elements must outlive the layout.
Layout lay_out(const std::vector<Element>& elements, ScreenMode mode, Area window);

}  // namespace duotty::overlay
