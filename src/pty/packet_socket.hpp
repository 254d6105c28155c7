#pragma once
// One packet with its descriptors over a non-blocking SOCK_SEQPACKET socket. libc only; both sides use it.
#include <duotty/base/unique_fd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::pty {

enum class PacketIo {
  done,
  again,   ///< would block
  closed,  ///< the peer is gone
  broken,  ///< too large, or an error that will not go away
};

/// Descriptors in one packet, at most.
inline constexpr std::size_t kMaxPacketFds = 4;

PacketIo send_packet(int socket, std::string_view bytes, const std::vector<int>& fds);
/// Replaces `bytes` and `fds`; received descriptors are close-on-exec.
PacketIo receive_packet(int socket, std::string& bytes, std::vector<base::UniqueFd>& fds);

}  // namespace duotty::pty
