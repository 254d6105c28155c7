#pragma once
// Rows with looks as wsh gives them: spans of text instead of columns.
#include <nlohmann/json.hpp>

namespace duotty::compat {

/// A row of format "styled" as a text, when nothing in it has a look, else as a list of spans.
nlohmann::json styled_line(const nlohmann::json& row);

}  // namespace duotty::compat
