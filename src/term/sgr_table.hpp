#pragma once
// Changes of looks as bits, and what the SGR codes that take no parameters of their own do.
#include <array>
#include <bit>
#include <cstdint>
#include <duotty/term/style.hpp>

namespace duotty::term {

/// A look as bits.
using StyleBits = std::array<std::uint64_t, 2>;

constexpr StyleBits bits_of(const Style& style) {
  return std::bit_cast<StyleBits>(style);
}

/// What SGR codes do, without a branch: bits of the look that stay and bits that are added.
struct SgrChange {
  StyleBits keep{~std::uint64_t{0}, ~std::uint64_t{0}};
  StyleBits add{};
};

inline void apply_change(Style& style, const SgrChange& change) {
  const StyleBits bits = bits_of(style);
  style = std::bit_cast<Style>(
      StyleBits{(bits[0] & change.keep[0]) | change.add[0], (bits[1] & change.keep[1]) | change.add[1]});
}

namespace sgr {

inline constexpr Color every_color = std::bit_cast<Color>(~std::uint32_t{0});
inline constexpr Underline every_underline = static_cast<Underline>(0xff);

/// The bits of `gone` go, then those of `come` come.
constexpr SgrChange changing(const Style& gone, const Style& come) {
  const StyleBits bits = bits_of(gone);
  return {{~bits[0], ~bits[1]}, bits_of(come)};
}
constexpr SgrChange adding(Attribute bit) {
  return changing({}, {.attributes = bit});
}
constexpr SgrChange without(int bits) {
  return changing({.attributes = static_cast<std::uint16_t>(bits)}, {});
}
constexpr SgrChange underlining(Underline kind) {
  return changing({.underline = every_underline}, {.underline = kind});
}
constexpr SgrChange foreground(Color color) {
  return changing({.foreground = every_color}, {.foreground = color});
}
constexpr SgrChange background(Color color) {
  return changing({.background = every_color}, {.background = color});
}
constexpr SgrChange no_underline_color() {
  return changing({.underline_color = every_color}, {});
}
constexpr SgrChange reset() {
  return {bits_of({.attributes = guarded}), {}};
}

}  // namespace sgr

inline constexpr std::size_t sgr_codes = 108;

inline constexpr auto sgr_changes = [] {
  std::array<SgrChange, sgr_codes> table{};
  table[0] = sgr::reset();
  table[1] = sgr::adding(bold);
  table[2] = sgr::adding(faint);
  table[3] = sgr::adding(italic);
  table[4] = sgr::underlining(Underline::single);
  table[5] = sgr::adding(blink);
  table[7] = sgr::adding(inverse);
  table[8] = sgr::adding(invisible);
  table[9] = sgr::adding(strike);
  table[21] = sgr::underlining(Underline::twice);
  table[22] = sgr::without(bold | faint);
  table[23] = sgr::without(italic);
  table[24] = sgr::underlining(Underline::none);
  table[25] = sgr::without(blink);
  table[27] = sgr::without(inverse);
  table[28] = sgr::without(invisible);
  table[29] = sgr::without(strike);
  table[39] = sgr::foreground({});
  table[49] = sgr::background({});
  table[53] = sgr::adding(overline);
  table[55] = sgr::without(overline);
  table[59] = sgr::no_underline_color();
  for (std::uint8_t i = 0; i < 8; ++i) {
    const auto bright = static_cast<std::uint8_t>(i + 8);
    table[30u + i] = sgr::foreground(Color::palette(i));
    table[40u + i] = sgr::background(Color::palette(i));
    table[90u + i] = sgr::foreground(Color::palette(bright));
    table[100u + i] = sgr::background(Color::palette(bright));
  }
  return table;
}();

}  // namespace duotty::term
