#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <duotty/core/event.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/net/listener.hpp>
#include <utility>

#include "address.hpp"

namespace duotty::net {
namespace {

using base::Errc;
using base::Error;
using base::Result;

/// A descriptor that is closed unless released.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string because(int error) {
  return std::string(": ") + std::strerror(error) + ".";
}

Error bind_error(int error, const std::string& name) {
  if (error == EADDRINUSE)
    return {Errc::conflict, name + " is already in use. Stop the other server or choose another --port."};
  if (error == EACCES) return {Errc::denied, "No permission to listen on " + name + ". Choose a port above 1023."};
  if (error == EADDRNOTAVAIL) return {Errc::invalid_params, name + " is not an address of this machine."};
  return {Errc::io, "Cannot listen on " + name + because(error)};
}

/// True when a server answers at the path.
bool somebody_listens(const sockaddr_un& address) {
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  return errno == EAGAIN;  // its queue is full: very much alive
}

/// Removes a socket file without a server. The caller holds the path's lock.
Result<> remove_stale(const sockaddr_un& address, const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};  // nothing there
  if (!S_ISSOCK(info.st_mode))
    return Error{Errc::conflict, path + " exists and is not a socket. Move it away or choose another path."};
  if (info.st_uid != ::geteuid()) return Error{Errc::conflict, path + " belongs to another user. Choose another path."};
  if (somebody_listens(address)) return Error{Errc::conflict, "A server is already listening on " + path + "."};
  if (::unlink(path.c_str()) != 0) return Error{Errc::io, "Cannot replace the old socket " + path + because(errno)};
  return {};
}

void set_option(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

std::string name_of(const sockaddr_storage& address, const std::string& unix_path) {
  if (address.ss_family == AF_UNIX) return unix_path;
  const std::string text = address_text(unmapped(address));
  const bool v6 = text.find(':') != std::string::npos;
  return (v6 ? "[" + text + "]" : text) + ":" + std::to_string(port_of(address));
}

}  // namespace

struct Listener::Impl {
  Impl(asio::any_io_executor executor, int fd) : socket(std::move(executor), fd) {}
  asio::posix::stream_descriptor socket;
  PeerResolver resolver;
  std::string name;
  Transport transport = Transport::tcp;
  std::uint16_t port = 0;
  int family = AF_INET;
  bool local_only = false;
  std::string remove_path;  ///< our socket file
  ino_t remove_inode = 0;
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::Listener(Listener&&) noexcept = default;
Listener& Listener::operator=(Listener&& other) noexcept {
  if (impl_) close();
  impl_ = std::move(other.impl_);
  return *this;
}
Listener::~Listener() {
  if (impl_) close();
}

Result<Listener> Listener::tcp(asio::any_io_executor executor, const std::string& address, std::uint16_t port) {
  const auto end = parse_address(address == "localhost" ? "127.0.0.1" : address, port);
  if (!end) return Error{Errc::invalid_params, "\"" + address + "\" is not an IPv4 or IPv6 address.", "host"};
  Fd fd(::socket(end->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const std::string name = name_of(*end, {});
  if (fd.get() < 0) return bind_error(errno, name);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (end->ss_family == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*end), length_of(*end)) != 0) return bind_error(errno, name);
  if (::listen(fd.get(), SOMAXCONN) != 0) return bind_error(errno, name);
  return adopt(std::move(executor), fd.release());
}

Result<Listener> Listener::unix_path(asio::any_io_executor executor, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return Error{Errc::invalid_params, "The socket path \"" + path + "\" must have 1 to 107 bytes.", "socket"};
  std::memcpy(address.sun_path, path.data(), path.size());
  // Two servers that start together must not remove each other's fresh socket.
  const Fd lock(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return Error{Errc::io, "Cannot lock " + path + ".lock" + because(errno)};
  if (auto clear = remove_stale(address, path); !clear) return clear.error();
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // The file takes the socket's mode at bind: there is no moment in which others may connect.
  if (fd.get() < 0 || ::fchmod(fd.get(), 0600) != 0) return bind_error(errno, path);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return bind_error(errno, path);
  if (::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), SOMAXCONN) != 0) return bind_error(errno, path);
  auto listener = adopt(std::move(executor), fd.release());
  struct stat info {};
  if (listener && ::lstat(path.c_str(), &info) == 0) {
    listener->impl_->remove_path = path;
    listener->impl_->remove_inode = info.st_ino;
  }
  return listener;
}

