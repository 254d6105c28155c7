#pragma once
// Text for people: tables, sizes, durations. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace duotty::cli {

/// `text` with control and invisible characters (C0 but newline and tab, DEL, C1, bidirectional and zero-width
/// controls) replaced by U+FFFD: titles and names come from programs and must not drive the terminal they are shown in.
std::string visible(std::string_view text);
/// visible() on one line: newlines and tabs become spaces.
std::string visible_line(std::string_view text);

/// Columns that a terminal uses for valid UTF-8 text: wide East Asian characters and emoji count two.
int display_width(std::string_view text);
/// `text` cut to `columns` with an ellipsis when something was cut.
std::string fit(std::string_view text, int columns);

/// "5s", "3m", "2h", "4d".
std::string short_duration(double seconds);
/// "5 s", "3 min 20 s", "2 h 5 min", "4 d 3 h".
std::string long_duration(double seconds);
/// "812 B", "3.4 KiB", "12 MiB".
std::string byte_count(double bytes);

/// One cell: what it says and the SGR parameters it is shown with ("" for plain).
struct Cell {
  std::string text;
  std::string style;
};

enum class Colour { off, on };

/// Rows below a header, columns aligned by two spaces; the last column is cut to what is left of `columns` (0: never).
std::string table(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows, int columns,
                  Colour colour);

}  // namespace duotty::cli
