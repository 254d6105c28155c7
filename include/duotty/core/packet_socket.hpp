#pragma once
// One packet with its descriptors over a non-blocking SOCK_SEQPACKET socket. libc only: the keeper uses it.
#include <duotty/base/unique_fd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::core {

enum class PacketIo {
  done,
  again,   ///< would block
  closed,  ///< the peer is gone
  broken,  ///< too large, or an error that will not go away
};

/// Descriptors in one packet, at most.
inline constexpr std::size_t kMaxPacketFds = 4;
/// Bytes in one packet, at most, where nothing else is said.
inline constexpr std::size_t kMaxPacket = 64 * 1024;

PacketIo send_packet(int socket, std::string_view bytes, const std::vector<int>& fds, std::size_t most = kMaxPacket);
/// Replaces `bytes` and `fds`; received descriptors are close-on-exec.
PacketIo receive_packet(int socket, std::string& bytes, std::vector<base::UniqueFd>& fds,
                        std::size_t most = kMaxPacket);

}  // namespace duotty::core
