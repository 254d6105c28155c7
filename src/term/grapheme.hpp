#pragma once
// Where one character as people see it ends: extended grapheme clusters (UAX #29), and the cells they take. The page's
// emulator follows web/src/terminal/graphemes.ts, which does the same.
#include <cstdint>

#include "grapheme_table.hpp"

namespace duotty::term {

GraphemeKind grapheme_kind(char32_t scalar) noexcept;
/// It has an emoji's look when VARIATION SELECTOR-16 follows.
bool is_emoji_base(char32_t scalar) noexcept;

/// What of the text so far decides whether the next character begins a cluster.
class GraphemeState {
 public:
  /// Takes the next character; true when it belongs to the cluster before it.
  bool append(char32_t scalar) noexcept;
  /// Cells of the cluster that took `cells` when `scalar` joins it: two for a flag and for a character with
  /// VARIATION SELECTOR-16, else those of its widest part.
  int cells_with(int cells, char32_t scalar) const noexcept;

 private:
  bool joins(GraphemeKind next) const noexcept;

  bool empty_ = true;
  GraphemeKind last_ = GraphemeKind::other;
  char32_t last_scalar_ = 0;
  bool pictograph_ = false;  // a pictograph, marks, and perhaps a joiner: another one would go on
  bool half_flag_ = false;   // an odd number of regional indicators
  bool consonant_ = false;   // a consonant and marks
  bool has_linker_ = false;  // with a linker among them
};

}  // namespace duotty::term
