#include <algorithm>
#include <array>
#include <cstdint>
#include <duotty/term/width.hpp>

#include "width_table.hpp"

namespace duotty::term {
namespace {

/// Two bits a character, so that the common planes need one look.
using Packed = std::array<std::uint8_t, packed_width_end / 4>;

Packed make_packed() {
  Packed packed;
  packed.fill(0x55);
  for (std::size_t i = 0; i < width_range_count; ++i) {
    const WidthRange& range = width_ranges[i];
    for (char32_t scalar = range.first; scalar <= range.last && scalar < packed_width_end; ++scalar) {
      // Four at a time where a whole byte is in the range: the table is made at every start.
      if (scalar % 4 == 0 && scalar + 3 <= range.last) {
        packed[scalar / 4] = static_cast<std::uint8_t>(range.cells * 0x55);
        scalar += 3;
        continue;
      }
      const int shift = static_cast<int>(scalar % 4) * 2;
      std::uint8_t& byte = packed[scalar / 4];
      byte = static_cast<std::uint8_t>((byte & ~(3 << shift)) | range.cells << shift);
    }
  }
  return packed;
}

const Packed packed = make_packed();

}  // namespace

const std::uint8_t* const packed_widths = packed.data();

int search_width(char32_t scalar) noexcept {
  const WidthRange* const end = width_ranges + width_range_count;
  const WidthRange* const at = std::lower_bound(
      width_ranges, end, scalar, [](const WidthRange& range, char32_t value) { return range.last < value; });
  return at != end && scalar >= at->first ? at->cells : 1;
}

int width(char32_t scalar) noexcept {
  if (scalar < 0x7f) return scalar >= 0x20 ? 1 : 0;
  if (scalar < 0xa0) return 0;
  return width_of(scalar);
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
