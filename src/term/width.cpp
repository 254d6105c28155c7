#include <algorithm>
#include <array>
#include <cstdint>
#include <duotty/term/width.hpp>

#include "width_table.hpp"

namespace duotty::term {
namespace {

constexpr char32_t table_end = 0x20000;  // beyond this a search is enough

/// Two bits a character, so that the common planes need one look.
using Packed = std::array<std::uint8_t, table_end / 4>;

Packed make_packed() {
  Packed packed;
  packed.fill(0x55);
  for (std::size_t i = 0; i < width_range_count; ++i) {
    const WidthRange& range = width_ranges[i];
    for (char32_t scalar = range.first; scalar <= range.last && scalar < table_end; ++scalar) {
      const int shift = static_cast<int>(scalar % 4) * 2;
      std::uint8_t& byte = packed[scalar / 4];
      byte = static_cast<std::uint8_t>((byte & ~(3 << shift)) | range.cells << shift);
    }
  }
  return packed;
}

int search(char32_t scalar) {
  const WidthRange* const end = width_ranges + width_range_count;
  const WidthRange* const at = std::lower_bound(
      width_ranges, end, scalar, [](const WidthRange& range, char32_t value) { return range.last < value; });
  return at != end && scalar >= at->first ? at->cells : 1;
}

}  // namespace

int width(char32_t scalar) noexcept {
  if (scalar < 0x7f) return scalar >= 0x20 ? 1 : 0;
  if (scalar < 0xa0) return 0;
  if (scalar >= table_end) return search(scalar);
  static const Packed packed = make_packed();
  return packed[scalar / 4] >> (scalar % 4 * 2) & 3;
}

int text_width(std::string_view utf8) noexcept {
  int cells = 0;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    std::size_t length = 1;
    char32_t value = lead;
    if (lead >= 0xc2 && lead < 0xf5) {
      length = lead < 0xe0 ? 2u : lead < 0xf0 ? 3u : 4u;
      value = lead & (0x7fu >> length);
    }
    bool good = lead < 0x80 || length > 1;
    for (std::size_t k = 1; good && k < length; ++k) {
      const unsigned byte = i + k < utf8.size() ? static_cast<unsigned char>(utf8[i + k]) : 0u;
      good = (byte & 0xc0u) == 0x80;
      value = value << 6 | (byte & 0x3fu);
    }
    cells += good ? width(value) : 1;
    i += good ? length : 1;
  }
  return cells;
}

}  // namespace duotty::term
