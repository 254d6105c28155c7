#pragma once
// What compilers and linters find, in few words: a file is named once, a text that holds for several places once.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "draft.hpp"

namespace duotty::digest {

/// Where a finding is, and what follows on its line.
struct Place {
  std::string_view file;
  std::string_view at;  ///< "12" or "12:5"
  std::string_view text;
};
/// Reads "path:12:5: text", "path:12: text", "path:12:5 - text" and "path(12,5): text"; false for other lines.
bool read_place(std::string_view line, Place& place);

struct Finding {
  std::size_t line = 0;  ///< of the draft; the text is given there
  std::string file;
  std::string at;
  std::string text;
  std::vector<std::string> below = {};  ///< what belongs to its text, each on a line of its own
  std::vector<std::string> see = {};    ///< places that have to do with this place
};

/// Gives all findings, in order, and absorbs their lines: "path:12:5: text" for one, "path:" with the rest below it for
/// several of a file, and all places before a text that comes again. A text that differs in the first name it quotes
/// only is given once, with place and name of the others behind it.
void give_findings(Draft& draft, const std::vector<Finding>& findings);

}  // namespace duotty::digest
