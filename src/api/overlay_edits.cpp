// Overlays and panels between JSON and the store.
#include "overlay_edits.hpp"

#include <algorithm>
#include <chrono>
#include <duotty/base/utc_time.hpp>

namespace duotty::api {

using base::Errc;
using base::Error;
using overlay::Kind;
using session::ScreenUi;

namespace {

// --- from parameters ------------------------------------------------------------------------------------------------

Result<term::Color> color_of(const Json& json, const char* field) {
  if (json.is_null()) return term::Color{};
  std::optional<term::Color> color;
  if (json.is_string()) {
    color = overlay::color(json.get_ref<const std::string&>());
  } else if (json.is_number_unsigned()) {
    color = overlay::color(std::to_string(json.get<std::uint64_t>()));
  } else if (json.is_object() && json.size() == 3) {
    const auto part = [&](const char* key) {
      const auto found = json.find(key);
      const bool fine = found != json.end() && found->is_number_unsigned() && *found <= 255;
      return fine ? std::optional(found->get<std::uint8_t>()) : std::nullopt;
    };
    const auto r = part("r");
    const auto g = part("g");
    const auto b = part("b");
    if (r && g && b) color = term::Color::rgb(*r, *g, *b);
  }
  if (color) return *color;
  return Error(Errc::invalid_params,
               std::string("\"") + field +
                   "\" must be a colour: a name such as red or bright_blue, 0 to 255, \"#rrggbb\" or {\"r\", \"g\", "
                   "\"b\"}.",
               field);
}

Result<term::Style> style_of(const TextLook& look) {
  term::Style style;
  auto fg = color_of(look.fg, "fg");
  if (!fg) return fg.error();
  auto bg = color_of(look.bg, "bg");
  if (!bg) return bg.error();
  style.foreground = *fg;
  style.background = *bg;
  const auto set = [&](bool on, term::Attribute bit) {
    if (on) style.attributes = static_cast<std::uint16_t>(style.attributes | bit);
  };
  set(look.bold, term::bold);
  set(look.faint, term::faint);
  set(look.italic, term::italic);
  set(look.strike, term::strike);
  set(look.inverse, term::inverse);
  if (look.underline) style.underline = term::Underline::single;
  return style;
}

Result<std::vector<overlay::Span>> spans_of(const std::vector<SpanText>& texts) {
  std::vector<overlay::Span> spans;
  for (const SpanText& text : texts) {
    auto style = style_of(text);
    if (!style) return style.error();
    spans.push_back({text.id, text.text, *style});
  }
  return spans;
}

Result<overlay::Change> change_of(const ElementShape& shape) {
  overlay::Change change;
  change.height = shape.height;
  change.z = shape.z;
  change.focusable = shape.focusable;
  if (shape.ttl_seconds) change.expires_at = *shape.ttl_seconds > 0 ? base::wall_seconds() + *shape.ttl_seconds : 0;
  if (!shape.background.is_null()) {
    auto color = color_of(shape.background, "background");
    if (!color) return color.error();
    change.background = *color;
  }
  if (shape.spans) {
    auto spans = spans_of(*shape.spans);
    if (!spans) return spans.error();
    change.spans = std::move(*spans);
  }
  return change;
}

Result<overlay::Change> change_of(const OverlayShape& shape) {
  auto change = change_of(static_cast<const ElementShape&>(shape));
  if (!change) return change.error();
  change->x = shape.x;
  change->y = shape.y;
  change->width = shape.width;
  return change;
}

Result<overlay::Change> change_of(const PanelShape& shape) {
  auto change = change_of(static_cast<const ElementShape&>(shape));
  if (!change) return change.error();
  if (shape.position) {
    change->edge = overlay::edge(*shape.position);
    if (!change->edge) return Error(Errc::invalid_params, "\"position\" must be top or bottom.", "position");
  }
  return change;
}

// --- to results -----------------------------------------------------------------------------------------------------

Json look_json(const term::Style& style) {
  Json out = Json::object();
  if (!style.foreground.is_default()) out["fg"] = overlay::color_text(style.foreground);
  if (!style.background.is_default()) out["bg"] = overlay::color_text(style.background);
  if (style.has(term::bold)) out["bold"] = true;
  if (style.has(term::faint)) out["faint"] = true;
  if (style.has(term::italic)) out["italic"] = true;
  if (style.has(term::strike)) out["strike"] = true;
  if (style.has(term::inverse)) out["inverse"] = true;
  if (style.underline != term::Underline::none) out["underline"] = true;
  return out;
}

ElementInfo info_of(const ScreenUi& ui, const overlay::Placed& placed) {
  const overlay::Element& element = *placed.element;
  ElementInfo info;
  info.id = element.id;
  info.kind = std::string(name(element.kind));
  info.mode = std::string(name(element.mode));
  if (element.kind == Kind::overlay) {
    info.x = element.x;
    info.y = element.y;
  } else {
    info.position = std::string(name(element.edge));
  }
  info.width = placed.width;
  info.height = element.height;
  info.z = element.z;
  if (!element.background.is_default()) info.background = overlay::color_text(element.background);
  for (const auto& span : element.spans) {
    Json one = look_json(span.style);
    if (!span.id.empty()) one["id"] = span.id;
    one["text"] = span.text;
    info.spans.push_back(std::move(one));
  }
  for (const auto& write : element.writes) {
    Json one = look_json(write.style);
    one.update({{"row", write.row}, {"col", write.col}, {"text", write.text}});
    info.writes.push_back(std::move(one));
  }
  info.focusable = element.focusable;
  info.focused = !ui.captures().focus().empty() && ui.captures().focus() == element.id;
  info.visible = placed.visible;
  info.by = element.by;
  if (element.expires_at > 0) info.expires_in = std::max(0.0, element.expires_at - base::wall_seconds());
  return info;
}

}  // namespace

Result<ElementInfo> info_of(const ScreenUi& ui, Kind kind, const std::string& id) {
  const auto* element = ui.store().find(kind, id);
  const auto layout = ui.layout();
  for (const auto& placed : layout.placed) {
    if (placed.element == element) return info_of(ui, placed);
  }
  const std::string word(name(kind));
  return Error(Errc::not_found, "No " + word + " of that id. List them with " + word + ".list.", "id");
}

/// In order of creation; `kind`: only those.
std::vector<ElementInfo> infos_of(const ScreenUi& ui, std::optional<Kind> kind) {
  const auto layout = ui.layout();
  std::vector<ElementInfo> out;
  for (const auto& element : ui.store().elements()) {
    if (element.mode != ui.store().mode() || (kind && element.kind != *kind)) continue;
    for (const auto& placed : layout.placed) {
      if (placed.element == &element) out.push_back(info_of(ui, placed));
    }
  }
  return out;
}

// --- operations -----------------------------------------------------------------------------------------------------

namespace {

template <class Shape>
Result<Json> make_in(overlay::Store& store, Kind kind, const Shape& shape, const std::string& by) {
  auto change = change_of(shape);
  if (!change) return change.error();
  auto id = store.create(kind, shape.id, *change, by);
  if (!id) return id.error();
  return Json{{"id", *id}};
}

template <class Shape>
Result<Json> alter_in(overlay::Store& store, Kind kind, const Shape& shape) {
  if (shape.id.empty()) return Error(Errc::invalid_params, "\"id\" is required.", "id");
  auto change = change_of(shape);
  if (!change) return change.error();
  auto done = store.update(kind, shape.id, *change);
  if (!done) return done.error();
  return Json{{"id", shape.id}};
}

}  // namespace

Result<Json> create_in(overlay::Store& store, const OverlayShape& shape, const std::string& by) {
  return make_in(store, Kind::overlay, shape, by);
}

Result<Json> create_in(overlay::Store& store, const PanelShape& shape, const std::string& by) {
  return make_in(store, Kind::panel, shape, by);
}

Result<Json> update_in(overlay::Store& store, const OverlayShape& shape) {
  return alter_in(store, Kind::overlay, shape);
}

Result<Json> update_in(overlay::Store& store, const PanelShape& shape) {
  return alter_in(store, Kind::panel, shape);
}

Result<Json> spans_in(overlay::Store& store, Kind kind, const SpanChanges& p) {
  auto spans = spans_of(p.spans);
  if (!spans) return spans.error();
  auto done = store.set_spans(kind, p.id, *spans);
  if (!done) return done.error();
  return Json{{"id", p.id}};
}

Result<Json> writes_in(overlay::Store& store, Kind kind, const Writes& p) {
  std::vector<overlay::Write> writes;
  for (const PlacedText& text : p.writes) {
    auto style = style_of(text);
    if (!style) return style.error();
    writes.push_back({text.row, text.col, text.text, *style});
  }
  auto done = store.write(kind, p.id, std::move(writes));
  if (!done) return done.error();
  return Json{{"id", p.id}};
}

namespace {

Result<Json> remove_in(overlay::Store& store, Kind kind, const ElementId& p) {
  auto done = store.remove(kind, p.id);
  if (!done) return done.error();
  return Json{{"id", p.id}};
}

/// Decodes `json` and hands it to `run`.
template <class P, class Run>
Result<Json> with(const Json& json, Run run) {
  auto params = record::decode<P>(json);
  if (!params) return params.error();
  return run(*params);
}

}  // namespace

Result<Json> run_operation(overlay::Store& store, Kind kind, std::string_view op, const Json& json,
                           const std::string& by) {
  const bool over = kind == Kind::overlay;
  if (op == "create" && over) return with<OverlayShape>(json, [&](const auto& p) { return create_in(store, p, by); });
  if (op == "create") return with<PanelShape>(json, [&](const auto& p) { return create_in(store, p, by); });
  if (op == "update" && over) return with<OverlayShape>(json, [&](const auto& p) { return update_in(store, p); });
  if (op == "update") return with<PanelShape>(json, [&](const auto& p) { return update_in(store, p); });
  if (op == "delete") return with<ElementId>(json, [&](const auto& p) { return remove_in(store, kind, p); });
  if (op == "spans") return with<SpanChanges>(json, [&](const auto& p) { return spans_in(store, kind, p); });
  if (op == "write") return with<Writes>(json, [&](const auto& p) { return writes_in(store, kind, p); });
  if (op == "clear") {
    return with<record::Empty>(json, [&](const auto&) { return Result<Json>(Json{{"removed", store.clear(kind)}}); });
  }
  return Error(Errc::invalid_params, "\"op\" must be one of create, update, delete, spans, write, clear.", "op");
}

/// An operation of `screen_ui`: "overlay.create", "panel.clear", "screen_mode.enter_alt".
Result<Json> run_any(overlay::Store& store, std::string_view op, const Json& json, const std::string& by) {
  if (op.starts_with("overlay.")) return run_operation(store, Kind::overlay, op.substr(8), json, by);
  if (op.starts_with("panel.")) return run_operation(store, Kind::panel, op.substr(6), json, by);
  if (op == "screen_mode.enter_alt" || op == "screen_mode.exit_alt") {
    return with<record::Empty>(json, [&](const auto&) -> Result<Json> {
      auto done = op.ends_with("enter_alt") ? store.enter_alt() : store.exit_alt();
      if (!done) return done.error();
      return Json{{"mode", name(store.mode())}};
    });
  }
  return Error(Errc::invalid_params,
               "\"op\" must be overlay.* or panel.* with create, update, delete, spans, write or clear, or "
               "screen_mode.enter_alt or screen_mode.exit_alt.",
               "op");
}

}  // namespace duotty::api
