#include "color_text.hpp"

#include <array>

namespace duotty::term {
namespace {

constexpr std::array<std::uint32_t, 16> base_colors = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                                       0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                                       0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

/// One to four hex digits in eight bits: scaled, so that all digits f are the most, or as the highest bits.
enum class Digits : std::uint8_t { scaled, highest };
std::optional<std::uint8_t> channel(std::string_view digits, Digits meaning) {
  if (digits.empty() || digits.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : digits) {
    const char lower = static_cast<char>(c | 0x20);
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (lower < 'a' || lower > 'f')) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(decimal ? c - '0' : lower - 'a' + 10);
  }
  if (meaning == Digits::highest) return static_cast<std::uint8_t>((value << 16 >> (4 * digits.size())) >> 8);
  const unsigned highest = (1u << (4 * digits.size())) - 1;
  return static_cast<std::uint8_t>((value * 255 + highest / 2) / highest);
}

Color from_rgb(std::uint32_t rgb) {
  return Color::rgb(static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8),
                    static_cast<std::uint8_t>(rgb));
}

}  // namespace

std::optional<Color> parse_color(std::string_view text) {
  std::array<std::string_view, 3> parts;
  const Digits meaning = text.starts_with('#') ? Digits::highest : Digits::scaled;
  if (text.starts_with("rgb:")) {
    text.remove_prefix(4);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::size_t slash = i < 2 ? text.find('/') : text.size();
      if (slash == std::string_view::npos) return std::nullopt;
      parts[i] = text.substr(0, slash);
      text.remove_prefix(i < 2 ? slash + 1 : slash);
    }
  } else if (text.starts_with('#') && text.size() > 3 && (text.size() - 1) % 3 == 0) {
    const std::size_t digits = (text.size() - 1) / 3;
    for (std::size_t i = 0; i < 3; ++i) parts[i] = text.substr(1 + i * digits, digits);
  } else {
    return std::nullopt;
  }
  const auto r = channel(parts[0], meaning);
  const auto g = channel(parts[1], meaning);
  const auto b = channel(parts[2], meaning);
  if (!r || !g || !b) return std::nullopt;
  return Color::rgb(*r, *g, *b);
}

std::string color_text(Color color) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "rgb:";
  for (const std::uint8_t value : {color.r(), color.g(), color.b()}) {
    if (out.size() > 4) out += '/';
    for (int i = 0; i < 2; ++i) {
      out += digits[value >> 4];
      out += digits[value & 15];
    }
  }
  return out;
}

Color palette_color(int index) {
  if (index < 16) return from_rgb(base_colors[static_cast<std::size_t>(index)]);
  if (index >= 232) {
    const auto gray = static_cast<std::uint8_t>(8 + 10 * (index - 232));
    return Color::rgb(gray, gray, gray);
  }
  const auto level = [](int step) { return static_cast<std::uint8_t>(step == 0 ? 0 : 55 + 40 * step); };
  const int cube = index - 16;
  return Color::rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6));
}

}  // namespace duotty::term
