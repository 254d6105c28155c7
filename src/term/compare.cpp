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
  bool check(bool same, std::string_view what) {
    if (!same && why_.empty()) why_ = std::string(what) + " differs";
    return same;
  }

  bool pens(const Pen& a, const Pen& b, const std::string& what) {
    return check(a.style == b.style, what + " style") &&
           check(a_.tables.links[a.link] == b_.tables.links[b.link], what + " link");
  }

  bool saved(const SavedCursor& a, const SavedCursor& b, const std::string& what) {
    return check(a.set == b.set && a.x == b.x && a.y == b.y && a.pending_wrap == b.pending_wrap &&
                     a.origin == b.origin && a.charsets == b.charsets,
                 what + " saved cursor") &&
           pens(a.pen, b.pen, what + " saved pen");
  }

  bool cursor() {
    const auto place = [](const State& s) {
      return std::to_string(s.x) + "," + std::to_string(s.y) + (s.pending_wrap ? " pending" : "") +
             (s.printed ? " printed" : "");
    };
    return check(place(a_) == place(b_), "cursor " + place(a_) + " and " + place(b_)) && pens(a_.pen, b_.pen, "pen") &&
           check(a_.charsets == b_.charsets, "charsets");
  }

  bool settings() {
    bool tabs = true;
    for (int col = 0; col < a_.cols(); ++col) {
      tabs = tabs && a_.tabs[static_cast<std::size_t>(col)] == b_.tabs[static_cast<std::size_t>(col)];
    }
    return check(a_.modes == b_.modes, "modes") && check(a_.saved_modes == b_.saved_modes, "saved modes") &&
           check(a_.shape == b_.shape, "cursor shape") &&
           check(a_.rectangular_extent == b_.rectangular_extent, "extent of attribute changes") &&
           check(a_.guards_areas == b_.guards_areas, "kind of guarded cells") && check(tabs, "tab stops") &&
           check(a_.palette == b_.palette, "palette") && check(a_.title == b_.title, "title") &&
           check(a_.title_stack == b_.title_stack, "title stack") && check(a_.cwd == b_.cwd, "cwd") &&
           check(a_.parser == b_.parser, "parser: " + a_.parser.pending() + " and " + b_.parser.pending());
  }

  bool screens() {
    const std::size_t above = std::min(a_.scrollback.size(), b_.scrollback.size());
    return screen(a_.main, b_.main, "main", above) && saved(a_.alternate_saved, b_.alternate_saved, "hidden") &&
           (a_.active == &a_.main || screen(*a_.active, *b_.active, "alternate", 0));
  }

  bool screen(const Screen& a, const Screen& b, const std::string& what, std::size_t above) {
    return check(a.margins == b.margins, what + " margins") && check(a.kitty == b.kitty, what + " kitty flags") &&
           saved(a.saved, b.saved, what) && rows(a.grid, b.grid, what, above);
  }

  bool rows(const Grid& a, const Grid& b, const std::string& what, std::size_t above) {
    const std::size_t count = above + static_cast<std::size_t>(a.rows());
    for (std::size_t i = 0; i < count; ++i) {
      const std::string why = row(a.base() - above + i, b.base() - above + i);
      if (why.empty()) continue;
      return check(false, what + " row " + std::to_string(static_cast<long>(i) - static_cast<long>(above)) + why);
    }
    return true;
  }

  /// What differs in a row, or nothing.
  std::string row(RowId id_a, RowId id_b) {
    a_.fetch(id_a, row_a_);
    b_.fetch(id_b, row_b_);
    if (row_a_.wrapped() != row_b_.wrapped()) return " wrap";
    for (int col = 0; col < a_.cols(); ++col) {
      if (!same_cell(row_a_.at(col), row_b_.at(col))) return " column " + std::to_string(col) + texts(col);
    }
    const int last = a_.cols() - 1;
    const bool fillers = row_a_.at(last).is_filler() == row_b_.at(last).is_filler();
    return fillers || a_.skips_last(id_a, row_a_) == b_.skips_last(id_b, row_b_) ? "" : " filler";
  }

  bool same_cell(Cell a, Cell b) const {
    a.content &= ~content::filler;
    b.content &= ~content::filler;
    if (a.content != b.content || a.is_cluster()) {
      if (a.is_wide() != b.is_wide() || a.is_grown() != b.is_grown() || a.is_tail() != b.is_tail() ||
          a.is_cluster() != b.is_cluster())
        return false;
      if (!a.is_cluster() || a_.tables.clusters[a.value()] != b_.tables.clusters[b.value()]) return false;
    }
    const Pen& pen_a = a_.tables.styles[a.style];
    const Pen& pen_b = b_.tables.styles[b.style];
    return pen_a.style == pen_b.style && a_.tables.links[pen_a.link] == b_.tables.links[pen_b.link];
  }

  std::string texts(int col) const {
    std::string out = ": '";
    a_.tables.append_text(out, row_a_.at(col));
    out += "' and '";
    b_.tables.append_text(out, row_b_.at(col));
    return out + "' or their looks";
  }

  const State& a_;
  const State& b_;
  std::string& why_;
  Row row_a_;
  Row row_b_;
};

}  // namespace

bool same_state(const Terminal& a, const Terminal& b, std::string* why) {
  std::string reason;
  const bool same = Comparison(a.state(), b.state(), reason).run();
  if (why != nullptr) *why = reason;
  return same;
}

}  // namespace duotty::term
