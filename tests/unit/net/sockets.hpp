#pragma once
// Sockets and a loop for the tests of this folder.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstring>
#include <duotty/core/task.hpp>
#include <optional>
#include <string>
#include <utility>

namespace duotty::net {

/// Runs one coroutine to its end and returns its result.
template <class T>
T run(boost::asio::io_context& loop, core::Task<T> task) {
  std::optional<T> result;
  std::exception_ptr error;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr e, T value) {
    error = e;
    result.emplace(std::move(value));
  });
  loop.restart();
  while (!result && loop.run_one() > 0) {
  }
  if (error) std::rethrow_exception(error);
  return std::move(*result);
}

class Client {
 public:
  Client(int family, int type = SOCK_STREAM) : fd(::socket(family, type | SOCK_CLOEXEC, 0)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    if (fd >= 0) ::close(fd);
  }
  bool connect_v4(std::uint16_t port, const char* address = "127.0.0.1") const {
    sockaddr_in end{};
    end.sin_family = AF_INET;
    end.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &end.sin_addr);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&end), sizeof end) == 0;
  }
  bool connect_v6(std::uint16_t port, const char* address = "::1") const {
    sockaddr_in6 end{};
    end.sin6_family = AF_INET6;
    end.sin6_port = htons(port);
    ::inet_pton(AF_INET6, address, &end.sin6_addr);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&end), sizeof end) == 0;
  }
  bool connect_unix(const std::string& path) const {
    sockaddr_un end{};
    end.sun_family = AF_UNIX;
    std::memcpy(end.sun_path, path.data(), path.size());
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&end), sizeof end) == 0;
  }
  int fd;
};

}  // namespace duotty::net
