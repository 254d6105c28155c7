#pragma once
// One SSH session over a stream that is there already: handshake, then a pump that lets libssh read and write whenever
// its descriptor can. libssh never blocks here: a call that is not through says so and is made again after the next
// turn.
#include <libssh/libssh.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/link/protocol.hpp>
#include <functional>
#include <optional>
#include <string>

#include "sessions.hpp"

namespace duotty::link {

using core::Task;
using time_point = std::chrono::steady_clock::time_point;

/// What finish() answers when time ran out; none of libssh's codes.
inline constexpr int kTimedOut = -1000;

/// One printable line of what a host says, shortened.
std::string one_line(std::string_view text);

class Transport {
 public:
  explicit Transport(core::asio::any_io_executor executor);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  ~Transport();

  /// Greets the host over `stream` and agrees on keys. Says what failed, if something did.
  Task<std::optional<Failed>> handshake(base::UniqueFd stream, const Connect& plan);
  /// After the handshake. Nothing when the host's key cannot be told.
  std::optional<HostKey> host_key() const;
  /// Begins to pump; after signing in. Channels that the host opens go to `on_open`, which says whether it has taken
  /// one; without, and for everything else that hosts ask, the answer is no.
  using OnOpen = std::function<bool(ssh_message)>;
  void start(std::uint32_t keepalive_s, OnOpen on_open = {});
  /// Hangs up and waits for the pump.
  Task<> stop();

  bool alive() const noexcept;
  /// Why it is not alive: libssh's words, or ours.
  std::string trouble() const;
  ssh_session raw() const noexcept { return session_; }
  /// Notified after every turn in which something arrived.
  core::Event& turn() noexcept { return turn_; }
  /// The sessions that are open on it.
  Sessions& sessions() noexcept { return sessions_; }

  /// Calls into libssh; sees to it that what arrived or is to be sent meanwhile is not forgotten.
  template <class F>
  int touch(F&& call) {
    const auto before = raw_.in_packets;
    const int code = call();
    if (raw_.in_packets != before || !alive()) turn_.notify();
    if (pumping_ && (ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0) kick_.notify();
    return code;
  }
  /// Calls `step` until it answers something else than `again`; kTimedOut after the deadline, SSH_ERROR when the
  /// session has ended.
  template <class F>
  Task<int> finish(F step, int again, time_point deadline) {
    for (;;) {
      const int code = touch(step);
      if (code != again) co_return code;
      if (!alive()) co_return SSH_ERROR;
      if (std::chrono::steady_clock::now() >= deadline) co_return kTimedOut;
      co_await next_turn(deadline);
    }
  }

  /// Asks the host something about the whole connection, one question after the other: `step` as for finish(). The
  /// answers do not say what they answer.
  template <class F>
  Task<int> ask(F step, time_point deadline) {
    while (asking_ && alive()) co_await asked_.wait();
    asking_ = true;
    int code = SSH_OK;
    // What is still to be answered would be taken for ours. A question that always gets a no clears the way.
    const auto nothing = [this] { return ssh_channel_cancel_forward(session_, "", 0); };
    if (unanswered_) code = co_await finish(nothing, SSH_AGAIN, deadline);
    unanswered_ = code == kTimedOut;
    if (!unanswered_) code = co_await finish(step, SSH_AGAIN, deadline);
    unanswered_ = code == kTimedOut;
    asking_ = false;
    asked_.notify();
    co_return code;
  }

 private:
  Task<> next_turn(time_point deadline);
  Task<> read_loop();
  Task<> write_loop();
  Task<> keep_alive(std::chrono::seconds quiet);
  void work();
  void lose(std::string why);
  bool set_options(const Connect& plan, int fd);

  core::asio::any_io_executor executor_;
  ssh_session session_ = nullptr;
  ssh_event event_ = nullptr;
  ssh_counter_struct raw_{};
  core::asio::posix::stream_descriptor watch_;
  core::Event turn_;
  Sessions sessions_;
  core::Event kick_;
  time_point heard_{};
  std::string lost_;
  bool pumping_ = false;
  OnOpen on_open_;
  core::Event asked_;
  bool asking_ = false;
  bool unanswered_ = false;  ///< a question has been asked whose answer nobody has taken
  core::Scope scope_;
};

}  // namespace duotty::link
