// CSI sequences: ECMA-48 section 8.3, DEC STD 070, xterm's ctlseqs.
#include <algorithm>
#include <array>
#include <iterator>

#include "dispatch.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

using Seq = const Sequence&;

void set_modes(State& s, Seq q, bool is_private, bool on) {
  for (std::size_t i = 0; i < q.params.size(); ++i) s.set_mode(q.params.get(i, 0), is_private, on);
}

void save_modes(State& s, Seq q) {
  for (std::size_t i = 0; i < q.params.size(); ++i) s.save_mode(q.params.get(i, 0));
}
void restore_modes(State& s, Seq q) {
  for (std::size_t i = 0; i < q.params.size(); ++i) s.restore_mode(q.params.get(i, 0));
}

void decstbm(State& s, Seq q) {
  const int top = q.params.count(0);
  int bottom = q.params.get(1, 0);
  if (bottom == 0 || bottom > s.rows()) bottom = s.rows();
  if (top >= bottom) return;
  s.active->margins.top = top - 1;
  s.active->margins.bottom = bottom;
  s.home();
}

/// DECSLRM while DECLRMM is set, else SCOSC.
void decslrm(State& s, Seq q) {
  if (!s.modes.left_right_margins) {
    if (q.params.empty()) s.save_cursor();
    return;
  }
  const int left = q.params.count(0);
  int right = q.params.get(1, 0);
  if (right == 0 || right > s.cols()) right = s.cols();
  if (left >= right) return;
  s.active->margins.left = left - 1;
  s.active->margins.right = right;
  s.home();
}

/// As all that moves a part of the screen, only with the cursor in that part.
void shift_screen(State& s, Seq q, bool right) {
  if (s.in_margins()) s.shift_columns(s.margins().left, q.params.count(0), right);
}

/// The cursor does not move, so that a pending wrap stays.
void scroll_region(State& s, Seq q, bool up) {
  up ? s.scroll_up(s.margins(), q.params.count(0)) : s.scroll_down(s.margins(), q.params.count(0));
}

void horizontal_absolute(State& s, Seq q) {
  const int line = s.modes.origin ? s.y - s.margins().top : s.y;
  s.place_in_origin(q.params.count(0) - 1, line);
}

void vertical_absolute(State& s, Seq q) {
  const int column = s.modes.origin ? s.x - s.margins().left : s.x;
  s.place_in_origin(column, q.params.count(0) - 1);
}

void horizontal_relative(State& s, Seq q) {
  const int stop = s.modes.origin ? s.margins().right - 1 : s.cols() - 1;
  s.place(std::min(stop, s.x + q.params.count(0)), s.y);
}

void vertical_relative(State& s, Seq q) {
  const int stop = s.modes.origin ? s.margins().bottom - 1 : s.rows() - 1;
  s.place(s.x, std::min(stop, s.y + q.params.count(0)));
}

void clear_tabs(State& s, Seq q) {
  const int what = q.params.get(0, 0);
  if (what == 0) s.tabs.reset(static_cast<std::size_t>(s.x));
  if (what == 3) s.tabs.reset();
}

void cursor_shape(State& s, Seq q) {
  const int shape = q.params.get(0, 0);
  if (shape <= static_cast<int>(CursorShape::bar)) s.shape = static_cast<CursorShape>(shape);
}

void protection(State& s, Seq q) {
  const int what = q.params.get(0, 0);
  if (what <= 2) s.guard(what == 1, false);
}

void window(State& s, Seq q) {
  const int what = q.params.get(0, 0);
  const int which = q.params.get(1, 0);
  const std::string size = std::to_string(s.rows()) + ";" + std::to_string(s.cols()) + "t";
  if (what == 18) s.host->reply("\x1b[8;" + size);
  if (what == 19) s.host->reply("\x1b[9;" + size);
  if (what == 22 && which != 1) s.push_title();
  if (what == 23 && which != 1) s.pop_title();
}

void kitty_push(State& s, Seq q) {
  KittyKeyboard& kitty = s.active->kitty;
  if (kitty.stack.size() == KittyKeyboard::max_depth) kitty.stack.erase(kitty.stack.begin());
  kitty.stack.push_back(kitty.flags);
  kitty.flags = static_cast<std::uint8_t>(q.params.get(0, 0) & 31);
}

