#pragma once
// The small values of the terminal state, and its limits. Everything a hostile program could grow has a bound here.
#include <compare>
#include <cstddef>
#include <cstdint>

namespace duotty::term {

/// A window in character cells. Valid sizes are 1..max_cols by 1..max_rows; others are clamped where they arrive.
struct Size {
  int cols = 80;
  int rows = 24;
  friend bool operator==(const Size&, const Size&) = default;
};

inline constexpr int max_cols = 1000;
inline constexpr int max_rows = 1000;
/// OSC and DCS strings longer than this are swallowed up to their end and have no effect.
inline constexpr std::size_t max_string_bytes = 1 << 20;
/// Parameters of one control sequence, sub-parameters included; those beyond are lost.
inline constexpr std::size_t max_params = 32;
/// Zero-width characters kept with one cell; more are dropped.
inline constexpr std::size_t max_combining = 8;
/// Characters kept with the first one of a grapheme cluster (mode 2027); more are dropped.
inline constexpr std::size_t max_cluster_marks = 15;
/// Anchors of one terminal.
inline constexpr std::size_t max_anchors = 16384;
/// Scrollback lines that Options may ask for.
inline constexpr std::size_t max_scrollback_lines = 1'000'000;

/// A row, for ever. Rows are numbered in the order they came into being; a number is never given to another row of
/// text. A row keeps its number while the screen scrolls and when it moves into the scrollback. A change of width wraps
/// the text anew and numbers all rows afresh (higher than before): what must survive that is held as an anchor. When a
/// scroll region that begins at the top of the screen but ends above its bottom scrolls, the rows below it move down by
/// one number each. Numbers fit a double.
using RowId = std::uint64_t;

/// Rows of the alternate screen are numbered from here, so no number can be of both screens.
inline constexpr RowId alternate_row_base = RowId{1} << 52;

/// A cell: its row and its column (0 = leftmost). `col` may equal the width: the place after the last cell.
struct Position {
  RowId row = 0;
  int col = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// Names a position that follows its text (Terminal::add_anchor). `none` names nothing.
enum class AnchorId : std::uint64_t { none = 0 };

}  // namespace duotty::term
