#pragma once
// Who is at the other end of a connection, as far as the kernel knows. This says nothing of what they may do: policy is
// in http/auth. Loopback is not identity: any user of the machine can connect there, so the uid is looked up.
#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace duotty::net {

enum class Transport { unix_socket, tcp };

/// The other end of one connection.
struct PeerIdentity {
  Transport transport = Transport::tcp;
  /// The user who owns the peer's socket, confirmed by the kernel: SO_PEERCRED on a Unix socket, sock_diag or
  /// /proc/net/tcp on TCP loopback. Empty for remote peers, for sockets their process has closed, and for users outside
  /// our user namespace.
  std::optional<uid_t> uid;
  /// True when a TCP peer's address is 127.0.0.0/8, ::1 or ::ffff:127.0.0.0/104.
  bool loopback = false;
  /// True when the bytes are protected by TLS.
  bool tls = false;
  /// Numeric address without port; IPv4-mapped IPv6 is written as IPv4; "unix" on a Unix socket.
  std::string address;
  /// The peer's port; 0 on a Unix socket.
  std::uint16_t port = 0;
  /// Our own port; 0 on a Unix socket.
  std::uint16_t local_port = 0;
};

/// Asks the kernel who owns the peers of accepted sockets. Keeps one netlink socket open; a look-up is one exact hash
/// search in the kernel and never waits. Not thread-safe.
class PeerResolver {
 public:
  PeerResolver() = default;
  PeerResolver(const PeerResolver&) = delete;
  PeerResolver& operator=(const PeerResolver&) = delete;
  ~PeerResolver();

  /// Identity of the peer of a connected socket of ours. Never fails: what cannot be found out is left empty.
  PeerIdentity identify(int socket);

  /// The owner of the TCP socket whose local end is `peer` and whose remote end is `local`, on this machine. Empty when
  /// no living process holds that socket. Tries sock_diag(7), then /proc/net/tcp and tcp6.
  std::optional<uid_t> tcp_owner(const sockaddr_storage& peer, const sockaddr_storage& local);

 private:
  int netlink_ = -1;
  bool netlink_refused_ = false;
};

/// The search in the text of /proc/net/tcp or /proc/net/tcp6 that tcp_owner() falls back to (pure). `table` is the text
/// of the file, `family` says which one it is, `stranger` is what stranger() says.
std::optional<uid_t> find_in_proc_net(const std::string& table, int family, const sockaddr_storage& peer,
                                      const sockaddr_storage& local, std::optional<uid_t> stranger);

/// The number under which the kernel shows users that our user namespace does not know, and which therefore proves
/// nothing; empty when the namespace knows all users, and that number is a user as every other. Pure: `uid_map` is the
/// text of /proc/self/uid_map (user_namespaces(7)), `overflow` that of /proc/sys/kernel/overflowuid.
std::optional<uid_t> stranger(const std::string& uid_map, const std::string& overflow);
/// The same for this process, read once.
std::optional<uid_t> stranger();

}  // namespace duotty::net
