#pragma once
// Cells back into terminal output.
#include <string>
#include <string_view>

#include "charset.hpp"
#include "grapheme.hpp"
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
  void text(Cell cell) {
    if (follows_clusters_ && (clusters_ || cell.is_cluster())) return cluster(cell);
    tables_.append_text(out_, cell);
  }

  /// From now on text() sets mode 2027, which the emulator has on or off, as each cell needs it to come out as it is,
  /// and keeps neighbours from joining.
  void follow_clusters(bool on) {
    follows_clusters_ = true;
    clusters_ = on;
  }
  void set_clusters(bool on);

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
  void cluster(Cell cell);

  const Tables& tables_;
  std::string out_;
  Pen pen_;
  bool follows_clusters_ = false;
  bool clusters_ = false;       // the emulator's mode 2027
  GraphemeState before_;        // of the last cell written under it,
  std::size_t before_end_ = 0;  // which ended here
};

/// Column after the last cell that is not a plain blank.
int paint_end(const Row& row, int cols);

}  // namespace duotty::term
