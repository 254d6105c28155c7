#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <duotty/net/peer.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "address.hpp"

namespace duotty::net {
namespace {

constexpr uid_t default_overflow_uid = 65534;
/// All numbers of users but the one that means none.
constexpr std::uint64_t every_user = 0xFFFF'FFFF;

struct DiagRequest {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

/// Writes address and port of `end` where sock_diag and /proc expect them: network byte order, four words.
void put_end(const sockaddr_storage& end, __be32 (&words)[4], __be16& port) {
  std::memset(words, 0, sizeof words);
  port = htons(port_of(end));
  if (end.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &end, sizeof v6);
    std::memcpy(words, &v6.sin6_addr, 16);
  } else {
    sockaddr_in v4{};
    std::memcpy(&v4, &end, sizeof v4);
    std::memcpy(words, &v4.sin_addr, 4);
  }
}

DiagRequest diag_request(const sockaddr_storage& peer, const sockaddr_storage& local) {
  DiagRequest request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = static_cast<__u8>(peer.ss_family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0U;
  put_end(peer, request.body.id.idiag_src, request.body.id.idiag_sport);
  put_end(local, request.body.id.idiag_dst, request.body.id.idiag_dport);
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return request;
}

/// The owner a socket's row speaks of. A socket that its process has closed lives on without an inode and claims to be
/// root's: it proves nothing.
std::optional<uid_t> owner(unsigned state, unsigned long inode, unsigned uid, std::optional<uid_t> unknown) {
  const bool connected =
      state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT || state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2;
  if (!connected || inode == 0 || uid == unknown) return std::nullopt;
  return uid;
}

/// `owner_found` false: the kernel gave no usable answer and another way may be tried.
struct DiagAnswer {
  bool answered = false;
  std::optional<uid_t> uid;
};

DiagAnswer ask_netlink(int netlink, const DiagRequest& request) {
  if (::send(netlink, &request, sizeof request, MSG_DONTWAIT) != static_cast<ssize_t>(sizeof request)) return {};
  alignas(nlmsghdr) char buffer[4096];
  const ssize_t size = ::recv(netlink, buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < static_cast<ssize_t>(sizeof(nlmsghdr))) return {};
  nlmsghdr header{};
  std::memcpy(&header, buffer, sizeof header);
  if (header.nlmsg_type == NLMSG_ERROR) {
    nlmsgerr error{};
    if (size < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof error)) return {};
    std::memcpy(&error, buffer + NLMSG_HDRLEN, sizeof error);
    return {.answered = error.error == -ENOENT, .uid = std::nullopt};
  }
  inet_diag_msg row{};
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || size < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof row)) return {};
  std::memcpy(&row, buffer + NLMSG_HDRLEN, sizeof row);
  // A look-up may end at a listener of the same port; only the exact pair of ends counts.
  const bool exact =
      row.id.idiag_sport == request.body.id.idiag_sport && row.id.idiag_dport == request.body.id.idiag_dport;
  return {.answered = true,
          .uid = exact ? owner(row.idiag_state, row.idiag_inode, row.idiag_uid, stranger()) : std::nullopt};
}

/// `0100007F:0BB8`, as the kernel prints one end: each word in host order of its network bytes, the port as a number.
std::string proc_end(const sockaddr_storage& end, int family) {
  __be32 words[4];
  __be16 port = 0;
  put_end(end, words, port);
  int count = 1;
  if (family == AF_INET6) {
    count = 4;
    if (end.ss_family == AF_INET) {  // ::ffff:a.b.c.d
      words[3] = words[0];
      words[0] = words[1] = 0;
      words[2] = htonl(0xFFFF);
    }
  }
  char text[48];
  int at = 0;
  for (int i = 0; i < count; ++i) at += std::snprintf(text + at, 9, "%08X", words[i]);
  std::snprintf(text + at, 6, ":%04X", ntohs(port));
  return text;
}

std::string read_table(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

std::optional<uid_t> find_in_proc_net(const std::string& table, int family, const sockaddr_storage& peer,
                                      const sockaddr_storage& local, std::optional<uid_t> stranger) {
  const std::string wanted = " " + proc_end(peer, family) + " " + proc_end(local, family) + " ";
  const std::size_t found = table.find(wanted);
  if (found == std::string::npos) return std::nullopt;
  const std::size_t begin = found + wanted.size();
  std::istringstream row(table.substr(begin, table.find('\n', begin) - begin));
  // st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ...
  std::string state, queues, timer, retransmits;
  unsigned uid = 0;
  unsigned long timeout = 0, inode = 0;
  if (!(row >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode)) return std::nullopt;
  unsigned number = 0;
  std::from_chars(state.data(), state.data() + state.size(), number, 16);
  return owner(number, inode, uid, stranger);
}

std::optional<uid_t> stranger(const std::string& uid_map, const std::string& overflow) {
  std::istringstream lines(uid_map);
  std::uint64_t inside = 0, outside = 0, count = 0, known = 0;
  while (lines >> inside >> outside >> count) known += count;
  if (known >= every_user) return std::nullopt;
  uid_t uid = default_overflow_uid;
  std::from_chars(overflow.data(), overflow.data() + overflow.size(), uid);
  return uid;
}

std::optional<uid_t> stranger() {
  static const std::optional<uid_t> ours =
      stranger(read_table("/proc/self/uid_map"), read_table("/proc/sys/kernel/overflowuid"));
  return ours;
}

PeerResolver::~PeerResolver() {
  if (netlink_ >= 0) ::close(netlink_);
}

std::optional<uid_t> PeerResolver::tcp_owner(const sockaddr_storage& peer, const sockaddr_storage& local) {
  if (netlink_ < 0 && !netlink_refused_) {
    netlink_ = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    netlink_refused_ = netlink_ < 0;
  }
  if (netlink_ >= 0) {
    const DiagAnswer answer = ask_netlink(netlink_, diag_request(peer, local));
    if (answer.answered) return answer.uid;
    // A late answer must not be taken for that of the next question.
    ::close(netlink_);
    netlink_ = -1;
    netlink_refused_ = true;
  }
  if (peer.ss_family == AF_INET) {
    if (const auto uid = find_in_proc_net(read_table("/proc/net/tcp"), AF_INET, peer, local, stranger())) return uid;
  }
  return find_in_proc_net(read_table("/proc/net/tcp6"), AF_INET6, peer, local, stranger());
}

PeerIdentity PeerResolver::identify(int socket) {
  PeerIdentity identity;
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size) != 0) return identity;
  if (local.ss_family == AF_UNIX) {
    identity.transport = Transport::unix_socket;
    identity.address = "unix";
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 && credentials.uid != stranger()) {
      identity.uid = credentials.uid;
    }
    return identity;
  }
  sockaddr_storage peer{};
  size = sizeof peer;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return identity;
  peer = unmapped(peer);
  local = unmapped(local);
  identity.address = address_text(peer);
  identity.port = port_of(peer);
  identity.local_port = port_of(local);
  identity.loopback = is_loopback(peer);
  if (identity.loopback) identity.uid = tcp_owner(peer, local);
  return identity;
}

}  // namespace duotty::net
