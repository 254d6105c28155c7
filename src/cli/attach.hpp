#pragma once
// `duotty attach`: a terminal of the server in the person's own terminal.
#include <string>

#include "context.hpp"

namespace duotty::cli {

struct AttachOptions {
  std::string terminal;    ///< empty: the only one
  std::string connection;  ///< a new terminal on the host of this one instead
  bool read_only = false;
  bool create = false;
  std::string detach_key = "ctrl+\\";
};
Task<int> attach_command(Context& context, AttachOptions options);

}  // namespace duotty::cli