Result<Listener> Listener::adopt(asio::any_io_executor executor, int descriptor) {
  Fd fd(descriptor);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  int listening = 0;
  socklen_t length = sizeof listening;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 || listening == 0)
    return Error{Errc::invalid_params, "Descriptor " + std::to_string(descriptor) + " is not a listening socket."};
  if (address.ss_family != AF_UNIX && address.ss_family != AF_INET && address.ss_family != AF_INET6)
    return Error{Errc::invalid_params, "Descriptor " + std::to_string(descriptor) + " is neither TCP nor Unix."};
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
  auto impl = std::make_unique<Impl>(std::move(executor), fd.get());
  fd.release();
  impl->family = address.ss_family;
  impl->port = port_of(address);
  if (address.ss_family == AF_UNIX) {
    sockaddr_un local{};
    std::memcpy(&local, &address, sizeof local);
    impl->name = local.sun_path;
    impl->transport = Transport::unix_socket;
    impl->local_only = true;
  } else {
    impl->name = name_of(address, {});
    impl->local_only = is_loopback(address);
  }
  return Listener(std::move(impl));
}

core::Task<Result<Accepted>> Listener::accept() {
  Impl& impl = *impl_;
  while (impl.socket.is_open()) {
    Fd fd(::accept4(impl.socket.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    const int error = errno;
    if (fd.get() >= 0) {
      if (impl.transport == Transport::tcp) {
        set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
        set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
        set_option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, 60);
        set_option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL, 15);
        set_option(fd.get(), IPPROTO_TCP, TCP_KEEPCNT, 4);
      }
      Accepted accepted;
      accepted.peer = impl.resolver.identify(fd.get());
      const asio::generic::stream_protocol protocol(impl.family, impl.family == AF_UNIX ? 0 : IPPROTO_TCP);
      AnyStream::socket_type socket(impl.socket.get_executor());
      boost::system::error_code refused;
      socket.assign(protocol, fd.get(), refused);
      if (refused) continue;
      fd.release();
      accepted.stream = std::make_unique<AnyStream>(std::move(socket));
      co_return accepted;
    }
    if (error == EAGAIN || error == EWOULDBLOCK) {
      auto [failed] = co_await impl.socket.async_wait(asio::posix::stream_descriptor::wait_read, core::as_result);
      if (failed) break;
    } else if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
      co_await core::sleep_for(std::chrono::milliseconds(100));
    } else if (error == EBADF || error == EINVAL || error == ENOTSOCK) {
      break;
    }
  }
  co_return Error{Errc::closed, "The listener on " + impl.name + " is closed."};
}

const std::string& Listener::name() const noexcept {
  return impl_->name;
}
Transport Listener::transport() const noexcept {
  return impl_->transport;
}
std::uint16_t Listener::port() const noexcept {
  return impl_->port;
}
bool Listener::local_only() const noexcept {
  return impl_->local_only;
}
int Listener::descriptor() const noexcept {
  return const_cast<Impl&>(*impl_).socket.native_handle();
}

void Listener::keep_file() noexcept { impl_->remove_path.clear(); }

void Listener::close() noexcept {
  boost::system::error_code ignored;
  impl_->socket.close(ignored);
  if (impl_->remove_path.empty()) return;
  struct stat info {};
  const std::string path = std::exchange(impl_->remove_path, {});
  if (::lstat(path.c_str(), &info) == 0 && info.st_ino == impl_->remove_inode) ::unlink(path.c_str());
}

}  // namespace duotty::net
