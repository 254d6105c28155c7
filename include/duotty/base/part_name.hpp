#pragma once
// Names of files that are written beside their place until they are whole: the same on every side, so that each knows
// those of the others.
#include <string>
#include <string_view>

namespace duotty::base {

/// The name of a part; `word` tells it from others, and every file system has to take its characters.
inline std::string part_name(std::string_view word) {
  return ".duotty-" + std::string(word) + ".part";
}

/// Whether a file of that name is a part, or was left as one.
inline bool is_part_name(std::string_view name) {
  return name.starts_with(".duotty-") && name.ends_with(".part");
}

}  // namespace duotty::base
