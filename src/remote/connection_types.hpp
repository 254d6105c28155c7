#pragma once
// Parameters and results of the methods about SSH connections.
#include <duotty/record/fields.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace duotty::remote {

using record::field;

/// A forward that is opened again whenever it is not there.
struct KeptForward {
  std::string id;
  std::string kind;
  std::string bind;
  int port = 0;
  std::string target_host;
  int target_port = 0;
  static constexpr auto fields() {
    using T = KeptForward;
    return std::tuple{field("id", &T::id, "Id."),
                      field("kind", &T::kind, "local, remote or dynamic."),
                      field("bind", &T::bind, "Address at which it listens."),
                      field("port", &T::port, "Port at which it listens."),
                      field("target_host", &T::target_host, "Where connections lead; dynamic: empty."),
                      field("target_port", &T::target_port, "Its port; dynamic: 0.")};
  }
};

/// What is stored of a connection beside its address and its secrets.
struct SshProfile {
  std::string auth_type = "password";
  std::string private_key_path;
  std::string color;
  std::string group;
  std::string proxy_jump;
  int keepalive_s = 30;
  bool agent_forwarding = false;
  std::map<std::string, std::string> env;
  std::vector<std::string> tags;
  std::string host_key_policy = "ask";
  std::string start_directory;
  std::vector<KeptForward> forwards;
  static constexpr auto fields() {
    using T = SshProfile;
    return std::tuple{
        field("auth_type", &T::auth_type,
              "How to sign in: \"password\", \"key\", \"agent\" or \"keyboard-interactive\"."),
        field("private_key_path", &T::private_key_path, "File of the private key on the server's machine."),
        field("color", &T::color, "Colour for people."),
        field("group", &T::group, "Group that it stands in."),
        field("proxy_jump", &T::proxy_jump, "Hosts on the way: [user@]host[:port], several behind commas."),
        field("keepalive_s", &T::keepalive_s, "A sign of life after so many quiet seconds; 0: never."),
        field("agent_forwarding", &T::agent_forwarding, "The host may use the keys of the server's SSH agent."),
        field("env", &T::env, "Variables for what runs there."),
        field("tags", &T::tags, "Labels."),
        field("host_key_policy", &T::host_key_policy,
              "An unknown host key: \"ask\" a person, \"accept_new\" or \"strict\" (refuse). A changed one is always "
              "refused."),
        field("start_directory", &T::start_directory, "Where terminals start; empty: the home."),
        field("forwards", &T::forwards, "Those that are kept (ssh.forwards.open).")};
  }
};

struct SshConnection : SshProfile {
  std::string id;
  std::string title;
  std::string host;
  int port = 22;
  std::string username;
  std::optional<std::string> password;
  std::optional<std::string> private_key;
  std::optional<std::string> passphrase;
  bool has_runbook = false;
  std::string created_at;
  std::optional<std::string> last_connected;
  static constexpr auto fields() {
    using T = SshConnection;
    return std::tuple_cat(
        std::tuple{field("id", &T::id, "Id."), field("title", &T::title, "Its name for people."),
                   field("host", &T::host, "Name or address."), field("port", &T::port, "Port."),
                   field("username", &T::username, "User on the host."),
                   field("password", &T::password, "******** when one is stored, else null.").secret(),
                   field("private_key", &T::private_key, "******** when its text is stored, else null.").secret(),
                   field("passphrase", &T::passphrase, "Of the key: ******** when one is stored, else null.").secret(),
                   field("has_runbook", &T::has_runbook, "There is a runbook (ssh.runbook.get)."),
                   field("created_at", &T::created_at, "When it was made, local time."),
                   field("last_connected", &T::last_connected, "When it was last used, local time; null: never.")},
        SshProfile::fields());
  }
};

struct SshList {
  std::string q;
  std::string tag;
  std::string group;
  static constexpr auto fields() {
    using T = SshList;
    return std::tuple{field("q", &T::q, "Only those with this text in title, host, user or tags.").range(0, 200),
                      field("tag", &T::tag, "Only those with this label.").range(0, 64),
                      field("group", &T::group, "Only those in this group.").range(0, 128)};
  }
};

struct SshConnections {
  std::vector<SshConnection> connections;
  static constexpr auto fields() { return std::tuple{field("connections", &SshConnections::connections, "By title.")}; }
};

struct SshGet {
  std::string conn_id;
  bool secrets = false;
  static constexpr auto fields() {
    using T = SshGet;
    return std::tuple{field("conn_id", &T::conn_id, "Id, title or host of the connection.").required().range(1, 255),
                      field("secrets", &T::secrets, "Passwords and keys in the clear; needs the scope admin.")};
  }
};

struct SshGot {
  SshConnection connection;
  static constexpr auto fields() { return std::tuple{field("connection", &SshGot::connection, "The connection.")}; }
};

