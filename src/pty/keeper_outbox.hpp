#pragma once
// What the keeper has to tell the worker, in order. The keeper never waits for the worker: what the socket does not
// take stays here, notifications of the same terminal melt into one, and a worker that does not read is not listened to
// either (congested()), which bounds the queue.
#include <deque>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/packet_socket.hpp>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "keeper_protocol.hpp"

namespace duotty::pty {

using core::PacketIo;
using core::receive_packet;
using core::send_packet;

using SharedFd = std::shared_ptr<base::UniqueFd>;

class Outbox {
 public:
  /// Queues a message with its descriptors (shared: they stay open until sent).
  void push(const wire::Message& message, std::vector<SharedFd> fds = {});
  /// Queues Output{id} unless it is queued already.
  void push_output(const std::string& id);
  /// Sends what the socket takes: `done` when nothing is left, `again` when the socket is full, else it is lost.
  PacketIo flush(int socket);
  bool empty() const { return items_.empty(); }
  bool congested() const { return items_.size() >= kCongested; }
  void clear();

 private:
  static constexpr std::size_t kCongested = 1024;
  struct Item {
    std::string bytes;
    std::vector<SharedFd> fds;
    std::string output;  // the terminal of an Output, else empty
  };
  std::deque<Item> items_;
  std::unordered_set<std::string> outputs_;
};

}  // namespace duotty::pty
