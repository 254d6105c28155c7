#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <duotty/overlay/element.hpp>
#include <utility>

namespace duotty::overlay {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 18> kColors = {{{"black", 0},
                                                                                {"red", 1},
                                                                                {"green", 2},
                                                                                {"yellow", 3},
                                                                                {"blue", 4},
                                                                                {"magenta", 5},
                                                                                {"cyan", 6},
                                                                                {"white", 7},
                                                                                {"gray", 8},
                                                                                {"grey", 8},
                                                                                {"bright_black", 8},
                                                                                {"bright_red", 9},
                                                                                {"bright_green", 10},
                                                                                {"bright_yellow", 11},
                                                                                {"bright_blue", 12},
                                                                                {"bright_magenta", 13},
                                                                                {"bright_cyan", 14},
                                                                                {"bright_white", 15}}};

std::optional<int> hex_byte(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + digit;
  }
  return value;
}

}  // namespace

std::string_view name(Kind kind) noexcept {
  return kind == Kind::overlay ? "overlay" : "panel";
}

std::string_view name(Edge edge) noexcept {
  return edge == Edge::top ? "top" : "bottom";
}

std::string_view name(ScreenMode mode) noexcept {
  return mode == ScreenMode::normal ? "normal" : "alt";
}

std::optional<Edge> edge(std::string_view word) noexcept {
  if (word == "top") return Edge::top;
  if (word == "bottom") return Edge::bottom;
  return std::nullopt;
}

std::optional<term::Color> color(std::string_view text) {
  if (text == "default" || text.empty()) return term::Color{};
  if (text[0] == '#') {
    if (text.size() != 7) return std::nullopt;
    const auto r = hex_byte(text.substr(1, 2));
    const auto g = hex_byte(text.substr(3, 2));
    const auto b = hex_byte(text.substr(5, 2));
    if (!r || !g || !b) return std::nullopt;
    return term::Color::rgb(static_cast<std::uint8_t>(*r), static_cast<std::uint8_t>(*g),
                            static_cast<std::uint8_t>(*b));
  }
  if (const auto number = base::parse_u64(text)) {
    if (*number > 255) return std::nullopt;
    return term::Color::palette(static_cast<std::uint8_t>(*number));
  }
  const std::string word = base::replace_all(base::to_lower(text), "-", "_");
  for (const auto& [known, index] : kColors) {
    if (known == word) return term::Color::palette(index);
  }
  return std::nullopt;
}

std::string color_text(term::Color color) {
  if (color.is_default()) return {};
  if (color.kind() == term::Color::Kind::palette) return std::to_string(color.index());
  const char bytes[] = {static_cast<char>(color.r()), static_cast<char>(color.g()), static_cast<char>(color.b())};
  return "#" + base::hex_encode(std::string_view(bytes, 3));
}

bool valid_id(std::string_view id) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == ':' || c == '-';
  };
  // "batch" and the like are paths of their own beside the elements.
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), allowed) && id != "batch" && id != "." &&
         id != "..";
}

}  // namespace duotty::overlay
