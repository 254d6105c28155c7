#pragma once
// Arguments in, a command out. Everything the program understands is declared here and in the two files that add the
// commands; help and completions are made from the same declarations.
#include <memory>
#include <string>
#include <vector>

#include "completion.hpp"
#include "context.hpp"

namespace CLI {
class App;
}

namespace duotty::cli {

/// What a line of arguments means: a command to run, or a text to print.
struct Parsed {
  Command command;  ///< empty when there is only a text
  Globals globals;
  std::string out;  ///< for standard output: help, the version
  std::string err;  ///< for standard error: what is wrong with the arguments
  int status = 0;   ///< when there is no command
};

/// One use each: parse() changes it.
class CommandLine {
 public:
  CommandLine(const rpc::Table& table, const CliHooks& hooks);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// `args` without the program's name.
  Parsed parse(std::vector<std::string> args);
  /// All commands and options, for completions.
  std::vector<CommandSpec> describe() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace duotty::cli
