#pragma once
// A two-way message connection, whatever carries it: a WebSocket, a test's memory pipe.
#include <array>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <string>
#include <string_view>

namespace duotty::core {

/// One message as it arrived.
struct ChannelMessage {
  enum class Kind { text, binary };
  Kind kind = Kind::text;
  std::string data;
};

/// Messages in both directions. Several coroutines may send; messages keep the order of their send calls. One coroutine
/// receives. Loop thread only.
class Channel {
 public:
  virtual ~Channel() = default;
  /// The next message; fails with Errc::closed when the peer has gone. Never called by two coroutines at once.
  virtual Task<base::Result<ChannelMessage>> receive() = 0;
  /// Sends one text message; suspends while the peer is slow. Fails with Errc::closed.
  virtual Task<base::Result<>> send_text(std::string text) = 0;
  /// Sends one binary message made of `head` and `body`; both must stay valid until the await ends.
  virtual Task<base::Result<>> send_binary(std::string_view head, std::string_view body) = 0;
  /// Closes politely with an application code (4xxx) or 1000; returns when the peer has answered or after a short wait.
  virtual Task<> close(int code, std::string reason) = 0;
};

}  // namespace duotty::core
