// Lines of plain text in bulk.
#include <algorithm>
#include <array>

#include "parser_run.hpp"
#include "state.hpp"

namespace duotty::term {

bool State::takes_lines() {
  if (x != 0 || y != rows() - 1 || y == 0 || rows() > max_bulk_rows || active != &main) return false;
  if (pending_wrap || modes.insert || !modes.autowrap || charsets.active() || !margins_are_full()) return false;
  const Row& row = main.grid.row(y);
  return row.used() == 0 && row.fill() == fill_style() && !main.grid.row(y - 1).wrapped();
}

const unsigned char* State::print_lines(const unsigned char* at, const unsigned char* stop, const unsigned char* end) {
  // The rows that are on the screen now leave it first; of the new ones the last stay, and only they are put there.
  std::array<PlainRow, max_bulk_rows> newest;
  const auto above = static_cast<std::size_t>(rows() - 1);
  const std::uint32_t style = pen_style();
  const std::uint32_t fill = fill_style();
  std::size_t made = 0;
  for (;;) {
    do {
      const auto length = std::min<std::ptrdiff_t>(stop - at, cols());
      if (made < above) {
        scrollback.push(main.grid.row(static_cast<int>(made)));
      } else {
        scrollback.push(newest[(made - above) % newest.size()]);
      }
      newest[made++ % newest.size()] = {reinterpret_cast<const char*>(at), static_cast<int>(length), style, fill,
                                        at + length != stop};
      at += length;
    } while (at != stop);
    at = stop + 2;
    stop = skip_printable(at, end);
    if (end - stop < 2 || stop[0] != '\r' || stop[1] != '\n') break;
  }
  const std::size_t shown = std::min(made, above);
  main.grid.advance(made, shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const PlainRow& text = newest[(made - shown + i) % newest.size()];
    Row& row = main.grid.row(static_cast<int>(above - shown + i));
    row.clear(fill);
    if (text.length != 0) row.write_ascii(0, text.text, text.length, style, cols());
    row.set_wrapped(text.wrapped);
  }
  main.grid.row(y).clear(fill);
  printed = false;
  return at;
}

}  // namespace duotty::term
