#pragma once
// A terminal's state: what a VT500/xterm would show after the bytes it was fed. Pure and silent: no I/O, no clock, no
// thread; the same bytes and resizes give the same state however they are cut. It draws nothing and encodes no mouse.
// Cost is O(1) a byte; memory is bounded whatever the bytes are. One thread at a time may use an object.
#include <cstdint>
#include <duotty/term/host.hpp>
#include <duotty/term/modes.hpp>
#include <duotty/term/style.hpp>
#include <duotty/term/types.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::term {

/// What a terminal is made with. None of it is part of its state; give the same to a terminal that is restored.
struct Options {
  std::size_t scrollback_lines = 10'000;            ///< rows kept above the main screen, at most max_scrollback_lines
  Color foreground = Color::rgb(0xcc, 0xcc, 0xcc);  ///< what OSC 10 ? answers; RGB
  Color background = Color::rgb(0x11, 0x11, 0x11);  ///< what OSC 11 ? answers; RGB
};

/// A stretch of cells of one look: columns [begin, end).
struct Span {
  int begin = 0;
  int end = 0;
  Style style;
  std::string link;  ///< OSC 8 target, or empty
  friend bool operator==(const Span&, const Span&) = default;
};

/// One row as text.
struct Line {
  RowId id = 0;
  std::string text;         ///< UTF-8; trailing blanks removed unless the row is wrapped
  bool wrapped = false;     ///< the text goes on in the next row without a newline
  std::vector<Span> spans;  ///< where the look is not the default, in order; blanks at the end included
};

class State;

class Terminal {
 public:
  /// `size` and `options` are clamped to the limits. The host must outlive the terminal.
  Terminal(Size size, Host& host, Options options = {});
  ~Terminal();
  Terminal(Terminal&&) noexcept;
  Terminal& operator=(Terminal&&) noexcept;

  // --- bytes and size ---------------------------------------------------------------------------------------------
  /// Takes output of the program, cut anywhere.
  void feed(std::string_view bytes);
  /// A new window size, clamped. The main screen and its scrollback are wrapped anew; the alternate screen is cut or
  /// padded. The cursor stays on its text. Margins become the whole screen.
  void resize(Size size);
  Size size() const noexcept;
  /// Bytes fed since the beginning, counting up to and including the last byte of what is being carried out.
  std::uint64_t bytes_fed() const noexcept;
  /// Inside an effect of an escape sequence: the value of bytes_fed() just before its first byte. So the sequence is
  /// the bytes [sequence_begin(), bytes_fed()) of the stream.
  std::uint64_t sequence_begin() const noexcept;
  /// True when no escape sequence and no UTF-8 character is half received.
  bool at_ground() const noexcept;

  // --- the screen -------------------------------------------------------------------------------------------------
  /// Where the next character goes (the last column while pending_wrap()).
  Position cursor() const noexcept;
  /// DECAWM: the last column has been written; the next character goes to the next row first.
  bool pending_wrap() const noexcept;
  bool cursor_visible() const noexcept;
  CursorShape cursor_shape() const noexcept;
  bool alternate_screen() const noexcept;
  const Modes& modes() const noexcept;
  /// Kitty keyboard protocol flags in force (0 to 31).
  int kitty_flags() const noexcept;
  /// OSC 0/2, at most 4096 bytes, or empty.
  const std::string& title() const noexcept;
  /// OSC 7 as the program wrote it, or empty.
  const std::string& cwd_uri() const noexcept;
  /// DECSTBM or DECSLRM keep a part of the active screen from scrolling.
  bool margins_set() const noexcept;

  // --- rows -------------------------------------------------------------------------------------------------------
  /// First visible row of the active screen; the others follow it.
  RowId top_row() const noexcept;
  /// Oldest kept row of the active screen: its scrollback, or top_row() of the alternate screen, which has none.
  RowId first_row() const noexcept;
  /// One past the last visible row of the active screen.
  RowId end_row() const noexcept;
  /// The same of the main screen, also while the alternate screen is active.
  RowId main_top_row() const noexcept;
  RowId main_first_row() const noexcept;
  RowId main_end_row() const noexcept;
  /// True when the row is kept, on either screen.
  bool has_row(RowId row) const noexcept;
  /// A row as text; an unknown row is empty.
  Line line(RowId row) const;
  /// Text of the columns [from_col, to_col) of a row, blanks kept; half a wide character is a blank. Clamped.
  std::string row_text(RowId row, int from_col, int to_col) const;
  /// The visible rows of the active screen, trailing blanks removed.
  std::vector<std::string> screen_lines() const;
  /// Text in [from, to): wrapped rows are joined, other rows end in '\n' and lose their trailing blanks.
  /// Rows that are no longer kept are left out.
  std::string text(Position from, Position to) const;
  /// True when nothing but blanks stands from here to the end of the logical line (through wrapped rows).
  bool blank_after(Position from) const;
  /// First row of the logical line that `row` is part of, and one past its last row.
  RowId line_begin(RowId row) const;
  RowId line_end(RowId row) const;

  // --- anchors ----------------------------------------------------------------------------------------------------
  /// A mark that stays on its place in the text through scrolling, insertion and deletion of rows, and reflow. It is
  /// lost when its row goes: out of the scrollback, by ED 3, by ED 2, by ED 0 or 1 when the whole row is on the erased
  /// side and is not the cursor's, deleted or scrolled out of a region that feeds no scrollback, with the alternate
  /// screen, by RIS. Erasing or rewriting its cells does not move it. Returns none when max_anchors are in use or the
  /// row is not kept.
  AnchorId add_anchor(Position position);
  /// Where the anchor is now, or nullopt when it is lost, dropped or unknown.
  std::optional<Position> anchor(AnchorId id) const;
  /// Puts a known anchor elsewhere; false when it is unknown or the row is not kept.
  bool move_anchor(AnchorId id, Position position);
  void drop_anchor(AnchorId id);
  /// Moves every anchor of a row in [first, end of that screen) by `delta` rows, even beyond the present rows; see
  /// insert_above().
  void shift_anchors(RowId first, std::int64_t delta);

  /// Options it was made with, clamped.
  const Options& options() const noexcept;
  /// The inside, for the functions of this module only; its type is private to src/term.
  const State& state() const noexcept { return *state_; }
  State& state() noexcept { return *state_; }
  /// Takes another inside in place of its own; for restore() only.
  void adopt(std::unique_ptr<State> state) noexcept;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace duotty::term
