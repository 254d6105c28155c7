#pragma once
// A link: the process of one SSH connection. It signs in once and carries channels for its clients, which reach it by a
// socket that only this user can open. The libraries and the host's bytes are in here and nowhere else.
#include <string>
#include <vector>

namespace duotty::link {

/// The descriptor at which a link finds its listening SOCK_SEQPACKET socket.
inline constexpr int kListenFd = 3;

/// Runs a link until its connection, its last use or the keeper ends; the exit code of the process. `args`: the path of
/// its socket, for whoever lists processes, and the process number of the keeper. The caller is let go at once: a
/// second process does the work, so that it belongs to the keeper.
int link_main(const std::vector<std::string>& args);

}  // namespace duotty::link
