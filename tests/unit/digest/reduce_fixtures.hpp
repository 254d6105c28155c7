#pragma once
// Outputs of real programs with what a reduction of them must keep, and what other tools publish for such output.
#include <optional>
#include <string>
#include <vector>

namespace duotty::digest {

struct Fixture {
  const char* file;  ///< in tests/unit/digest/fixtures
  const char* command;
  int exit_code;
  int rtk;     ///< least percent, from rtk's figure for this kind of output where that is reached; 0: held to nothing
  int aiterm;  ///< the same from aiterm's
  std::vector<const char*> keeps = {};  ///< parts that must be in the result
};

/// All of them; the text of one.
const std::vector<Fixture>& fixtures();
std::string fixture_text(const Fixture& fixture);

}  // namespace duotty::digest
