#pragma once
// Takes the echo of what was typed off the text that followed.
#include <string>
#include <string_view>

namespace duotty::digest {

/// `output` after the first line that contains the first line of `command` (trimmed); the whole output when no line
/// does or the command's first line is blank. (WinkTerm's `strip_echo`.)
std::string strip_command_echo(std::string_view output, std::string_view command);

}  // namespace duotty::digest
