#pragma once
// The control sequences that put the person's terminal into a known state before an attachment, between two pictures,
// and after it. Pure text; sources: ECMA-48, xterm ctlseqs, the kitty keyboard protocol.
#include <string>

namespace duotty::cli::screen {

/// Every mode a program can have left behind, off: both screens, character sets, margins, mouse, paste, focus, keyboard
/// protocols, cursor, colours, palette, hyperlink, synchronised output. Does not move the cursor on the main screen but
/// to its top left; does not touch the scrollback.
std::string reset();
/// Before the first picture: what is on the screen moves into the scrollback, then an empty screen with the cursor at
/// its top left. The title is kept for leave().
std::string enter(int rows);
/// Before a later picture: as enter(), but what is on the screen is replaced.
std::string again();
/// After the attachment: everything reset, the cursor on a fresh line below the last picture, the old title back.
std::string leave(int rows);

}  // namespace duotty::cli::screen