void kitty_pop(State& s, Seq q) {
  KittyKeyboard& kitty = s.active->kitty;
  for (int n = q.params.count(0); n > 0; --n) {
    if (kitty.stack.empty()) {
      kitty.flags = 0;
      return;
    }
    kitty.flags = kitty.stack.back();
    kitty.stack.pop_back();
  }
}

void kitty_set(State& s, Seq q) {
  const auto flags = static_cast<std::uint8_t>(q.params.get(0, 0) & 31);
  std::uint8_t& current = s.active->kitty.flags;
  const int how = q.params.get(1, 1);
  if (how == 1) current = flags;
  if (how == 2) current |= flags;
  if (how == 3) current = static_cast<std::uint8_t>(current & ~flags);
}

void fill_area(State& s, Seq q) {
  const int scalar = q.params.get(0, 0);
  const bool printable = (scalar >= 0x20 && scalar < 0x7f) || (scalar >= 0xa0 && scalar <= 0xff && scalar != 0xad);
  if (printable) s.fill_rectangle(s.rectangle(q.params, 1), static_cast<std::uint32_t>(scalar));
}

void copy_area(State& s, Seq q) {
  const Rect area = s.modes.origin ? s.margins() : Rect{0, s.rows(), 0, s.cols()};
  s.copy_rectangle(s.rectangle(q.params, 0), area.top + q.params.count(5) - 1, area.left + q.params.count(6) - 1);
}

void attribute_extent(State& s, Seq q) {
  const int extent = q.params.get(0, 0);
  if (extent <= 2) s.rectangular_extent = extent == 2;
}

void tabs_every_eight(State& s, Seq q) {
  if (q.params.get(0, 0) == 5) s.default_tabs(0);
}

