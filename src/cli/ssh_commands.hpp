#pragma once
// `duotty ssh`: the stored SSH connections.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace duotty::cli {

struct SshOptions {
  std::string action = "ls";
  std::string name;                ///< of a connection; of a file with import; a text to look for with ls
  std::vector<std::string> words;  ///< the command with run
  std::string what;                ///< their first: [user@]host[:port], a file, a fingerprint
  std::optional<std::string> title;
  std::optional<std::string> auth;
  std::optional<std::string> key;       ///< path on the server's machine
  std::optional<std::string> key_file;  ///< here; its text is stored
  std::optional<std::string> jump;
  std::optional<std::string> group;
  std::optional<std::string> colour;
  std::optional<std::string> host_keys;
  std::optional<std::string> directory;
  std::optional<int> keepalive;
  std::optional<bool> forward_agent;
  std::vector<std::string> tags;
  std::vector<std::string> env;  ///< K=V
  std::vector<std::string> forget;
  bool password = false;  ///< ask for it
  bool passphrase = false;
  bool secrets = false;
  std::string from;  ///< "ssh_config" or "electerm"; empty: as the file looks
  std::vector<std::string> only;
  bool dry_run = false;
  std::optional<double> timeout;
  bool takes_stdin = false;
  bool tty = false;
  bool force = false;
  std::vector<std::string> local;    ///< forward: [bind:]port:host:hostport
  std::vector<std::string> remote;   ///< the same
  std::vector<std::string> dynamic;  ///< [bind:]port
  bool keep = false;
  std::optional<std::string> close;  ///< id of a forward
  bool detach = false;
};

/// `[user@]host[:port]` as parameters: host, and username and port when they are said. Errors: invalid_params.
base::Result<Json> ssh_target(const std::string& text);
/// `[bind:]port:host:hostport`, or `[bind:]port` for "dynamic", as parameters of ssh.forwards.open but for the
/// connection. Errors: invalid_params.
base::Result<Json> forward_params(const std::string& kind, const std::string& text);
/// Opens, lists or closes forwards.
Task<int> ssh_forward(Context& context, Remote& remote, const SshOptions& options);
/// Runs a command on a host: its outputs are ours, and so is its exit code.
Task<int> ssh_run(Context& context, Remote& remote, const SshOptions& options);
/// Connects, and asks the person what the host asks.
Task<int> ssh_connect(Context& context, Remote& remote, const SshOptions& options);
/// Shows the way to a host, step by step.
Task<int> ssh_test(Context& context, Remote& remote, const SshOptions& options);
/// Shows a host's key, or takes the one of a fingerprint.
Task<int> ssh_accept(Context& context, Remote& remote, const SshOptions& options);
Task<int> ssh_hang_up(Context& context, Remote& remote, const SshOptions& options);
/// Makes a terminal on a host and attaches to it.
Task<int> ssh_shell(Context& context, const SshOptions& options);
Task<int> ssh_command(Context& context, Remote& remote, SshOptions options);

}  // namespace duotty::cli
