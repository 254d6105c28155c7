#pragma once
// Gives equal values one small number, takes back the numbers nobody uses (mark and sweep by the owner), and bounds
// what it keeps.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace duotty::term {

/// T needs ==; Traits: `static std::size_t hash(const T&)`, `static std::size_t cost(const T&)`, `limit` (total cost).
/// Number 0 is the default value, always there. References are valid until the next insertion.
template <class T, class Traits>
class Interner {
 public:
  Interner() : entries_(1), live_(1, true) {}

  const T& operator[](std::uint32_t id) const { return entries_[id]; }
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(entries_.size()); }
  bool is_live(std::uint32_t id) const { return id < live_.size() && live_[id]; }

  std::optional<std::uint32_t> find(const T& value) const {
    if (!index_.empty()) {
      std::size_t slot = Traits::hash(value) & mask();
      for (; index_[slot] != 0; slot = (slot + 1) & mask()) {
        if (entries_[index_[slot]] == value) return index_[slot];
      }
    }
    if (value == entries_[0]) return 0;
    return std::nullopt;
  }

  /// True when the owner should mark and sweep before it inserts. Spaced so that the work is O(1) an insertion.
  bool wants_sweep() {
    if (cost_ < threshold_) return false;
    if (backoff_ == 0) return true;
    --backoff_;
    return false;
  }

  /// The number of a value that find() did not find; nullopt when the limit is reached.
  std::optional<std::uint32_t> insert(T value) {
    const std::size_t cost = Traits::cost(value);
    if (cost_ + cost > Traits::limit) return std::nullopt;
    cost_ += cost;
    std::uint32_t id = 0;
    if (!free_.empty()) {
      id = free_.back();
      free_.pop_back();
      entries_[id] = std::move(value);
      live_[id] = true;
    } else {
      id = capacity();
      entries_.push_back(std::move(value));
      live_.push_back(true);
    }
    if (2 * (capacity() - free_.size()) > index_.size()) {
      rebuild_index();
    } else {
      place(id);
    }
    return id;
  }

  /// Keeps the entries with marks[id] and number 0.
  void sweep(const std::vector<bool>& marks) {
    free_.clear();
    cost_ = 0;
    for (std::uint32_t id = capacity(); id-- > 1;) {
      live_[id] = id < marks.size() && marks[id];
      if (live_[id]) {
        cost_ += Traits::cost(entries_[id]);
      } else {
        entries_[id] = T{};
        free_.push_back(id);
      }
    }
    threshold_ = std::clamp(2 * cost_, Traits::limit / 64, Traits::limit);
    backoff_ = cost_ > Traits::limit - Traits::limit / 8 ? Traits::limit / 8 : 0;
    rebuild_index();
  }

  /// For checkpoints: everything that decides later behaviour, and putting it back.
  std::size_t threshold() const { return threshold_; }
  std::size_t backoff() const { return backoff_; }
  void assign(std::vector<T> entries, std::vector<bool> live, std::size_t threshold, std::size_t backoff) {
    entries_ = std::move(entries);
    live_ = std::move(live);
    free_.clear();
    cost_ = 0;
    for (std::uint32_t id = capacity(); id-- > 1;) {
      if (live_[id]) {
        cost_ += Traits::cost(entries_[id]);
      } else {
        free_.push_back(id);
      }
    }
    threshold_ = std::min(threshold, Traits::limit);
    backoff_ = std::min(backoff, Traits::limit);
    rebuild_index();
  }

 private:
  std::size_t mask() const { return index_.size() - 1; }

  void place(std::uint32_t id) {
    std::size_t slot = Traits::hash(entries_[id]) & mask();
    while (index_[slot] != 0) slot = (slot + 1) & mask();
    index_[slot] = id;
  }

  void rebuild_index() {
    std::size_t size = 16;
    while (size < 4 * (capacity() - free_.size())) size *= 2;
    index_.assign(size, 0);
    for (std::uint32_t id = 1; id < capacity(); ++id) {
      if (live_[id]) place(id);
    }
  }

  std::vector<T> entries_;
  std::vector<bool> live_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> index_;  // open addressing; 0 is an empty slot
  std::size_t cost_ = 0;
  std::size_t threshold_ = Traits::limit / 64;
  std::size_t backoff_ = 0;
};

/// Mixes one more word into a hash (splitmix64's finisher).
inline std::uint64_t mix(std::uint64_t seed, std::uint64_t word) {
  std::uint64_t x = seed ^ (word + 0x9e3779b97f4a7c15u);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace duotty::term
