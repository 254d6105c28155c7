#pragma once
// A pattern looked for in output while it comes.
#include <duotty/digest/grep.hpp>
#include <duotty/digest/plain.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::digest {

/// Looks at terminal output line by line. A line that is not complete yet is looked at again with its rest, as far as
/// its last 64 KiB.
class LineMatcher {
 public:
  /// Takes the next bytes; the first line that matches, without escape sequences, if one does.
  std::optional<std::string> first_match(std::string_view bytes, const Pattern& pattern);

 private:
  PlainText plain_;
  std::string line_;  ///< text since the last newline
};

}  // namespace duotty::digest
