#pragma once
// Plain blocking sockets, a keep-alive HTTP/1.1 client and a WebSocket client that is as small as the protocol allows:
// what is measured is the server, so the driver does as little as it can.
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace duotty::bench {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A socket or pipe end that closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }

 private:
  int fd_;
};

/// A port of 127.0.0.1 that nobody listens on now.
std::uint16_t free_port();
/// Connects to 127.0.0.1, TCP_NODELAY; throws std::runtime_error when refused.
Fd connect_to(std::uint16_t port);
void send_all(int fd, std::string_view bytes);
/// True when `fd` becomes readable within `timeout`.
bool readable(int fd, milliseconds timeout);

/// Base64 of SHA-1 of the key and the protocol's constant: RFC 6455 section 4.2.2.
std::string accept_key(std::string_view key);

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// One connection that stays open. Throws std::runtime_error when the server breaks the protocol or closes.
class HttpClient {
 public:
  HttpClient(std::uint16_t port, std::string token);
  HttpAnswer request(std::string_view method, std::string_view path, std::string_view json_body = {});

 private:
  std::string read_until(std::string_view end);
  std::string read_exactly(std::size_t size);
  void more();

  Fd fd_;
  std::string headers_;
  std::string buffer_;
};

/// A client's WebSocket. Fragments are joined, pings answered.
class WebSocket {
 public:
  using OnMessage = std::function<void(bool binary, std::string_view payload)>;

  WebSocket(std::uint16_t port, std::string_view target, std::string_view extra_headers);
  void send(bool binary, std::string_view payload);
  /// Waits up to `timeout` for bytes, then hands over every message that is complete. False when nothing came.
  /// Throws std::runtime_error when the server has closed.
  bool read(milliseconds timeout, const OnMessage& on_message);
  int fd() const { return fd_.get(); }

 private:
  void frame(int opcode, std::string_view payload);
  /// Handles the frame at buffer_[at]; returns its whole size, or 0 when it is incomplete.
  std::size_t take_frame(std::size_t at, const OnMessage& on_message);

  Fd fd_;
  std::string buffer_;
  std::size_t used_ = 0;  ///< bytes of buffer_ that hold data
  std::string message_;   ///< fragments so far
  bool binary_ = false;
};

}  // namespace duotty::bench
