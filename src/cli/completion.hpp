#pragma once
// Shell completions, made from the declared commands, and what they are told of these. Pure.
#include <duotty/rpc/method.hpp>
#include <string>
#include <vector>

namespace duotty::cli {

struct OptionSpec {
  std::vector<std::string> names;  ///< "-q", "--quiet"
  std::string about;
  bool takes_value = false;
  std::string value;    ///< "DIR", "TERM", "{plain,ansi,html}"; what to offer for it
  bool common = false;  ///< every command has it
};

struct ArgumentSpec {
  std::string name;
  std::string about;
  bool required = false;
  bool repeats = false;
};

struct CommandSpec {
  std::string name;
  std::string about;
  std::vector<OptionSpec> options;
  std::vector<std::string> positionals;  ///< "TERM", "METHOD", "SHELL", ...
  std::vector<ArgumentSpec> arguments;   ///< the same, in full
  std::vector<std::string> aliases;
  std::string footer;        ///< examples and remarks, as the help ends with
  bool takes_words = false;  ///< free words may follow: a command or a text
};

/// The script for "bash", "zsh" or "fish". Names of terminals are asked of the server when they are needed.
std::string completion_script(const std::string& shell, const std::vector<CommandSpec>& commands,
                              const rpc::Table& table);

}  // namespace duotty::cli
