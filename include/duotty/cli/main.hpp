#pragma once
// The command line `duotty`. It parses arguments, talks to a running server like every other client (WebSocket RPC on
// the Unix socket or a URL) and prints. It holds no terminal logic of its own and never sees the server's modules: what
// only the server can do is handed in as hooks.
#include <cstdint>
#include <duotty/rpc/method.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace duotty::cli {

/// What `duotty serve` was asked to do. Empty texts and optionals mean "as configured, else the default".
struct ServeOptions {
  std::string host;                      ///< `--host`: address to bind
  std::optional<std::uint16_t> port;     ///< `--port`: 0 lets the kernel choose
  std::string home;                      ///< `--home`: replaces DUOTTY_HOME
  std::string name;                      ///< `--name`: what this server is called in the interface
  std::string web_dir;                   ///< `--web-dir`: serve the web UI from this folder instead of the binary
  std::vector<std::string> allow_hosts;  ///< `--allow-host`, repeatable: names clients may use in `Host`
  std::string log_level;                 ///< `--log-level`: debug, info, warning, error or off; `--verbose` means debug
  bool require_key = false;              ///< `--require-key`: even the same user must sign in
  std::string tls_cert;                  ///< `--tls-cert`: PEM chain to serve HTTPS with
  std::string tls_key;                   ///< `--tls-key`: its private key
  bool tls_self_signed = false;          ///< `--tls-self-signed`: HTTPS with a certificate made here
  bool insecure_http = false;            ///< `--insecure-http`: a proxy in front terminates TLS
  bool history = true;                   ///< false with `--no-history`: keep nothing of terminals on disk
  bool verbose = false;                  ///< `--verbose`
};

/// Where a server of this user keeps what a client must find.
struct Paths {
  std::string runtime_dir;
  std::string socket_path;  ///< Unix socket with the same API as the port
  std::string pid_file;     ///< pid of the keeper in decimal
  std::string config_file;
  std::string log_file;  ///< what the server logs (core/log_file.hpp)
};

/// The documents that `duotty schema` prints.
enum class SchemaKind { openapi, typescript, markdown };

/// What the program around the command line provides. All are set.
struct CliHooks {
  /// Runs the server until it ends; returns its exit status.
  std::function<int(const ServeOptions&)> serve;
  /// Runs the hidden command `worker`, which the keeper starts, with everything after that word.
  std::function<int(std::vector<std::string> args)> worker;
  /// The paths in force. `home` is the value of `--home`, or empty: then DUOTTY_HOME and the XDG directories decide.
  std::function<Paths(const std::string& home)> paths;
  /// One document made from the method table.
  std::function<std::string(SchemaKind kind)> schema;
  /// The version of the program ("0.1.0").
  std::string version;
};

/// Runs one command and returns its exit status (docs/cli.md has the list). `table` is read for its rows only: nothing
/// in it is called. Never throws on bad arguments: it explains them on standard error and returns 64.
int run(int argc, char** argv, const rpc::Table& table, const CliHooks& hooks);

}  // namespace duotty::cli
