#include "tunnel.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cerrno>

#include "send_all.hpp"

namespace duotty::link {
namespace {

namespace asio = core::asio;
using asio::experimental::awaitable_operators::operator&&;
using asio::posix::descriptor_base;

constexpr std::chrono::seconds kOpenPatience{30};
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMostAtOnce = std::size_t{256} << 10;

}  // namespace

Tunnel::Tunnel(asio::any_io_executor executor, Transport& transport, std::shared_ptr<Traffic> meter)
    : transport_(transport), meter_(std::move(meter)), socket_(executor), news_(executor) {}

Tunnel::~Tunnel() {
  if (channel_ == nullptr) return;
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  ssh_channel_free(channel_);
}

void Tunnel::listen() {
  callbacks_.userdata = this;
  // Nothing is taken here: that would open the host's window whether our side reads or not.
  callbacks_.channel_data_function = [](ssh_session, ssh_channel, void*, std::uint32_t, int, void* self) {
    static_cast<Tunnel*>(self)->arrived_ = true;
    static_cast<Tunnel*>(self)->news_.notify();
    return 0;
  };
  callbacks_.channel_eof_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Tunnel*>(self)->ended_ = true;
    static_cast<Tunnel*>(self)->news_.notify();
  };
  callbacks_.channel_close_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Tunnel*>(self)->ended_ = static_cast<Tunnel*>(self)->gone_ = true;
    static_cast<Tunnel*>(self)->news_.notify();
  };
  ssh_callbacks_init(&callbacks_);
  ssh_set_channel_callbacks(channel_, &callbacks_);
}

void Tunnel::take(ssh_channel channel) {
  channel_ = channel;
  opened_ = true;
  listen();
}

Task<std::optional<Tunnel::Refusal>> Tunnel::open(std::string host, std::uint16_t port, std::string from,
                                                  std::uint16_t from_port) {
  channel_ = ssh_channel_new(transport_.raw());
  if (channel_ == nullptr) co_return Refusal{"The link could not make a channel."};
  listen();
  const auto ask = [&] { return ssh_channel_open_forward(channel_, host.c_str(), port, from.c_str(), from_port); };
  const int code = co_await transport_.finish(ask, SSH_AGAIN, std::chrono::steady_clock::now() + kOpenPatience);
  opened_ = code == SSH_OK;
  if (opened_ && !closed_) co_return std::nullopt;
  const std::string where = host + " port " + std::to_string(port);
  const std::string why = code == kTimedOut ? "it did not answer in time" : transport_.trouble();
  // The number that RFC 4254 has for what its administrator forbids.
  const bool forbidden = code == SSH_ERROR && why.find("error (1)") != std::string::npos;
  close();
  if (forbidden) {
    co_return Refusal{
        "The host does not allow connections to " + where + " (sshd: AllowTcpForwarding, PermitOpen): " + why + ".",
        true};
  }
  co_return Refusal{"The host has not connected to " + where + ": " + why + "."};
}

Task<> Tunnel::carry(base::UniqueFd socket, std::string early) {
  socket_.assign(socket.release());
  socket_.non_blocking(true);
  if (!dead()) co_await (upward(std::move(early)) && downward());
  close();
  ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

/// The host's window is open. libssh does not tell: it may have been opened in any turn.
Task<> Tunnel::until_room() {
  while (ssh_channel_window_size(channel_) == 0 && !dead()) co_await transport_.turn().wait();
}

Task<bool> Tunnel::send(std::string_view bytes) {
  while (!bytes.empty()) {
    co_await until_room();
    if (dead()) co_return false;
    const auto most = std::min<std::size_t>(bytes.size(), ssh_channel_window_size(channel_));
    const auto write = [&] { return ssh_channel_write(channel_, bytes.data(), static_cast<std::uint32_t>(most)); };
    const int written = transport_.touch(write);
    if (written < 0 || dead()) co_return false;
    meter_->to_host += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    if (written == 0) co_await transport_.turn().wait();  // new keys are being agreed on
  }
  co_return true;
}

Task<> Tunnel::upward(std::string early) {
  bool going = co_await send(early);
  std::string bytes(kPiece, '\0');
  while (going) {
    // What the host has no room for stays with whoever sends it.
    co_await until_room();
    auto [error] = co_await socket_.async_wait(descriptor_base::wait_read, core::as_result);
    if (error || dead()) break;
    const auto count = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count < 0) close();
    if (count <= 0) break;
    going = co_await send(std::string_view(bytes).substr(0, static_cast<std::size_t>(count)));
  }
  const auto eof = [this] { return ssh_channel_send_eof(channel_); };
  if (!dead()) transport_.touch(eof);
  read_all_ = true;
  news_.notify();
}

Task<> Tunnel::downward() {
  std::string bytes;
  for (;;) {
    while (!arrived_ && !ended_ && !dead()) co_await news_.wait();
    arrived_ = false;
    if (closed_ || !transport_.alive()) break;
    const auto poll = [this] { return ssh_channel_poll(channel_, 0); };
    const int waiting = transport_.touch(poll);
    if (waiting <= 0) {
      if (ended_) break;
      continue;
    }
    bytes.resize(std::min(static_cast<std::size_t>(waiting), kMostAtOnce));
    const auto read = [&] {
      return ssh_channel_read_nonblocking(channel_, bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0);
    };
    const int count = transport_.touch(read);
    if (count <= 0) {
      if (ended_ || dead()) break;
      continue;
    }
    arrived_ = true;  // there may be more
    const bool taken = co_await send_all(socket_, std::string_view(bytes).substr(0, static_cast<std::size_t>(count)));
    if (taken) meter_->from_host += static_cast<std::uint64_t>(count);
    if (!taken) close();
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
  while (!read_all_ && !dead()) co_await news_.wait();
  ::shutdown(socket_.native_handle(), SHUT_RDWR);  // ends upward()
}

void Tunnel::close() {
  if (closed_) return;
  closed_ = true;
  news_.notify();
  transport_.turn().notify();
  if (socket_.is_open()) ::shutdown(socket_.native_handle(), SHUT_RDWR);
  // What the host has not opened has no number there yet: closing it would close the host's first channel.
  if (!opened_ || !transport_.alive()) return;
  const auto end = [this] { return ssh_channel_close(channel_); };
  transport_.touch(end);
}

}  // namespace duotty::link
