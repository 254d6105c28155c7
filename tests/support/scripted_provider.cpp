#include "scripted_provider.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "scripted_provider_wire.hpp"

namespace duotty::tests {

int listen_on_loopback(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || ::bind(fd, plain, size) != 0 || ::listen(fd, 64) != 0 || ::getsockname(fd, plain, &size) != 0) {
    throw std::runtime_error("scripted provider: cannot listen on 127.0.0.1:" + std::to_string(port));
  }
  port = ntohs(address.sin_port);
  return fd;
}

/// A blocking connection, with TLS or without, that can be woken by the provider's end.
class ScriptedProvider::Connection {
 public:
  Connection(int fd, int wake, SSL_CTX* tls) : fd_(fd), wake_(wake) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls != nullptr) {
      ssl_ = SSL_new(tls);
      SSL_set_fd(ssl_, fd_);
    }
  }
  ~Connection() {
    if (ssl_ != nullptr) {
      if (established_) SSL_shutdown(ssl_);
      SSL_free(ssl_);
    }
    ::close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool start() {
    if (ssl_ == nullptr) return true;
    established_ = SSL_accept(ssl_) == 1;
    return established_;
  }

  /// Bytes, or nothing at the end of the stream or of the provider.
  std::string read() {
    char buffer[4096];
    if (ssl_ == nullptr || SSL_pending(ssl_) == 0) {
      pollfd fds[2] = {{fd_, POLLIN, 0}, {wake_, POLLIN, 0}};
      while (::poll(fds, 2, -1) < 0 && errno == EINTR) {
      }
      if (fds[1].revents != 0) return {};
    }
    const ssize_t n = ssl_ != nullptr ? SSL_read(ssl_, buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
  }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                        : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  enum class Waited { released, hangup, stopped };
  /// Waits until the gate opens or the client leaves.
  Waited wait(int gate) {
    for (;;) {
      pollfd fds[3] = {{fd_, POLLIN, 0}, {wake_, POLLIN, 0}, {gate, POLLIN, 0}};
      if (::poll(fds, 3, -1) < 0) continue;
      if (fds[1].revents != 0) return Waited::stopped;
      if (fds[0].revents != 0 && read().empty()) return Waited::hangup;
      std::uint64_t count = 0;
      if (fds[2].revents != 0 && ::read(gate, &count, sizeof count) == sizeof count) return Waited::released;
    }
  }

  void reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    established_ = false;
  }
  void lose() { established_ = false; }  // no close_notify: the stream is truncated, not ended

 private:
  int fd_;
  int wake_;
  SSL* ssl_ = nullptr;
  bool established_ = false;
};

ScriptedProvider::ScriptedProvider(std::uint16_t port) {
  listen(port);
}

ScriptedProvider::ScriptedProvider(const TestCertificate& certificate) : tls_(make_server_tls(certificate)) {
  listen(0);
}

void ScriptedProvider::listen(std::uint16_t port) {
  port_ = port;
  listener_ = listen_on_loopback(port_);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  gate_ = ::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE | EFD_NONBLOCK);
  acceptor_ = std::thread([this] { accept_loop(); });
}

ScriptedProvider::~ScriptedProvider() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_, &one, sizeof one));
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
  ::close(wake_);
  ::close(gate_);
}

std::string ScriptedProvider::url() const {
  return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_);
}

void ScriptedProvider::push(ScriptedAnswer answer) {
  const std::lock_guard lock(mutex_);
  answers_.push_back(std::move(answer));
}

void ScriptedProvider::set_script(Script script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

void ScriptedProvider::release() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(gate_, &one, sizeof one));
}

std::vector<ReceivedRequest> ScriptedProvider::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedProvider::wait_for_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return requests_.size() >= count; });
}

void ScriptedProvider::wait_for_gate() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return at_gate_ > released_; });
}

void ScriptedProvider::wait_for_hangups(std::size_t count) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return hangups_ >= count; });
}

std::size_t ScriptedProvider::hangups() const {
  const std::lock_guard lock(mutex_);
  return hangups_;
}

void ScriptedProvider::accept_loop() {
  for (;;) {
    pollfd fds[2] = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0) continue;
    if (fds[1].revents != 0) return;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void ScriptedProvider::serve(int fd) {
  Connection connection(fd, wake_, tls_.get());
  if (!connection.start()) return;
  std::string bytes;
  std::optional<ReceivedRequest> request;
  while (!request) {
    const std::string more = connection.read();
    if (more.empty()) return;
    bytes += more;
    request = parse_request(bytes);
  }
  ScriptedAnswer answer;
  Script script;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(*request);
    if (!answers_.empty()) {
      answer = std::move(answers_.front());
      answers_.pop_front();
    } else if (script_) {
      script = script_;
    } else {
      answer = error_answer(Wire::openai, 500, "server_error", "The script has no answer left.");
    }
  }
  changed_.notify_all();
  if (script) answer = script(*request);
  const bool complete = play(connection, answer, request->method == "HEAD");
  if (complete) return;
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  ++hangups_;
  changed_.notify_all();
}

/// False when the client left before the end.
bool ScriptedProvider::play(Connection& connection, const ScriptedAnswer& answer, bool head) {
  if (!connection.write(encode_answer_head(answer))) return false;
  for (std::size_t i = 0; i < answer.pieces.size() && !head; ++i) {
    if (i == answer.gate_at && !pass_gate(connection)) return false;
    if (answer.piece_delay_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(answer.piece_delay_ms));
    if (!connection.write(encode_piece(answer.framing, answer.pieces[i]))) return false;
  }
  if (answer.gate_at == answer.pieces.size() && !pass_gate(connection)) return false;
  if (answer.ending == Ending::reset) connection.reset();
  if (answer.ending == Ending::lost) connection.lose();
  if (answer.ending != Ending::complete) return true;
  return answer.framing != Framing::chunked || head || connection.write("0\r\n\r\n");
}

bool ScriptedProvider::pass_gate(Connection& connection) {
  {
    const std::lock_guard lock(mutex_);
    ++at_gate_;
  }
  changed_.notify_all();
  const auto waited = connection.wait(gate_);
  const std::lock_guard lock(mutex_);
  ++released_;
  return waited == Connection::Waited::released;
}

}  // namespace duotty::tests
