#pragma once
// One row of a screen. It knows how much of it is in use, so clearing costs nothing, and keeps ASCII text that is
// written from left to right as bytes, with its looks as runs, until something else is written into it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include <duotty/term/types.hpp>

#include "cell.hpp"

namespace duotty::term {

/// Some cells of one look.
struct Run {
  std::uint16_t length = 0;
  std::uint32_t style = 0;
};
/// memcpy() of what is mostly a few bytes.
inline void copy_text(char* to, const char* from, std::size_t count) {
  if (count > 16) {
    std::memcpy(to, from, count);
  } else if (count >= 8) {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    std::memcpy(&head, from, 8);
    std::memcpy(&tail, from + count - 8, 8);
    std::memcpy(to, &head, 8);
    std::memcpy(to + count - 8, &tail, 8);
  } else if (count >= 4) {
    std::uint32_t head = 0;
    std::uint32_t tail = 0;
    std::memcpy(&head, from, 4);
    std::memcpy(&tail, from + count - 4, 4);
    std::memcpy(to, &head, 4);
    std::memcpy(to + count - 4, &tail, 4);
  } else {
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
  }
}

inline constexpr std::size_t run_bytes = 6;  // as runs are stored, here and in the scrollback

inline Run load_run(const char* at) {
  Run run;
  std::memcpy(&run.length, at, sizeof run.length);
  std::memcpy(&run.style, at + sizeof run.length, sizeof run.style);
  return run;
}
inline void store_run(char* at, Run run) {
  std::memcpy(at, &run.length, sizeof run.length);
  std::memcpy(at + sizeof run.length, &run.style, sizeof run.style);
}

/// Cells [0, used) are stored; the rest are blanks of the look `fill`. The width is the caller's (all rows of a grid
/// share it) and is passed where storage may grow. Columns given must lie within it.
class Row {
 public:
  int used() const { return used_; }
  std::uint32_t fill() const { return fill_; }
  /// The text goes on in the next row without a newline.
  bool wrapped() const { return wrapped_; }
  /// A row that is not wrapped has no filler.
  void set_wrapped(bool wrapped) {
    wrapped_ = wrapped;
    if (!wrapped && form_ == Form::cells) drop_filler();
  }
  /// Marks the blank in the last column, `used() - 1`, of a wrapped row as a filler; and back.
  void make_filler();
  void drop_filler();

  /// Stored as bytes of one look, which plain_style() is while used() > 0.
  bool is_plain() const { return form_ == Form::plain; }
  std::uint32_t plain_style() const { return style_; }
  /// Stored as bytes, with two looks or more in runs.
  bool is_runs() const { return form_ == Form::runs; }
  int run_count() const { return runs_; }
  const char* run_data() const { return bytes() + capacity_; }
  /// Valid when is_plain() or is_runs().
  const char* bytes() const { return reinterpret_cast<const char*>(data_.get()); }
  /// Stored as cells; valid when neither.
  const Cell* cells() const { return reinterpret_cast<const Cell*>(data_.get()); }

  Cell at(int col) const {
    if (col >= used_) return {content::blank, fill_};
    if (form_ == Form::plain) return {static_cast<unsigned char>(bytes()[col]), style_};
    if (form_ == Form::runs) return {static_cast<unsigned char>(bytes()[col]), run_style(col)};
    return cells()[col];
  }
  /// Calls f(style) for every look and g(content) for every content that is stored beside ASCII.
  template <class F, class G>
  void for_each_reference(F f, G g) const;

  /// All blank, not wrapped. Storage is kept.
  void clear(std::uint32_t fill) {
    used_ = 0;
    fill_ = fill;
    wrapped_ = false;
    form_ = Form::plain;
  }

