#pragma once
// The manual page duotty(1), made from the declared commands. Pure.
#include <string>
#include <vector>

#include "completion.hpp"

namespace duotty::cli {

/// The page in the man(7) macros, as man(1), groff and mandoc read it.
std::string man_page(const std::vector<CommandSpec>& commands, const std::string& version);

/// Text for a line of the page that is no macro call: what roff would take for a request or an escape is escaped.
std::string roff_text(const std::string& text);

}  // namespace duotty::cli
