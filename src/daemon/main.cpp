// duotty: one program for the server, its worker and its command line.
#include <duotty/api/services.hpp>
#include <duotty/cli/main.hpp>
#include <duotty/daemon/daemon.hpp>
#include <duotty/daemon/paths.hpp>
#include <duotty/mcp/server.hpp>
#include <duotty/rpc/openapi.hpp>
#include <nlohmann/json.hpp>

int main(int argc, char** argv) {
  using namespace duotty;
  rpc::Table table;
  api::add_methods(table, nullptr);
  mcp::add_methods(table, nullptr);
  cli::CliHooks hooks;
  hooks.version = daemon::version();
  hooks.serve = [&](const cli::ServeOptions& options) { return daemon::serve(options, argv[0]); };
  hooks.worker = [](const std::vector<std::string>& args) { return daemon::worker(args); };
  hooks.paths = [](const std::string& home) {
    const auto paths = daemon::find_paths(home);
    return cli::Paths{paths.runtime_dir, paths.socket(), paths.pid_file(), paths.config_file()};
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