  /// Printable ASCII, `count` > 0, where it needs no thought: behind the last stored cell, or over stored ones. False,
  /// with nothing changed, anywhere else. `readable` >= count bytes of text may be read.
  [[gnu::always_inline]] bool put_ascii(int col, const char* text, int count, std::size_t readable,
                                        std::uint32_t style) {
    if (form_ == Form::cells) return overwrite(col, text, count, style);
    if (col != used_ || room_ == Form::none) return false;
    if (form_ == Form::runs) {
      extend_runs(count, style);
    } else if (used_ != 0 && style != style_) {
      if (!start_runs()) return false;
      extend_runs(count, style);
    }
    style_ = style;
    if (readable >= 16 && count <= 16 && col + 16 <= capacity_) {
      // How long a word is cannot be predicted; what lies behind it is free.
      std::memcpy(mutable_bytes() + col, text, 16);
    } else {
      copy_text(mutable_bytes() + col, text, static_cast<std::size_t>(count));
    }
    used_ = static_cast<std::uint16_t>(col + count);
    return true;
  }
  /// Printable ASCII, `count` > 0.
  void write_ascii(int col, const char* text, int count, std::uint32_t style, int cols);
  /// One narrow or wide character; a wide one takes `col` and `col + 1`.
  void write(int col, Cell cell, int cols);
  /// As many narrow and wide characters as there is room for before `limit`, up to the first that takes no cell.
  /// Returns their number and moves `col` behind them.
  std::size_t write_text(int& col, const char32_t* text, std::size_t count, std::uint32_t style, int limit, int cols);
  /// Becomes the same as another row of this width.
  void assign(const Row& other, int cols);
  /// Blanks of one look in [from, to).
  void erase(int from, int to, std::uint32_t fill, int cols);
  /// Blanks in [from, to) where `keep(cell)` is false.
  template <class Keep>
  void erase_unless(int from, int to, std::uint32_t fill, int cols, Keep keep) {
    for (int col = from; col < to; ++col) {
      if (!keep(at(col))) erase(col, col + 1, fill, cols);
    }
  }
  /// Shifts [col, right) right by `count` blanks; what leaves it at `right` is lost.
  void insert_blanks(int col, int count, int right, std::uint32_t fill, int cols);
  /// Shifts [col + count, right) left to `col`; blanks enter at `right`.
  void remove_cells(int col, int count, int right, std::uint32_t fill, int cols);
  /// Replaces [from, to) by the same columns of `other`; wide characters cut in half become blanks.
  void copy_cells(const Row& other, int from, int to, std::uint32_t fill, int cols);
  /// A wide character that straddles the border before `col` becomes two blanks of the look.
  void split_wide(int col, std::uint32_t style, int cols);
  /// Changes content and look of one cell as they are, without care for wide characters.
  void set(int col, Cell cell, int cols);

 private:
  enum class Form : std::uint8_t { none, plain, runs, cells };

  void copy(int col, const char* text, int count) {
    copy_text(mutable_bytes() + col, text, static_cast<std::size_t>(count));
    used_ = std::max(used_, static_cast<std::uint16_t>(col + count));
  }
  /// From bytes of one look to runs, of which they are the first; false when there is no room for runs.
  bool start_runs() {
    // Narrower rows have none behind their bytes.
    if (room_ != Form::cells || capacity_ < 8) return false;
    store_run(mutable_bytes() + capacity_, {used_, style_});
    runs_ = 1;
    form_ = Form::runs;
    return true;
  }
  bool overwrite(int col, const char* text, int count, std::uint32_t style);
  /// More text in a row of runs, whose last one has the look `style_`.
  void extend_runs(int count, std::uint32_t style) {
    char* const next = mutable_bytes() + capacity_ + runs_ * run_bytes;
    if (style != style_) {
      store_run(next, {static_cast<std::uint16_t>(count), style});
      ++runs_;
      return;
    }
    std::uint16_t length = 0;
    std::memcpy(&length, next - run_bytes, sizeof length);
    length = static_cast<std::uint16_t>(length + count);
    std::memcpy(next - run_bytes, &length, sizeof length);
  }
  bool append_run(int col, const char* text, int count, std::uint32_t style, int cols);
  void cut_runs();
  std::uint32_t run_style(int col) const;
  void expand();
  void make_room(int cols);
  char* mutable_bytes() { return reinterpret_cast<char*>(data_.get()); }
  /// Storage as cells with used() >= `upto`.
  Cell* as_cells(int upto, int cols);

  std::unique_ptr<std::byte[]> data_;
  std::uint32_t style_ = 0;  // of all stored bytes of a plain row, of the last run of a row of runs
  std::uint32_t fill_ = 0;
  std::uint16_t used_ = 0;
  std::uint16_t capacity_ = 0;  // columns that data_ has room for
  std::uint16_t runs_ = 0;      // stored behind the bytes
  Form form_ = Form::plain;
  Form room_ = Form::none;  // what data_ has room for
  bool wrapped_ = false;
};

template <class F, class G>
void Row::for_each_reference(F f, G g) const {
  f(fill_);
  if (used_ == 0) return;
  if (form_ == Form::plain) f(style_);
  for (std::size_t i = 0; form_ == Form::runs && i < runs_; ++i) f(load_run(run_data() + i * run_bytes).style);
  for (int col = 0; form_ == Form::cells && col < used_; ++col) {
    f(cells()[col].style);
    g(cells()[col].content);
  }
}

/// `row` goes on in `next` and its last column stands for nothing: it is blank because the wide character that `next`
/// begins with did not fit. When that character is overwritten or changes its look, the column is an ordinary blank, as
/// it always is before a cluster that has become wide there.
bool skips_last_column(const Row& row, const Row& next, int cols);

}  // namespace duotty::term
