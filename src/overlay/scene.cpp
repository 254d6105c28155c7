#include <algorithm>
#include <duotty/base/plain_text.hpp>
#include <duotty/overlay/scene.hpp>
#include <nlohmann/json.hpp>

#include "json.hpp"

namespace duotty::overlay {
namespace {

using Json = nlohmann::json;

Json run_json(const Run& run) {
  Json out = {{"col", run.col}, {"cells", run.cells}, {"text", run.text}};
  add_style(out, run.style);
  return out;
}

Json item_json(const SceneItem& item) {
  Json rows = Json::array();
  for (const PictureRow& row : item.rows) {
    Json runs = Json::array();
    for (const Run& run : row) runs.push_back(run_json(run));
    rows.push_back(std::move(runs));
  }
  Json out = {{"id", item.id},   {"kind", name(item.kind)}, {"left", item.left},
              {"top", item.top}, {"width", item.width},     {"height", item.height},
              {"by", item.by},   {"focused", item.focused}, {"rows", std::move(rows)}};
  if (item.kind == Kind::panel) out["position"] = name(item.edge);
  if (!item.background.is_default()) out["background"] = color_text(item.background);
  return out;
}

Run run_of(const Json& json) {
  Run run;
  run.col = number_at(json, "col", 0, kMaxExtent);
  run.cells = number_at(json, "cells", 0, kMaxExtent);
  run.text = base::clean_text(text_of(json, "text"), false);
  run.style = style_of(json);
  return run;
}

SceneItem item_of(const Json& json) {
  SceneItem item;
  item.id = text_of(json, "id");
  item.kind = text_of(json, "kind") == "panel" ? Kind::panel : Kind::overlay;
  item.edge = edge(text_of(json, "position")).value_or(Edge::bottom);
  item.left = number_at(json, "left", -2 * kFarthest, 2 * kFarthest);
  item.top = number_at(json, "top", -2 * kFarthest, 2 * kFarthest);
  item.width = number_at(json, "width", 1, kMaxExtent);
  item.height = number_at(json, "height", 1, kMaxExtent);
  item.background = color(text_of(json, "background")).value_or(term::Color{});
  item.focused = flag_of(json, "focused");
  item.by = text_of(json, "by");
  for (const Json& row : list_of(json, "rows")) {
    PictureRow runs;
    if (row.is_array()) {
      for (const Json& run : row) {
        if (run.is_object()) runs.push_back(run_of(run));
      }
    }
    item.rows.push_back(std::move(runs));
  }
  return item;
}

}  // namespace

Scene scene_of(const Layout& layout, ScreenMode mode, std::string_view focus) {
  Scene scene;
  scene.mode = mode;
  scene.top_rows = layout.top_rows;
  scene.bottom_rows = layout.bottom_rows;
  for (const Placed& placed : layout.placed) {
    if (!placed.visible) continue;
    const Element& element = *placed.element;
    scene.items.push_back({.id = element.id,
                           .kind = element.kind,
                           .edge = element.edge,
                           .left = placed.left,
                           .top = placed.top,
                           .width = placed.width,
                           .height = element.height,
                           .background = element.background,
                           .focused = !focus.empty() && element.id == focus,
                           .by = element.by,
                           .rows = picture(element, placed.width)});
  }
  return scene;
}

Json to_json(const Scene& scene) {
  Json items = Json::array();
  for (const SceneItem& item : scene.items) items.push_back(item_json(item));
  Json out = {{"type", "ui"},
              {"mode", name(scene.mode)},
              {"top", scene.top_rows},
              {"bottom", scene.bottom_rows},
              {"elements", std::move(items)},
              {"capture", nullptr}};
  if (scene.capture) out["capture"] = {{"id", scene.capture->id}, {"by", scene.capture->by}};
  return out;
}

Scene scene_from_json(const Json& frame) {
  Scene scene;
  if (!frame.is_object()) return scene;
  scene.mode = text_of(frame, "mode") == "alt" ? ScreenMode::alt : ScreenMode::normal;
  scene.top_rows = number_at(frame, "top", 0, kMaxExtent);
  scene.bottom_rows = number_at(frame, "bottom", 0, kMaxExtent);
  for (const Json& item : list_of(frame, "elements")) {
    if (item.is_object()) scene.items.push_back(item_of(item));
  }
  if (const auto found = frame.find("capture"); found != frame.end() && found->is_object()) {
    scene.capture = CaptureSign{text_of(*found, "id"), base::clean_text(text_of(*found, "by"), false)};
  }
  return scene;
}

}  // namespace duotty::overlay
