#pragma once
// `duotty play`: an asciicast in the person's own terminal.
#include <string>

#include "context.hpp"

namespace duotty::cli {

struct PlayOptions {
  std::string file;
  double speed = 1;
  double idle = 0;
};

Task<int> play_command(Context& context, PlayOptions options);

}  // namespace duotty::cli
