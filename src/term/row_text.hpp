#pragma once
// Rows as text and spans, for the readers and the renderers.
#include <duotty/term/terminal.hpp>
#include <string>
#include <vector>

#include "row.hpp"
#include "tables.hpp"

namespace duotty::term {

/// Column after the last cell that is not blank, whatever its look.
int text_end(const Row& row, int cols);
/// Appends columns [from, to) as UTF-8; half a wide character is a blank.
void append_cells(const Tables& tables, const Row& row, int from, int to, std::string& out);
/// Where the look is not the default.
std::vector<Span> spans_of(const Tables& tables, const Row& row, int cols);

}  // namespace duotty::term
