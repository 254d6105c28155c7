#include "attach_screen.hpp"

namespace duotty::cli::screen {

std::string reset() {
  return
      // An unfinished string or sequence of the output ends here.
      "\x18"
      // Synchronised output off first, so that the rest shows; then the main screen.
      "\x1b[?2026l\x1b[?1049l\x1b[?47l"
      // Kitty keyboard protocol: empty the stack, no flags. xterm: modifyOtherKeys and its relatives off.
      "\x1b[<99u\x1b[=0u\x1b[>4;0m\x1b[>4m"
      // Mouse in every form, focus reports, bracketed paste, colour scheme reports, in-band sizes.
      "\x1b[?9l\x1b[?1000l\x1b[?1001l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
      "\x1b[?1004l\x1b[?1007l\x1b[?2004l\x1b[?2031l\x1b[?2048l"
      // Keypad and cursor keys as usual, insert and newline mode off, normal video, origin off, wrap on.
      "\x1b>\x1b[?1l\x1b[4l\x1b[20l\x1b[?5l\x1b[?6l\x1b[?7h\x1b[?45l"
      // Margins off (this moves the cursor to the top left), tab stops every eight columns.
      "\x1b[?69l\x1b[r\x1b[?5W"
      // ASCII in every set, the first one selected; no hyperlink; plain colours; the terminal's own palette.
      "\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b]8;;\x1b\\\x1b[0m\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\"
      // The cursor: shown, in its own shape.
      "\x1b[?25h\x1b[0 q";
}

std::string enter(int rows) {
  // Newlines from where the cursor is move exactly the used part of the screen into the scrollback.
  std::string out = "\r";
  out.append(static_cast<std::size_t>(rows > 0 ? rows : 1), '\n');
  return "\x1b[22;2t" + out + reset() + "\x1b[H\x1b[J";
}

std::string again() {
  return reset() + "\x1b[H\x1b[J";
}

std::string leave(int rows) {
  return reset() + "\x1b[" + std::to_string(rows > 0 ? rows : 1) + ";1H\r\n\x1b[23;2t";
}

}  // namespace duotty::cli::screen
