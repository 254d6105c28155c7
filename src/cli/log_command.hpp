#pragma once
// `duotty logs`: what the server of this user has logged. It reads files, so it also works when no server runs.
#include <duotty/core/log_reader.hpp>
#include <optional>
#include <string>

#include "context.hpp"

namespace duotty::cli {

struct LogOptions {
  bool follow = false;
  std::optional<std::size_t> lines = 100;  ///< the last so many; nothing: all
  core::LogLevel level = core::LogLevel::debug;
  bool path = false;  ///< print the name of the file alone
};
Task<int> logs_command(Context& context, LogOptions options);

}  // namespace duotty::cli
