// The state as output for a fresh emulator. The order matters: what moves the cursor or needs default modes comes
// first.
#include <duotty/term/snapshot.hpp>

#include <algorithm>

#include "color_text.hpp"
#include "modes_table.hpp"
#include "painter.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

class Writer {
 public:
  Writer(const State& state, const SnapshotOptions& options) : s_(state), options_(options), p_(state.tables) {
    p_.follow_clusters(false);
  }

  std::string write() {
    names();
    saved_modes();
    if (s_.modes.left_right_margins) p_ << "\x1b[?69h";
    if (s_.alternate_saved.set) {
      p_ << "\x1b[?47h";
      saved_cursor(s_.alternate_saved);
      p_ << "\x1b[?47l";
    }
    saved_cursor(s_.main.saved);
    main_rows();
    screen_settings(s_.main);
    if (s_.active != &s_.main) {
      p_ << "\x1b[?47h";
      saved_cursor(s_.active->saved);
      rows(s_.active->grid, 0);
      screen_settings(*s_.active);
    }
    modes();
    cursor();
    p_ << s_.parser.pending();
    return std::move(p_.out());
  }

 private:
  void names() {
    for (const auto& [slot, color] : s_.palette) {
      if (slot < 256)
        p_ << "\x1b]4;" << std::to_string(slot);
      else if (slot < special_slot)
        p_ << "\x1b]" << std::to_string(10 + slot - foreground_slot);
      else
        p_ << "\x1b]5;" << std::to_string(slot - special_slot);
      p_ << ";" << color_text(color) << "\x1b\\";
    }
    for (const std::string& title : s_.title_stack) p_ << "\x1b]2;" << title << "\x1b\\\x1b[22;2t";
    if (!s_.title.empty() || !s_.title_stack.empty()) p_ << "\x1b]2;" << s_.title << "\x1b\\";
    if (!s_.cwd.empty()) p_ << "\x1b]7;" << s_.cwd << "\x1b\\";
  }

  /// Each is made what it was when it was saved, and fresh again. The screens have one that does not save the cursor.
  void saved_modes() {
    const State fresh({1, 1}, *s_.host, {});
    for (const auto& [number, value] : s_.saved_modes) {
      const bool usual = fresh.mode_report(number, true) == 1;
      const std::string set = "\x1b[?" + std::to_string(number == 1047 || number == 1049 ? 47 : number);
      if (value != usual) p_ << set << (value ? "h" : "l");
      p_ << "\x1b[?" << std::to_string(number) << "s";
      if (value != usual) p_ << set << (usual ? "h" : "l");
    }
  }

  /// While the screen is blank and its margins are unset, so that a pending wrap can be made with a blank.
  void saved_cursor(const SavedCursor& saved) {
    if (!saved.set) return;
    if (saved.origin) p_ << "\x1b[?6h";
    p_.csi(saved.y + 1, saved.x + 1, 'H');
    if (saved.pending_wrap) p_ << " ";
    p_.set_pen(saved.pen);
    p_.select_charsets(saved.charsets);
    p_ << "\x1b"
          "7";
    p_.select_ascii(saved.charsets);
    p_.set_pen({});
    if (saved.origin) p_ << "\x1b[?6l";
  }

  void main_rows() {
    const std::size_t kept = std::min(options_.scrollback_lines, s_.scrollback.size());
    rows(s_.main.grid, kept);
  }

  /// The newest `above` rows of the scrollback, then the screen, one after another: the oldest scroll out.
  void rows(const Grid& grid, std::size_t above) {
    p_ << "\x1b[H";
    const RowId first = grid.base() - above;
    const std::size_t count = above + static_cast<std::size_t>(grid.rows());
    Row rows[2];
    bool continues = false;
    s_.fetch(first, rows[0]);
    for (std::size_t i = 0; i < count; ++i) {
      const Row& row = rows[i % 2];
      const bool last = i + 1 == count;
      if (!last) s_.fetch(first + i + 1, rows[(i + 1) % 2]);
      const Row* next = last ? nullptr : &rows[(i + 1) % 2];
      p_.row(row, {s_.cols(), next, continues, true});
      continues = Painter::wraps(row, next);
      if (last || continues) continue;
      // A scroll fills the new row with the pen's background.
      if (!p_.pen().style.background.is_default()) p_.set_pen({});
      p_ << "\r\n";
    }
    p_.set_pen({});
  }

  void screen_settings(const Screen& screen) {
    tab_stops();
    const Rect& m = screen.margins;
    if (m.left != 0 || m.right != s_.cols()) p_.csi(m.left + 1, m.right, 's');
    if (m.top != 0 || m.bottom != s_.rows()) p_.csi(m.top + 1, m.bottom, 'r');
    const KittyKeyboard& kitty = screen.kitty;
    if (kitty.stack.empty() && kitty.flags == 0) return;
    const std::uint8_t lowest = kitty.stack.empty() ? kitty.flags : kitty.stack.front();
    p_ << "\x1b[=" << std::to_string(lowest) << "u";
    for (std::size_t i = 1; i <= kitty.stack.size(); ++i) {
      p_ << "\x1b[>" << std::to_string(i < kitty.stack.size() ? kitty.stack[i] : kitty.flags) << "u";
    }
  }

