#pragma once
// What the SGR codes that take no parameters of their own do to a look.
#include <array>
#include <cstdint>
#include <duotty/term/style.hpp>

namespace duotty::term {

/// What one SGR code does, without a branch: bits of the pen that stay and bits that are added. Attributes and, above
/// them, the underline are one word.
struct SgrChange {
  std::uint32_t keep = ~0u;
  std::uint32_t add = 0;
  std::uint32_t keep_foreground = ~0u;
  std::uint32_t add_foreground = 0;
  std::uint32_t keep_background = ~0u;
  std::uint32_t add_background = 0;
  std::uint32_t keep_underline_color = ~0u;
};

inline constexpr int underline_shift = 16;
inline constexpr std::uint32_t underline_bits = 0xffu << underline_shift;

constexpr std::uint32_t underline_of(Underline kind) {
  return static_cast<std::uint32_t>(kind) << underline_shift;
}

namespace sgr {

constexpr SgrChange adding(std::uint32_t bits) {
  SgrChange change;
  change.add = bits;
  return change;
}
constexpr SgrChange without(std::uint32_t bits) {
  SgrChange change;
  change.keep = ~bits;
  return change;
}
constexpr SgrChange underlining(Underline kind) {
  SgrChange change = without(underline_bits);
  change.add = underline_of(kind);
  return change;
}
constexpr SgrChange foreground(Color color) {
  SgrChange change;
  change.keep_foreground = 0;
  change.add_foreground = color.bits();
  return change;
}
constexpr SgrChange background(Color color) {
  SgrChange change;
  change.keep_background = 0;
  change.add_background = color.bits();
  return change;
}
constexpr SgrChange no_underline_color() {
  SgrChange change;
  change.keep_underline_color = 0;
  return change;
}
constexpr SgrChange reset() {
  return {guarded, 0, 0, 0, 0, 0, 0};
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