// Sorted by final character: `index` below relies on it.
constexpr SequenceEntry entries[] = {
    {0, 0, '@', [](State& s, Seq q) { s.insert_characters(q.params.count(0)); }, "ICH", "insert blanks"},
    {0, ' ', '@', [](State& s, Seq q) { shift_screen(s, q, false); }, "SL", "shift columns left"},
    {0, 0, 'A', [](State& s, Seq q) { s.move_up(q.params.count(0)); }, "CUU", "cursor up"},
    {0, ' ', 'A', [](State& s, Seq q) { shift_screen(s, q, true); }, "SR", "shift columns right"},
    {0, 0, 'B', [](State& s, Seq q) { s.move_down(q.params.count(0)); }, "CUD", "cursor down"},
    {0, 0, 'C', [](State& s, Seq q) { s.move_right(q.params.count(0)); }, "CUF", "cursor forward"},
    {0, 0, 'D', [](State& s, Seq q) { s.move_back(q.params.count(0)); }, "CUB", "cursor back"},
    {0, 0, 'E', [](State& s, Seq q) { s.move_down(q.params.count(0)), s.carriage_return(); }, "CNL", "next line"},
    {0, 0, 'F', [](State& s, Seq q) { s.move_up(q.params.count(0)), s.carriage_return(); }, "CPL", "previous line"},
    {0, 0, 'G', horizontal_absolute, "CHA", "cursor to column"},
    {0, 0, 'H', [](State& s, Seq q) { s.place_in_origin(q.params.count(1) - 1, q.params.count(0) - 1); }, "CUP",
     "cursor to row and column"},
    {0, 0, 'I', [](State& s, Seq q) { s.tab(q.params.count(0)); }, "CHT", "forward tabs"},
    {0, 0, 'J', [](State& s, Seq q) { s.erase_in_display(q.params.get(0, 0), Eraser::all); }, "ED",
     "erase below (0), above (1), all (2), scrollback (3)"},
    {'?', 0, 'J',
     [](State& s, Seq q) {
       if (q.params.get(0, 0) < 3) s.erase_in_display(q.params.get(0, 0), Eraser::spare_guarded);
     },
     "DECSED", "the same, sparing guarded cells"},
    {0, 0, 'K', [](State& s, Seq q) { s.erase_in_line(q.params.get(0, 0), Eraser::all); }, "EL",
     "erase to the end (0), start (1) or whole (2) of the row"},
    {'?', 0, 'K', [](State& s, Seq q) { s.erase_in_line(q.params.get(0, 0), Eraser::spare_guarded); }, "DECSEL",
     "the same, sparing guarded cells"},
    {0, 0, 'L', [](State& s, Seq q) { s.insert_lines(q.params.count(0)); }, "IL", "insert rows"},
    {0, 0, 'M', [](State& s, Seq q) { s.delete_lines(q.params.count(0)); }, "DL", "delete rows"},
    {0, 0, 'P', [](State& s, Seq q) { s.delete_characters(q.params.count(0)); }, "DCH", "delete characters"},
    {0, 0, 'S', [](State& s, Seq q) { scroll_region(s, q, true); }, "SU", "scroll up (not into the scrollback)"},
    {'?', 0, 'S', report_graphics, "XTSMGRAPHICS", "query: of images; always answered that there are none"},
    {0, 0, 'T',
     [](State& s, Seq q) {
       if (q.params.size() < 5) scroll_region(s, q, false);
     },
     "SD", "scroll down"},
    {'?', 0, 'W', tabs_every_eight, "DECST8C", "tab stops at every eighth column (5)"},
    {0, 0, 'X', [](State& s, Seq q) { s.erase_characters(q.params.count(0)); }, "ECH", "erase characters"},
    {0, 0, 'Z', [](State& s, Seq q) { s.back_tab(q.params.count(0)); }, "CBT", "backward tabs"},
    {0, 0, '^', [](State& s, Seq q) { scroll_region(s, q, false); }, "SD", "scroll down (ECMA-48's other final)"},
    {0, 0, '`', horizontal_absolute, "HPA", "cursor to column"},
    {0, 0, 'a', horizontal_relative, "HPR", "cursor right"},
    {0, 0, 'b', [](State& s, Seq q) { s.repeat(q.params.count(0)); }, "REP", "repeat the last character"},
    {0, 0, 'c', report_primary_attributes, "DA1", "query: attributes"},
    {'=', 0, 'c', report_tertiary_attributes, "DA3", "query: unit id"},
    {'>', 0, 'c', report_secondary_attributes, "DA2", "query: model"},
    {0, 0, 'd', vertical_absolute, "VPA", "cursor to row"},
    {0, 0, 'e', vertical_relative, "VPR", "cursor down"},
    {0, 0, 'f', [](State& s, Seq q) { s.place_in_origin(q.params.count(1) - 1, q.params.count(0) - 1); }, "HVP",
     "cursor to row and column"},
    {0, 0, 'g', clear_tabs, "TBC", "clear the tab stop here (0), all (3)"},
    {0, 0, 'h', [](State& s, Seq q) { set_modes(s, q, false, true); }, "SM", "set ANSI modes"},
    {'?', 0, 'h', [](State& s, Seq q) { set_modes(s, q, true, true); }, "DECSET", "set DEC modes"},
    {0, 0, 'l', [](State& s, Seq q) { set_modes(s, q, false, false); }, "RM", "reset ANSI modes"},
    {'?', 0, 'l', [](State& s, Seq q) { set_modes(s, q, true, false); }, "DECRST", "reset DEC modes"},
    {0, 0, 'm', [](State& s, Seq q) { apply_sgr(s.pen, q.params), s.touch_pen(); }, "SGR", "the look of what follows"},
    {'?', 0, 'm', report_key_options, "XTQMODKEYS", "query: modifyOtherKeys (4)"},
    {0, 0, 'n', report_status, "DSR", "query: status (5), cursor (6)"},
    {'?', 0, 'n', report_private_status, "DECDSR",
     "query: cursor (6), printer (15), keys (25), keyboard (26), locator (53, 55, 56), macros (62, 63), data (75), "
     "sessions (85), colours (996)"},
    {0, '!', 'p', [](State& s, Seq) { s.soft_reset(); }, "DECSTR", "soft reset"},
    {0, '$', 'p', report_mode, "DECRQM", "query: ANSI mode"},
    {'?', '$', 'p', report_private_mode, "DECRQM", "query: DEC mode"},
    {0, ' ', 'q', cursor_shape, "DECSCUSR", "cursor shape 0 to 6"},
    {0, '"', 'q', protection, "DECSCA", "guard what follows (1), or not (0, 2)"},
    {'>', 0, 'q', report_version, "XTVERSION", "query: name"},
    {0, 0, 'r', decstbm, "DECSTBM", "top and bottom margin"},
    {'?', 0, 'r', restore_modes, "XTRESTORE", "restore DEC modes"},
    {0, '$', 'r', [](State& s, Seq q) { s.restyle_rectangle(q.params, false); }, "DECCARA",
     "set bold, underline, blink, inverse in an area"},
    {0, 0, 's', decslrm, "DECSLRM", "left and right margin (DECLRMM set), else save the cursor (SCOSC)"},
    {'?', 0, 's', save_modes, "XTSAVE", "save DEC modes"},
    {0, 0, 't', window, "XTWINOPS",
     "query: size in characters (18, 19); push (22) and pop (23) the title; nothing else"},
    {0, '$', 't', [](State& s, Seq q) { s.restyle_rectangle(q.params, true); }, "DECRARA", "turn them over in an area"},
    {0, 0, 'u',
     [](State& s, Seq q) {
       if (q.params.empty()) s.restore_cursor();
     },
     "SCORC", "restore the cursor"},
    {'<', 0, 'u', kitty_pop, "", "kitty keyboard: pop flags"},
    {'=', 0, 'u', kitty_set, "", "kitty keyboard: set flags (1), add (2), remove (3)"},
    {'>', 0, 'u', kitty_push, "", "kitty keyboard: push flags"},
    {'?', 0, 'u', report_kitty_flags, "", "query: kitty keyboard flags"},
    {0, '$', 'v', copy_area, "DECCRA", "copy a rectangle"},
    {0, '$', 'w', report_presentation, "DECRQPSR", "query: cursor (1), tab stops (2)"},
    {0, 0, 'x', report_parameters, "DECREQTPARM", "query: terminal parameters"},
    {0, '$', 'x', fill_area, "DECFRA", "fill a rectangle with a character"},
    {0, '*', 'x', attribute_extent, "DECSACE", "DECCARA and DECRARA take a stream (0, 1) or a rectangle (2)"},
    {0, '$', 'z', [](State& s, Seq q) { s.erase_rectangle(s.rectangle(q.params, 0)); }, "DECERA", "erase a rectangle"},
    {0, '$', '{', [](State& s, Seq q) { s.erase_rectangle_selectively(s.rectangle(q.params, 0)); }, "DECSERA",
     "erase a rectangle, sparing guarded cells and all looks"},
    {0, '\'', '}',
     [](State& s, Seq q) {
       if (s.in_margins()) s.shift_columns(s.x, q.params.count(0), true);
     },
     "DECIC", "insert columns"},
    {0, '\'', '~',
     [](State& s, Seq q) {
       if (s.in_margins()) s.shift_columns(s.x, q.params.count(0), false);
     },
     "DECDC", "delete columns"},
};

