#pragma once
// One row of a screen. It knows how much of it is in use, so clearing costs nothing, and keeps plain text of one look
// as bytes until something else is written into it.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "cell.hpp"

namespace duotty::term {

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

  /// Stored as bytes of one look; valid while used() > 0.
  bool is_plain() const { return form_ == Form::plain; }
  const char* bytes() const { return reinterpret_cast<const char*>(data_.get()); }
  std::uint32_t plain_style() const { return style_; }
  /// Stored as cells; valid when not is_plain().
  const Cell* cells() const { return reinterpret_cast<const Cell*>(data_.get()); }

  Cell at(int col) const {
    if (col >= used_) return {content::blank, fill_};
    if (form_ == Form::plain) return {static_cast<unsigned char>(bytes()[col]), style_};
    return cells()[col];
  }

  /// All blank, not wrapped. Storage is kept.
  void clear(std::uint32_t fill) {
    used_ = 0;
    fill_ = fill;
    wrapped_ = false;
    form_ = Form::plain;
  }

  /// Printable ASCII, `count` > 0.
  void write_ascii(int col, const char* text, int count, std::uint32_t style, int cols) {
    if (form_ == Form::plain && room_ != Form::none && col <= used_ && (style == style_ || used_ == 0)) {
      style_ = style;
      copy(col, text, count);
      return;
    }
    write_ascii_slow(col, text, count, style, cols);
  }
  /// One narrow or wide character; a wide one takes `col` and `col + 1`.
  void write(int col, Cell cell, int cols);
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
  /// Bytes of heap in use.
  std::size_t memory(int cols) const;

 private:
  enum class Form : std::uint8_t { none, plain, cells };

  void copy(int col, const char* text, int count);
  void write_ascii_slow(int col, const char* text, int count, std::uint32_t style, int cols);
  char* mutable_bytes() { return reinterpret_cast<char*>(data_.get()); }
  /// Storage as cells with used() >= `upto`.
  Cell* as_cells(int upto, int cols);

  std::unique_ptr<std::byte[]> data_;
  std::uint32_t style_ = 0;  // of all stored bytes of a plain row
  std::uint32_t fill_ = 0;
  std::uint16_t used_ = 0;
  Form form_ = Form::plain;
  Form room_ = Form::none;  // what data_ has room for
  bool wrapped_ = false;
};

/// `row` goes on in `next` and its last column stands for nothing: it is blank because the wide character that `next`
/// begins with did not fit. When that character is overwritten or changes its look, the column is an ordinary blank.
bool skips_last_column(const Row& row, const Row& next, int cols);

}  // namespace duotty::term
