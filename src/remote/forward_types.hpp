#pragma once
// Parameters and results of the methods about forwards.
#include <duotty/record/fields.hpp>
#include <optional>
#include <string>
#include <vector>

namespace duotty::remote {

using record::field;

struct ForwardOpen {
  std::string connection_id;
  std::string kind;
  std::string bind;
  int port = 0;
  std::string target_host;
  int target_port = 0;
  bool keep = false;
  static constexpr auto fields() {
    using T = ForwardOpen;
    return std::tuple{
        field("connection_id", &T::connection_id, "Id, title or host of the connection.").required().range(1, 255),
        field(
            "kind", &T::kind,
            "local: the server listens, the host connects to the target. remote: the host listens, the server connects "
            "to the target (scope admin). dynamic: the server listens and speaks SOCKS, the host connects.")
            .required()
            .one_of("local", "remote", "dynamic"),
        field(
            "bind", &T::bind,
            "Address at which it listens; empty: the loopback of who listens. Others on the server's machine need the "
            "scope admin.")
            .range(0, 255),
        field("port", &T::port, "Port at which it listens; 0: any, the answer says which.").range(0, 65535),
        field("target_host", &T::target_host, "Where connections lead, as who connects knows it; not with dynamic.")
            .range(0, 255),
        field("target_port", &T::target_port, "Its port; not with dynamic.").range(0, 65535),
        field("keep", &T::keep, "Store it, and open it again when the connection is lost and when the server starts.")};
  }
};

struct ForwardList {
  std::string connection_id;
  static constexpr auto fields() {
    return std::tuple{
        field("connection_id", &ForwardList::connection_id, "Only those of this connection: its id, title or host.")
            .range(0, 255)};
  }
};

struct ForwardClose {
  std::string id;
  static constexpr auto fields() {
    return std::tuple{field("id", &ForwardClose::id, "Id of the forward.").required().range(1, 64)};
  }
};

struct SshForward {
  std::string id;
  std::string connection_id;
  std::string kind;
  std::string bind;
  int port = 0;
  std::string target_host;
  int target_port = 0;
  bool keep = false;
  std::string state;
  std::optional<std::string> error;
  std::optional<std::string> trouble;
  std::int64_t connections = 0;
  std::int64_t connections_total = 0;
  std::int64_t bytes_to_host = 0;
  std::int64_t bytes_from_host = 0;
  static constexpr auto fields() {
    using T = SshForward;
    return std::tuple{
        field("id", &T::id, "Id."),
        field("connection_id", &T::connection_id, "Id of the connection."),
        field("kind", &T::kind, "What it is.").one_of("local", "remote", "dynamic"),
        field("bind", &T::bind, "Address at which it listens."),
        field("port", &T::port, "Port at which it listens."),
        field("target_host", &T::target_host, "Where connections lead; dynamic: empty."),
        field("target_port", &T::target_port, "Its port; dynamic: 0."),
        field("keep", &T::keep, "It is opened again when it is lost."),
        field("state", &T::state,
              "reconnecting: lost, and tried again by itself. failed: lost, and opened again once somebody has "
              "connected.")
            .one_of("listening", "reconnecting", "failed"),
        field("error", &T::error, "Why it does not listen.").omit_empty(),
        field("trouble", &T::trouble, "Why the last connection that did not come about did not.").omit_empty(),
        field("connections", &T::connections, "Connections now."),
        field("connections_total", &T::connections_total, "Connections since it listens."),
        field("bytes_to_host", &T::bytes_to_host, "Bytes to the host since it listens."),
        field("bytes_from_host", &T::bytes_from_host, "Bytes from the host since it listens.")};
  }
};

struct SshForwards {
  std::vector<SshForward> forwards;
  static constexpr auto fields() { return std::tuple{field("forwards", &SshForwards::forwards, "By connection.")}; }
};

}  // namespace duotty::remote
