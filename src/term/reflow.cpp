#include "reflow.hpp"

#include <algorithm>
#include <vector>

namespace duotty::term {
namespace {

/// One logical line on its way from rows of one width to rows of another.
class Rewrapper {
 public:
  Rewrapper(const Scrollback& from, int old_cols, Scrollback& to, int cols, const Tables& tables)
      : from_(from), old_cols_(old_cols), to_(to), cols_(cols), tables_(tables) {}

  /// Takes the line that begins at `row`; returns the row after it. `places` are those in its rows.
  RowId gather(RowId row) {
    cells_.clear();
    starts_.clear();
    first_ = row;
    fill_ = 0;
    for (;; ++row) {
      starts_.push_back(cells_.size());
      from_.unpack(row, row_, old_cols_);
      const bool goes_on = row_.wrapped() && row + 1 != from_.end();
      int end = old_cols_;
      if (goes_on) {
        if (row_.at(end - 1).is_filler()) {
          from_.unpack(row + 1, next_, old_cols_);
          if (skips_last_column(row_, next_, old_cols_)) --end;
        }
      } else {
        end = trim();
      }
      for (int col = 0; col < end; ++col) cells_.push_back(plain(row_.at(col)));
      if (!goes_on) return row + 1;
    }
  }

  /// Where a place is in the line, in cells.
  std::size_t offset(Position place) const {
    return starts_[static_cast<std::size_t>(place.row - first_)] + static_cast<std::size_t>(place.col);
  }

  /// The line's last row keeps the cursor although only blanks stand before it; it never adds a row.
  void extend(std::size_t upto) {
    const auto width = static_cast<std::size_t>(cols_);
    const std::size_t rows = std::max<std::size_t>(1, (cells_.size() + width - 1) / width);
    const std::size_t end = std::min(upto, rows * width - 1);
    if (end > cells_.size()) cells_.resize(end, Cell{content::blank, fill_});
  }

  /// Writes the rows.
  void emit() {
    begins_.clear();
    numbers_.clear();
    std::size_t at = 0;
    do {
      begins_.push_back(at);
      numbers_.push_back(to_.end());
      out_.clear(fill_);
      int col = 0;
      while (at < cells_.size() && col < cols_) {
        const bool wide = cells_[at].is_wide();
        if (wide && col + 1 >= cols_) {
          if (cols_ > 1) break;
          out_.set(col++, {content::blank, cells_[at].style}, cols_);
          at += 2;
          continue;
        }
        out_.set(col++, cells_[at++], cols_);
        if (wide) out_.set(col++, cells_[at++], cols_);
      }
      const bool more = at < cells_.size();
      if (more && col < cols_) {
        const std::uint32_t filler = cells_[at].is_grown() ? 0 : content::filler;
        out_.set(col, {content::blank | filler, cells_[at].style}, cols_);
      }
      out_.set_wrapped(more);
      to_.push(out_);
    } while (at < cells_.size());
  }

  /// Where a place is after emit().
  Position place(const Tracked& tracked) const {
    const std::size_t offset = this->offset(tracked.position);
    const auto after = std::upper_bound(begins_.begin(), begins_.end(), offset);
    const auto index = static_cast<std::size_t>(after - begins_.begin() - 1);
    // A cursor past the text stays before the last column's end: only text makes a wrap pending.
    const int limit = tracked.is_cursor && offset > cells_.size() ? cols_ - 1 : cols_;
    const std::size_t col = std::min(offset - begins_[index], static_cast<std::size_t>(limit));
    return {numbers_[index], static_cast<int>(col)};
  }

 private:
  static Cell plain(Cell cell) {
    cell.content &= ~content::filler;
    return cell;
  }

  /// Length of the row's text. Blanks at its end that differ only in their background are the row's, not the text's.
  int trim() {
    const Cell last = plain(row_.at(old_cols_ - 1));
    fill_ = last.is_blank() && tables_.is_background_only(last.style) ? last.style : 0;
    int end = old_cols_;
    while (end > 0 && plain(row_.at(end - 1)) == Cell{content::blank, fill_}) --end;
    return end;
  }

  const Scrollback& from_;
  int old_cols_;
  Scrollback& to_;
  int cols_;
  const Tables& tables_;
  Row row_;  // of the old width
  Row next_;
  Row out_;  // of the new width
  RowId first_ = 0;
  std::uint32_t fill_ = 0;
  std::vector<Cell> cells_;
  std::vector<std::size_t> starts_;  // of the old rows
  std::vector<std::size_t> begins_;  // of the new rows
  std::vector<RowId> numbers_;
};

}  // namespace

void reflow(const Scrollback& from, int old_cols, Scrollback& to, int cols, const Tables& tables,
            std::span<Tracked> places) {
  Rewrapper line(from, old_cols, to, cols, tables);
  auto next = places.begin();
  for (RowId row = from.begin(); row != from.end();) {
    const RowId begin = row;
    const bool has_place = next != places.end() && next->position.row == row;
    if (!has_place && from.is_short_line(row, std::min(old_cols - 1, cols)) &&
        (row == from.begin() || !from.wrapped(row - 1))) {
      to.copy(from, row++);
      continue;
    }
    row = line.gather(begin);
    const auto first = next;
    while (next != places.end() && next->position.row < row) ++next;
    for (auto place = first; place != next; ++place) {
      if (place->is_cursor) line.extend(line.offset(place->position));
    }
    line.emit();
    for (auto place = first; place != next; ++place) place->position = line.place(*place);
  }
}

}  // namespace duotty::term
