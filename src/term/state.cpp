#include "state.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <utility>

namespace duotty::term {
namespace {

Size clamped(Size size) {
  return {std::clamp(size.cols, 1, max_cols), std::clamp(size.rows, 1, max_rows)};
}

Options clamped(Options options) {
  options.scrollback_lines = std::min(options.scrollback_lines, max_scrollback_lines);
  return options;
}

void mark(std::vector<bool>& marks, std::uint32_t id) {
  if (id < marks.size()) marks[id] = true;
}

}  // namespace

State::State(Size initial_size, Host& effects, const Options& wanted)
    : size(clamped(initial_size)),
      options(clamped(wanted)),
      host(&effects),
      scrollback(options.scrollback_lines),
      main{Grid(size, 0, &scrollback), Rect{0, size.rows, 0, size.cols}, {}, {}},
      active(&main) {
  default_tabs(0);
}

void State::intern_pen() {
  const auto known = tables.styles.find(pen);
  // Interning may sweep, which spares the numbers that are in use.
  pen_id = known ? *known : intern_new_style(pen);
  pen_changed = false;
}

void State::intern_fill() {
  fill_id = intern_style(background_only(pen));
  fill_color = pen.style.background;
}

std::uint32_t State::intern_style(const Pen& value) {
  const auto known = tables.styles.find(value);
  return known ? *known : intern_new_style(value);
}

std::uint32_t State::intern_new_style(const Pen& value) {
  if (tables.styles.wants_sweep()) collect();
  return tables.styles.insert(value).value_or(0);
}

std::uint32_t State::intern_link(Link value) {
  if (const auto known = tables.links.find(value)) return *known;
  if (tables.links.wants_sweep()) collect();
  return tables.links.insert(std::move(value)).value_or(0);
}

void State::collect() {
  std::vector<bool> styles(tables.styles.capacity());
  std::vector<bool> clusters(tables.clusters.capacity());
  const auto see_style = [&](std::uint32_t id) { mark(styles, id); };
  const auto see_content = [&](std::uint32_t value) {
    if ((value & content::cluster) != 0) mark(clusters, value & content::value_mask);
  };
  scrollback.for_each_reference(see_style, see_content);
  const auto see_grid = [&](const Grid& grid) {
    for (int line = 0; line < grid.rows(); ++line) {
      grid.row(line).for_each_reference(see_style, see_content);
    }
  };
  see_grid(main.grid);
  if (alternate) see_grid(alternate->grid);
  see_style(pen_id);
  see_style(fill_id);

  std::vector<bool> links(tables.links.capacity());
  for (std::uint32_t id = 0; id < tables.styles.capacity(); ++id) {
    if (styles[id]) mark(links, tables.styles[id].link);
  }
  mark(links, pen.link);
  mark(links, main.saved.pen.link);
  mark(links, alternate_saved.pen.link);
  if (alternate) mark(links, alternate->saved.pen.link);
  tables.styles.sweep(styles);
  tables.clusters.sweep(clusters);
  tables.links.sweep(links);
}

void State::set_title(std::string text) {
  text = base::to_valid_utf8(text);
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    if (!c1 && byte >= 0x20 && byte != 0x7f) clean.push_back(text[i]);
  }
  if (clean.size() > max_title_bytes) {
    clean.resize(max_title_bytes);
    clean.resize(clean.size() - base::incomplete_utf8_tail(clean));
  }
  title = std::move(clean);
  host->title(title);
}

void State::push_title() {
  if (title_stack.size() == max_title_stack) title_stack.erase(title_stack.begin());
  title_stack.push_back(title);
}

void State::pop_title() {
  if (title_stack.empty()) return;
  title = std::move(title_stack.back());
  title_stack.pop_back();
  host->title(title);
}

bool State::has_row(RowId row) const {
  if (is_alternate_row(row)) {
    return alternate && row >= alternate->grid.base() && row < alternate->grid.base() + static_cast<RowId>(rows());
  }
  return row >= scrollback.begin() && row < main.grid.base() + static_cast<RowId>(rows());
}

void State::fetch(RowId row, Row& out) const {
  out.clear(0);
  if (!has_row(row)) return;
  const Grid& from = is_alternate_row(row) ? alternate->grid : main.grid;
  if (row < from.base()) {
    scrollback.unpack(row, out, cols());
    return;
  }
  out.assign(from.row(static_cast<int>(row - from.base())), cols());
}

bool State::skips_last(RowId id, const Row& row) const {
  if (!row.wrapped() || !row.at(cols() - 1).is_filler()) return false;
  Row next;
  fetch(id + 1, next);
  return skips_last_column(row, next, cols());
}

bool State::row_wrapped(RowId row) const {
  if (!has_row(row)) return false;
  const Grid& from = is_alternate_row(row) ? alternate->grid : main.grid;
  if (row < from.base()) return scrollback.wrapped(row);
  return from.row(static_cast<int>(row - from.base())).wrapped();
}

}  // namespace duotty::term
