#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <duotty/core/packet_socket.hpp>

namespace duotty::core {
namespace {

union Control {
  char bytes[CMSG_SPACE(sizeof(int) * kMaxPacketFds)];
  cmsghdr align;
};

PacketIo state_of(int error) {
  switch (error) {
    case EAGAIN:
    case ENOBUFS:
    case ETOOMANYREFS:
      return PacketIo::again;
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
      return PacketIo::closed;
    default:
      return PacketIo::broken;
  }
}

}  // namespace

PacketIo send_packet(int socket, std::string_view bytes, const std::vector<int>& fds, std::size_t most) {
  if (bytes.size() > most || fds.size() > kMaxPacketFds) return PacketIo::broken;
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  Control control{};
  if (!fds.empty()) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno != EINTR) return state_of(errno);
  }
  return PacketIo::done;
}

PacketIo receive_packet(int socket, std::string& bytes, std::vector<base::UniqueFd>& fds, std::size_t most) {
  fds.clear();
  bytes.resize(most);
  iovec piece{bytes.data(), bytes.size()};
  msghdr message{};
  Control control{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t count = 0;
  while ((count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) < 0) {
    if (errno != EINTR) return state_of(errno);
  }
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = 0; at + sizeof(int) <= header->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + at, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  if (count == 0) return PacketIo::closed;
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return PacketIo::broken;
  bytes.resize(static_cast<std::size_t>(count));
  return PacketIo::done;
}

}  // namespace duotty::core
