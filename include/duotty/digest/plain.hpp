#pragma once
// Terminal bytes as text for people and models: escape sequences out, line ends as LF, always UTF-8.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace duotty::digest {

/// What becomes of a carriage return that does not end a line.
enum class LoneCr : std::uint8_t {
  newline,  ///< becomes LF unless its line is empty: nothing that was printed is lost
  keep,     ///< stays
};

/// Removes what a terminal would not print, across any chunking: control sequences (CSI), strings (OSC, DCS, APC, PM,
/// SOS; ended by ST, BEL for OSC, CAN or SUB), two- and three-byte escapes, C0 controls except LF and TAB, DEL, C1
/// controls. CR LF becomes LF, also with sequences between the two. Malformed UTF-8 becomes U+FFFD. (ECMA-48.)
///
/// A stream cannot take back what it gave out. Text that backspaces or erasing in the line lead over and that is
/// printed again comes once; where a line of up to 4 KiB has really changed, it comes again as a whole, on a line of
/// its own, as soon as it grows or ends.
class PlainText {
 public:
  explicit PlainText(LoneCr lone_cr = LoneCr::newline);
  PlainText(PlainText&&) noexcept;
  PlainText& operator=(PlainText&&) noexcept;
  ~PlainText();

  /// Appends the text of the next bytes to `out`. Up to 3 bytes of a character and CRs are held until decided.
  void feed(std::string_view bytes, std::string& out);
  /// The input has ended: appends what was held. The object is then as new.
  void finish(std::string& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The text of a whole byte string.
std::string plain_text(std::string_view bytes, LoneCr lone_cr = LoneCr::newline);

/// The text of a piece of a terminal's output as it stands at its end: lines that were overwritten or redrawn (progress
/// bars, the shell's line editor) are given once, as the screen of `cols` x `rows` shows them. Sequences that move
/// between lines are left out, so that the text of full-screen programs is only a rough one. Always UTF-8, line ends as
/// LF.
std::string shown_text(std::string_view raw, int cols, int rows = 24);

/// What a command printed, from the raw PTY bytes of its output. Without cursor movement: the exact inverse of ONLCR
/// (CR LF becomes LF; tabs, trailing blanks and further CRs stay) with escape sequences removed. Lines that were
/// overwritten by CR, backspace or movement within the line are given as they stood at the end. When the cursor was
/// positioned on the screen, the text of a screen of `cols` x `rows` with its scrollback.
/// Malformed UTF-8 becomes U+FFFD.
std::string command_output(std::string_view raw, int cols, int rows = 24);

}  // namespace duotty::digest
