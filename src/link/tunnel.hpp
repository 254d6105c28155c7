#pragma once
// One connection through a channel: bytes both ways between a local socket and the host, each direction at the pace of
// its reader and ended by itself.
#include <libssh/callbacks.h>

#include <cstdint>
#include <memory>

#include "transport.hpp"

namespace duotty::link {

/// Bytes that have passed.
struct Traffic {
  std::uint64_t to_host = 0;
  std::uint64_t from_host = 0;
};

class Tunnel {
 public:
  /// `meter` counts along.
  Tunnel(core::asio::any_io_executor executor, Transport& transport, std::shared_ptr<Traffic> meter);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;
  ~Tunnel();

  /// A channel that the host has opened.
  void take(ssh_channel channel);
  /// Has the host connect to `host`; `from` is who asks, for the host's log. Errors: a sentence, with whether the host
  /// allows no such thing.
  struct Refusal {
    std::string message;
    bool forbidden = false;
  };
  Task<std::optional<Refusal>> open(std::string host, std::uint16_t port, std::string from, std::uint16_t from_port);
  /// Carries bytes until both directions have ended, or one side has gone. `early`: what has been read of the socket
  /// already.
  Task<> carry(base::UniqueFd socket, std::string early);
  /// Ends it at once.
  void close();

 private:
  Task<> upward(std::string early);
  Task<> until_room();
  Task<bool> send(std::string_view bytes);
  Task<> downward();
  void listen();
  bool dead() const { return closed_ || gone_ || !transport_.alive(); }

  Transport& transport_;
  std::shared_ptr<Traffic> meter_;
  ssh_channel channel_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  core::asio::posix::stream_descriptor socket_;
  core::Event news_;
  bool opened_ = false;  ///< the host has given it a number
  bool arrived_ = false;
  bool ended_ = false;     ///< the host sends no more
  bool gone_ = false;      ///< the host has closed the channel
  bool closed_ = false;    ///< by us
  bool read_all_ = false;  ///< our side sends no more
};

}  // namespace duotty::link