  void tab_stops() {
    bool usual = true;
    for (int col = 0; col < s_.cols(); ++col) usual = usual && s_.tabs[static_cast<std::size_t>(col)] == (col % 8 == 0);
    if (usual) return;
    p_ << "\x1b[3g";
    for (int col = 0; col < s_.cols(); ++col) {
      if (!s_.tabs[static_cast<std::size_t>(col)]) continue;
      p_.csi(col + 1, 'G');
      p_ << "\x1bH";
    }
  }

  static bool is_set_elsewhere(bool Modes::*flag) {
    return flag == &Modes::left_right_margins || flag == &Modes::insert || flag == &Modes::grapheme_clusters;
  }

  void modes() {
    const Modes fresh;
    for (const ModeEntry& entry : mode_table()) {
      if (entry.flag == nullptr || is_set_elsewhere(entry.flag)) continue;
      const bool on = s_.modes.*entry.flag;
      if (on == fresh.*entry.flag) continue;
      p_ << (entry.kind == ModeEntry::Kind::dec ? "\x1b[?" : "\x1b[") << std::to_string(entry.number)
         << (on ? "h" : "l");
    }
    if (s_.modes.mouse != MouseTracking::off) p_ << "\x1b[?" << std::to_string(tracking_mode(s_.modes.mouse)) << "h";
    if (s_.modes.mouse_encoding != MouseEncoding::x10) {
      p_ << "\x1b[?" << std::to_string(encoding_mode(s_.modes.mouse_encoding)) << "h";
    }
    if (s_.rectangular_extent) p_ << "\x1b[2*x";
    if (s_.shape != CursorShape::initial) p_ << "\x1b[" << std::to_string(static_cast<int>(s_.shape)) << " q";
  }

  void move_to(int column, int line) {
    const bool origin = s_.modes.origin;
    p_.csi(line - (origin ? s_.margins().top : 0) + 1, column - (origin ? s_.margins().left : 0) + 1, 'H');
  }

  void cursor() {
    // Its character must be able to go on; until then each cell has the mode that it needs.
    if (s_.printed) p_.set_clusters(s_.modes.grapheme_clusters);
    const int column = s_.pending_wrap || s_.printed ? s_.printed_column() : -1;
    if (column >= 0) {
      const Cell cell = s_.grid().row(s_.y).at(column);
      if (s_.printed) p_.select_charsets(s_.charsets);
      move_to(column, s_.y);
      p_.set_style(cell.style);
      // Inserted again, it must first be taken out.
      if (s_.printed) guards();
      if (s_.printed && s_.modes.insert) p_ << "\x1b[4h" << (cell.is_wide() ? "\x1b[2P" : "\x1b[P");
      reprint(cell);
      if (!s_.printed) {
        // Any control ends what REP would repeat; G0 is in GL already.
        p_ << "\x0f";
        p_.set_pen(s_.pen);
        p_.select_charsets(s_.charsets);
      }
    } else {
      move_to(s_.x, s_.y);
      p_.set_pen(s_.pen);
      p_.select_charsets(s_.charsets);
    }
    if (!s_.printed) {
      guards();
      p_.set_clusters(s_.modes.grapheme_clusters);
    }
    if (s_.modes.insert && !s_.printed) p_ << "\x1b[4h";
    if (s_.charsets.single_shift == 2) p_ << "\x1bN";
    if (s_.charsets.single_shift == 3) p_ << "\x1bO";
  }

  /// DECSCA has been used to paint; SPA and EPA take over from it.
  void guards() {
    if (!s_.guards_areas) return;
    p_ << "\x1bV";
    if (!s_.pen.style.has(guarded)) p_ << "\x1bW";
  }

  /// The cell's characters such that the character sets in force make them again.
  void reprint(Cell cell) {
    const bool plain = !cell.is_cluster() && cell.value() < 0x80;
    if (!s_.printed || !plain || !s_.charsets.active()) {
      p_.text(cell);
      return;
    }
    static constexpr std::string_view shifts[] = {"", "\x1bN", "\x1bO"};
    const Charset sets[] = {s_.charsets.g[s_.charsets.gl], s_.charsets.g[2], s_.charsets.g[3]};
    for (std::size_t i = 0; i < 3; ++i) {
      for (char c = ' '; c <= '~'; ++c) {
        if (translate(sets[i], static_cast<char32_t>(c)) != cell.value()) continue;
        p_ << shifts[i] << std::string_view(&c, 1);
        return;
      }
    }
    p_.text(cell);
  }

  const State& s_;
  const SnapshotOptions& options_;
  Painter p_;
};

}  // namespace

std::string snapshot(const Terminal& terminal, SnapshotOptions options) {
  return Writer(terminal.state(), options).write();
}

}  // namespace duotty::term
