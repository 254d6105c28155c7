#include <algorithm>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>
#include <duotty/overlay/compose.hpp>
#include <duotty/term/render.hpp>
#include <duotty/term/width.hpp>
#include <utility>

namespace duotty::overlay {
namespace {

const Cell kBlank{" ", {}, 1};

/// The whole look, whatever it was before (ECMA-48 8.3.117).
std::string sgr(const term::Style& style) {
  const std::string codes = term::sgr_parameters(style);
  return codes.empty() ? "\x1b[0m" : "\x1b[0;" + codes + "m";
}

std::string move_to(int row, int col) {
  return "\x1b[" + std::to_string(row + 1) + ";" + std::to_string(col + 1) + "H";
}

std::string set_mode(int number, bool on) {
  return "\x1b[?" + std::to_string(number) + (on ? "h" : "l");
}

}  // namespace

void Composer::forget() {
  shown_.clear();
  modes_.clear();
  title_.clear();
}

void Composer::copy_row(const term::Terminal& terminal, term::RowId from, CellRow& to) {
  const term::Line line = terminal.line(from);
  const int cols = std::min(static_cast<int>(to.size()), terminal.size().cols);
  std::vector<term::Style> styles(static_cast<std::size_t>(std::max(cols, 0)));
  for (const term::Span& span : line.spans) {
    for (int col = std::max(0, span.begin); col < std::min(cols, span.end); ++col) {
      styles[static_cast<std::size_t>(col)] = span.style;
    }
  }
  for (int col = 0; col < cols; ++col) {
    const term::Style& style = styles[static_cast<std::size_t>(col)];
    const std::string one = terminal.row_text(from, col, col + 1);
    // Half of a wide character reads as a blank; both halves read as the character.
    const std::string two = one == " " && col + 1 < cols ? terminal.row_text(from, col, col + 2) : std::string();
    if (!two.empty() && two[0] != ' ') {
      put_cell(to, col, two, 2, style);
      ++col;
    } else {
      put_cell(to, col, one, 1, style);
    }
  }
}

void Composer::draw_item(const SceneItem& item, int left, int top, int low, int high, std::vector<CellRow>& rows) {
  term::Style ground;
  ground.background = item.background;
  for (int row = 0; row < item.height; ++row) {
    const int line = top + row;
    if (line < low || line >= high || line < 0 || line >= static_cast<int>(rows.size())) continue;
    CellRow& to = rows[static_cast<std::size_t>(line)];
    const int end = std::min(static_cast<int>(to.size()), left + item.width);
    for (int col = std::max(0, left); col < end; ++col) put_cell(to, col, " ", 1, ground);
    if (row >= static_cast<int>(item.rows.size())) continue;
    for (const Run& run : item.rows[static_cast<std::size_t>(row)]) {
      int col = left + run.col;
      for (std::size_t at = 0; at < run.text.size();) {
        const base::Scalar scalar = base::scalar_at(run.text, at);
        std::string text = run.text.substr(at, scalar.size);
        at += scalar.size;
        const int width = term::width(scalar.value);
        // Marks go with their letter.
        while (at < run.text.size() && term::width(base::scalar_at(run.text, at).value) == 0) {
          const std::size_t size = base::scalar_at(run.text, at).size;
          text += run.text.substr(at, size);
          at += size;
        }
        if (width == 0) continue;
        if (col + width <= end) put_cell(to, col, text, width, run.style);
        col += width;
      }
    }
  }
}

void Composer::draw_sign(const CaptureSign& sign, std::vector<CellRow>& rows) {
  if (rows.empty()) return;
  SceneItem item;
  const std::string text = " keyboard: " + base::shorten(sign.by, 40) + "  (Ctrl-\\ twice takes it back) ";
  item.width = term::text_width(text);
  item.height = 1;
  term::Style style;
  style.attributes = term::inverse | term::bold;
  item.rows = {{{0, item.width, text, style}}};
  const int cols = static_cast<int>(rows.front().size());
  const int left = std::max(0, cols - item.width);
  draw_item(item, left, 0, 0, 1, rows);
}

std::vector<CellRow> Composer::compose(const term::Terminal& terminal, const Scene& scene, Area window) const {
  std::vector<CellRow> rows(static_cast<std::size_t>(window.rows),
                            CellRow(static_cast<std::size_t>(window.cols), kBlank));
  const int program = terminal.size().rows;
  for (int row = 0; row < program && scene.top_rows + row < window.rows; ++row) {
    copy_row(terminal, terminal.top_row() + static_cast<term::RowId>(row),
             rows[static_cast<std::size_t>(scene.top_rows + row)]);
  }
  const int below = scene.top_rows + program;
  for (const SceneItem& item : scene.items) {
    if (item.kind == Kind::overlay) {
      draw_item(item, item.left, scene.top_rows + item.top, scene.top_rows, below, rows);
    } else if (item.edge == Edge::top) {
      draw_item(item, 0, item.top, 0, scene.top_rows, rows);
    } else {
      draw_item(item, 0, below + item.top, below, below + scene.bottom_rows, rows);
    }
  }
  if (scene.capture) draw_sign(*scene.capture, rows);
  return rows;
}

/// Modes of input: what the keyboard and the mouse send is for the program.
std::string Composer::modes(const term::Terminal& terminal) {
  const term::Modes& modes = terminal.modes();
  std::string out = set_mode(1, modes.application_cursor) + set_mode(2004, modes.bracketed_paste) +
                    set_mode(1004, modes.focus_events) + (modes.application_keypad ? "\x1b=" : "\x1b>");
  constexpr std::pair<term::MouseTracking, int> kTracking[] = {{term::MouseTracking::x10, 9},
                                                               {term::MouseTracking::normal, 1000},
                                                               {term::MouseTracking::button, 1002},
                                                               {term::MouseTracking::any, 1003}};
  for (const auto& [tracking, number] : kTracking) {
    if (modes.mouse != tracking) out += set_mode(number, false);
  }
  for (const auto& [tracking, number] : kTracking) {
    if (modes.mouse == tracking) out += set_mode(number, true);
  }
  out += set_mode(1006, modes.mouse_encoding == term::MouseEncoding::sgr);
  out += "\x1b[=" + std::to_string(terminal.kitty_flags()) + "u";
  out += "\x1b[" + std::to_string(static_cast<int>(terminal.cursor_shape())) + " q";
  return out;
}

std::string Composer::draw(const term::Terminal& terminal, const Scene& scene, Area window) {
  auto rows = compose(terminal, scene, window);
  const bool whole = shown_.size() != rows.size() || shown_.empty() || shown_.front().size() != rows.front().size();
  std::string out = "\x1b[?2026h\x1b[?25l\x1b[?7l";
  if (whole) out += "\x1b[0m\x1b[H\x1b[2J";
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto& line = rows[row];
    const auto was = [&](std::size_t col) -> const Cell& { return whole ? kBlank : shown_[row][col]; };
    std::size_t first = 0;
    while (first < line.size() && line[first] == was(first)) ++first;
    if (first == line.size()) continue;
    std::size_t last = line.size();
    while (last > first && line[last - 1] == was(last - 1)) --last;
    while (first > 0 && line[first].width == 0) --first;
    out += move_to(static_cast<int>(row), static_cast<int>(first));
    std::optional<term::Style> pen;
    for (std::size_t col = first; col < last; ++col) {
      if (line[col].width == 0) continue;
      if (!pen || *pen != line[col].style) out += sgr(line[col].style);
      pen = line[col].style;
      out += line[col].text;
    }
    out += "\x1b[0m";
  }
  shown_ = std::move(rows);
  if (std::string told = modes(terminal); told != modes_) {
    out += told;
    modes_ = std::move(told);
  }
  if (terminal.title() != title_) {
    title_ = terminal.title();
    out += "\x1b]2;" + base::clean_text(title_, false) + "\x1b\\";
  }
  const auto cursor = terminal.cursor();
  const int row = scene.top_rows + static_cast<int>(cursor.row - terminal.top_row());
  out += move_to(std::min(row, window.rows - 1), std::min(cursor.col, window.cols - 1));
  out += "\x1b[?7h";
  if (terminal.cursor_visible()) out += "\x1b[?25h";
  return out + "\x1b[?2026l";
}

