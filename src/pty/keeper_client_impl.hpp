#pragma once
// The worker's end of the line. One coroutine reads; writing happens at once, and by a second coroutine only while the
// socket is full.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <duotty/core/event.hpp>
#include <duotty/core/packet_socket.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/pty/keeper_client.hpp>

#include "keeper_protocol.hpp"

namespace duotty::pty {

using core::PacketIo;
using core::receive_packet;
using core::send_packet;

class KeeperClient::Impl {
 public:
  Impl(boost::asio::any_io_executor executor, base::UniqueFd fd);

  core::Task<base::Result<Connected>> connect();
  void start(KeeperEvents& events);
  core::Task<> stop();
  core::Task<base::Result<PtyHandle>> spawn(SpawnRequest request);
  bool send(const wire::Message& message, int fd = -1);

 private:
  struct Outgoing {
    std::string bytes;
    base::UniqueFd fd;
  };
  /// A start under way: until the caller has had its turn with the result, the terminal's events wait here.
  struct Pending {
    explicit Pending(boost::asio::any_io_executor executor) : changed(std::move(executor)) {}
    const SpawnRequest* request = nullptr;
    core::Event changed;
    std::optional<base::Result<PtyHandle>> result;
    bool output = false;
    std::optional<ExitStatus> exited;
  };
  class Handover;

  core::Task<> read_loop();
  core::Task<> write_loop();
  void dispatch(wire::Message message, std::vector<base::UniqueFd>& fds);
  void on_spawned(const wire::Spawned& message, std::vector<base::UniqueFd>& fds);
  void on_spawn_failed(const wire::SpawnFailed& message);
  void on_output(const std::string& id);
  void on_exited(const std::string& id, const ExitStatus& status);
  void hand_over(const std::string& id);
  void lose();
  void fail_pending(const base::Error& error);

  boost::asio::posix::stream_descriptor socket_;
  std::deque<Outgoing> outbox_;
  std::map<std::string, std::shared_ptr<Pending>> pending_;
  KeeperEvents* events_ = nullptr;
  bool lost_ = false;
  core::Scope scope_;
};

}  // namespace duotty::pty
