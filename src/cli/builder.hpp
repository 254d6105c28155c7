#pragma once
// How commands are declared. Private to command_line.cpp and the files that add commands.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace duotty::cli {

/// Where commands are added, and where the parsed one is put.
struct Builder {
  CLI::App& app;
  const rpc::Table& table;
  const CliHooks& hooks;
  Globals& globals;
  Command& chosen;
  std::vector<std::string>& tail;  ///< what stands behind the first "--"
  bool& tail_used;
  bool& has_tail;
  std::string& problem;  ///< set by a callback that finds the arguments wrong

  /// A command with the options all commands have. `examples` are lines for the end of its help.
  CLI::App* add(const std::string& name, const std::string& about, const std::string& group,
                const std::string& examples) const;

  /// The free words of a command declared with prefix_command(), and what stands behind "--". They are taken exactly
  /// as they were written.
  std::vector<std::string> words(const CLI::App& command) const;

  void choose(Command command) const { chosen = std::move(command); }
};

/// An option that may be given several times, one value each.
CLI::Option* add_list(CLI::App& command, const std::string& names, std::vector<std::string>& into,
                      const std::string& about);

void add_terminal_commands(const Builder& builder);
void add_server_commands(const Builder& builder);
void add_log_command(const Builder& builder);
void add_mcp_commands(const Builder& builder);
void add_oversight_commands(const Builder& builder);
void add_record_commands(const Builder& builder);
void add_ssh_command(const Builder& builder);
void add_files_command(const Builder& builder);
void add_jobs_command(const Builder& builder);

}  // namespace duotty::cli
