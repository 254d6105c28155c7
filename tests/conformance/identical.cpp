#include "identical.hpp"

#include <algorithm>
#include <duotty/term/snapshot.hpp>

#include "state.hpp"

namespace duotty::term::testing {

bool identical(const Terminal& a, const Terminal& b, std::string& why) {
  const auto check = [&](bool same, const char* what) {
    if (!same) why = std::string(what) + " differ";
    return same;
  };
  const State& one = a.state();
  const State& other = b.state();
  const auto same_anchor = [](const Anchors::Entry& x, const Anchors::Entry& y) {
    return x.id == y.id && x.position == y.position;
  };
  return same_state(a, b, &why) && check(one.scrollback.begin() == other.scrollback.begin(), "first rows") &&
         check(one.main.grid.base() == other.main.grid.base(), "top rows") &&
         check(one.active->grid.base() == other.active->grid.base(), "top rows of the alternate screens") &&
         check(one.next_alternate_row == other.next_alternate_row, "next rows of the alternate screen") &&
         check(one.anchors.next_id() == other.anchors.next_id(), "next anchors") &&
         check(std::ranges::equal(one.anchors.entries(), other.anchors.entries(), same_anchor), "anchors") &&
         check(one.images == other.images, "images") &&
         check(one.parser.consumed() == other.parser.consumed(), "bytes fed");
}

}  // namespace duotty::term::testing
