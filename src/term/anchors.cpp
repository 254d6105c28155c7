#include "anchors.hpp"

#include <algorithm>

namespace duotty::term {
namespace {

auto by_id = [](const Anchors::Entry& entry, std::uint64_t id) { return entry.id < id; };

template <class Entries>
auto locate(Entries& entries, AnchorId id) {
  const auto wanted = static_cast<std::uint64_t>(id);
  const auto at = std::lower_bound(entries.begin(), entries.end(), wanted, by_id);
  return at != entries.end() && at->id == wanted ? at : entries.end();
}

}  // namespace

AnchorId Anchors::add(Position position) {
  entries_.push_back({next_, position});
  highest_ = std::max(highest_, position.row);
  return static_cast<AnchorId>(next_++);
}

std::optional<Position> Anchors::find(AnchorId id) const {
  const auto at = locate(entries_, id);
  if (at == entries_.end()) return std::nullopt;
  return at->position;
}

bool Anchors::move(AnchorId id, Position position) {
  const auto at = locate(entries_, id);
  if (at == entries_.end()) return false;
  at->position = position;
  highest_ = std::max(highest_, position.row);
  return true;
}

void Anchors::drop(AnchorId id) {
  const auto at = locate(entries_, id);
  if (at != entries_.end()) entries_.erase(at);
}

void Anchors::refresh() {
  highest_ = 0;
  for (const Entry& entry : entries_) highest_ = std::max(highest_, entry.position.row);
}

void Anchors::shift(RowId first, RowId last, std::int64_t delta) {
  if (!touches(first)) return;
  for (Entry& entry : entries_) {
    RowId& row = entry.position.row;
    if (row >= first && row < last) row += static_cast<RowId>(delta);
  }
  refresh();
}

void Anchors::lose(RowId first, RowId last) {
  if (!touches(first)) return;
  std::erase_if(entries_, [&](const Entry& entry) { return entry.position.row >= first && entry.position.row < last; });
  refresh();
}

void Anchors::scroll_up(RowId top, RowId bottom, std::uint64_t n) {
  if (!touches(top)) return;
  lose(top, std::min(top + n, bottom));
  shift(top + n, bottom, -static_cast<std::int64_t>(n));
}

void Anchors::scroll_down(RowId top, RowId bottom, std::uint64_t n) {
  if (!touches(top)) return;
  lose(bottom - std::min(n, bottom - top), bottom);
  shift(top, bottom, static_cast<std::int64_t>(n));
}

}  // namespace duotty::term
