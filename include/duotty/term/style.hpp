#pragma once
// How a cell looks: what SGR (ECMA-48 8.3.117, xterm ctlseqs) can say.
#include <cstdint>

namespace duotty::term {

/// A colour: the theme's default, one of the 256 of the palette, or 24 bits of RGB.
struct Color {
  enum class Kind : std::uint8_t { none, palette, rgb };

  constexpr Color() = default;
  static constexpr Color palette(std::uint8_t index) { return Color{0x01000000u | index}; }
  static constexpr Color rgb(std::uint8_t r, std::uint8_t g, std::uint8_t b) {
    return Color{0x02000000u | std::uint32_t{r} << 16 | std::uint32_t{g} << 8 | b};
  }
  /// The inverse of `bits`; unknown kinds become the default colour.
  static constexpr Color from_bits(std::uint32_t bits) {
    return (bits >> 24) > 2 || (bits >> 24) == 0 ? Color{} : Color{bits};
  }

  constexpr Kind kind() const { return static_cast<Kind>(bits_ >> 24); }
  constexpr bool is_default() const { return bits_ == 0; }
  constexpr std::uint8_t index() const { return static_cast<std::uint8_t>(bits_); }
  constexpr std::uint8_t r() const { return static_cast<std::uint8_t>(bits_ >> 16); }
  constexpr std::uint8_t g() const { return static_cast<std::uint8_t>(bits_ >> 8); }
  constexpr std::uint8_t b() const { return static_cast<std::uint8_t>(bits_); }
  constexpr std::uint32_t bits() const { return bits_; }
  friend constexpr bool operator==(Color, Color) = default;

 private:
  constexpr explicit Color(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = 0;
};

/// SGR 4 and its sub-parameters (kitty): 4:0 to 4:5, and 21.
enum class Underline : std::uint8_t { none, single, twice, curly, dotted, dashed };

/// Bits of Style::attributes.
enum Attribute : std::uint16_t {
  bold = 1,
  faint = 2,
  italic = 4,
  blink = 8,
  inverse = 16,
  invisible = 32,
  strike = 64,
  overline = 128,
  guarded = 256,  ///< DECSCA: DECSED and DECSEL leave the cell alone
};

/// The look of a cell. The default is plain text in the theme's colours.
struct Style {
  Color foreground{};
  Color background{};
  Color underline_color{};
  std::uint16_t attributes = 0;  ///< Attribute bits
  Underline underline = Underline::none;
  std::uint8_t reserved = 0;  ///< always 0: a look has no byte without a value, so that it can be handled as bits

  constexpr bool has(Attribute bit) const { return (attributes & bit) != 0; }
  friend constexpr bool operator==(const Style&, const Style&) = default;
};

}  // namespace duotty::term
