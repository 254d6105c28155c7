#pragma once
// Cells back into terminal output.
#include <string>
#include <string_view>

#include "charset.hpp"
#include "row.hpp"
#include "tables.hpp"

namespace duotty::term {

/// Writes output for an emulator whose pen it knows. The rows it paints start in the default look.
class Painter {
 public:
  explicit Painter(const Tables& tables) : tables_(tables) {}

  std::string& out() { return out_; }
  Painter& operator<<(std::string_view bytes) {
    out_ += bytes;
    return *this;
  }
  /// CSI with up to two numbers: `\e[a;bX`.
  void csi(int a, char final) { (out_ += "\x1b[" + std::to_string(a)) += final; }
  void csi(int a, int b, char final) { (out_ += "\x1b[" + std::to_string(a) + ";" + std::to_string(b)) += final; }

  /// The pen that the emulator has; the default at the start.
  const Pen& pen() const { return pen_; }
  void assume_pen(const Pen& pen) { pen_ = pen; }
  /// Makes it the emulator's pen.
  void set_pen(const Pen& pen);
  void set_style(std::uint32_t style) { set_pen(tables_.styles[style]); }
  /// The same without DECSCA, which is not a look.
  void set_looks(std::uint32_t style) {
    Pen pen = tables_.styles[style];
    pen.style.attributes = static_cast<std::uint16_t>(pen.style.attributes & ~guarded);
    set_pen(pen);
  }
  /// The characters of a cell in the present pen.
  void text(Cell cell) { tables_.append_text(out_, cell); }

  /// Designates and invokes the sets, given that ASCII is everywhere; and back. Single shifts are not included.
  void select_charsets(const Charsets& sets);
  void select_ascii(const Charsets& sets);

  /// One row among those painted in turn from their first column, with autowrap on.
  struct RowContext {
    int cols;
    const Row* next;  ///< the row below it, null when it is the last one painted
    bool continues;   ///< the row above it is wrapped: the cursor is still there
    bool on_blank;    ///< the screen is known to be blank where nothing is written
  };
  /// Paints a row and leaves the cursor in it. After a wrapped row the next one must be painted at once.
  void row(const Row& row, const RowContext& context);
  /// True when the row goes on in `next`.
  static bool wraps(const Row& row, const Row* next) { return row.wrapped() && next != nullptr; }

 private:
  void cells(const Row& row, int from, int to, bool may_skip);

  const Tables& tables_;
  std::string out_;
  Pen pen_;
};

/// Column after the last cell that is not a plain blank.
int paint_end(const Row& row, int cols);

}  // namespace duotty::term
