#include "send_all.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace duotty::link {

core::Task<bool> send_all(core::asio::posix::stream_descriptor& socket, std::string_view bytes) {
  using core::asio::posix::descriptor_base;
  while (!bytes.empty()) {
    const auto count = ::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      auto [error] = co_await socket.async_wait(descriptor_base::wait_write, core::as_result);
      if (error) co_return false;
    } else if (errno != EINTR) {
      co_return false;
    }
  }
  co_return true;
}

}  // namespace duotty::link
