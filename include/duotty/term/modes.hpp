#pragma once
// The modes a program can set (ANSI SM/RM, DEC private DECSET/DECRST). Numbers are those of xterm's ctlseqs.
#include <cstdint>

namespace duotty::term {

/// Which mouse events the program wants.
enum class MouseTracking : std::uint8_t {
  off,
  x10,     ///< 9: presses only
  normal,  ///< 1000: presses and releases
  button,  ///< 1002: and motion with a button held
  any,     ///< 1003: and all motion
};

/// How mouse events are written.
enum class MouseEncoding : std::uint8_t { x10, utf8, sgr, urxvt, sgr_pixels };

/// The modes in force. The initial values are those of a fresh or reset terminal.
struct Modes {
  // ANSI
  bool insert = false;           ///< 4, IRM: printing shifts the rest of the line
  bool newline = false;          ///< 20, LNM: LF implies CR
  bool keyboard_locked = false;  ///< 2, KAM; kept, without effect
  bool echo_off = true;          ///< 12, SRM; kept, without effect
  // DEC private
  bool application_cursor = false;     ///< 1, DECCKM: arrows, Home and End send SS3
  bool reverse_video = false;          ///< 5, DECSCNM
  bool origin = false;                 ///< 6, DECOM
  bool autowrap = true;                ///< 7, DECAWM
  bool auto_repeat = true;             ///< 8, DECARM; kept, without effect
  bool cursor_blink = false;           ///< 12
  bool cursor_visible = true;          ///< 25, DECTCEM
  bool smooth_scroll = false;          ///< 4, DECSCLM; kept, without effect
  bool print_form_feed = false;        ///< 18, DECPFF; kept, without effect
  bool print_extent = false;           ///< 19, DECPEX; kept, without effect
  bool reverse_wrap = false;           ///< 45: going back goes on in the row above when that is wrapped
  bool reverse_wrap_anywhere = false;  ///< 1045: and also when it is not, from the first row to the last
  bool application_keypad = false;     ///< 66, DECNKM; also ESC = and ESC >
  bool left_right_margins = false;     ///< 69, DECLRMM
  bool focus_events = false;           ///< 1004
  bool alternate_scroll = false;       ///< 1007
  bool bracketed_paste = false;        ///< 2004
  bool synchronized = false;           ///< 2026: the program is in the middle of an update
  bool grapheme_clusters = false;      ///< 2027: one grapheme cluster in one place
  bool color_scheme_reports = false;   ///< 2031
  MouseTracking mouse = MouseTracking::off;
  MouseEncoding mouse_encoding = MouseEncoding::x10;
  friend bool operator==(const Modes&, const Modes&) = default;
};

/// DECSCUSR; `initial` is the viewer's own choice.
enum class CursorShape : std::uint8_t {
  initial,
  blinking_block,
  block,
  blinking_underline,
  underline,
  blinking_bar,
  bar,
};

}  // namespace duotty::term
