#include <algorithm>
#include <duotty/base/plain_text.hpp>
#include <duotty/overlay/picture.hpp>
#include <duotty/overlay/store.hpp>
#include <utility>

namespace duotty::overlay {
namespace {

using base::Errc;
using base::Error;

Error unknown(Kind kind, std::string_view id) {
  const std::string word(name(kind));
  return {Errc::not_found,
          "No " + word + " \"" + base::clean_text(id.substr(0, 64), false) + "\". List them with " + word + ".list.",
          "id"};
}

Error out_of_bounds(const char* field, int low, int high) {
  return {
      Errc::invalid_params,
      std::string("\"") + field + "\" must be between " + std::to_string(low) + " and " + std::to_string(high) + ".",
      field};
}

base::Result<std::vector<Span>> cleaned(std::vector<Span> spans) {
  if (spans.size() > kMaxSpans) {
    return Error(Errc::limit_reached, "An element has at most " + std::to_string(kMaxSpans) + " spans.", "spans");
  }
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (!spans[i].id.empty() && !valid_id(spans[i].id)) {
      return Error(Errc::invalid_params, "The id of a span has 1 to 64 letters, digits, '.', '_', ':' or '-'.",
                   "spans");
    }
    spans[i].text = base::clean_text(spans[i].text, true);
    for (std::size_t j = 0; j < i && !spans[i].id.empty(); ++j) {
      if (spans[j].id == spans[i].id) {
        return Error(Errc::invalid_params, "Two spans have the id \"" + spans[i].id + "\".", "spans");
      }
    }
  }
  return spans;
}

}  // namespace

base::Result<std::string> Store::create(Kind kind, std::string id, const Change& change, std::string by) {
  if (elements_.size() >= kMaxElements) {
    return Error(Errc::limit_reached, "This terminal already has " + std::to_string(kMaxElements) +
                                          " overlays and panels, which is the limit. Delete some first.");
  }
  if (!id.empty() && !valid_id(id)) {
    return Error(Errc::invalid_params, "\"id\" has 1 to 64 letters, digits, '.', '_', ':' or '-'.", "id");
  }
  if (id.empty()) {
    const char* prefix = kind == Kind::overlay ? "o" : "p";
    do id = prefix + std::to_string(++made_);
    while (find(id) != nullptr);
  }
  if (find(id) != nullptr) {
    return Error(Errc::conflict,
                 "There is already an overlay or a panel \"" + id + "\". Update it, or choose another id.", "id");
  }
  Element element;
  element.id = id;
  element.kind = kind;
  element.mode = mode_;
  element.by = std::move(by);
  if (auto applied = apply(element, change); !applied) return applied.error();
  const Extent extent = extent_of(element.spans);
  if (!change.width) element.width = std::clamp(extent.cols, 1, kMaxExtent);
  if (!change.height) element.height = std::clamp(extent.rows, 1, kMaxExtent);
  elements_.push_back(std::move(element));
  if (auto fine = check(); !fine) {
    elements_.pop_back();
    return fine.error();
  }
  return id;
}

base::Result<> Store::apply(Element& element, const Change& change) const {
  const auto within = [](const std::optional<int>& value, int low, int high) {
    return !value || (*value >= low && *value <= high);
  };
  if (!within(change.x, -kFarthest, kFarthest)) return out_of_bounds("x", -kFarthest, kFarthest);
  if (!within(change.y, -kFarthest, kFarthest)) return out_of_bounds("y", -kFarthest, kFarthest);
  if (!within(change.width, 1, kMaxExtent)) return out_of_bounds("width", 1, kMaxExtent);
  if (!within(change.height, 1, kMaxExtent)) return out_of_bounds("height", 1, kMaxExtent);
  if (change.spans) {
    auto spans = cleaned(*change.spans);
    if (!spans) return spans.error();
    element.spans = std::move(*spans);
    element.writes.clear();
  }
  if (change.x) element.x = *change.x;
  if (change.y) element.y = *change.y;
  if (change.width) element.width = *change.width;
  if (change.height) element.height = *change.height;
  if (change.edge) element.edge = *change.edge;
  if (change.z) element.z = *change.z;
  if (change.background) element.background = *change.background;
  if (change.focusable) element.focusable = *change.focusable;
  if (change.expires_at) element.expires_at = *change.expires_at;
  return {};
}

base::Result<> Store::check() const {
  if (text_bytes() <= kMaxTextBytes) return {};
  return Error(
      Errc::limit_reached,
      "The overlays and panels of a terminal have at most " + std::to_string(kMaxTextBytes) + " bytes of text.",
      "spans");
}

