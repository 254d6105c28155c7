// The store as a record for the disk.
#include <duotty/base/plain_text.hpp>
#include <duotty/overlay/store.hpp>

#include "json.hpp"

namespace duotty::overlay {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

Json element_json(const Element& element) {
  Json spans = Json::array();
  for (const Span& span : element.spans) {
    Json one = {{"id", span.id}, {"text", span.text}};
    add_style(one, span.style);
    spans.push_back(std::move(one));
  }
  Json writes = Json::array();
  for (const Write& write : element.writes) {
    Json one = {{"row", write.row}, {"col", write.col}, {"text", write.text}};
    add_style(one, write.style);
    writes.push_back(std::move(one));
  }
  return {{"id", element.id},
          {"kind", name(element.kind)},
          {"mode", name(element.mode)},
          {"x", element.x},
          {"y", element.y},
          {"width", element.width},
          {"height", element.height},
          {"edge", name(element.edge)},
          {"z", element.z},
          {"background", color_text(element.background)},
          {"spans", std::move(spans)},
          {"writes", std::move(writes)},
          {"focusable", element.focusable},
          {"by", element.by},
          {"expires_at", element.expires_at}};
}

Element element_of(const Json& json) {
  Element element;
  element.id = text_of(json, "id");
  element.kind = text_of(json, "kind") == "panel" ? Kind::panel : Kind::overlay;
  element.mode = text_of(json, "mode") == "alt" ? ScreenMode::alt : ScreenMode::normal;
  element.x = number_at(json, "x", -kFarthest, kFarthest);
  element.y = number_at(json, "y", -kFarthest, kFarthest);
  element.width = number_at(json, "width", 1, kMaxExtent);
  element.height = number_at(json, "height", 1, kMaxExtent);
  element.edge = edge(text_of(json, "edge")).value_or(Edge::bottom);
  element.z = number_at(json, "z", -1'000'000, 1'000'000);
  element.background = color(text_of(json, "background")).value_or(term::Color{});
  for (const Json& span : list_of(json, "spans")) {
    if (!span.is_object()) continue;
    element.spans.push_back({text_of(span, "id"), base::clean_text(text_of(span, "text"), true), style_of(span)});
  }
  for (const Json& write : list_of(json, "writes")) {
    if (!write.is_object()) continue;
    element.writes.push_back({number_at(write, "row", 0, kMaxExtent - 1), number_at(write, "col", 0, kMaxExtent - 1),
                              base::clean_text(text_of(write, "text"), false), style_of(write)});
  }
  element.focusable = flag_of(json, "focusable");
  element.by = text_of(json, "by");
  const auto expires = json.find("expires_at");
  if (expires != json.end() && expires->is_number()) element.expires_at = expires->get<double>();
  return element;
}

}  // namespace

std::string Store::save() const {
  Json elements = Json::array();
  for (const Element& element : elements_) elements.push_back(element_json(element));
  const Json whole = {{"version", kVersion}, {"mode", name(mode_)}, {"made", made_}, {"elements", std::move(elements)}};
  return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Store> Store::restore(std::string_view bytes) {
  const Json whole = Json::parse(bytes, nullptr, false);
  if (!whole.is_object() || number_at(whole, "version", 0, 1000) != kVersion) return std::nullopt;
  Store store;
  store.mode_ = text_of(whole, "mode") == "alt" ? ScreenMode::alt : ScreenMode::normal;
  if (const auto made = whole.find("made"); made != whole.end() && made->is_number_unsigned()) {
    store.made_ = made->get<std::uint64_t>();
  }
  for (const Json& one : list_of(whole, "elements")) {
    if (!one.is_object()) return std::nullopt;
    Element element = element_of(one);
    if (!valid_id(element.id) || store.find(element.id) != nullptr || store.elements_.size() >= kMaxElements) {
      return std::nullopt;
    }
    store.elements_.push_back(std::move(element));
  }
  if (!store.check()) return std::nullopt;
  return store;
}

}  // namespace duotty::overlay
