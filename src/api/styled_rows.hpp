#pragma once
// Rows of a terminal in the formats that methods offer: plain, styled, ansi, html.
#include <duotty/record/codec.hpp>
#include <duotty/term/terminal.hpp>

namespace duotty::api {

using record::field;

/// Columns of one look. Colours are "0" to "255" for the palette or "#rrggbb".
struct StyledSpan {
  int begin = 0;
  int end = 0;
  std::optional<std::string> foreground;
  std::optional<std::string> background;
  std::optional<std::string> underline;
  std::optional<std::string> underline_color;
  std::optional<std::vector<std::string>> attributes;
  std::optional<std::string> link;
  static constexpr auto fields() {
    using T = StyledSpan;
    return std::tuple{
        field("begin", &T::begin, "First column, from 0."),
        field("end", &T::end, "Column after the last one."),
        field("foreground", &T::foreground, "\"0\" to \"255\" of the palette, or \"#rrggbb\".").omit_empty(),
        field("background", &T::background, "The same.").omit_empty(),
        field("underline", &T::underline, "How it is underlined.")
            .one_of("single", "double", "curly", "dotted", "dashed")
            .omit_empty(),
        field("underline_color", &T::underline_color, "Colour of the underline, if not that of the text.").omit_empty(),
        field("attributes", &T::attributes, "bold, faint, italic, blink, inverse, invisible, strike, overline.")
            .omit_empty(),
        field("link", &T::link, "Target of the hyperlink (OSC 8).").omit_empty()};
  }
};

/// An image that a program sent while the cursor was in the row. Its pixels are not kept.
struct StyledImage {
  std::uint64_t id = 0;
  int column = 0;
  std::string protocol;
  std::optional<int> width;
  std::optional<int> height;
  std::optional<int> columns;
  std::optional<int> rows;
  std::uint64_t bytes = 0;
  static constexpr auto fields() {
    using T = StyledImage;
    return std::tuple{
        field("id", &T::id, "Number of the image in this terminal."),
        field("column", &T::column, "Where its left edge was put, from 0."),
        field("protocol", &T::protocol, "How it was sent.").one_of("sixel", "kitty", "iterm2"),
        field("width", &T::width, "In pixels, as far as it says.").omit_empty(),
        field("height", &T::height, "In pixels, as far as it says.").omit_empty(),
        field("columns", &T::columns, "Cells that the program wants it to take, if it says.").omit_empty(),
        field("rows", &T::rows, "Cells that the program wants it to take, if it says.").omit_empty(),
        field("bytes", &T::bytes, "Length of what was sent.")};
  }
};

struct StyledLine {
  std::string text;
  bool wrapped = false;
  std::vector<StyledSpan> spans;
  std::optional<std::vector<StyledImage>> images;
  static constexpr auto fields() {
    using T = StyledLine;
    return std::tuple{
        field("text", &T::text, "The row as plain text."),
        field("wrapped", &T::wrapped, "The line goes on in the next row."),
        field("spans", &T::spans, "Where the look is not the default, in order."),
        field("images", &T::images, "Images that programs sent here. Viewers do not draw them.").omit_empty()};
  }
};

struct RenderedRows {
  std::vector<std::string> lines;                 ///< one a row, in the format
  std::optional<std::vector<StyledLine>> styled;  ///< with format "styled"; then `lines` are plain
};

/// Rows [from, to) that are kept. `format`: plain, styled, ansi or html.
RenderedRows render_rows(const term::Terminal& terminal, term::RowId from, term::RowId to, std::string_view format);

}  // namespace duotty::api
