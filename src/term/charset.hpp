#pragma once
// Character sets designated to G0..G3 and invoked into GL (ISO 2022 as the VT510 has it). Text is UTF-8: only the bytes
// 0x20 to 0x7e go through a set.
#include <array>
#include <cstdint>

namespace duotty::term {

/// The designating final character is the value, so `ESC ( 0` is Charset '0'. Unknown finals are ASCII.
using Charset = char;
inline constexpr Charset ascii = 'B';

/// The scalar a printable ASCII character stands for in a set.
char32_t translate(Charset set, char32_t scalar) noexcept;
/// True when the set is known, ASCII included.
bool is_charset(char final) noexcept;

/// What DECSC saves of it.
struct Charsets {
  std::array<Charset, 4> g{ascii, ascii, ascii, ascii};
  std::uint8_t gl = 0;            ///< index invoked into GL by SI, SO, LS2, LS3
  std::uint8_t single_shift = 0;  ///< 2 or 3 for the next character only, else 0

  /// The set the next printed character goes through.
  Charset current() const { return g[single_shift != 0 ? single_shift : gl]; }
  /// The next printed character needs translation.
  bool active() const { return single_shift != 0 || g[gl] != ascii; }
  friend bool operator==(const Charsets&, const Charsets&) = default;
};

}  // namespace duotty::term
