#pragma once
// Walks UTF-8 scalar value by scalar value.
#include <cstddef>
#include <string_view>

namespace duotty::base {

/// A scalar value and the bytes that it takes.
struct Scalar {
  char32_t value = 0;
  std::size_t size = 1;
};

/// The scalar value that begins at `at`, which is inside of `text`. The text is well-formed; where it is not, the value
/// means nothing and the size may reach beyond its end, but nothing beyond the end is read.
constexpr Scalar scalar_at(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(at + i < text.size() ? text[at + i] : '\0');
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3Fu); };
  if (first < 0xE0) return {(static_cast<char32_t>(first & 0x1Fu) << 6) | tail(1), 2};
  if (first < 0xF0) return {(static_cast<char32_t>(first & 0x0Fu) << 12) | (tail(1) << 6) | tail(2), 3};
  return {(static_cast<char32_t>(first & 0x07u) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3), 4};
}

/// Calls `take(char32_t)` for each scalar value of the well-formed `text`.
template <class Take>
void for_each_scalar(std::string_view text, Take take) {
  for (std::size_t at = 0; at < text.size();) {
    const Scalar scalar = scalar_at(text, at);
    take(scalar.value);
    at += scalar.size;
  }
}

}  // namespace duotty::base
