// Reading text out of the rows.
#include <algorithm>
#include <duotty/term/terminal.hpp>

#include "row_text.hpp"
#include "state.hpp"

namespace duotty::term {

int text_end(const Row& row, int cols) {
  int end = std::min(row.used(), cols);
  while (end > 0 && row.at(end - 1).is_blank()) --end;
  return end;
}

void append_cells(const Tables& tables, const Row& row, int from, int to, std::string& out) {
  for (int col = from; col < to; ++col) {
    const Cell cell = row.at(col);
    const bool half = (cell.is_wide() && col + 1 >= to) || (cell.is_tail() && col == from);
    if (half) {
      out.push_back(' ');
    } else {
      tables.append_text(out, cell);
    }
  }
}

std::vector<Span> spans_of(const Tables& tables, const Row& row, int cols) {
  std::vector<Span> spans;
  for (int begin = 0; begin < cols;) {
    const std::uint32_t style = row.at(begin).style;
    int end = begin + 1;
    while (end < cols && row.at(end).style == style) ++end;
    if (style != 0) {
      const Pen& pen = tables.styles[style];
      spans.push_back({begin, end, pen.style, tables.links[pen.link].uri});
    }
    begin = end;
  }
  return spans;
}

Line Terminal::line(RowId id) const {
  Line out;
  out.id = id;
  if (!state_->has_row(id)) return out;
  Row row;
  state_->fetch(id, row);
  const int cols = state_->cols();
  out.wrapped = row.wrapped();
  const int end = out.wrapped ? cols - (state_->skips_last(id, row) ? 1 : 0) : text_end(row, cols);
  append_cells(state_->tables, row, 0, end, out.text);
  out.spans = spans_of(state_->tables, row, cols);
  return out;
}

std::string Terminal::row_text(RowId id, int from_col, int to_col) const {
  std::string out;
  if (!state_->has_row(id)) return out;
  Row row;
  state_->fetch(id, row);
  append_cells(state_->tables, row, std::max(0, from_col), std::min(to_col, state_->cols()), out);
  return out;
}

std::vector<std::string> Terminal::screen_lines() const {
  std::vector<std::string> lines;
  for (int y = 0; y < state_->rows(); ++y) {
    const Row& row = state_->grid().row(y);
    lines.emplace_back();
    append_cells(state_->tables, row, 0, text_end(row, state_->cols()), lines.back());
  }
  return lines;
}

std::string Terminal::text(Position from, Position to) const {
  std::string out;
  const int cols = state_->cols();
  const RowId oldest = from.row >= alternate_row_base ? top_row() : main_first_row();
  if (from.row < oldest) from = {oldest, 0};
  Row row;
  for (RowId id = from.row; id <= to.row && state_->has_row(id); ++id) {
    state_->fetch(id, row);
    const int begin = id == from.row ? std::clamp(from.col, 0, cols) : 0;
    const int limit = id == to.row ? std::clamp(to.col, 0, cols) : cols;
    const bool joins = row.wrapped() && limit == cols;
    int end = joins ? cols - (state_->skips_last(id, row) ? 1 : 0) : std::min(limit, text_end(row, cols));
    // Inside a row the blanks up to `to` were asked for.
    if (id == to.row && limit < cols) end = std::max(end, std::min(limit, row.used()));
    append_cells(state_->tables, row, begin, end, out);
    if (id != to.row && !joins) out.push_back('\n');
  }
  return out;
}

bool Terminal::blank_after(Position from) const {
  Row row;
  for (RowId id = from.row; state_->has_row(id); ++id) {
    state_->fetch(id, row);
    if (text_end(row, state_->cols()) > (id == from.row ? from.col : 0)) return false;
    if (!row.wrapped()) return true;
  }
  return true;
}

RowId Terminal::line_begin(RowId row) const {
  while (row > 0 && state_->has_row(row - 1) && state_->row_wrapped(row - 1)) --row;
  return row;
}

RowId Terminal::line_end(RowId row) const {
  while (state_->row_wrapped(row) && state_->has_row(row + 1)) ++row;
  return row + 1;
}

}  // namespace duotty::term
