#pragma once
// What cells refer to by number: looks, clusters and links. One set a terminal, shared by both screens and the
// scrollback.
#include <array>
#include <cstdint>
#include <duotty/term/style.hpp>
#include <duotty/term/types.hpp>
#include <string>
#include <string_view>

#include "cell.hpp"
#include "interner.hpp"
#include "sgr_table.hpp"

namespace duotty::term {

/// A look and the link it carries (number in LinkTable, 0 = none).
struct Pen {
  Style style;
  std::uint32_t link = 0;
  friend bool operator==(const Pen& a, const Pen& b) {
    // At once: pens are compared at every change of looks, and seldom differ.
    const StyleBits one = bits_of(a.style);
    const StyleBits other = bits_of(b.style);
    return ((one[0] ^ other[0]) | (one[1] ^ other[1]) | (a.link ^ b.link)) == 0;
  }
};

struct PenTraits {
  static constexpr std::size_t limit = 1 << 20;
  static std::size_t cost(const Pen&) { return 1; }
  static std::size_t hash(const Pen& pen) {
    // On the way of every change of looks, so two multiplications that do not wait for each other.
    const StyleBits bits = bits_of(pen.style);
    const std::uint64_t link = std::uint64_t{pen.link} << 32;
    const std::uint64_t sum = bits[0] * 0x9e3779b97f4a7c15u + (bits[1] ^ link) * 0xbf58476d1ce4e5b9u;
    // The highest bits depend on all of them, and a table takes the lowest.
    return __builtin_bswap64(sum);
  }
};
/// What erasing leaves behind (BCE): the background of the pen and nothing else.
inline Pen background_only(const Pen& pen) {
  Pen out;
  out.style.background = pen.style.background;
  return out;
}
using StyleTable = Interner<Pen, PenTraits>;

/// A base character and those that stand in its cell with it: zero-width ones, and under mode 2027 the rest of its
/// grapheme cluster. Count 0 is the unused default.
struct Cluster {
  std::uint32_t base = 0;
  std::uint32_t count = 0;
  std::array<char32_t, max_cluster_marks> marks{};
  friend bool operator==(const Cluster&, const Cluster&) = default;
};

struct ClusterTraits {
  static constexpr std::size_t limit = 1 << 18;
  static std::size_t cost(const Cluster&) { return 1; }
  static std::size_t hash(const Cluster& cluster) {
    std::uint64_t seed = cluster.base;
    for (std::size_t i = 0; i < cluster.count; ++i) seed = mix(seed, cluster.marks[i]);
    return mix(seed, cluster.count);
  }
};
using ClusterTable = Interner<Cluster, ClusterTraits>;

/// An OSC 8 link. Cells with the same id and target are one link.
struct Link {
  std::string id;
  std::string uri;
  friend bool operator==(const Link&, const Link&) = default;
};
inline constexpr std::size_t max_link_uri = 2083;
inline constexpr std::size_t max_link_id = 250;

struct LinkTraits {
  static constexpr std::size_t limit = 16 << 20;
  static std::size_t cost(const Link& link) { return 64 + link.id.size() + link.uri.size(); }
  static std::size_t hash(const Link& link) {
    return mix(std::hash<std::string_view>{}(link.id), std::hash<std::string_view>{}(link.uri));
  }
};
using LinkTable = Interner<Link, LinkTraits>;

struct Tables {
  StyleTable styles;
  ClusterTable clusters;
  LinkTable links;

  /// Appends the characters of a cell as UTF-8: a blank for a filler, nothing for the right half of a wide character.
  void append_text(std::string& out, Cell cell) const;
  /// True when the look of a blank is nothing but a background: what erasing leaves behind.
  bool is_background_only(std::uint32_t style) const {
    const Pen& pen = styles[style];
    return pen == background_only(pen);
  }
};

}  // namespace duotty::term
