#include <algorithm>
#include <duotty/overlay/layout.hpp>

namespace duotty::overlay {

Layout lay_out(const std::vector<Element>& elements, ScreenMode mode, Area window) {
  Layout out;
  for (const Element& element : elements) out.placed.push_back({&element, false, 0, 0, element.width});
  std::stable_sort(out.placed.begin(), out.placed.end(),
                   [](const Placed& a, const Placed& b) { return a.element->z < b.element->z; });
  // Panels: the highest first; among equals the older one stands nearer to the edge.
  std::vector<Placed*> panels;
  for (Placed& one : out.placed) {
    if (one.element->kind == Kind::panel && one.element->mode == mode) panels.push_back(&one);
  }
  std::stable_sort(panels.begin(), panels.end(),
                   [](const Placed* a, const Placed* b) { return a->element->z > b->element->z; });
  int left = window.rows;
  for (Placed* panel : panels) {
    const int height = panel->element->height;
    panel->width = window.cols;
    if (left - height < kLeastRows) continue;
    left -= height;
    panel->visible = true;
    if (panel->element->edge == Edge::top) {
      panel->top = out.top_rows;
      out.top_rows += height;
    } else {
      out.bottom_rows += height;
      panel->top = -out.bottom_rows;  // from the lower edge, until all are known
    }
  }
  for (Placed* panel : panels) {
    if (panel->visible && panel->element->edge == Edge::bottom) panel->top += out.bottom_rows;
  }
  out.program = {window.cols, left};
  for (Placed& one : out.placed) {
    const Element& element = *one.element;
    if (element.kind != Kind::overlay || element.mode != mode) continue;
    one.left = element.x < 0 ? out.program.cols + element.x : element.x;
    one.top = element.y < 0 ? out.program.rows + element.y : element.y;
    one.visible = one.left < out.program.cols && one.left + element.width > 0 && one.top < out.program.rows &&
                  one.top + element.height > 0;
  }
  return out;
}

}  // namespace duotty::overlay
