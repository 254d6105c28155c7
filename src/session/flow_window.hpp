#pragma once
// How much one client is sent ahead of what it has drawn: a lot while it keeps up, little when its line or its drawing
// is slow, so that what it sees is never older than a moment. Pure; the time is a parameter.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <duotty/session/display_stream.hpp>
#include <optional>

namespace duotty::session {

/// Offsets of one client: what was sent, what it says it has drawn, and the distance that is allowed in between.
class FlowWindow {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// Bounds of the distance. Clients acknowledge what they have drawn after 30 ms at the latest.
  static constexpr std::uint64_t kLeast = 16 * 1024;
  static constexpr std::uint64_t kMost = 256 * 1024;
  /// Before anything is known of the client: little enough for a slow one to have drawn it in a moment.
  static constexpr std::uint64_t kFirst = 64 * 1024;

  /// A client that continues at `offset`, or a new one at 0, which gets a snapshot first.
  explicit FlowWindow(DisplayOffset offset = 0) noexcept : cursor_(offset), drawn_(offset) {}

  /// One past the last byte that was sent.
  DisplayOffset cursor() const noexcept { return cursor_; }
  /// The distance that is allowed now.
  std::uint64_t size() const noexcept { return std::min(size_, paced_); }
  /// Bytes of output that may be sent.
  std::uint64_t room() const noexcept {
    const std::uint64_t under_way = cursor_ - counted();
    return under_way < size() ? size() - under_way : 0;
  }
  bool open() const noexcept { return room() > 0; }
  /// A snapshot may be sent: the client has drawn the last one, and not more is under way than may be.
  bool may_skip() const noexcept { return drawn_ >= snapshot_ && open(); }
  /// A client that is so many bytes behind the stream is better off with a snapshot: what it was seen to take in a
  /// moment. One of which nothing is known, as after a lost connection, may be behind by as much as a quick one.
  std::uint64_t too_late() const noexcept;
  /// That it is so for a stream that ends at `head`. A little output follows every snapshot, to tell the pace.
  bool late(DisplayOffset head) const noexcept {
    return head - cursor_ > too_late() && (snapshot_ == 0 || cursor_ - snapshot_ >= kLeast);
  }

  void sent_output(std::uint64_t bytes, time_point now) noexcept;
  /// The client continues at `offset` once it has drawn a snapshot of so many bytes.
  void sent_snapshot(DisplayOffset offset, std::uint64_t bytes, time_point now) noexcept;
  /// A ping was sent to the client.
  void pinged(time_point now) noexcept { ping_ = Ping{now, cursor_, drawn_ == cursor_}; }
  /// The client has answered the ping: what the way there and back takes by itself, when no output was under way from
  /// the one to the other.
  void answered(time_point now) noexcept;
  /// The way seems long, and a machine without time for its client looks the same: another ping is to tell.
  bool doubts() const noexcept { return doubts_; }
  /// True when the client says something new; what it cannot have drawn is ignored.
  bool acknowledged(DisplayOffset offset, time_point now) noexcept;

 private:
  /// A snapshot counts as most of a window until it is drawn.
  DisplayOffset counted() const noexcept {
    const std::uint64_t charge = size() * 3 / 4;
    return std::max(drawn_, snapshot_ > charge ? snapshot_ - charge : 0);
  }
  void measured(duration took, std::uint64_t bytes) noexcept;
  /// Bytes that were sent and are not drawn, those of a snapshot too.
  std::uint64_t under_way() const noexcept;
  std::uint64_t arrived() const noexcept { return carried_ - under_way(); }
  /// Bytes that the client draws in a second, as far as the last times tell.
  std::uint64_t pace() const noexcept;
  /// What it draws in that time.
  std::uint64_t bytes_in(duration time) const noexcept;
  void note_sent(time_point now, std::uint64_t before, bool held_back) noexcept;
  void note_pace(time_point now) noexcept;

  struct Probe {
    DisplayOffset offset;
    time_point sent;
    std::uint64_t arrived;  ///< bytes that had been drawn when it was sent
  };
  /// Since when, and since which byte, the way has never been empty.
  struct Stretch {
    time_point begin;
    std::uint64_t arrived;
    bool held_back;  ///< there was more than could be sent
  };
  struct Ping {
    time_point sent;
    DisplayOffset cursor;
    bool idle;  ///< the client had drawn all
  };
  DisplayOffset cursor_;
  DisplayOffset drawn_;
  DisplayOffset snapshot_ = 0;
  DisplayOffset before_snapshot_ = 0;  ///< where the client was sent to before it
  std::uint64_t snapshot_bytes_ = 0;
  std::uint64_t carried_ = 0;             ///< bytes that were ever sent
  std::array<std::uint64_t, 3> paces_{};  ///< bytes that were drawn in a second, the last times that it told
  std::size_t pace_count_ = 0;
  std::optional<Stretch> stretch_;
  std::uint64_t paced_ = kMost;  ///< what is drawn in a moment at that pace, beside what is on the way
  std::uint64_t size_ = kFirst;
  int slow_ = 0;                  ///< slow measures in a row
  bool known_slow_ = false;       ///< the last change of the window made it smaller
  bool grown_ = false;            ///< the window grew after the last measure
  duration before_growth_{};      ///< that measure
  int narrow_ = 0;                ///< in a row, how often the window grew and took longer for it
  bool was_full_ = false;         ///< the window has held output back since the last measure
  std::optional<Probe> probe_;    ///< whose acknowledgement is the next measure
  std::optional<duration> base_;  ///< the way there and back
  std::optional<Ping> ping_;      ///< without an answer yet
  bool doubts_ = false;
  int asked_again_ = 0;  ///< pings in a row because of doubts
  /// What the last pings took that met no output, the newest anywhere.
  std::array<duration, 3> alone_{duration::max(), duration::max(), duration::max()};
  std::size_t answers_ = 0;
  std::size_t alone_answers_ = 0;
};

}  // namespace duotty::session
