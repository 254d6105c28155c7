#pragma once
// Which server a command talks to: flags, then DUOTTY_URL and DUOTTY_TOKEN, then what `duotty login` saved, then the
// Unix socket of this user's own server.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/base/secret.hpp>
#include <duotty/cli/main.hpp>
#include <optional>
#include <string>

#include "environment.hpp"

namespace duotty::cli {

/// Options that every command has.
struct Globals {
  std::string url;
  std::string token;
  std::string home;
  std::string ca_file;
  bool local = false;  ///< the Unix socket even when a URL is configured
  bool json = false;
  bool quiet = false;
};

/// Where a server is reached.
struct Endpoint {
  enum class Kind { unix_socket, tcp };
  Kind kind = Kind::unix_socket;
  std::string socket_path;  ///< unix_socket
  std::string host;         ///< tcp: name or address, IPv6 without brackets
  std::uint16_t port = 0;   ///< tcp
  bool tls = false;         ///< tcp: HTTPS
  std::string ca_file;      ///< tls: PEM of authorities to trust besides the system's; may be empty
  std::string prefix;       ///< tcp: path before /ws/..., without a trailing slash
  base::Secret token;       ///< tcp; may be empty

  bool local() const noexcept { return kind == Kind::unix_socket; }
  /// For people: the path of the socket or `http[s]://host:port/prefix`.
  std::string name() const;
  /// The Host header.
  std::string host_header() const;
};

/// Reads `http[s]://host[:port][/path]`; ws and wss mean the same. Error invalid_params.
base::Result<Endpoint> parse_url(const std::string& url);

/// What `duotty login` keeps.
struct SavedLogin {
  std::string url;
  base::Secret token;
  std::string ca_file = {};  ///< absolute path; may be empty
};

/// The file of saved logins, beside the server's configuration.
std::string login_file(const Paths& paths);
/// Nothing when there is no file. Errors: io, invalid_json (it is not what login wrote).
base::Result<std::optional<SavedLogin>> load_login(const std::string& path);
/// Replaces the file atomically, mode 0600, directory 0700. Error io.
base::Result<> save_login(const std::string& path, const SavedLogin& login);
/// True when there was one. Error io.
base::Result<bool> remove_login(const std::string& path);

/// `--ca-file`, else DUOTTY_CA_FILE, as an absolute path; empty when neither is set.
std::string chosen_ca_file(const Globals& globals, const Environment& environment);

/// The server that the options and surroundings mean. Errors of parse_url() and load_login().
base::Result<Endpoint> resolve_endpoint(const Globals& globals, const Environment& environment, const Paths& paths);

}  // namespace duotty::cli
