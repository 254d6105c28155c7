#include <duotty/term/render.hpp>

#include "color_text.hpp"
#include "painter.hpp"
#include "row_text.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

void escape_html(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
}

std::string css_color(Color color) {
  if (color.kind() == Color::Kind::palette && color.index() < 16) {
    return "var(--duotty-color-" + std::to_string(color.index()) + ")";
  }
  const Color rgb = color.kind() == Color::Kind::palette ? palette_color(color.index()) : color;
  return "rgb(" + std::to_string(rgb.r()) + "," + std::to_string(rgb.g()) + "," + std::to_string(rgb.b()) + ")";
}

std::string css(const Style& style) {
  static constexpr const char* lines[] = {"", "solid", "double", "wavy", "dotted", "dashed"};
  std::string out;
  const bool swapped = style.has(inverse);
  const Color ink = swapped ? style.background : style.foreground;
  const Color paper = swapped ? style.foreground : style.background;
  if (!ink.is_default()) out += "color:" + css_color(ink) + ";";
  if (ink.is_default() && swapped) out += "color:var(--duotty-background);";
  if (!paper.is_default()) out += "background:" + css_color(paper) + ";";
  if (paper.is_default() && swapped) out += "background:var(--duotty-foreground);";
  if (style.has(bold)) out += "font-weight:bold;";
  if (style.has(faint)) out += "opacity:.6;";
  if (style.has(italic)) out += "font-style:italic;";
  if (style.has(invisible)) out += "visibility:hidden;";
  std::string decoration;
  if (style.underline != Underline::none) decoration += " underline";
  if (style.has(strike)) decoration += " line-through";
  if (style.has(overline)) decoration += " overline";
  if (decoration.empty()) return out;
  out += "text-decoration-line:" + decoration.substr(1) + ";";
  if (style.underline > Underline::single) {
    out += std::string("text-decoration-style:") + lines[static_cast<std::size_t>(style.underline)] + ";";
  }
  if (!style.underline_color.is_default()) out += "text-decoration-color:" + css_color(style.underline_color) + ";";
  return out;
}

bool is_safe_link(std::string_view uri) {
  return uri.starts_with("https://") || uri.starts_with("http://") || uri.starts_with("mailto:");
}

void add_span(std::string& out, const Pen& pen, const Tables& tables, std::string_view text) {
  const std::string style = css(pen.style);
  const std::string& uri = tables.links[pen.link].uri;
  const bool linked = is_safe_link(uri);
  if (linked) {
    out += "<a rel=\"noopener noreferrer\" target=\"_blank\" href=\"";
    escape_html(out, uri);
    out += "\">";
  }
  if (!style.empty()) out += "<span style=\"" + style + "\">";
  escape_html(out, text);
  if (!style.empty()) out += "</span>";
  if (linked) out += "</a>";
}

}  // namespace

std::vector<std::string> ansi_lines(const Terminal& terminal, RowId from, RowId to) {
  const State& state = terminal.state();
  std::vector<std::string> lines;
  Row row;
  for (RowId id = from; id < to && state.has_row(id); ++id) {
    state.fetch(id, row);
    Painter painter(state.tables);
    const int end = paint_end(row, state.cols());
    for (int col = 0; col < end; ++col) {
      if (row.at(col).is_tail()) continue;
      painter.set_looks(row.at(col).style);
      painter.text(row.at(col));
    }
    painter.set_pen({});
    lines.push_back(std::move(painter.out()));
  }
  return lines;
}

std::string html(const Terminal& terminal, RowId from, RowId to) {
  const State& state = terminal.state();
  std::string out;
  Row row;
  for (RowId id = from; id < to && state.has_row(id); ++id) {
    state.fetch(id, row);
    if (id != from) out.push_back('\n');
    const int end = paint_end(row, state.cols());
    for (int begin = 0; begin < end;) {
      const std::uint32_t style = row.at(begin).style;
      int stop = begin + 1;
      while (stop < end && row.at(stop).style == style) ++stop;
      std::string text;
      append_cells(state.tables, row, begin, stop, text);
      add_span(out, state.tables.styles[style], state.tables, text);
      begin = stop;
    }
  }
  return out;
}

}  // namespace duotty::term
