#pragma once
// The visible rows of one screen: a ring that rotates when the screen scrolls, so that no cell moves. It keeps the wrap
// flags honest (a wrapped row is always followed by its continuation); margins, cursor and anchors are the caller's.
#include <duotty/term/types.hpp>
#include <vector>

#include "row.hpp"
#include "scrollback.hpp"

namespace duotty::term {

/// Columns [left, right) and rows [top, bottom) of a screen.
struct Rect {
  int top = 0;
  int bottom = 0;
  int left = 0;
  int right = 0;
  friend bool operator==(const Rect&, const Rect&) = default;
};

class Grid {
 public:
  /// Rows that scroll out at the top go to `scrollback` (null for the alternate screen).
  Grid(Size size, RowId base, Scrollback* scrollback);

  Size size() const { return size_; }
  int cols() const { return size_.cols; }
  int rows() const { return size_.rows; }
  /// Number of the top row.
  RowId base() const { return base_; }
  void set_base(RowId base) { base_ = base; }

  Row& row(int y) { return rows_[index(y)]; }
  const Row& row(int y) const { return rows_[index(y)]; }

  /// The whole rows [top, bottom) move up by one and a blank row enters; `feed` sends a top row 0 to the scrollback
  /// (then the rows keep their numbers). `keep_wrap`: the last row of the region is wrapped and goes on in the new one.
  void scroll_up_one(int top, int bottom, std::uint32_t fill, bool feed, bool keep_wrap);
  /// The same for the whole of a screen with a scrollback.
  void feed_line(std::uint32_t fill, bool keep_wrap) {
    Row& top = rows_[head_];
    if (!keep_wrap) break_wrap_after(size_.rows - 1);
    scrollback_->push(top);
    ++base_;
    if (++head_ == rows_.size()) head_ = 0;
    top.clear(fill);
  }
  /// The screen has scrolled by `count` rows, which are in the scrollback; `reused` < rows() of them have to be filled.
  void advance(std::size_t count, std::size_t reused) {
    base_ += count;
    head_ = index(static_cast<int>(reused));
  }
  /// The rows of the region move up or down by n without feeding the scrollback; part of a row moves when the rectangle
  /// is narrower than the screen.
  void scroll_up(const Rect& region, int n, std::uint32_t fill);
  void scroll_down(const Rect& region, int n, std::uint32_t fill);
  /// Row y no longer continues the row above it.
  void break_wrap_before(int y);
  /// Row y no longer goes on in the next.
  void break_wrap_after(int y) { row(y).set_wrapped(false); }
  /// To be called before column 0 of row y changes by more than overprinting: a filler above it that stands for nothing
  /// any more (see skips_last_column) must not come back to life by what is there next, because a snapshot has lost it.
  void settle_filler_before(int y);
  /// Erases [from, to) of a row and undoes the wraps that its ends took part in.
  void erase(int y, int from, int to, std::uint32_t fill);
  void clear(std::uint32_t fill);
  /// Another size without reflow: rows and columns are cut at the end or added blank.
  void resize(Size size);
  /// Takes `rows` as the new content; its length is the height.
  void replace(std::vector<Row> rows, Size size, RowId base);

 private:
  std::size_t index(int y) const {
    const std::size_t at = head_ + static_cast<std::size_t>(y);
    return at < rows_.size() ? at : at - rows_.size();
  }

  Size size_;
  RowId base_;
  Scrollback* scrollback_;
  std::vector<Row> rows_;
  std::size_t head_ = 0;
};

}  // namespace duotty::term
