// Text into cells under mode 2027: what people see as one character stands in one place.
#include <algorithm>
#include <array>
#include <span>

#include "grapheme.hpp"
#include "state.hpp"
#include "width_table.hpp"

namespace duotty::term {
namespace {

/// The cell's characters, in order.
std::span<const char32_t> characters(const Tables& tables, Cell cell,
                                     std::array<char32_t, max_cluster_marks + 1>& out) {
  out[0] = cell.value();
  if (!cell.is_cluster()) return {out.data(), 1};
  const Cluster& cluster = tables.clusters[cell.value()];
  out[0] = cluster.base;
  std::copy_n(cluster.marks.begin(), cluster.count, out.begin() + 1);
  return {out.data(), cluster.count + 1};
}

/// What the cell says of the cluster in it: nothing else is kept of it, so that a snapshot has everything.
GraphemeState state_of(const Tables& tables, Cell cell) {
  std::array<char32_t, max_cluster_marks + 1> text;
  GraphemeState state;
  for (const char32_t scalar : characters(tables, cell, text)) state.append(scalar);
  return state;
}

}  // namespace

void State::print_clusters(const char32_t* text, std::size_t count) {
  const auto last = [this] { return state_of(tables, grid().row(y).at(printed_column())); };
  GraphemeState before;
  if (printed) before = last();
  for (std::size_t i = 0; i < count; ++i) {
    const char32_t scalar = text[i];
    const int cells = width_of(scalar);
    GraphemeState after = before;
    // ASCII begins a cell even after a character that takes what follows: most text need not look back.
    const bool joins = after.append(scalar) && scalar >= 0x80;
    if (printed && (joins || cells == 0)) {
      join(scalar, before.cells_with(1, scalar));
      before = printed ? last() : GraphemeState{};
      continue;
    }
    if (cells == 0) {
      // Nothing was printed before it, so that it is no part of a cluster.
      combine(scalar);
    } else {
      charsets.single_shift = 0;
      put(static_cast<std::uint32_t>(scalar), cells);
    }
    before = {};
    if (printed && cells == 0) before = last();
    if (printed && cells != 0) before.append(scalar);
  }
}

void State::join(char32_t scalar, int cells) {
  const int column = printed_column();
  Row& row = grid().row(y);
  const Cell cell = row.at(column);
  const bool widens = cells == 2 && !cell.is_wide();
  const bool at_edge = column == last_column();
  if (widens && (margins().right - margins().left < 2 || (at_edge && !modes.autowrap))) return;
  const auto id = cluster_with(cell, scalar, max_cluster_marks);
  if (!id) return;
  constexpr std::uint32_t kept = content::wide | content::grown;
  if (!widens) return row.set(column, {*id | content::cluster | (cell.content & kept), cell.style}, cols());
  widen(column, {*id | content::cluster | content::wide | content::grown, cell.style});
}

void State::widen(int column, Cell cell) {
  if (column == last_column()) {
    grid().row(y).write(column, {content::blank, cell.style}, cols());
    wrap();
    column = x;
  }
  const int end = last_column() + 1;
  grid().row(y).write(column, cell, cols());
  x = column + 2;
  pending_wrap = x == end;
  if (pending_wrap) x = end - 1;
  // Inserted as a narrow character, it has gone over the next cell: no snapshot could do that again.
  printed = !modes.insert;
}

void State::repeat_cluster(Cell cell, int count) {
  std::array<char32_t, max_cluster_marks + 1> text;
  const std::span<const char32_t> scalars = characters(tables, cell, text);
  for (int i = 0; i < count; ++i) print_clusters(scalars.data(), scalars.size());
  printed = false;
}

}  // namespace duotty::term
