#pragma once
// How many sessions a host lets be open at once on a connection (OpenSSH's MaxSessions) it only says by refusing one
// more. Who is refused may stand in line here. Only the first in line asks again: when a session of ours has ended, and
// every so often, since the host also counts commands that go on without their channel.
#include <algorithm>
#include <chrono>
#include <deque>
#include <duotty/core/event.hpp>

namespace duotty::link {

class Sessions {
 public:
  using time_point = core::Event::time_point;
  static constexpr std::chrono::milliseconds kFirstPause{30};
  static constexpr std::chrono::milliseconds kLongestPause{1000};

  explicit Sessions(core::asio::any_io_executor executor) : news_(std::move(executor)) {}

  /// The host is being asked for a session, until asked().
  void ask() noexcept { ++asking_; }
  /// The host has answered; a session that it has opened is there until end().
  void asked(bool opened) noexcept {
    --asking_;
    if (opened) ++open_;
  }
  void end(time_point now) {
    --open_;
    ++ends_;
    last_end_ = now;
    news_.notify();
  }
  std::size_t open() const noexcept { return open_; }
  /// Whether a refusal may be for now only.
  bool may_change(time_point now) const {
    return open_ > 0 || asking_ > 0 || (ends_ > 0 && now - last_end_ < 2 * kLongestPause);
  }
  bool crowded() const noexcept { return !line_.empty(); }
  /// Wakes who stands in line, to look whether it is still wanted.
  void look() { news_.notify(); }

  /// A place in line, as long as it lives.
  class Place {
   public:
    explicit Place(Sessions& sessions) : sessions_(sessions) { sessions_.line_.push_back(this); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      auto& line = sessions_.line_;
      line.erase(std::remove(line.begin(), line.end(), this), line.end());
      sessions_.news_.notify();
    }
    /// The host has been asked and has refused.
    void refused(time_point now) {
      asked_ = first();
      seen_ = sessions_.ends_;
      next_ = now + pause_;
      if (asked_) pause_ = std::min(2 * pause_, kLongestPause);
    }
    /// Suspends until the host should be asked, `unwanted` says so, or `until` has passed.
    template <class F>
    core::Task<> wait(F unwanted, time_point until) {
      for (;;) {
        const auto now = std::chrono::steady_clock::now();
        if (unwanted() || now >= until) co_return;
        if (first() && (!asked_ || seen_ != sessions_.ends_ || now >= next_)) co_return;
        co_await sessions_.news_.wait_until(first() ? std::min(until, next_) : until);
      }
    }

   private:
    bool first() const { return sessions_.line_.front() == this; }

    Sessions& sessions_;
    std::chrono::milliseconds pause_ = kFirstPause;
    time_point next_{};
    std::size_t seen_ = 0;
    bool asked_ = false;
  };

 private:
  std::deque<Place*> line_;
  std::size_t open_ = 0;
  std::size_t asking_ = 0;
  std::size_t ends_ = 0;
  time_point last_end_{};
  core::Event news_;
};

}  // namespace duotty::link
