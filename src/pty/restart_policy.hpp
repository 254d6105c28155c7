#pragma once
// When a worker that ended by itself is started again. Pure: time is a parameter.
#include <algorithm>
#include <chrono>
#include <deque>
#include <duotty/pty/keeper.hpp>
#include <optional>

namespace duotty::pty {

class RestartPolicy {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  explicit RestartPolicy(const RestartLimits& limits) : limits_(limits) {}

  /// A worker that lived for `lived` crashed at `now`: how long to wait before the next, nullopt to give up.
  std::optional<milliseconds> on_crash(time_point now, std::chrono::steady_clock::duration lived) {
    crashes_.push_back(now);
    while (crashes_.front() + limits_.window < now) crashes_.pop_front();
    if (static_cast<int>(crashes_.size()) >= limits_.give_up_after) return std::nullopt;
    if (lived >= limits_.healthy) delay_ = milliseconds{0};
    const milliseconds wait = delay_;
    delay_ = std::min(std::max(delay_ * 2, limits_.min_backoff), limits_.max_backoff);
    return wait;
  }

 private:
  RestartLimits limits_;
  std::deque<time_point> crashes_;
  milliseconds delay_{0};
};

}  // namespace duotty::pty
