#pragma once
// Listening sockets, TCP or Unix, made here or handed over by a parent that keeps them open while the worker restarts.
// How many connections are served, and for whom, is the server's business above.
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/net/peer.hpp>
#include <memory>
#include <string>

namespace duotty::net {

class AnyStream;

/// One accepted connection.
struct Accepted {
  std::unique_ptr<AnyStream> stream;
  PeerIdentity peer;
};

/// A listening socket. All descriptors are close-on-exec and non-blocking. Loop thread only.
class Listener {
 public:
  /// Binds a numeric IPv4 or IPv6 address (`127.0.0.1`, `::1`, `0.0.0.0`, `::`; `localhost` means 127.0.0.1) with
  /// SO_REUSEADDR and listens. Port 0 lets the kernel choose. `::` takes IPv4 too. Errors: invalid_params (address),
  /// conflict (port in use), denied (privileged port), io.
  static base::Result<Listener> tcp(boost::asio::any_io_executor executor, const std::string& address,
                                    std::uint16_t port);
  /// Binds a Unix socket with mode 0600. A socket file that nobody listens on any more and that belongs to us is
  /// replaced; anything else at that path is left alone. Errors: conflict (a server is listening, or the path is not a
  /// socket), invalid_params (path too long), io. close() removes the file.
  static base::Result<Listener> unix_path(boost::asio::any_io_executor executor, const std::string& path);
  /// Takes over a descriptor that is already bound and listening. Owns it from now on. close() does not remove a file.
  static base::Result<Listener> adopt(boost::asio::any_io_executor executor, int fd);

  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) noexcept;
  ~Listener();

  /// Waits for the next connection. Interrupted or reset connections are skipped; when descriptors run out it waits a
  /// moment and goes on. Error closed after close(). Cancellation throws as every coroutine.
  core::Task<base::Result<Accepted>> accept();

  /// `127.0.0.1:3000`, `[::1]:3000` or the path of the Unix socket.
  const std::string& name() const noexcept;
  Transport transport() const noexcept;
  /// The bound port; 0 for a Unix socket.
  std::uint16_t port() const noexcept;
  /// True when only this machine can connect: a Unix socket or a loopback address.
  bool local_only() const noexcept;
  /// The listening descriptor, for handing it to the next worker. Still owned by this object.
  int descriptor() const noexcept;
  /// Leaves the socket's file in place at close(): another process holds the descriptor and goes on listening.
  void keep_file() noexcept;
  /// Stops listening; a pending accept() ends.
  void close() noexcept;

 private:
  struct Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::net
