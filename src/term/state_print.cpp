// Text into cells.
#include <algorithm>
#include <array>

#include "state.hpp"
#include "width_table.hpp"

namespace duotty::term {

void State::print_ascii(const char* text, std::size_t count) {
  if (charsets.active() || modes.insert) {
    for (std::size_t i = 0; i < count; ++i) {
      char32_t scalar = static_cast<unsigned char>(text[i]);
      if (charsets.active()) {
        scalar = translate(charsets.current(), scalar);
        charsets.single_shift = 0;
      }
      put(static_cast<std::uint32_t>(scalar), 1);
    }
    return;
  }
  printed = true;
  const std::uint32_t style = pen_style();
  while (count != 0) {
    if (pending_wrap) {
      if (modes.autowrap) {
        wrap();
      } else {
        // Every further character lands in the last column; only the last one stays.
        text += count - 1;
        count = 1;
      }
    }
    const int limit = last_column() + 1;
    const int room = limit - x;
    const int n = static_cast<int>(std::min<std::size_t>(count, static_cast<std::size_t>(room)));
    grid().row(y).write_ascii(x, text, n, style, cols());
    x += n;
    text += n;
    count -= static_cast<std::size_t>(n);
    if (x == limit) {
      x = limit - 1;
      pending_wrap = true;
    }
  }
}

void State::print(const char32_t* text, std::size_t count) {
  if (modes.grapheme_clusters) return print_clusters(text, count);
  for (std::size_t i = 0; i < count;) {
    const int cells = width_of(text[i]);
    if (cells == 0) {
      combine(text[i++]);
      continue;
    }
    charsets.single_shift = 0;
    if (pending_wrap && modes.autowrap) wrap();
    const int limit = last_column() + 1;
    if (modes.insert || pending_wrap || x + cells > limit) {
      put(static_cast<std::uint32_t>(text[i++]), cells);
      continue;
    }
    if (cells == 2 && x == 0) grid().settle_filler_before(y);
    i += grid().row(y).write_text(x, text + i, count - i, pen_style(), limit, cols());
    printed = true;
    pending_wrap = x == limit;
    if (pending_wrap) x = limit - 1;
  }
}

void State::put(std::uint32_t value, int cell_width) {
  printed = false;
  if (pending_wrap && modes.autowrap) wrap();
  if (cell_width == 2) {
    if (x == last_column()) {
      // No room for the right half: the character goes to the next row, or nowhere.
      if (!modes.autowrap || cols() < 2) return;
      grid().row(y).write(x, {content::blank, pen_style()}, cols());
      wrap(true);
      if (x == last_column()) return;
    } else if (x == 0) {
      grid().settle_filler_before(y);
    }
    value |= content::wide;
  }
  const int end = last_column() + 1;
  Row& row = grid().row(y);
  if (modes.insert) {
    row.insert_blanks(x, cell_width, end, fill_style(), cols());
  }
  row.write(x, {value, pen_style()}, cols());
  // Inserting between margins may cut wide characters at the right one, and inserting a wide character in the first
  // column undoes a filler above it: no snapshot could do either again. Nor can it delete beside the margins.
  printed = !modes.insert || (in_columns() && margins().right == cols() && (cell_width == 1 || x != 0));
  x += cell_width;
  pending_wrap = x == end;
  if (pending_wrap) x = end - 1;
}

void State::wrap(bool skips) {
  pending_wrap = false;
  const bool soft = soft_wraps();
  x = x >= margins().left ? margins().left : 0;
  index_line(soft, soft && skips);
}

int State::printed_column() const {
  const int column = pending_wrap ? x : x - 1;
  if (column > 0 && grid().row(y).at(column).is_tail()) return column - 1;
  return column;
}

void State::combine(char32_t mark) {
  // At the start of a row it stands on a blank of its own.
  if (printed_column() < 0) {
    charsets.single_shift = 0;
    put(content::blank, 1);
  }
  const int column = printed_column();
  Row& row = grid().row(y);
  const Cell cell = row.at(column);
  const auto id = cluster_with(cell, mark, max_combining);
  constexpr std::uint32_t kept = content::wide | content::grown;
  if (id) row.set(column, {*id | content::cluster | (cell.content & kept), cell.style}, cols());
}

std::optional<std::uint32_t> State::cluster_with(Cell cell, char32_t mark, std::size_t most) {
  Cluster cluster;
  if (cell.is_cluster()) {
    cluster = tables.clusters[cell.value()];
  } else {
    cluster.base = cell.value();
  }
  if (cluster.count >= most) return std::nullopt;
  cluster.marks[cluster.count++] = mark;
  if (const auto known = tables.clusters.find(cluster)) return known;
  if (tables.clusters.wants_sweep()) collect();
  return tables.clusters.insert(cluster);
}

void State::repeat(int count) {
  const int column = printed ? printed_column() : -1;
  if (column < 0) return;
  const Cell cell = grid().row(y).at(column);
  if (modes.grapheme_clusters) return repeat_cluster(cell, count);
  const std::uint32_t value = cell.content & ~(content::wide | content::filler | content::grown);
  // A count after a count repeats nothing.
  const auto done = [this] { printed = false; };
  if (value < 0x7f && !modes.insert && !charsets.active()) {
    std::array<char, 64> block;
    block.fill(static_cast<char>(value));
    for (int left = count; left > 0; left -= 64)
      print_ascii(block.data(), static_cast<std::size_t>(std::min(left, 64)));
    return done();
  }
  for (int i = 0; i < count; ++i) put(value, cell.is_wide() ? 2 : 1);
  done();
}

}  // namespace duotty::term
