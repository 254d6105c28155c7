// One table of modes; SM/RM, DECSET/DECRST, DECRQM, the snapshot and docs/vt.md read it.
#include "modes_table.hpp"

#include <algorithm>
#include <iterator>

#include "state.hpp"

namespace duotty::term {
namespace {

using enum ModeEntry::Kind;

constexpr ModeEntry entries[] = {
    {2, ansi, &Modes::keyboard_locked, "KAM", "keyboard action (kept, no effect)"},
    {4, ansi, &Modes::insert, "IRM", "insert"},
    {12, ansi, &Modes::echo_off, "SRM", "send/receive (kept, no effect)"},
    {20, ansi, &Modes::newline, "LNM", "line feed implies carriage return"},
    {1, dec, &Modes::application_cursor, "DECCKM", "application cursor keys"},
    {5, dec, &Modes::reverse_video, "DECSCNM", "reverse video"},
    {6, dec, &Modes::origin, "DECOM", "origin"},
    {7, dec, &Modes::autowrap, "DECAWM", "autowrap"},
    {8, dec, &Modes::auto_repeat, "DECARM", "auto-repeat (kept, no effect)"},
    {9, dec, nullptr, "", "mouse: presses (X10)"},
    {12, dec, &Modes::cursor_blink, "", "cursor blinks"},
    {25, dec, &Modes::cursor_visible, "DECTCEM", "cursor is visible"},
    {45, dec, &Modes::reverse_wrap, "", "backspace goes back over a soft wrap"},
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
    {1047, dec, nullptr, "", "alternate screen"},
    {1048, dec, nullptr, "", "save and restore the cursor"},
    {1049, dec, nullptr, "", "alternate screen, saving the cursor"},
    {2004, dec, &Modes::bracketed_paste, "", "bracketed paste"},
    {2026, dec, &Modes::synchronized, "", "synchronized output"},
    {2031, dec, &Modes::color_scheme_reports, "", "colour scheme reports (kept)"},
};

// Known, and always reset. ANSI: guarded area transfer and the other modes of block terminals. DEC: 132 columns and
// grapheme clusters, which the viewers' emulator cannot do, so cells would no longer stand where they are seen.
constexpr int fixed_ansi[] = {1, 3, 5, 7, 10, 11, 13, 14, 15, 16, 17, 18, 19};
constexpr int fixed_dec[] = {3, 2027};

const ModeEntry* find(int number, bool is_private) {
  const ModeEntry::Kind kind = is_private ? dec : ansi;
  const auto* const at = std::find_if(std::begin(entries), std::end(entries), [&](const ModeEntry& entry) {
    return entry.number == number && entry.kind == kind;
  });
  return at == std::end(entries) ? nullptr : at;
}

MouseTracking tracking_of(int number) {
  switch (number) {
    case 9:
      return MouseTracking::x10;
    case 1000:
      return MouseTracking::normal;
    case 1002:
      return MouseTracking::button;
    case 1003:
      return MouseTracking::any;
    default:
      return MouseTracking::off;
  }
}

MouseEncoding encoding_of(int number) {
  switch (number) {
    case 1005:
      return MouseEncoding::utf8;
    case 1006:
      return MouseEncoding::sgr;
    case 1015:
      return MouseEncoding::urxvt;
    case 1016:
      return MouseEncoding::sgr_pixels;
    default:
      return MouseEncoding::x10;
  }
}

}  // namespace

std::span<const ModeEntry> mode_table() {
  return entries;
}

int tracking_mode(MouseTracking tracking) {
  constexpr int numbers[] = {0, 9, 1000, 1002, 1003};
  return numbers[static_cast<std::size_t>(tracking)];
}

int encoding_mode(MouseEncoding encoding) {
  constexpr int numbers[] = {0, 1005, 1006, 1015, 1016};
  return numbers[static_cast<std::size_t>(encoding)];
}

void State::set_mode(int number, bool is_private, bool on) {
  const ModeEntry* const entry = find(number, is_private);
  if (entry == nullptr) return;
  if (entry->flag == &Modes::left_right_margins) {
    set_left_right_margins(on);
    return;
  }
  if (entry->flag != nullptr) {
    modes.*entry->flag = on;
    if (entry->flag == &Modes::origin) home();
    return;
  }
  if (tracking_of(number) != MouseTracking::off) {
    modes.mouse = on ? tracking_of(number) : MouseTracking::off;
  } else if (encoding_of(number) != MouseEncoding::x10) {
    modes.mouse_encoding = on ? encoding_of(number) : MouseEncoding::x10;
  } else if (number == 1048) {
    on ? save_cursor() : restore_cursor();
  } else {
    if (number == 1049 && on) save_cursor();
    use_alternate(on);
    if (number == 1049 && !on) restore_cursor();
  }
}

int State::mode_report(int number, bool is_private) const {
  const ModeEntry* const entry = find(number, is_private);
  if (entry == nullptr) {
    const std::span<const int> fixed = is_private ? std::span<const int>(fixed_dec) : std::span<const int>(fixed_ansi);
    return std::find(fixed.begin(), fixed.end(), number) != fixed.end() ? 4 : 0;
  }
  bool on = false;
  if (entry->flag != nullptr) {
    on = modes.*entry->flag;
  } else if (tracking_of(number) != MouseTracking::off) {
    on = modes.mouse == tracking_of(number);
  } else if (encoding_of(number) != MouseEncoding::x10) {
    on = modes.mouse_encoding == encoding_of(number);
  } else if (number == 1048) {
    on = active->saved.set;
  } else {
    on = active != &main;
  }
  return on ? 1 : 2;
}

}  // namespace duotty::term
