#pragma once
// The whole state of a terminal and the operations that control sequences are made of. Data is open to the files of
// this module: the dispatchers change it, snapshot, checkpoint and comparison read it. Coordinates are 0-based here.
#include <bitset>
#include <duotty/term/terminal.hpp>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "anchors.hpp"
#include "charset.hpp"
#include "grid.hpp"
#include "image_list.hpp"
#include "parser.hpp"
#include "sgr_memo.hpp"
#include "tables.hpp"

namespace duotty::term {

/// DECSC: what DECRC brings back.
struct SavedCursor {
  bool set = false;
  int x = 0;
  int y = 0;
  bool pending_wrap = false;
  bool origin = false;
  Pen pen;
  Charsets charsets;
  friend bool operator==(const SavedCursor&, const SavedCursor&) = default;
};

/// Kitty keyboard protocol: flags in force and those pushed below them. Each screen has its own.
struct KittyKeyboard {
  static constexpr std::size_t max_depth = 16;
  std::uint8_t flags = 0;
  std::vector<std::uint8_t> stack;
  friend bool operator==(const KittyKeyboard&, const KittyKeyboard&) = default;
};

/// What each of the two screens has for itself.
struct Screen {
  Grid grid;
  Rect margins;  // DECSTBM and DECSLRM; the whole screen when unset
  SavedCursor saved;
  KittyKeyboard kitty;
};

/// Colours that were set (OSC 4, 10, 11, 12, 5): 0 to 255, then these.
inline constexpr int foreground_slot = 256;
inline constexpr int background_slot = 257;
inline constexpr int cursor_slot = 258;
inline constexpr int special_slot = 259;  // xterm's colours for bold, underline, blink, reverse and italic
inline constexpr int special_colors = 5;

enum class Eraser : std::uint8_t { all, spare_guarded };

class State final : public ParserSink {
 public:
  State(Size initial_size, Host& effects, const Options& wanted);
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // --- ParserSink: state_print.cpp and dispatch_*.cpp
  void print_ascii(const char* text, std::size_t count) override;
  /// The same for text of which `readable` >= count bytes may be read.
  [[gnu::always_inline]] void print_ascii(const char* text, std::size_t count, std::size_t readable) {
    const auto room = static_cast<std::size_t>(last_column() - x);
    const bool simple = !pending_wrap && !modes.insert && !charsets.active() && count <= room;
    if (!simple || !grid().row(y).put_ascii(x, text, static_cast<int>(count), readable, pen_style())) {
      return print_ascii(text, count);
    }
    x += static_cast<int>(count);
    printed = true;
  }
  void print(const char32_t* text, std::size_t count) override;
  void execute(unsigned char control) override {
    printed = false;
    if (control == 0x0a) return linefeed();
    if (control == 0x0d) return carriage_return();
    execute_control(control);
  }
  void execute_control(unsigned char control);
  void esc(const Sequence& sequence) override;
  void csi(const Sequence& sequence) override;
  bool frequent_csi(char final, const Params& params);
  /// An SGR sequence whose parameters begin at `at`, and where it ends; null for any other. 64 bytes may be read.
  [[gnu::always_inline]] const unsigned char* recall_sgr(const unsigned char* at) {
    const std::size_t length = parameter_bytes(at);
    if (at[length] != 'm') return nullptr;
    printed = false;
    if (length == 0 || (length == 1 && at[0] == '0')) {
      reset_pen();
      return at + length + 1;
    }
    const SgrText text = sgr_text(at, length);
    const SgrChange* const change = sgr_memo.find(text);
    if (change == nullptr) return learn_sgr(at, text);
    apply_change(pen.style, *change);
    touch_pen();
    return at + length + 1;
  }
  /// The same for one that sgr_memo does not hold.
  const unsigned char* learn_sgr(const unsigned char* at, const SgrText& text);
  void osc(std::string_view text) override;
  void dcs(const Sequence& sequence, std::string_view data) override;
  void apc(std::string_view text) override;

  // --- looks: state.cpp
  /// Number of the pen in the style table, and of the blanks that erasing leaves.
  std::uint32_t pen_style() {
    if (pen_changed) intern_pen();
    return pen_id;
  }
  std::uint32_t fill_style() {
    if (pen.style.background != fill_color) intern_fill();
    return fill_id;
  }
  /// To be called after any change of `pen`.
  void touch_pen() { pen_changed = true; }
  /// SGR 0. Half of all SGR are that.
  void reset_pen() {
    // DECSCA and the link are not SGR's.
    const std::uint16_t kept = pen.style.attributes & guarded;
    pen.style = {};
    pen.style.attributes = kept;
    pen_changed = (kept | pen.link) != 0;
    if (!pen_changed) pen_id = 0;
  }
  void intern_pen();
  void intern_fill();
  std::uint32_t intern_style(const Pen& value);
  /// The same for one that is not in the table.
  std::uint32_t intern_new_style(const Pen& value);
  std::uint32_t intern_link(Link value);
  /// Drops table entries that nothing refers to.
  void collect();

