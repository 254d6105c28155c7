// The smallest possible relay from a PTY to WebSocket frames: one thread, epoll, no state, no screen. What it reaches
// is the limit under every server of this kind. Each WebSocket gets a shell of its own; messages are raw bytes both
// ways.
//
//   bench_relay PORT PROGRAM [ARGUMENT...]
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pty.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "net.hpp"

namespace {

using duotty::bench::accept_key;
using duotty::bench::Fd;

constexpr std::size_t most = 65536;  // bytes in a frame
constexpr useconds_t pause_us = 50;  // once the PTY runs empty under load

struct Connection {
  Fd socket;
  Fd pty;
  pid_t shell = -1;
  std::string in;   // bytes from the client that are no whole frame yet
  std::string out;  // a frame that the socket has not taken yet
};

class Relay {
 public:
  Relay(std::uint16_t port, char** argv) : argv_(argv), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 1024) != 0) {
      std::perror("bench_relay");
      std::exit(1);
    }
    watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
  }

  void run() {
    for (;;) {
      epoll_event events[64];
      const int n = ::epoll_wait(epoll_.get(), events, 64, -1);
      for (int i = 0; i < n; ++i) on_ready(events[i].data.fd, events[i].events);
    }
  }

 private:
  void watch(int fd, std::uint32_t what, int operation) {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    ::epoll_ctl(epoll_.get(), operation, fd, &event);
  }

  void on_ready(int fd, std::uint32_t what) {
    if (fd == listener_.get()) return accept_one();
    const auto found = by_fd_.find(fd);
    if (found == by_fd_.end()) return;
    const std::shared_ptr<Connection> c = found->second;
    bool open = true;
    if (fd == c->pty.get()) {
      open = from_pty(*c);
    } else {
      if ((what & EPOLLOUT) != 0) open = flush(*c);
      if (open && (what & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) open = from_client(c);
    }
    if (!open) drop(*c);
  }

  void accept_one() {
    auto c = std::make_shared<Connection>();
    c->socket = Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (c->socket.get() < 0) return;
    const int on = 1;
    ::setsockopt(c->socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(c->socket.get(), EPOLLIN, EPOLL_CTL_ADD);
    by_fd_[c->socket.get()] = c;
  }

  void drop(Connection& c) {
    if (c.shell > 0) {
      ::kill(c.shell, SIGKILL);
      ::waitpid(c.shell, nullptr, 0);
    }
    by_fd_.erase(c.pty.get());
    by_fd_.erase(c.socket.get());
  }

  /// A request that upgrades starts the shell; any other is answered with a small page.
  bool upgrade(const std::shared_ptr<Connection>& c) {
    const auto end = c->in.find("\r\n\r\n");
    if (end == std::string::npos) return c->in.size() < 16384;
    const auto key = c->in.find("Sec-WebSocket-Key: ");
    if (key == std::string::npos) {
      duotty::bench::send_all(c->socket.get(), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nrelay\n");
      c->in.erase(0, end + 4);
      return true;
    }
    const auto from = key + 19;
    const std::string answer = accept_key(c->in.substr(from, c->in.find('\r', from) - from));
    c->in.erase(0, end + 4);
    duotty::bench::send_all(c->socket.get(),
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Accept: " +
                                answer + "\r\n\r\n");
    winsize size{24, 80, 0, 0};
    int master = -1;
    c->shell = ::forkpty(&master, nullptr, nullptr, &size);
    if (c->shell == 0) {
      ::execvp(argv_[0], argv_);
      ::_exit(127);
    }
    ::fcntl(master, F_SETFL, O_NONBLOCK);
    ::fcntl(master, F_SETFD, FD_CLOEXEC);
    c->pty = Fd(master);
    watch(master, EPOLLIN, EPOLL_CTL_ADD);
    by_fd_[master] = c;
    return true;
  }

  bool from_client(const std::shared_ptr<Connection>& c) {
    char chunk[16384];
    const auto n = ::recv(c->socket.get(), chunk, sizeof chunk, 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    c->in.append(chunk, static_cast<std::size_t>(n));
    if (c->shell < 0) return upgrade(c);
    while (c->in.size() >= 6) {
      const auto at = [&](std::size_t i) { return static_cast<unsigned char>(c->in[i]); };
      std::size_t size = at(1) & 0x7FU;
      std::size_t head = 2;
      if (size == 127) return false;
      if (size == 126) {
        size = static_cast<std::size_t>(at(2)) << 8U | at(3);
        head = 4;
      }
      if (c->in.size() < head + 4 + size) break;
      if ((at(0) & 0x0FU) == 8) return false;
      std::string bytes = c->in.substr(head + 4, size);
      for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ c->in[head + i % 4]);
      c->in.erase(0, head + 4 + size);
      if (::write(c->pty.get(), bytes.data(), bytes.size()) < 0 && errno != EAGAIN) return false;
    }
    return true;
  }

  bool from_pty(Connection& c) {
    static char bytes[most];
    std::size_t have = 0;
    bool paused = false;
    while (have < most) {
      const auto n = ::read(c.pty.get(), bytes + have, most - have);
      if (n > 0) {
        have += static_cast<std::size_t>(n);
      } else if (n < 0 && errno == EAGAIN) {
        // A first chunk goes out at once, so an echo does not wait; under load a short pause makes frames large.
        if (have < 2048 || paused) break;
        ::usleep(pause_us);
        paused = true;
        continue;
      } else if (have == 0) {
        return false;
      } else {
        break;
      }
      paused = false;
    }
    return have == 0 || send_frame(c, bytes, have);
  }

  bool send_frame(Connection& c, char* bytes, std::size_t size) {
    unsigned char head[10] = {0x82};
    std::size_t length = 2;
    if (size < 126) {
      head[1] = static_cast<unsigned char>(size);
    } else if (size < 65536) {
      head[1] = 126;
      head[2] = static_cast<unsigned char>(size >> 8U);
      head[3] = static_cast<unsigned char>(size);
      length = 4;
    } else {
      head[1] = 127;
      for (std::size_t i = 0; i < 8; ++i) head[2 + i] = static_cast<unsigned char>(size >> (56 - 8 * i));
      length = 10;
    }
    iovec parts[2] = {{head, length}, {bytes, size}};
    const auto n = ::writev(c.socket.get(), parts, 2);
    if (n < 0 && errno != EAGAIN) return false;
    const std::size_t sent = n < 0 ? 0 : static_cast<std::size_t>(n);
    if (sent == length + size) return true;
    // The rest waits, and so does the PTY.
    if (sent < length) c.out.assign(reinterpret_cast<char*>(head) + sent, length - sent);
    const std::size_t body = sent > length ? sent - length : 0;
    c.out.append(bytes + body, size - body);
    watch(c.pty.get(), 0, EPOLL_CTL_MOD);
    watch(c.socket.get(), EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    return true;
  }

  bool flush(Connection& c) {
    const auto n = ::send(c.socket.get(), c.out.data(), c.out.size(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    c.out.erase(0, static_cast<std::size_t>(n));
    if (!c.out.empty()) return true;
    watch(c.socket.get(), EPOLLIN, EPOLL_CTL_MOD);
    watch(c.pty.get(), EPOLLIN, EPOLL_CTL_MOD);
    return true;
  }

  char** argv_;
  Fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  Fd listener_;
  std::map<int, std::shared_ptr<Connection>> by_fd_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench_relay PORT PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  Relay(static_cast<std::uint16_t>(std::atoi(argv[1])), argv + 2).run();
}
