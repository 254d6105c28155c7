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
  int rtk;                              ///< percent that rtk publishes for this kind of output; 0: none
  int aiterm;                           ///< percent that aiterm publishes; 0: none
  std::vector<const char*> keeps = {};  ///< parts that must be in the result
};

/// All of them; the text of one.
const std::vector<Fixture>& fixtures();
std::string fixture_text(const Fixture& fixture);

}  // namespace duotty::digest
