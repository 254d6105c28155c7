#pragma once
// Positions that follow their text. Scrolling of the whole screen costs nothing here, because rows keep their numbers.
#include <cstdint>
#include <duotty/term/types.hpp>
#include <optional>
#include <vector>

namespace duotty::term {

class Anchors {
 public:
  struct Entry {
    std::uint64_t id = 0;
    Position position;
  };

  AnchorId add(Position position);
  std::optional<Position> find(AnchorId id) const;
  bool move(AnchorId id, Position position);
  void drop(AnchorId id);
  std::size_t size() const { return entries_.size(); }
  bool full() const { return entries_.size() >= max_anchors; }

  /// Anchors on rows in [first, last) move by `delta` rows.
  void shift(RowId first, RowId last, std::int64_t delta);
  /// Anchors on rows in [first, last) are lost.
  void lose(RowId first, RowId last);
  /// shift and lose for the rows of a region that moves: the `n` rows that leave it at one end go.
  void scroll_up(RowId top, RowId bottom, std::uint64_t n);
  void scroll_down(RowId top, RowId bottom, std::uint64_t n);

  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<Entry>& entries() { return entries_; }
  std::uint64_t next_id() const { return next_; }
  void assign(std::vector<Entry> entries, std::uint64_t next) {
    entries_ = std::move(entries);
    next_ = next;
    refresh();
  }
  /// To be called after entries() was changed.
  void refresh();

 private:
  bool touches(RowId first) const { return !entries_.empty() && first <= highest_; }
  bool is_near(const Entry& entry) const { return entry.position.row >= near_from_; }
  /// To be called before anchors from row `first` on are gone through: makes near_ hold them all, and few others.
  void approach(RowId first);
  void note_highest();

  std::vector<Entry> entries_;  // by id
  std::uint64_t next_ = 1;
  RowId highest_ = 0;  // no anchor is on a later row
  // What scrolls is on the screen, and most anchors are not. A scroll region that is used line by line must not look at
  // all of them again and again, so those on rows from near_from_ on are listed, by index.
  std::vector<std::uint32_t> near_;
  RowId near_from_ = 0;
  RowId margin_ = 64;  // regions begin at different rows of the same screen
};

}  // namespace duotty::term
