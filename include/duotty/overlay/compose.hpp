#pragma once
// A terminal with its overlays and panels as output for another terminal: what `duotty attach` writes while there is
// something to draw beside the program's own screen. Pure.
#include <duotty/overlay/cells.hpp>
#include <duotty/overlay/scene.hpp>
#include <duotty/term/terminal.hpp>
#include <string>
#include <string_view>

namespace duotty::overlay {

/// Draws pictures of a terminal with a scene, each as the difference to the last one.
class Composer {
 public:
  /// What changes the window from the last picture to this one. `terminal` is the program's; `window` that of the
  /// person. The first picture, or one of another size, is drawn whole.
  std::string draw(const term::Terminal& terminal, const Scene& scene, Area window);
  /// Nothing is known of the window any more: the next picture is drawn whole.
  void forget();

 private:
  std::vector<CellRow> compose(const term::Terminal& terminal, const Scene& scene, Area window) const;
  static void copy_row(const term::Terminal& terminal, term::RowId from, CellRow& to);
  static void draw_item(const SceneItem& item, int left, int top, int low, int high, std::vector<CellRow>& rows);
  static void draw_sign(const CaptureSign& sign, std::vector<CellRow>& rows);
  std::string modes(const term::Terminal& terminal);

  std::vector<CellRow> shown_;
  std::string modes_;  ///< what the window's terminal was last told of the program's modes
  std::string title_;
};

/// Mouse reports in `typed` come from the whole window; the program's screen begins `rows` below its top. Reports from
/// above it are left out.
std::string shift_mouse(std::string_view typed, int rows);

}  // namespace duotty::overlay
