#pragma once
// What the rules for grapheme clusters tell characters apart by, as ranges in order; the rest is `other`.
#include <cstddef>
#include <cstdint>

namespace duotty::term {

/// Grapheme_Cluster_Break of UAX #29, with the classes that its rules take from other properties. `extend`, `divider`,
/// `linker` and `joiner` are those that a cluster takes always.
enum class GraphemeKind : std::uint8_t {
  other,
  cr,
  lf,
  control,
  extend,
  divider,  ///< ZERO WIDTH NON-JOINER: as extend, but ends a conjunct
  linker,   ///< a virama that joins two consonants into a conjunct
  joiner,   ///< ZERO WIDTH JOINER
  spacing,
  prepend,
  regional,  ///< half of a flag
  lead,      ///< Hangul L
  vowel,     ///< Hangul V
  trail,     ///< Hangul T
  syllable,  ///< Hangul LV or LVT
  pictograph,
  consonant,
};

struct GraphemeRange {
  char32_t first;
  char32_t last;
  GraphemeKind kind;
};
/// Characters that VARIATION SELECTOR-16 makes an emoji.
struct EmojiRange {
  char32_t first;
  char32_t last;
};

extern const GraphemeRange grapheme_ranges[];
extern const std::size_t grapheme_range_count;
extern const EmojiRange emoji_ranges[];
extern const std::size_t emoji_range_count;

}  // namespace duotty::term