  // --- lines in bulk: state_lines.cpp
  static constexpr int max_bulk_rows = 128;  // of a screen
  /// The cursor stands where a line of plain text scrolls the whole main screen and is the only thing in its row.
  bool takes_lines();
  /// Takes the line [at, stop), behind which CR LF stand, and all that follow it in the same form. Most of them go into
  /// the scrollback without having been on the screen. Returns where it has stopped.
  const unsigned char* print_lines(const unsigned char* at, const unsigned char* stop, const unsigned char* end);

  // --- printing: state_print.cpp
  void put(std::uint32_t content, int cell_width);
  void combine(char32_t mark);
  /// The number of the cluster that a cell's character and one more make; nothing when there is no room for it.
  std::optional<std::uint32_t> cluster_with(Cell cell, char32_t mark, std::size_t most);
  /// `skips`: a wide character does not fit in the last column, which is blank.
  void wrap(bool skips = false);
  /// A wrap here joins two rows into one line: it goes from the screen's last column to its first.
  bool soft_wraps() const { return last_column() == cols() - 1 && margins().left == 0; }
  /// REP: the character before the cursor, again.
  void repeat(int count);
  /// Column of the last printed character, or -1 when it cannot be known.
  int printed_column() const;

  // --- grapheme clusters, mode 2027: state_clusters.cpp
  void print_clusters(const char32_t* text, std::size_t count);
  /// Puts a character into the cell before the cursor, whose cluster takes `cells` with it.
  void join(char32_t scalar, int cells);
  /// The cell before the cursor becomes a wide one, in the next row when there is no room for it.
  void widen(int column, Cell cell);
  void repeat_cluster(Cell cell, int count);

  // --- cursor: state_cursor.cpp
  int cols() const { return size.cols; }
  int rows() const { return size.rows; }
  Grid& grid() { return active->grid; }
  const Grid& grid() const { return active->grid; }
  const Rect& margins() const { return active->margins; }
  bool in_columns() const { return x >= margins().left && x < margins().right; }
  bool in_margins() const { return in_columns() && y >= margins().top && y < margins().bottom; }
  /// The column that printing and moving right stop at.
  int last_column() const { return x < margins().right ? margins().right - 1 : cols() - 1; }
  void place(int column, int line);            // absolute, clamped
  void place_in_origin(int column, int line);  // CUP: relative to the margins under DECOM
  void home() { place_in_origin(0, 0); }
  void move_up(int n);
  void move_down(int n);
  void move_left(int n);
  void move_right(int n);
  /// CUB and BS: as move_left(), and under reverse wrap on from the first column to the last of the row above.
  void move_back(int n);
  bool wrap_back();
  void carriage_return() {
    x = x >= margins().left ? margins().left : 0;
    pending_wrap = false;
  }
  void linefeed();
  void index_line(bool wrapping, bool skips = false);
  void reverse_index();
  void tab(int n);
  void back_tab(int n);
  void save_cursor();
  void restore_cursor();

  // --- editing: state_edit.cpp
  /// Guards what is printed from now on, or no longer. `area`: by SPA and EPA, so that ED, EL and ECH spare it and
  /// DECSED and DECSEL do not; by DECSCA it is the other way round.
  void guard(bool on, bool area);
  /// What an erasure really spares.
  Eraser effective(Eraser eraser) const {
    return guards_areas ? (eraser == Eraser::all ? Eraser::spare_guarded : Eraser::all) : eraser;
  }
  void erase_in_display(int what, Eraser eraser);
  void erase_in_line(int what, Eraser eraser);
  void erase_cells(int line, int from, int to, Eraser eraser);
  int erase_begin() const { return pending_wrap && x == cols() - 1 ? cols() : x; }
  void insert_lines(int n);
  void delete_lines(int n);
  void insert_characters(int n);
  void delete_characters(int n);
  void erase_characters(int n);
  void scroll_up(const Rect& region, int n);
  void scroll_down(const Rect& region, int n);
  void shift_columns(int from, int n, bool insert);  // DECIC, DECDC, SL, SR in the margins
  void align();                                      // DECALN

