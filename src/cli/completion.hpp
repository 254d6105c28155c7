#pragma once
// Shell completions, made from the declared commands. Pure.
#include <duotty/rpc/method.hpp>
#include <string>
#include <vector>

namespace duotty::cli {

struct OptionSpec {
  std::vector<std::string> names;  ///< "-q", "--quiet"
  std::string about;
  bool takes_value = false;
  std::string value;  ///< "DIR", "TERM", "{plain,ansi,html}"; what to offer for it
};

struct CommandSpec {
  std::string name;
  std::string about;
  std::vector<OptionSpec> options;
  std::vector<std::string> positionals;  ///< "TERM", "METHOD", "SHELL", ...
};

/// The script for "bash", "zsh" or "fish". Names of terminals are asked of the server when they are needed.
std::string completion_script(const std::string& shell, const std::vector<CommandSpec>& commands,
                              const rpc::Table& table);

}  // namespace duotty::cli
