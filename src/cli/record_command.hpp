#pragma once
// `duotty record`: what a terminal shows, into an asciicast file.
#include <string>

#include "context.hpp"

namespace duotty::cli {

struct RecordOptions {
  std::string terminal;  ///< empty: list the recordings
  std::string file;      ///< empty: a name made of the terminal's and the time; "-": standard output
  std::string title;
  double max_mib = 16;
  bool background = false;
  bool stop = false;
  bool history = false;
  bool force = false;
};

Task<int> record_command(Context& context, Remote& remote, RecordOptions options);

}  // namespace duotty::cli
