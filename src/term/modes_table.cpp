// One table of modes; SM/RM, DECSET/DECRST, DECRQM, the snapshot and docs/vt.md read it.
#include "modes_table.hpp"

namespace duotty::term {
namespace {

using enum ModeEntry::Kind;

constexpr ModeEntry entries[] = {
    {2, ansi, &Modes::keyboard_locked, "KAM", "keyboard action (kept, no effect)"},
    {4, ansi, &Modes::insert, "IRM", "insert"},
    {12, ansi, &Modes::echo_off, "SRM", "send/receive (kept, no effect)"},
    {20, ansi, &Modes::newline, "LNM", "line feed implies carriage return"},
    {1, dec, &Modes::application_cursor, "DECCKM", "application cursor keys"},
    {4, dec, &Modes::smooth_scroll, "DECSCLM", "smooth scroll (kept, no effect)"},
    {5, dec, &Modes::reverse_video, "DECSCNM", "reverse video"},
    {6, dec, &Modes::origin, "DECOM", "origin"},
    {7, dec, &Modes::autowrap, "DECAWM", "autowrap"},
    {8, dec, &Modes::auto_repeat, "DECARM", "auto-repeat (kept, no effect)"},
    {9, dec, nullptr, "", "mouse: presses (X10)"},
    {12, dec, &Modes::cursor_blink, "", "cursor blinks"},
    {18, dec, &Modes::print_form_feed, "DECPFF", "printing ends in a form feed (kept, no effect)"},
    {19, dec, &Modes::print_extent, "DECPEX", "printing takes the whole screen (kept, no effect)"},
    {25, dec, &Modes::cursor_visible, "DECTCEM", "cursor is visible"},
    {45, dec, &Modes::reverse_wrap, "", "BS and CUB go back over a soft wrap"},
    {47, dec, nullptr, "", "alternate screen"},
    {66, dec, &Modes::application_keypad, "DECNKM", "application keypad"},
    {69, dec, &Modes::left_right_margins, "DECLRMM", "left and right margins"},
    {1000, dec, nullptr, "", "mouse: presses and releases"},
    {1002, dec, nullptr, "", "mouse: and motion with a button held"},
    {1003, dec, nullptr, "", "mouse: and all motion"},
    {1004, dec, &Modes::focus_events, "", "focus events"},
    {1005, dec, nullptr, "", "mouse encoding: UTF-8"},
    {1006, dec, nullptr, "", "mouse encoding: SGR"},
    {1007, dec, &Modes::alternate_scroll, "", "wheel sends arrows on the alternate screen"},
    {1015, dec, nullptr, "", "mouse encoding: urxvt"},
    {1016, dec, nullptr, "", "mouse encoding: SGR in pixels"},
    {1045, dec, &Modes::reverse_wrap_anywhere, "",
     "BS and CUB go back to the end of the row above, and from the top to the bottom"},
    {1047, dec, nullptr, "", "alternate screen"},
    {1048, dec, nullptr, "", "save and restore the cursor"},
    {1049, dec, nullptr, "", "alternate screen, saving the cursor"},
    {2004, dec, &Modes::bracketed_paste, "", "bracketed paste"},
    {2026, dec, &Modes::synchronized, "", "synchronized output"},
    {2027, dec, &Modes::grapheme_clusters, "", "grapheme clusters: one in one place, as wide as it is drawn"},
    {2031, dec, &Modes::color_scheme_reports, "", "colour scheme reports (kept)"},
};

// Known, and always reset. ANSI: guarded area transfer and the other modes of block terminals. DEC: 132 columns, since
// the size belongs to the viewers.
constexpr int fixed_ansi[] = {1, 3, 5, 7, 10, 11, 13, 14, 15, 16, 17, 18, 19};
constexpr int fixed_dec[] = {3, 60};

}  // namespace

std::span<const ModeEntry> mode_table() {
  return entries;
}

std::span<const int> fixed_modes(ModeEntry::Kind kind) {
  if (kind == dec) return fixed_dec;
  return fixed_ansi;
}

}  // namespace duotty::term
