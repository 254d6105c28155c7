#pragma once
// The commands about commands: `duotty commands` lists what ran, `duotty output` prints what it printed.
#include <cstdint>
#include <optional>
#include <string>

#include "context.hpp"

namespace duotty::cli {

/// `duotty commands`.
struct CommandsOptions {
  std::string terminal;  ///< empty: all terminals
  std::string words;
  std::string by;
  bool failed = false;
  std::optional<int> limit;
};
Task<int> commands_command(Context& context, Remote& remote, CommandsOptions options);

/// `duotty output`.
struct OutputOptions {
  std::string name;  ///< TERM, TERM:SEQ or an output_ref
  std::optional<int> head;
  std::optional<int> tail;
  std::string pattern;
  int around = 0;  ///< lines of context
  bool ignore_case = false;
};
Task<int> output_command(Context& context, Remote& remote, OutputOptions options);

/// Matching lines as grep(1) prints them: the number, `:` for a match and `-` for context.
std::string grep_text(const Json& grep);

}  // namespace duotty::cli
