#pragma once
// Walks well-formed UTF-8 scalar by scalar.
#include <cstddef>
#include <string_view>

namespace duotty::agent {

/// Calls `take(char32_t)` for each scalar value of `text`, which must be well-formed UTF-8.
template <class Take>
void for_each_scalar(std::string_view text, Take take) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t scalar = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      scalar = (scalar << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    take(scalar);
    i += length;
  }
}

}  // namespace duotty::agent
