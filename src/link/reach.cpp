#include "reach.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace duotty::link {

base::UniqueFd reach_link(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid())
    return {};
  return fd;
}

}  // namespace duotty::link
