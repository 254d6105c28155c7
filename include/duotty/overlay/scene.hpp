#pragma once
// What a viewer is told of the elements of a terminal: places and laid out text, nothing to decide any more. As JSON on
// the wire (docs/terminal-websocket.md, the frame `ui`).
#include <duotty/overlay/layout.hpp>
#include <duotty/overlay/picture.hpp>
#include <nlohmann/json_fwd.hpp>

namespace duotty::overlay {

/// One visible element, ready to be drawn.
struct SceneItem {
  std::string id;
  Kind kind = Kind::overlay;
  Edge edge = Edge::bottom;
  int left = 0;
  int top = 0;
  int width = 1;
  int height = 1;
  term::Color background;
  bool focused = false;
  std::string by;
  std::vector<PictureRow> rows;
  friend bool operator==(const SceneItem&, const SceneItem&) = default;
};

/// Who has the keyboard.
struct CaptureSign {
  std::string id;
  std::string by;
  friend bool operator==(const CaptureSign&, const CaptureSign&) = default;
};

/// Everything of one moment, in the order of drawing.
struct Scene {
  ScreenMode mode = ScreenMode::normal;
  int top_rows = 0;
  int bottom_rows = 0;
  std::vector<SceneItem> items;
  std::optional<CaptureSign> capture;
  /// True when a viewer has nothing to draw.
  bool empty() const noexcept { return items.empty() && !capture && top_rows == 0 && bottom_rows == 0; }
  friend bool operator==(const Scene&, const Scene&) = default;
};

/// The visible elements of a layout; `focus` names the one that has the focus, if any.
Scene scene_of(const Layout& layout, ScreenMode mode, std::string_view focus);
/// The frame `ui`.
nlohmann::json to_json(const Scene& scene);
/// What a `ui` frame says; values out of bounds are clamped, what is malformed is left out.
Scene scene_from_json(const nlohmann::json& frame);

}  // namespace duotty::overlay
