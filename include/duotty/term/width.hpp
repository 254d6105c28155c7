#pragma once
// How many cells a character takes: one table for terminal, text layout and search.
#include <string_view>

namespace duotty::term {

/// 0 for combining marks, joiners and other zero-width characters, 2 for East Asian wide and emoji, else 1. Controls
/// (below U+0020, U+007F to U+009F) are 0. The table is generated from the Unicode database (UAX #11, general
/// category).
int width(char32_t scalar) noexcept;

/// Cells of a UTF-8 text without controls. Malformed bytes count one cell each.
int text_width(std::string_view utf8) noexcept;

}  // namespace duotty::term