std::string shift_mouse(std::string_view typed, int rows) {
  if (rows <= 0) return std::string(typed);
  std::string out;
  std::size_t at = 0;
  while (at < typed.size()) {
    const std::size_t found = std::min(typed.find("\x1b[", at), typed.size());
    out += typed.substr(at, found - at);
    at = found;
    if (at + 2 < typed.size() && typed[at + 2] == 'M' && at + 6 <= typed.size()) {
      const int row = static_cast<unsigned char>(typed[at + 5]) - rows;
      if (row > 32) out += std::string(typed.substr(at, 5)) + static_cast<char>(row);
      at += 6;
      continue;
    }
    const std::size_t end = typed.find_first_of("Mm", at);
    const bool report = at + 2 < typed.size() && typed[at + 2] == '<' && end != std::string_view::npos &&
                        typed.find_first_not_of("0123456789;", at + 3) == end;
    if (!report) {
      const std::size_t take = std::min<std::size_t>(2, typed.size() - at);
      out += typed.substr(at, take);
      at += take;
      continue;
    }
    const auto parts = base::split(typed.substr(at + 3, end - at - 3), ';');
    const auto row = parts.size() == 3 ? base::parse_u64(parts[2]) : std::nullopt;
    if (row && *row > static_cast<std::uint64_t>(rows)) {
      out += "\x1b[<" + std::string(parts[0]) + ";" + std::string(parts[1]) + ";" +
             std::to_string(*row - static_cast<std::uint64_t>(rows)) + typed[end];
    }
    at = end + 1;
  }
  return out;
}

}  // namespace duotty::overlay
