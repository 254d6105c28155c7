#pragma once
// One cell in eight bytes: what stands in it and the number of its look.
#include <cstdint>

namespace duotty::term {

/// `content` is a scalar value, or the number of a cluster (base and combining marks), with these bits above it.
namespace content {
inline constexpr std::uint32_t cluster = 1u << 31;  ///< the low bits number a cluster
inline constexpr std::uint32_t wide = 1u << 30;     ///< left half of a wide character
inline constexpr std::uint32_t tail = 1u << 29;     ///< right half; nothing else is set
inline constexpr std::uint32_t filler = 1u << 28;   ///< blank because the next wide character did not fit
inline constexpr std::uint32_t grown = 1u << 27;    ///< wide as a cluster only: its first character is narrow
inline constexpr std::uint32_t value_mask = 0x00ffffff;
inline constexpr std::uint32_t blank = U' ';
}  // namespace content

struct Cell {
  std::uint32_t content = content::blank;
  std::uint32_t style = 0;  ///< in StyleTable

  bool is_wide() const { return (content & content::wide) != 0; }
  bool is_grown() const { return (content & content::grown) != 0; }
  bool is_tail() const { return (content & content::tail) != 0; }
  bool is_filler() const { return (content & content::filler) != 0; }
  bool is_cluster() const { return (content & content::cluster) != 0; }
  /// A space, whatever its look.
  bool is_blank() const { return (content & ~content::filler) == content::blank; }
  std::uint32_t value() const { return content & content::value_mask; }
  friend bool operator==(const Cell&, const Cell&) = default;
};
static_assert(sizeof(Cell) == 8);

}  // namespace duotty::term
