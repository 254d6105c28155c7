// The way of one run: arguments, surroundings, the command, its exit status.
#include <unistd.h>

#include <csignal>
#include <duotty/cli/main.hpp>
#include <duotty/core/replace_file.hpp>

#include "client.hpp"
#include "command_line.hpp"

namespace duotty::cli {
namespace {

Task<base::Result<std::unique_ptr<Remote>>> connect(Endpoint endpoint) {
  auto client = co_await Client::connect(std::move(endpoint));
  if (!client) co_return client.error();
  std::unique_ptr<Remote> remote = std::move(*client);
  co_return std::move(remote);
}

/// Commands that never talk to a server do not care whether one can be found.
bool needs_endpoint(const Command& command) {
  return !command.local && command.name != "login";
}

}  // namespace

int run(int argc, char** argv, const rpc::Table& table, const CliHooks& hooks) {
  std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!args.empty() && args.front() == "worker") return hooks.worker({args.begin() + 1, args.end()});

  Console console([](std::string_view text) { return core::write_all(STDOUT_FILENO, text); },
                  [](std::string_view text) { return core::write_all(STDERR_FILENO, text); });
  CommandLine line(table, hooks);
  Parsed parsed = line.parse(std::move(args));
  console.out(parsed.out);
  console.err(parsed.err);
  if (parsed.command.empty()) return parsed.status;
  const Environment environment = process_environment();
  Context context{.table = table,
                  .hooks = hooks,
                  .console = console,
                  .environment = environment,
                  .globals = parsed.globals,
                  .paths = {},
                  .endpoint = {},
                  .connect = connect};
  if (parsed.command.name == "serve") return parsed.command.local(context);
  // A reader that has gone away is noticed by the write that fails, so that a command can still clean up.
  ::signal(SIGPIPE, SIG_IGN);
  context.paths = hooks.paths(parsed.globals.home);
  if (needs_endpoint(parsed.command)) {
    auto endpoint = resolve_endpoint(context.globals, environment, context.paths);
    if (!endpoint) return context.fail(endpoint.error());
    context.endpoint = std::move(*endpoint);
  }
  return run_command(parsed.command, context);
}

}  // namespace duotty::cli
