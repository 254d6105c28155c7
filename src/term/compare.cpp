// Two states field by field.
#include <algorithm>
#include <duotty/term/snapshot.hpp>

#include "row_text.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

class Comparison {
 public:
  Comparison(const State& a, const State& b, std::string& why) : a_(a), b_(b), why_(why) {}

  bool run() {
    return check(a_.size == b_.size, "size") && check((a_.active == &a_.main) == (b_.active == &b_.main), "screen") &&
           cursor() && settings() && screens();
  }

 private:
  bool check(bool same, const std::string& what) {
    if (!same && why_.empty()) why_ = what + " differs";
    return same;
  }

  bool pens(const Pen& a, const Pen& b, const std::string& what) {
    return check(a.style == b.style, what + " style") && check(a_.tables.links[a.link] == b_.tables.links[b.link], what + " link");
  }

  bool saved(const SavedCursor& a, const SavedCursor& b, const std::string& what) {
    return check(a.set == b.set && a.x == b.x && a.y == b.y && a.pending_wrap == b.pending_wrap && a.origin == b.origin &&
                     a.charsets == b.charsets, what + " saved cursor") &&
           pens(a.pen, b.pen, what + " saved pen");
  }

  bool cursor() {
    const auto place = [](const State& s) {
      return std::to_string(s.x) + "," + std::to_string(s.y) + (s.pending_wrap ? " pending" : "") + (s.printed ? " printed" : "");
    };
    return check(place(a_) == place(b_), "cursor " + place(a_) + " and " + place(b_)) && pens(a_.pen, b_.pen, "pen") &&
           check(a_.charsets == b_.charsets, "charsets");
  }

  bool settings() {
    bool tabs = true;
    for (int col = 0; col < a_.cols(); ++col) {
      tabs = tabs && a_.tabs[static_cast<std::size_t>(col)] == b_.tabs[static_cast<std::size_t>(col)];
    }
    return check(a_.modes == b_.modes, "modes") && check(a_.shape == b_.shape, "cursor shape") && check(tabs, "tab stops") &&
           check(a_.palette == b_.palette, "palette") && check(a_.title == b_.title, "title") &&
           check(a_.title_stack == b_.title_stack, "title stack") && check(a_.cwd == b_.cwd, "cwd") &&
           check(a_.parser == b_.parser, "parser: " + a_.parser.pending() + " and " + b_.parser.pending());
  }

  bool screens() {
    const std::size_t above = std::min(a_.scrollback.size(), b_.scrollback.size());
    return screen(a_.main, b_.main, "main", above) &&
           (a_.active == &a_.main || screen(*a_.active, *b_.active, "alternate", 0));
  }

  bool screen(const Screen& a, const Screen& b, const std::string& what, std::size_t above) {
    return check(a.margins == b.margins, what + " margins") && check(a.kitty == b.kitty, what + " kitty flags") &&
           saved(a.saved, b.saved, what) && rows(a.grid, b.grid, what, above);
  }

  bool rows(const Grid& a, const Grid& b, const std::string& what, std::size_t above) {
    const std::size_t count = above + static_cast<std::size_t>(a.rows());
    Row row_a, row_b, next;
    for (std::size_t i = 0; i < count; ++i) {
      const RowId id_a = a.base() - above + i;
      const RowId id_b = b.base() - above + i;
      a_.fetch(id_a, row_a);
      b_.fetch(id_b, row_b);
      const std::string name = what + " row " + std::to_string(static_cast<long>(i) - static_cast<long>(above));
      if (!check(row_a.wrapped() == row_b.wrapped(), name + " wrap")) return false;
      for (int col = 0; col < a_.cols(); ++col) {
        if (!cells(row_a.at(col), row_b.at(col), name + " column " + std::to_string(col))) return false;
      }
      const bool fillers = row_a.at(a_.cols() - 1).is_filler() == row_b.at(a_.cols() - 1).is_filler();
      if (!fillers && !check(!counts(a_, id_a, row_a, next) && !counts(b_, id_b, row_b, next), name + " filler")) return false;
    }
    return true;
  }

  /// A filler means something only while the wide character that made it follows.
  static bool counts(const State& s, RowId id, const Row& row, Row& next) {
    if (!row.wrapped() || !row.at(s.cols() - 1).is_filler()) return false;
    s.fetch(id + 1, next);
    return next.at(0).is_wide() && next.at(0).style == row.at(s.cols() - 1).style;
  }

  bool cells(Cell a, Cell b, const std::string& name) {
    a.content &= ~content::filler;
    b.content &= ~content::filler;
    std::string text_a, text_b;
    if (a.content != b.content || a.is_cluster()) {
      a_.tables.append_text(text_a, a);
      b_.tables.append_text(text_b, b);
      const bool shape = a.is_wide() == b.is_wide() && a.is_tail() == b.is_tail();
      if (!check(shape && text_a == text_b, name + " '" + text_a + "' and '" + text_b + "'")) return false;
    }
    return pens(a_.tables.styles[a.style], b_.tables.styles[b.style], name);
  }

  const State& a_;
  const State& b_;
  std::string& why_;
};

}  // namespace

bool same_state(const Terminal& a, const Terminal& b, std::string* why) {
  std::string reason;
  const bool same = Comparison(a.state(), b.state(), reason).run();
  if (why != nullptr) *why = reason;
  return same;
}

}  // namespace duotty::term