  // --- rectangles: state_rectangle.cpp
  /// Top, left, bottom and right from four parameters, cut to the screen, or under DECOM to the margins. May be empty.
  Rect rectangle(const Params& params, std::size_t first) const;
  void fill_rectangle(const Rect& area, std::uint32_t scalar);  // DECFRA
  void erase_rectangle(const Rect& area);                       // DECERA
  void erase_rectangle_selectively(const Rect& area);           // DECSERA: looks stay
  void copy_rectangle(const Rect& from, int top, int left);     // DECCRA
  void restyle_rectangle(const Params& params, bool reverse);   // DECCARA, DECRARA
  void restyle(int line, int from, int to, const Params& params, bool reverse);

  // --- images: state_images.cpp
  /// At the cursor; gets its number and anchor here. Nothing when it does not fit into the quota.
  void place_image(Image image);
  /// Those in the cursor's row; where whole rows are erased, anchors are lost.
  void erase_images(int from, int to);
  void kitty_image(const KittyImage& image, std::string_view keys);
  void delete_kitty_images(const KittyImage& image, std::string_view keys);

  // --- screens, reset, size: state_screens.cpp, state_resize.cpp
  void use_alternate(bool on);
  void set_margins_full(Screen& screen) const { screen.margins = {0, size.rows, 0, size.cols}; }
  bool margins_are_full() const { return margins() == Rect{0, size.rows, 0, size.cols}; }
  void set_left_right_margins(bool on);
  void soft_reset();
  void full_reset();
  void default_tabs(int from) {
    for (int column = from; column < max_cols; ++column) tabs.set(static_cast<std::size_t>(column), column % 8 == 0);
  }
  void resize(Size wanted);
  void resize_main(Size next);
  /// After a reflow: anchors of the main screen go to `places`; those at or after `end` are lost.
  void place_anchors(std::span<const Position> places, RowId end);
  void resize_alternate(Size next);

  // --- modes: modes.cpp
  void set_mode(int number, bool is_private, bool on);
  /// DECRPM: 0 unknown, 1 set, 2 reset, 3 always set, 4 always reset.
  int mode_report(int number, bool is_private) const;
  /// XTSAVE and XTRESTORE of one DEC mode. 1048 is no state.
  void save_mode(int number);
  void restore_mode(int number);

  // --- title: state.cpp
  void set_title(std::string text);
  void push_title();
  void pop_title();

  // --- rows by number: state.cpp
  bool has_row(RowId row) const;
  bool is_alternate_row(RowId row) const { return row >= alternate_row_base; }
  /// Copies a kept row; an unknown one is blank.
  void fetch(RowId row, Row& out) const;
  bool row_wrapped(RowId row) const;
  /// skips_last_column() for a row that fetch() gave, with the one after it.
  bool skips_last(RowId id, const Row& row) const;
  RowId cursor_row() const { return grid().base() + static_cast<RowId>(y); }

  // --- data
  Size size;
  Options options;
  Host* host;
  Parser parser;
  Tables tables;
  Scrollback scrollback;
  Screen main;
  std::unique_ptr<Screen> alternate;  // exists while it is shown
  Screen* active;
  RowId next_alternate_row = alternate_row_base;
  SavedCursor alternate_saved;  // of the alternate screen while it is not shown
  Anchors anchors;
  ImageList images;

  int x = 0;
  int y = 0;
  bool pending_wrap = false;  // x is the last column and has been printed
  bool printed = false;       // the last thing done was printing, so REP has something to repeat
  Pen pen;
  Charsets charsets;
  Modes modes;
  std::map<int, bool> saved_modes;  // XTSAVE, by number; known ones only
  CursorShape shape = CursorShape::initial;
  bool rectangular_extent = false;  // DECSACE: DECCARA and DECRARA change a rectangle, not a stream of cells
  bool guards_areas = false;        // the last one to guard cells was SPA or EPA
  std::bitset<max_cols> tabs;
  std::map<int, Color> palette;
  std::string title;
  std::vector<std::string> title_stack;
  std::string cwd;

  std::uint32_t pen_id = 0;  // cache of intern_style(pen)
  bool pen_changed = false;
  std::uint32_t fill_id = 0;  // cache of the look with this background and nothing else
  Color fill_color;
};

inline constexpr std::size_t max_title_bytes = 4096;
inline constexpr std::size_t max_title_stack = 10;

}  // namespace duotty::term