base::Result<> Store::update(Kind kind, std::string_view id, const Change& change) {
  Element* element = get(kind, id);
  if (element == nullptr) return unknown(kind, id);
  const Element before = *element;
  auto applied = apply(*element, change);
  if (applied) applied = check();
  if (!applied) *element = before;
  return applied;
}

base::Result<> Store::set_spans(Kind kind, std::string_view id, const std::vector<Span>& spans) {
  Element* element = get(kind, id);
  if (element == nullptr) return unknown(kind, id);
  auto clean = cleaned(spans);
  if (!clean) return clean.error();
  const Element before = *element;
  for (Span& span : *clean) {
    const auto found = std::find_if(element->spans.begin(), element->spans.end(),
                                    [&](const Span& one) { return !span.id.empty() && one.id == span.id; });
    if (found == element->spans.end()) {
      *element = before;
      return Error(Errc::not_found, "\"" + element->id + "\" has no span with the id \"" + span.id + "\".", "spans");
    }
    *found = std::move(span);
  }
  if (auto fine = check(); !fine) {
    *element = before;
    return fine.error();
  }
  return {};
}

base::Result<> Store::write(Kind kind, std::string_view id, std::vector<Write> writes) {
  Element* element = get(kind, id);
  if (element == nullptr) return unknown(kind, id);
  const auto before = element->writes;
  for (Write& one : writes) {
    if (one.row < 0 || one.row >= kMaxExtent) {
      element->writes = before;
      return out_of_bounds("row", 0, kMaxExtent - 1);
    }
    if (one.col < 0 || one.col >= kMaxExtent) {
      element->writes = before;
      return out_of_bounds("col", 0, kMaxExtent - 1);
    }
    one.text = base::clean_text(one.text, false);
    std::erase_if(element->writes, [&](const Write& old) { return old.row == one.row && old.col == one.col; });
    if (!one.text.empty()) element->writes.push_back(std::move(one));
  }
  auto fine = check();
  if (fine && element->writes.size() > kMaxWrites) {
    fine = Error(Errc::limit_reached, "An element has at most " + std::to_string(kMaxWrites) + " written places.",
                 "writes");
  }
  if (!fine) element->writes = before;
  return fine;
}

base::Result<> Store::remove(Kind kind, std::string_view id) {
  const Element* element = get(kind, id);
  if (element == nullptr) return unknown(kind, id);
  elements_.erase(elements_.begin() + (element - elements_.data()));
  return {};
}

std::size_t Store::clear(Kind kind) {
  return std::erase_if(elements_, [&](const Element& one) { return one.kind == kind && one.mode == mode_; });
}

std::vector<std::string> Store::expire(double now) {
  std::vector<std::string> gone;
  std::erase_if(elements_, [&](const Element& one) {
    const bool old = one.expires_at > 0 && one.expires_at <= now;
    if (old) gone.push_back(one.id);
    return old;
  });
  return gone;
}

double Store::next_expiry() const noexcept {
  double next = 0;
  for (const Element& one : elements_) {
    if (one.expires_at > 0 && (next == 0 || one.expires_at < next)) next = one.expires_at;
  }
  return next;
}

base::Result<> Store::enter_alt() {
  if (mode_ == ScreenMode::alt) {
    return Error(Errc::conflict, "The alternate screen mode is already on. Leave it with screen_mode.exit_alt.");
  }
  mode_ = ScreenMode::alt;
  return {};
}

base::Result<> Store::exit_alt() {
  if (mode_ == ScreenMode::normal) {
    return Error(Errc::conflict, "The alternate screen mode is not on. Enter it with screen_mode.enter_alt.");
  }
  mode_ = ScreenMode::normal;
  std::erase_if(elements_, [](const Element& one) { return one.mode == ScreenMode::alt; });
  return {};
}

const Element* Store::find(Kind kind, std::string_view id) const noexcept {
  const Element* found = find(id);
  return found != nullptr && found->kind == kind ? found : nullptr;
}

const Element* Store::find(std::string_view id) const noexcept {
  const auto found = std::find_if(elements_.begin(), elements_.end(), [&](const Element& one) { return one.id == id; });
  return found == elements_.end() ? nullptr : &*found;
}

Element* Store::get(Kind kind, std::string_view id) noexcept {
  const auto found = std::find_if(elements_.begin(), elements_.end(),
                                  [&](const Element& one) { return one.kind == kind && one.id == id; });
  return found == elements_.end() ? nullptr : &*found;
}

std::size_t Store::text_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const Element& one : elements_) {
    for (const Span& span : one.spans) bytes += span.text.size();
    for (const Write& write : one.writes) bytes += write.text.size();
  }
  return bytes;
}

}  // namespace duotty::overlay
