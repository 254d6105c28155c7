#pragma once
// Wrapping rows anew for another width.
#include <duotty/term/types.hpp>
#include <span>

#include "scrollback.hpp"
#include "tables.hpp"

namespace duotty::term {

/// A place that reflow carries over. `col` may be the width: after the last cell.
struct Tracked {
  Position position;
  /// The cursor, not an anchor: the blanks before it belong to its line.
  bool is_cursor = false;
  std::size_t owner = 0;  // the caller's
};

/// Reads every row of `from` (of `old_cols` columns), writes them to the empty `to` in rows of `cols` columns, and
/// changes the tracked places, which must be sorted by row, to where they are then.
void reflow(const Scrollback& from, int old_cols, Scrollback& to, int cols, const Tables& tables,
            std::span<Tracked> places);

}  // namespace duotty::term
