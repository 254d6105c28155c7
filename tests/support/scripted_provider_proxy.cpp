#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scripted_provider.hpp"
#include "scripted_provider_wire.hpp"

namespace duotty::tests {

namespace {

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

/// Moves what is readable; false at the end.
bool move_bytes(int from, int to) {
  char buffer[4096];
  const ssize_t n = ::recv(from, buffer, sizeof buffer, 0);
  return n > 0 && ::send(to, buffer, static_cast<std::size_t>(n), MSG_NOSIGNAL) == n;
}

void answer(int client, std::string_view line) {
  const std::string bytes = "HTTP/1.1 " + std::string(line) + "\r\n\r\n";
  static_cast<void>(!::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

}  // namespace

ScriptedProxy::ScriptedProxy(std::uint16_t target_port) : target_port_(target_port) {
  listener_ = listen_on_loopback(port_);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { loop(); });
}

ScriptedProxy::~ScriptedProxy() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_, &one, sizeof one));
  thread_.join();
  ::close(listener_);
  ::close(wake_);
}

std::vector<std::string> ScriptedProxy::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

void ScriptedProxy::refuse_with(int status) {
  const std::lock_guard lock(mutex_);
  refuse_ = status;
}

void ScriptedProxy::loop() {
  for (;;) {
    pollfd fds[2] = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0) continue;
    if (fds[1].revents != 0) return;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    tunnel(client);
    ::close(client);
  }
}

void ScriptedProxy::tunnel(int client) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char byte = 0;
    if (::recv(client, &byte, 1, 0) != 1) return;
    head += byte;
  }
  int refuse = 0;
  {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head);
    refuse = refuse_;
  }
  if (refuse != 0) return answer(client, std::to_string(refuse) + " Refused");
  const bool connect = head.starts_with("CONNECT ");
  const int server = connect_to(target_port_);
  if (server < 0) return answer(client, "502 No Target");
  if (connect) {
    answer(client, "200 Connection established");
  } else {
    static_cast<void>(!::send(server, head.data(), head.size(), MSG_NOSIGNAL));
  }
  for (;;) {
    pollfd fds[3] = {{client, POLLIN, 0}, {server, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(fds, 3, -1) < 0) continue;
    if (fds[2].revents != 0) break;
    if (fds[0].revents != 0 && !move_bytes(client, server)) break;
    if (fds[1].revents != 0 && !move_bytes(server, client)) break;
  }
  ::close(server);
}

}  // namespace duotty::tests
