#include "grapheme.hpp"

#include <algorithm>

#include "width_table.hpp"

namespace duotty::term {
namespace {

using enum GraphemeKind;

constexpr char32_t emoji_selector = 0xfe0f;

/// The range that may hold the character; the end when there is none.
template <class Range>
const Range* find(const Range* begin, std::size_t count, char32_t scalar) {
  const Range* const end = begin + count;
  const Range* const at =
      std::lower_bound(begin, end, scalar, [](const Range& range, char32_t value) { return range.last < value; });
  return at != end && scalar >= at->first ? at : end;
}

constexpr bool is_control(GraphemeKind kind) {
  return kind == control || kind == cr || kind == lf;
}

constexpr bool is_mark(GraphemeKind kind) {
  return kind == extend || kind == divider || kind == linker || kind == joiner;
}

/// Hangul syllables with and without a trailing consonant share a range: every 28th is without.
GraphemeKind settle(GraphemeKind kind, char32_t scalar) {
  return kind == syllable && (scalar - 0xac00) % 28 != 0 ? trail : kind;
}

}  // namespace

GraphemeKind grapheme_kind(char32_t scalar) noexcept {
  // Letters of the Latin alphabets, and ideographs.
  if ((scalar >= 0x20 && scalar < 0x7f) || (scalar >= 0x3400 && scalar < 0xa000)) return other;
  const GraphemeRange* const range = find(grapheme_ranges, grapheme_range_count, scalar);
  return range == grapheme_ranges + grapheme_range_count ? other : range->kind;
}

bool is_emoji_base(char32_t scalar) noexcept {
  return find(emoji_ranges, emoji_range_count, scalar) != emoji_ranges + emoji_range_count;
}

/// Rules GB3 to GB999, in the order of UAX #29.
bool GraphemeState::joins(GraphemeKind next) const noexcept {
  if (empty_) return false;
  if (last_ == cr && next == lf) return true;
  if (is_control(last_) || is_control(next)) return false;
  if (last_ == lead && (next == lead || next == vowel || next == syllable)) return true;
  if ((last_ == syllable || last_ == vowel) && (next == vowel || next == trail)) return true;
  if (last_ == trail && next == trail) return true;
  if (is_mark(next) || next == spacing || last_ == prepend) return true;
  if (next == consonant) return has_linker_;
  if (next == pictograph) return last_ == joiner && pictograph_;
  return next == regional && half_flag_;
}

bool GraphemeState::append(char32_t scalar) noexcept {
  const GraphemeKind next = grapheme_kind(scalar);
  const bool joined = joins(next);
  const bool mark = is_mark(next);
  pictograph_ = next == pictograph || (pictograph_ && mark && last_ != joiner);
  half_flag_ = next == regional && !half_flag_;
  const bool goes_on = consonant_ && mark && next != divider;
  has_linker_ = goes_on && (has_linker_ || next == linker);
  consonant_ = next == consonant || goes_on;
  empty_ = false;
  // What follows a syllable that has its trailing consonant is what may follow such a consonant.
  last_ = settle(next, scalar);
  last_scalar_ = scalar;
  return joined;
}

int GraphemeState::cells_with(int cells, char32_t scalar) const noexcept {
  if (scalar == emoji_selector && is_emoji_base(last_scalar_)) return 2;
  if (half_flag_ && grapheme_kind(scalar) == regional) return 2;
  return std::max(cells, width_of(scalar));
}

}  // namespace duotty::term
