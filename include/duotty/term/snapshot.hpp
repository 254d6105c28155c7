#pragma once
// A terminal's state as bytes, in two forms: a snapshot is terminal output, understood by every emulator; a checkpoint
// is our own exact, versioned record for the disk.
#include <cstddef>
#include <duotty/base/error.hpp>
#include <duotty/term/terminal.hpp>
#include <string>
#include <string_view>

namespace duotty::term {

struct SnapshotOptions {
  std::size_t scrollback_lines = 1000;  ///< the newest so many rows above the main screen
};

/// Output that recreates the state in a fresh emulator of the same size: scrollback, cells, wraps (wrapped rows really
/// wrap, so a later reflow is right), both screens, cursor with pending wrap, saved cursors, margins, modes, tab stops,
/// character sets, title and title stack, hyperlinks, palette, cursor shape, kitty flags, and the half-received
/// sequence at the end. Not carried: row numbers, anchors, bytes_fed(), and the scrollback beyond the option. It never
/// makes the emulator answer anything. Property: a fresh Terminal fed with it is same_state() as this one.
std::string snapshot(const Terminal& terminal, SnapshotOptions options = {});

/// Everything, exactly: also row numbers, anchors and the parser's state. Starts with a version and ends with a
/// checksum.
std::string checkpoint(const Terminal& terminal);

/// Puts a terminal into the state of a checkpoint, its size included; host and options stay, and scrollback beyond the
/// options is dropped. On error (Errc::protocol: not a checkpoint, damaged, of another version) the terminal is
/// unchanged.
base::Result<> restore(Terminal& terminal, std::string_view bytes);

/// True when both would show and do the same on the same future bytes and resizes, as far as the rows both keep (the
/// scrollback is compared from its newest row back). Row numbers, anchors and bytes_fed() are not compared. When false,
/// `why` (may be null) says the first difference found.
bool same_state(const Terminal& a, const Terminal& b, std::string* why = nullptr);

}  // namespace duotty::term
