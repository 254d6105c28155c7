// The two screens, margins, and going back to the beginning.
#include <algorithm>
#include <utility>

#include "state.hpp"

namespace duotty::term {

/// The alternate screen begins blank, without margins, and is gone when it is left, but for its saved cursor. The
/// cursor keeps its place.
void State::use_alternate(bool on) {
  if (on == (active != &main)) return;
  // Between left and right margins the pending wrap belongs to this screen's.
  pending_wrap = pending_wrap && x == cols() - 1;
  if (on) {
    alternate = std::make_unique<Screen>(Screen{Grid(size, next_alternate_row, nullptr),
                                                Rect{0, size.rows, 0, size.cols},
                                                std::exchange(alternate_saved, {}),
                                                {}});
    next_alternate_row += static_cast<RowId>(size.rows);
    active = alternate.get();
    grid().clear(fill_style());
  } else {
    anchors.lose(alternate_row_base, ~RowId{0});
    active = &main;
    alternate_saved = alternate->saved;
    alternate.reset();
  }
  if (modes.origin) {
    const Rect& m = margins();
    place(std::clamp(x, m.left, m.right - 1), std::clamp(y, m.top, m.bottom - 1));
  }
  host->screen_switched(on);
}

void State::set_left_right_margins(bool on) {
  pending_wrap = false;
  modes.left_right_margins = on;
  for (Screen* screen : {&main, alternate.get()}) {
    if (screen == nullptr) continue;
    screen->margins.left = 0;
    screen->margins.right = cols();
  }
}

void State::soft_reset() {
  const Modes fresh;
  modes.insert = fresh.insert;
  modes.origin = fresh.origin;
  modes.application_cursor = fresh.application_cursor;
  modes.application_keypad = fresh.application_keypad;
  modes.cursor_visible = fresh.cursor_visible;
  modes.keyboard_locked = fresh.keyboard_locked;
  modes.autowrap = fresh.autowrap;
  modes.reverse_wrap = fresh.reverse_wrap;
  modes.reverse_wrap_anywhere = fresh.reverse_wrap_anywhere;
  guards_areas = false;
  const bool pending = pending_wrap && x == cols() - 1;
  set_left_right_margins(false);
  pending_wrap = pending;
  set_margins_full(*active);
  active->saved = {};
  pen = {};
  touch_pen();
  charsets = {};
}

void State::full_reset() {
  if (active != &main) use_alternate(false);
  anchors.lose(0, ~RowId{0});
  images = {.placed = {}, .received = {}, .pending = {}, .next_id = images.next_id};
  // Row numbers go on: those of the old text are never given again.
  const RowId next = main.grid.base() + static_cast<RowId>(rows());
  scrollback.reset(next);
  main = Screen{Grid(size, next, &scrollback), Rect{0, size.rows, 0, size.cols}, {}, {}};
  x = y = 0;
  pending_wrap = false;
  pen = {};
  touch_pen();
  charsets = {};
  modes = {};
  shape = CursorShape::initial;
  rectangular_extent = false;
  guards_areas = false;
  saved_modes.clear();
  alternate_saved = {};
  default_tabs(0);
  palette.clear();
  title_stack.clear();
  collect();
}

}  // namespace duotty::term
