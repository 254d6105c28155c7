#pragma once
// Rows that left the main screen at its top, oldest first, packed (packed_row.hpp).
#include <cstdint>
#include <deque>
#include <duotty/term/types.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "packed_row.hpp"
#include "row.hpp"
#include "tables.hpp"

namespace duotty::term {

class Scrollback {
 public:
  /// Keeps at most `limit` rows.
  explicit Scrollback(std::size_t limit) : limit_(limit) {}

  RowId begin() const { return begin_; }
  RowId end() const { return end_; }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  std::size_t limit() const { return limit_; }

  /// Adds a row, a Row or a PlainRow, as number end(); the oldest goes when there are too many.
  template <class AnyRow>
  void push(const AnyRow& row) {
    if (limit_ == 0) {
      begin_ = ++end_;
    } else {
      commit(pack_row(row, reserve(packed_bound(row))));
    }
  }
  /// Unpacks a kept row into `out`, whose width is at least the packed length.
  void unpack(RowId row, Row& out, int cols) const;
  bool wrapped(RowId row) const;
  void set_wrapped(RowId row, bool wrapped);
  /// Row::drop_filler() of a kept row.
  void drop_filler(RowId row);
  /// A line of one row with at most `cols` cells, followed by plain blanks: the same at any width from `cols` on.
  bool is_short_line(RowId row, int cols) const;
  /// Adds a row of another scrollback that shares the tables.
  void copy(const Scrollback& other, RowId row);
  /// Another bound on the rows; the oldest go when there are too many.
  void set_limit(std::size_t limit);
  /// Takes the newest row back; size() > 0.
  void pop_back(Row& out, int cols);
  /// Forgets every row; the next one is number `next`.
  void reset(RowId next);
  /// Calls f(style) for every look and g(content) for every cell content that is stored.
  template <class F, class G>
  void for_each_reference(F f, G g) const;

  /// A row in its packed form, for checkpoints and for moving rows untouched.
  std::string_view packed(RowId row) const;
  static std::string pack(const Row& row);
  /// Adds a row in its packed form. False, and nothing is added, when it is malformed, has more than `cols` cells or
  /// refers to a look or cluster that is not in the tables.
  bool push_packed(std::string_view bytes, int cols, const Tables& tables);

  std::size_t memory() const;

 private:
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;
    RowId first = 0;
    std::vector<std::uint16_t> offsets;
  };

  char* mutable_packed(RowId row) { return const_cast<char*>(packed(row).data()); }
  const Chunk& chunk_of(RowId row) const;
  char* reserve(std::size_t bytes) {
    if (open_ != nullptr && open_->size + bytes <= open_->capacity) return open_->data.get() + open_->size;
    return reserve_anew(bytes);
  }
  void commit(std::size_t bytes) {
    open_->offsets.push_back(static_cast<std::uint16_t>(open_->size));
    open_->size += static_cast<std::uint32_t>(bytes);
    if (++end_ - begin_ > limit_) drop_oldest();
  }
  void drop_oldest() {
    if (++begin_ == front_end_) drop_chunk();
  }
  char* reserve_anew(std::size_t bytes);
  void drop_chunk();
  /// After chunks_ changed.
  void note_ends();

  std::size_t limit_;
  RowId begin_ = 0;
  RowId end_ = 0;
  std::deque<Chunk> chunks_;
  Chunk* open_ = nullptr;        // the last, which takes the next row
  RowId front_end_ = ~RowId{0};  // end of the first, when it is not the last
  Chunk spare_;                  // the last chunk dropped, so that a steady stream allocates nothing
};

template <class F, class G>
void Scrollback::for_each_reference(F f, G g) const {
  for (RowId row = begin_; row != end_; ++row) {
    PackedRow read;
    if (!read.parse(packed(row))) continue;
    f(read.fill);
    if (read.runs == 0) f(read.style);
    for (int i = 0; i < read.runs; ++i) f(load_run(read.run_data + static_cast<std::size_t>(i) * run_bytes).style);
    for (int i = 0; read.unit == PackedRow::Unit::cell && i < read.units; ++i) g(read.cell(i));
  }
}

}  // namespace duotty::term