/// Where the entries of each final character begin; one more at the end.
constexpr auto index = [] {
  std::array<unsigned char, 65> begins{};
  for (std::size_t final = 0; final < begins.size(); ++final) {
    std::size_t at = 0;
    while (at < std::size(entries) && static_cast<std::size_t>(entries[at].final) < final + 0x40) ++at;
    begins[final] = static_cast<unsigned char>(at);
  }
  return begins;
}();
static_assert(std::is_sorted(std::begin(entries), std::end(entries),
                             [](const SequenceEntry& a, const SequenceEntry& b) { return a.final < b.final; }));

}  // namespace

std::span<const SequenceEntry> csi_table() {
  return entries;
}

/// What full-screen programs and coloured listings consist of, past the table.
bool State::frequent_csi(char final, const Params& params) {
  if (final == 'm') {
    apply_sgr(pen, params);
    touch_pen();
  } else if (params.has_subs()) {
    return false;
  } else if (final == 'H') {
    place_in_origin(params.count(1) - 1, params.count(0) - 1);
  } else if (final == 'K') {
    erase_in_line(params.get(0, 0), Eraser::all);
  } else if (final == 'C') {
    move_right(params.count(0));
  } else {
    return false;
  }
  printed = false;
  return true;
}

void State::csi(const Sequence& sequence) {
  const bool was_printed = printed;
  printed = false;
  if (sequence.intermediates[1] != 0) return;
  const auto final = static_cast<std::size_t>(sequence.final - 0x40);
  for (std::size_t i = index[final]; i < index[final + 1]; ++i) {
    const SequenceEntry& entry = entries[i];
    if (entry.leader != sequence.leader || entry.intermediate != sequence.intermediates[0]) continue;
    printed = was_printed && entry.final == 'b';
    if (sequence.params.has_subs() && entry.final != 'm') {
      Sequence plain = sequence;
      plain.params.drop_subs();
      entry.run(*this, plain);
    } else {
      entry.run(*this, sequence);
    }
    return;
  }
}

}  // namespace duotty::term
