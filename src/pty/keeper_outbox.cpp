#include "keeper_outbox.hpp"

namespace duotty::pty {

void Outbox::push(const wire::Message& message, std::vector<SharedFd> fds) {
  items_.push_back({wire::encode(message), std::move(fds), {}});
}

void Outbox::push_output(const std::string& id) {
  if (outputs_.insert(id).second) items_.push_back({wire::encode(wire::Output{id}), {}, id});
}

PacketIo Outbox::flush(int socket) {
  while (!items_.empty()) {
    const Item& item = items_.front();
    std::vector<int> fds;
    for (const SharedFd& fd : item.fds) fds.push_back(fd->get());
    const PacketIo state = send_packet(socket, item.bytes, fds);
    if (state != PacketIo::done) return state;
    if (!item.output.empty()) outputs_.erase(item.output);
    items_.pop_front();
  }
  return PacketIo::done;
}

void Outbox::clear() {
  items_.clear();
  outputs_.clear();
}

}  // namespace duotty::pty