/// What can be said of a connection; what is not said stays as it is.
struct SshFields {
  std::string host;
  std::string username;
  std::optional<std::string> title;
  std::optional<int> port;
  std::optional<std::string> auth_type;
  std::optional<std::string> password;
  std::optional<std::string> private_key;
  std::optional<std::string> private_key_path;
  std::optional<std::string> passphrase;
  std::vector<std::string> remove_secrets;
  std::optional<std::string> color;
  std::optional<std::string> group;
  std::optional<std::string> proxy_jump;
  std::optional<int> keepalive_s;
  std::optional<bool> agent_forwarding;
  std::optional<std::map<std::string, std::string>> env;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> host_key_policy;
  std::optional<std::string> start_directory;
  static constexpr auto shared() {
    using T = SshFields;
    return std::tuple{
        field("title", &T::title, "Its name for people; the host when it is left out.").range(0, 200),
        field("port", &T::port, "Port (22).").range(1, 65535),
        field("auth_type", &T::auth_type, "How to sign in: \"password\", \"key\", \"agent\", \"keyboard-interactive\".")
            .one_of("password", "key", "agent", "keyboard-interactive"),
        field("password", &T::password, "Stored encrypted; empty or ******** keeps the one that is stored.")
            .range(0, 4096)
            .secret(),
        field("private_key", &T::private_key, "Text of a private key (PEM or OpenSSH), stored as the password is.")
            .range(0, 65536)
            .secret(),
        field("private_key_path", &T::private_key_path, "Or its file on the server's machine: /... or ~/...")
            .range(0, 4096),
        field("passphrase", &T::passphrase, "Of the key, stored as the password is.").range(0, 4096).secret(),
        field("remove_secrets", &T::remove_secrets, "Forget these: password, private_key, passphrase.").range(0, 3),
        field("color", &T::color, "Colour for people.").range(0, 32),
        field("group", &T::group, "Group that it stands in.").range(0, 128),
        field("proxy_jump", &T::proxy_jump, "Hosts on the way: [user@]host[:port], several behind commas.")
            .range(0, 1024),
        field("keepalive_s", &T::keepalive_s, "A sign of life after so many quiet seconds (30); 0: never.")
            .range(0, 86400),
        field("agent_forwarding", &T::agent_forwarding,
              "The host may use the keys of the server's SSH agent (false); true needs the scope admin."),
        field("env", &T::env, "Variables for what runs there.").range(0, 100),
        field("tags", &T::tags, "Labels.").range(0, 32),
        field("host_key_policy", &T::host_key_policy,
              "An unknown host key: \"ask\" a person (so it is when left out), \"accept_new\" (needs the scope admin), "
              "\"strict\": refuse it.")
            .one_of("ask", "accept_new", "strict"),
        field("start_directory", &T::start_directory, "Where terminals start; empty: the home.").range(0, 4096)};
  }
};

struct SshCreate : SshFields {
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple{field("host", &SshFields::host, "Name or address.").required().range(1, 255),
                   field("username", &SshFields::username, "User on the host.").required().range(1, 128)},
        SshFields::shared());
  }
};

struct SshUpdate : SshFields {
  std::string conn_id;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple{
            field("conn_id", &SshUpdate::conn_id, "Id, title or host of the connection.").required().range(1, 255),
            field("host", &SshFields::host, "Name or address; empty: as it is.").range(0, 255),
            field("username", &SshFields::username, "User on the host; empty: as it is.").range(0, 128)},
        SshFields::shared());
  }
};

struct SshMade {
  bool success = true;
  std::string id;
  static constexpr auto fields() {
    return std::tuple{field("success", &SshMade::success, "Always true."),
                      field("id", &SshMade::id, "Id of the connection.")};
  }
};

struct SshName {
  std::string conn_id;
  static constexpr auto fields() {
    return std::tuple{
        field("conn_id", &SshName::conn_id, "Id, title or host of the connection.").required().range(1, 255)};
  }
};

struct Success {
  bool success = true;
  static constexpr auto fields() { return std::tuple{field("success", &Success::success, "Always true.")}; }
};

struct Runbook {
  std::string conn_id;
  std::string title;
  std::string text;
  static constexpr auto fields() {
    using T = Runbook;
    return std::tuple{field("conn_id", &T::conn_id, "Id of the connection."),
                      field("title", &T::title, "Its name for people."),
                      field("text", &T::text, "Markdown; empty: there is none.")};
  }
};

struct RunbookSet {
  std::string conn_id;
  std::string text;
  static constexpr auto fields() {
    using T = RunbookSet;
    return std::tuple{field("conn_id", &T::conn_id, "Id, title or host of the connection.").required().range(1, 255),
                      field("text", &T::text, "Markdown; empty removes it.").required().range(0, 262144)};
  }
};

}  // namespace duotty::remote
