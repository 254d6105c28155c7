#pragma once
// `duotty install`: enters this server in the configuration of a program that speaks MCP.
#include <string>

#include "context.hpp"

namespace duotty::cli {

struct InstallOptions {
  std::string client;    ///< claude, cursor, codex or vscode
  bool project = false;  ///< the folder's file instead of the person's
  bool yes = false;      ///< write without asking
  bool print = false;    ///< only show
};

/// Shows what changes in which file, asks, writes. The entry starts `duotty mcp`: no key stands in it.
int install_command(Context& context, const InstallOptions& options);

}  // namespace duotty::cli
