// The command line of the commands about MCP.
#include "builder.hpp"
#include "client_config.hpp"
#include "install_command.hpp"
#include "mcp_command.hpp"

namespace duotty::cli {
namespace {

constexpr const char* kGroup = "Agents";

void add_mcp(const Builder& builder) {
  CLI::App* command =
      builder.add("mcp", "Speak the Model Context Protocol on standard input and output", kGroup,
                  "  duotty mcp --start\n"
                  "\n"
                  "For programs with a model inside; `duotty install` enters it in their configuration. "
                  "docs/mcp.md says more.");
  auto o = std::make_shared<McpOptions>();
  command->add_flag("--start", o->start, "Start a server when none runs; it stays when the client leaves");
  command->add_option("--tools", o->tools, "Offer the tools of another server instead: aiterm")
      ->check(CLI::IsMember({"aiterm"}));
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "mcp";
    chosen.loop = [o](Context& context) { return mcp_command(context, *o); };
    builder.choose(std::move(chosen));
  });
}

void add_install(const Builder& builder) {
  CLI::App* command = builder.add("install", "Enter this server in the configuration of a program with a model", kGroup,
                                  "  duotty install claude\n"
                                  "  duotty install cursor --project --yes\n"
                                  "\n"
                                  "Shows what changes in which file, and asks. No key is written: the entry starts "
                                  "`duotty mcp`.");
  auto o = std::make_shared<InstallOptions>();
  command->add_option("client", o->client, "claude, cursor, codex or vscode")
      ->required()
      ->check(CLI::IsMember(known_clients()));
  command->add_flag("--project", o->project, "The file of this folder instead of your own");
  command->add_flag("-y,--yes", o->yes, "Write it without asking");
  command->add_flag("--print", o->print, "Only show what would change");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "install";
    chosen.local = [o](Context& context) { return install_command(context, *o); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace

void add_mcp_commands(const Builder& builder) {
  add_mcp(builder);
  add_install(builder);
}

}  // namespace duotty::cli
