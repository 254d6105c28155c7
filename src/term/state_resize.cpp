// A new window size.
#include <algorithm>
#include <span>

#include "reflow.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

enum Owner : std::size_t { top_owner, cursor_owner, saved_owner, anchor_owner };

bool is_empty(const Row& row, int cols) {
  for (int col = 0; col < cols; ++col) {
    if (row.at(col) != Cell{}) return false;
  }
  return true;
}

/// One past the last row that holds something, at least `least`.
int content_end(const Grid& grid, int least) {
  int end = grid.rows();
  while (end > least && is_empty(grid.row(end - 1), grid.cols())) --end;
  return end;
}

/// First row of the new screen, given the end of the text and where the old top and the cursor are.
RowId choose_top(RowId top, RowId cursor, RowId first, RowId end, RowId rows, bool was_full) {
  if (end - top > rows) return std::min(end - rows, cursor);
  if (was_full && end - top < rows) return end - first >= rows ? end - rows : first;
  return top;
}

}  // namespace

void State::resize(Size wanted) {
  const Size next{std::clamp(wanted.cols, 1, max_cols), std::clamp(wanted.rows, 1, max_rows)};
  if (next == size) return;
  printed = false;
  resize_main(next);
  if (alternate) resize_alternate(next);
  alternate_saved.y = std::min(alternate_saved.y, next.rows - 1);
  alternate_saved.x = std::min(alternate_saved.x, next.cols - 1);
  alternate_saved.pending_wrap = alternate_saved.pending_wrap && next.cols == cols();
  if (next.cols > size.cols) default_tabs(size.cols);
  size = next;
  set_margins_full(main);
  if (alternate) set_margins_full(*alternate);
}

void State::resize_main(Size next) {
  Grid& old = main.grid;
  const bool shown = active == &main;
  const int lowest = std::max(shown ? y : 0, main.saved.set ? std::min(main.saved.y, rows() - 1) : 0);
  const int end_line = content_end(old, lowest + 1);
  const RowId old_top = old.base();

  std::vector<Tracked> places{{{old_top, 0}, false, top_owner}};
  if (shown) places.push_back({{old_top + static_cast<RowId>(y), x + (pending_wrap ? 1 : 0)}, true, cursor_owner});
  SavedCursor& saved = main.saved;
  if (saved.set) {
    const int line = std::min(saved.y, rows() - 1);
    const int column = std::min(saved.x, cols() - 1) + (saved.pending_wrap ? 1 : 0);
    places.push_back({{old_top + static_cast<RowId>(line), column}, true, saved_owner});
  }
  const RowId end_row = old_top + static_cast<RowId>(end_line);
  std::erase_if(anchors.entries(), [&](const Anchors::Entry& entry) { return !has_row(entry.position.row); });
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    const Position at = anchors.entries()[i].position;
    if (at.row < alternate_row_base)
      places.push_back({{std::min(at.row, end_row - 1), std::min(at.col, cols())}, false, anchor_owner + i});
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Tracked& a, const Tracked& b) { return a.position.row < b.position.row; });

  // The screen joins the scrollback, is wrapped with it, and is taken back.
  const std::size_t room = static_cast<std::size_t>(std::max(next.rows, rows()));
  scrollback.set_limit(options.scrollback_lines + room);
  old.row(end_line - 1).set_wrapped(false);
  for (int line = 0; line < end_line; ++line) scrollback.push(old.row(line));
  if (next.cols != cols()) {
    // Narrow rows are many: none of the screen's may be lost before its new place is known.
    Scrollback wrapped(options.scrollback_lines + room * static_cast<std::size_t>(cols()));
    wrapped.reset(old_top + static_cast<RowId>(rows()));
    reflow(scrollback, cols(), wrapped, next.cols, tables, places);
    scrollback = std::move(wrapped);
  }

  std::vector<Position> found(anchor_owner + anchors.size());
  for (const Tracked& place : places) found[place.owner] = place.position;
  const RowId cursor = shown ? found[cursor_owner].row : scrollback.end() - 1;
  const RowId top = choose_top(std::max(found[top_owner].row, scrollback.begin()), cursor, scrollback.begin(),
                               scrollback.end(), static_cast<RowId>(next.rows), end_line == rows());
  std::vector<Row> taken(static_cast<std::size_t>(next.rows));
  Row dropped;
  while (scrollback.end() - top > static_cast<RowId>(next.rows)) scrollback.pop_back(dropped, next.cols);
  for (std::size_t left = static_cast<std::size_t>(scrollback.end() - top); left-- > 0;) {
    scrollback.pop_back(taken[left], next.cols);
  }
  taken.back().set_wrapped(false);
  old.replace(std::move(taken), next, top);
  scrollback.set_limit(options.scrollback_lines);

  const auto line_of = [&](Position at) {
    return static_cast<int>(
        std::clamp(static_cast<std::int64_t>(at.row - top), std::int64_t{0}, std::int64_t{next.rows - 1}));
  };
  if (shown) {
    y = line_of(found[cursor_owner]);
    pending_wrap = found[cursor_owner].col == next.cols;
    x = found[cursor_owner].col - (pending_wrap ? 1 : 0);
  }
  if (saved.set) {
    saved.y = line_of(found[saved_owner]);
    saved.pending_wrap = found[saved_owner].col == next.cols;
    saved.x = found[saved_owner].col - (saved.pending_wrap ? 1 : 0);
  }
  place_anchors(std::span(found).subspan(anchor_owner), top + static_cast<RowId>(next.rows));
}

void State::place_anchors(std::span<const Position> places, RowId end) {
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    Position& at = anchors.entries()[i].position;
    if (at.row < alternate_row_base) at = places[i];
  }
  anchors.refresh();
  anchors.lose(end, alternate_row_base);
}

void State::resize_alternate(Size next) {
  Grid& old = alternate->grid;
  // The cursor's row stays: rows above it go when those below do not suffice.
  const int over = y - (next.rows - 1);
  if (over > 0) {
    old.scroll_up({0, rows(), 0, cols()}, over, 0);
    old.set_base(old.base() + static_cast<RowId>(over));
    y -= over;
  }
  old.resize(next);
  next_alternate_row = std::max(next_alternate_row, old.base() + static_cast<RowId>(next.rows));
  anchors.lose(alternate_row_base, old.base());
  anchors.lose(old.base() + static_cast<RowId>(next.rows), ~RowId{0});
  if (next.cols > cols() && pending_wrap) ++x;
  if (next.cols != cols()) pending_wrap = false;
  x = std::min(x, next.cols - 1);
  SavedCursor& saved = alternate->saved;
  saved.y = std::clamp(saved.y - std::max(over, 0), 0, next.rows - 1);
  saved.pending_wrap = saved.pending_wrap && next.cols == cols();
  saved.x = std::min(saved.x, next.cols - 1);
}

}  // namespace duotty::term
