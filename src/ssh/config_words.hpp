#pragma once
// A line of OpenSSH's configuration as words.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::ssh {

struct ConfigLine {
  std::string keyword;  ///< in small letters; empty: nothing stands on the line
  std::vector<std::string> words;
  bool open_quote = false;  ///< a quote is not closed: the words mean nothing
};

/// The keyword ends at a blank or "="; words are split at blanks, quoted by " or ', escaped by a backslash, and end at
/// a "#" that begins a word.
ConfigLine config_line(std::string_view text);

/// Seconds of OpenSSH's times: "30", "1m30s", "2h". Nothing for anything else, and beyond a year.
std::optional<int> parse_config_time(std::string_view text);

}  // namespace duotty::ssh
