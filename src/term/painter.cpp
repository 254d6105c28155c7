#include "painter.hpp"

#include <duotty/term/render.hpp>

#include "dispatch.hpp"
#include "width_table.hpp"

namespace duotty::term {
namespace {

constexpr int shortest_skip = 8;  // blanks that CUF replaces
constexpr char designators[] = {'(', ')', '*', '+'};

}  // namespace

int paint_end(const Row& row, int cols) {
  int end = cols;
  while (end > 0 && (row.at(end - 1) == Cell{} || row.at(end - 1) == Cell{content::blank | content::filler, 0})) --end;
  return end;
}

void Painter::set_pen(const Pen& pen) {
  if (pen == pen_) return;
  const auto looks = [](Style style) {
    style.attributes = static_cast<std::uint16_t>(style.attributes & ~guarded);
    return style;
  };
  const bool was_guarded = pen_.style.has(guarded);
  const bool is_guarded = pen.style.has(guarded);
  if (looks(pen.style) != looks(pen_.style)) {
    const std::string codes = sgr_parameters(pen.style);
    out_ += codes.empty() ? "\x1b[m" : "\x1b[0;" + codes + "m";
    // Emulators differ on whether SGR 0 ends DECSCA.
    if (is_guarded) out_ += "\x1b[1\"q";
  } else if (is_guarded && !was_guarded) {
    out_ += "\x1b[1\"q";
  }
  if (was_guarded && !is_guarded) out_ += "\x1b[0\"q";
  if (pen.link != pen_.link) {
    const Link& link = tables_.links[pen.link];
    out_ += link.id.empty() ? "\x1b]8;;" : "\x1b]8;id=" + link.id + ";";
    out_ += link.uri + "\x1b\\";
  }
  pen_ = pen;
}

void Painter::select_charsets(const Charsets& sets) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (sets.g[i] != ascii) ((out_ += "\x1b") += designators[i]) += sets.g[i];
  }
  if (sets.gl == 1) out_ += "\x0e";
  if (sets.gl == 2) out_ += "\x1bn";
  if (sets.gl == 3) out_ += "\x1bo";
}

void Painter::select_ascii(const Charsets& sets) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (sets.g[i] != ascii) ((out_ += "\x1b") += designators[i]) += ascii;
  }
  if (sets.gl != 0) out_ += "\x0f";
}

void Painter::set_clusters(bool on) {
  if (on == clusters_) return;
  out_ += on ? "\x1b[?2027h" : "\x1b[?2027l";
  clusters_ = on;
}

void Painter::cluster(Cell cell) {
  static constexpr Cluster empty;
  const bool is_cluster = cell.is_cluster();
  const Cluster& marks = is_cluster ? tables_.clusters[cell.value()] : empty;
  const char32_t base = is_cluster ? marks.base : cell.value();
  const int wanted = cell.is_wide() ? 2 : 1;
  // What one character by itself takes, and what it takes with the others under either mode.
  GraphemeState state;
  const bool would_join =
      clusters_ && before_end_ == out_.size() && base >= 0x80 && GraphemeState(before_).append(base);
  state.append(base);
  int cells = width_of(base);
  bool plain = cells == wanted && marks.count <= max_combining;
  for (std::uint32_t i = 0; i < marks.count; ++i) {
    const char32_t mark = marks.marks[i];
    plain = plain && width_of(mark) == 0;
    cells = state.cells_with(cells, mark);
    state.append(mark);
  }
  // Nothing else fits both: what came about under the mode, or without it.
  if (is_cluster) set_clusters(!plain || (clusters_ && cells == wanted));
  if (would_join && clusters_) out_ += '\x0f';
  tables_.append_text(out_, cell);
  before_ = state;
  before_end_ = out_.size();
}

void Painter::cells(const Row& row, int from, int to, bool may_skip) {
  for (int col = from; col < to; ++col) {
    const Cell cell = row.at(col);
    if (may_skip && cell == Cell{}) {
      int end = col;
      while (end < to && row.at(end) == Cell{}) ++end;
      if (end - col >= shortest_skip && end < to) {
        csi(end - col, 'C');
        col = end - 1;
        continue;
      }
    }
    if (cell.is_tail()) continue;
    set_style(cell.style);
    text(cell);
  }
}

void Painter::row(const Row& row, const RowContext& context) {
  const int cols = context.cols;
  const bool wrapped = wraps(row, context.next);
  // A wide character that did not fit will not fit again.
  int end = wrapped ? cols - (skips_last_column(row, *context.next, cols) ? 1 : 0) : paint_end(row, cols);
  int from = 0;
  if (context.continues) {
    // The first character makes the wrap; a scroll there fills the row with the pen's background.
    from = row.at(0).is_wide() ? 2 : 1;
    end = std::max(end, from);
    cells(row, 0, from, false);
    if (from < cols && (!pen_.style.background.is_default() || !context.on_blank)) {
      set_pen({});
      out_ += "\x1b[K";
    }
  } else if (!context.on_blank) {
    set_pen({});
    out_ += "\x1b[2K";
  }
  cells(row, from, end, true);
}

}  // namespace duotty::term
