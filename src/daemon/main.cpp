// duotty: one program for the server, its worker and its command line.
#include <duotty/api/services.hpp>
#include <duotty/cli/main.hpp>
#include <duotty/daemon/daemon.hpp>
#include <duotty/daemon/paths.hpp>
#include <duotty/files/methods.hpp>
#include <duotty/link/link.hpp>
#include <duotty/link/run.hpp>
#include <duotty/link/shell.hpp>
#include <duotty/mcp/server.hpp>
#include <duotty/metrics/methods.hpp>
#include <duotty/oversight/methods.hpp>
#include <duotty/recording/methods.hpp>
#include <duotty/remote/methods.hpp>
#include <duotty/rpc/openapi.hpp>
#include <duotty/transfer/methods.hpp>
#include <nlohmann/json.hpp>
#include <string_view>

namespace {

/// The processes of the server need no table for their command line: the worker makes one that is bound to its
/// services, and what the keeper has in memory is copied by every fork.
bool is_server(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  return word == "serve" || word == "worker";
}

}  // namespace

int main(int argc, char** argv) {
  using namespace duotty;
  // Before anything else: its parent waits until it has gone into the background.
  if (argc > 1 && std::string_view(argv[1]) == "link") return link::link_main({argv + 2, argv + argc});
  if (argc > 1 && std::string_view(argv[1]) == "link-shell") return link::shell_main({argv + 2, argv + argc});
  if (argc > 1 && std::string_view(argv[1]) == "link-run") return link::run_main({argv + 2, argv + argc});
  rpc::Table table;
  if (!is_server(argc, argv)) {
    api::add_methods(table, nullptr);
    oversight::add_methods(table, nullptr);
    metrics::add_methods(table, nullptr);
    recording::add_methods(table, nullptr);
    files::add_methods(table, nullptr);
    transfer::add_methods(table, nullptr);
    remote::add_methods(table, nullptr);
    mcp::add_methods(table, nullptr);
  }
  cli::CliHooks hooks;
  hooks.version = daemon::version();
  hooks.serve = [&](const cli::ServeOptions& options) { return daemon::serve(options, argv[0]); };
  hooks.worker = [](const std::vector<std::string>& args) { return daemon::worker(args); };
  hooks.paths = [](const std::string& home) {
    const auto paths = daemon::find_paths(home);
    return cli::Paths{paths.runtime_dir, paths.socket(), paths.pid_file(), paths.config_file(), paths.log_file()};
  };
  hooks.schema = [&](cli::SchemaKind kind) {
    switch (kind) {
      case cli::SchemaKind::typescript:
        return rpc::typescript_client(table);
      case cli::SchemaKind::markdown:
        return rpc::markdown_reference(table);
      case cli::SchemaKind::openapi:
        break;
    }
    return rpc::openapi(table, daemon::version()).dump(2) + "\n";
  };
  return cli::run(argc, argv, table, hooks);
}
