#include "styled_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/term/image.hpp>
#include <duotty/term/render.hpp>
#include <limits>
#include <utility>

namespace duotty::api {
namespace {

constexpr std::pair<term::Attribute, const char*> kAttributes[] = {
    {term::bold, "bold"},       {term::faint, "faint"},         {term::italic, "italic"}, {term::blink, "blink"},
    {term::inverse, "inverse"}, {term::invisible, "invisible"}, {term::strike, "strike"}, {term::overline, "overline"}};
constexpr const char* kUnderlines[] = {"", "single", "double", "curly", "dotted", "dashed"};

std::optional<std::string> color_text(term::Color color) {
  if (color.is_default()) return std::nullopt;
  if (color.kind() == term::Color::Kind::palette) return std::to_string(color.index());
  return fmt::format("#{:02x}{:02x}{:02x}", color.r(), color.g(), color.b());
}

StyledSpan to_span(term::Span span) {
  StyledSpan out;
  out.begin = span.begin;
  out.end = span.end;
  out.foreground = color_text(span.style.foreground);
  out.background = color_text(span.style.background);
  out.underline_color = color_text(span.style.underline_color);
  if (span.style.underline != term::Underline::none) {
    out.underline = kUnderlines[static_cast<std::size_t>(span.style.underline)];
  }
  for (const auto& [bit, name] : kAttributes) {
    if (!span.style.has(bit)) continue;
    if (!out.attributes) out.attributes.emplace();
    out.attributes->emplace_back(name);
  }
  if (!span.link.empty()) out.link = std::move(span.link);
  return out;
}

StyledLine to_line(term::Line line) {
  StyledLine out;
  out.text = std::move(line.text);
  out.wrapped = line.wrapped;
  for (auto& span : line.spans) out.spans.push_back(to_span(std::move(span)));
  return out;
}

std::optional<int> claimed(std::uint32_t size) {
  if (size == 0) return std::nullopt;
  return static_cast<int>(std::min<std::uint32_t>(size, std::numeric_limits<int>::max()));
}

StyledImage to_image(const term::ImagePlacement& placed) {
  static constexpr const char* kProtocols[] = {"sixel", "kitty", "iterm2"};
  StyledImage out;
  out.id = placed.id;
  out.column = placed.position.col;
  out.protocol = kProtocols[static_cast<std::size_t>(placed.protocol)];
  out.width = claimed(placed.width);
  out.height = claimed(placed.height);
  out.columns = claimed(placed.cols);
  out.rows = claimed(placed.rows);
  out.bytes = placed.bytes;
  return out;
}

void add_images(std::vector<StyledLine>& lines, const term::Terminal& terminal, term::RowId first) {
  for (const term::ImagePlacement& placed : term::images(terminal, first, first + lines.size())) {
    auto& images = lines[placed.position.row - first].images;
    if (!images) images.emplace();
    images->push_back(to_image(placed));
  }
}

}  // namespace

RenderedRows render_rows(const term::Terminal& terminal, term::RowId from, term::RowId to, std::string_view format) {
  RenderedRows out;
  if (format == "ansi") {
    out.lines = term::ansi_lines(terminal, from, to);
    return out;
  }
  if (format == "html") {
    if (from >= to) return out;
    const std::string html = term::html(terminal, from, to);
    for (const auto line : base::split(html, '\n')) out.lines.emplace_back(line);
    return out;
  }
  if (format == "styled") out.styled.emplace();
  for (term::RowId row = from; row < to && terminal.has_row(row); ++row) {
    term::Line line = terminal.line(row);
    out.lines.push_back(line.text);
    if (out.styled) out.styled->push_back(to_line(std::move(line)));
  }
  if (out.styled) add_images(*out.styled, terminal, from);
  return out;
}

}  // namespace duotty::api
