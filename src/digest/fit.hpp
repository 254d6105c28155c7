#pragma once
// Lines into a number of bytes: errors first, then the end, then the beginning.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace duotty::digest {

struct FitLine {
  std::string text;
  bool trouble = false;
  std::size_t line = 0;  ///< in the input, from 0
};

struct Fitted {
  std::string text;
  std::size_t lines_left_out = 0;
  std::size_t trouble_left_out = 0;
  std::vector<std::pair<std::size_t, std::size_t>> gaps;  ///< first and last input line, from 0
};

/// Joins the lines by LF in at most `limit` bytes (0: no limit, else at least 100), with a note at each gap.
Fitted fit(std::vector<FitLine> lines, std::size_t limit);

}  // namespace duotty::digest
