#include "anchors.hpp"

#include <algorithm>
#include <numeric>

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
  if (position.row >= near_from_) near_.push_back(static_cast<std::uint32_t>(entries_.size()));
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
  const bool was_near = is_near(*at);
  at->position = position;
  highest_ = std::max(highest_, position.row);
  if (was_near || !is_near(*at)) return true;
  const auto index = static_cast<std::uint32_t>(at - entries_.begin());
  const auto place = std::lower_bound(near_.begin(), near_.end(), index);
  if (place == near_.end() || *place != index) near_.insert(place, index);
  return true;
}

void Anchors::drop(AnchorId id) {
  const auto at = locate(entries_, id);
  if (at == entries_.end()) return;
  const auto index = static_cast<std::uint32_t>(at - entries_.begin());
  auto place = std::lower_bound(near_.begin(), near_.end(), index);
  if (place != near_.end() && *place == index) place = near_.erase(place);
  for (; place != near_.end(); ++place) --*place;
  entries_.erase(at);
}

void Anchors::refresh() {
  near_from_ = 0;
  near_.resize(entries_.size());
  std::iota(near_.begin(), near_.end(), 0u);
  note_highest();
}

void Anchors::note_highest() {
  highest_ = near_from_ != 0 ? near_from_ - 1 : 0;
  for (const std::uint32_t index : near_) highest_ = std::max(highest_, entries_[index].position.row);
}

void Anchors::approach(RowId first) {
  if (first < near_from_) {
    margin_ = std::min<RowId>(2 * margin_, max_rows);
    refresh();
  }
  near_from_ = std::max(near_from_, first - std::min(first, margin_));
  std::erase_if(near_, [this](std::uint32_t index) { return !is_near(entries_[index]); });
}

void Anchors::shift(RowId first, RowId last, std::int64_t delta) {
  if (!touches(first)) return;
  approach(first);
  for (const std::uint32_t index : near_) {
    RowId& row = entries_[index].position.row;
    if (row >= first && row < last) row += static_cast<RowId>(delta);
  }
  note_highest();
}

void Anchors::lose(RowId first, RowId last) {
  if (!touches(first)) return;
  approach(first);
  const auto lost = [&](const Entry& entry) { return entry.position.row >= first && entry.position.row < last; };
  const auto loses = [&](std::uint32_t index) { return lost(entries_[index]); };
  if (std::any_of(near_.begin(), near_.end(), loses)) {
    std::erase_if(entries_, lost);
    near_.clear();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (is_near(entries_[i])) near_.push_back(static_cast<std::uint32_t>(i));
    }
  }
  note_highest();
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
