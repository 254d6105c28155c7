#pragma once
// Rows and looks of a terminal as text for other media.
#include <duotty/term/terminal.hpp>
#include <string>
#include <vector>

namespace duotty::term {

/// The parameters of SGR that make the default look into this one, without leading separator; empty for the default.
std::string sgr_parameters(const Style& style);
/// Rows [from, to) with SGR for the looks and OSC 8 for links; each line stands alone (begins and ends in the default
/// look); trailing plain blanks removed.
std::vector<std::string> ansi_lines(const Terminal& terminal, RowId from, RowId to);

/// Rows [from, to) as HTML to stand inside <pre>: escaped text in <span style="..."> for the looks, links as <a> for
/// http, https and mailto targets only. Colours of the palette are written as `var(--duotty-color-N)` for 0 to 15.
std::string html(const Terminal& terminal, RowId from, RowId to);

}  // namespace duotty::term
