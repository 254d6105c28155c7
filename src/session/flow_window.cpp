#include "flow_window.hpp"

#include <utility>

namespace duotty::session {
namespace {

/// What a client may be behind for its own slowness, beyond the way there and back.
constexpr auto kSlow = std::chrono::milliseconds(200);
constexpr auto kQuick = std::chrono::milliseconds(50);
constexpr int kSlowMeasures = 3;
/// As long as no ping has told: a longer first measure is one of slowness.
constexpr FlowWindow::duration kLongestBase = std::chrono::milliseconds(300);

}  // namespace

void FlowWindow::sent_output(std::uint64_t bytes, time_point now) noexcept {
  cursor_ += bytes;
  if (!open()) was_full_ = true;
  if (!probe_) probe_ = Probe{cursor_, now};
}

void FlowWindow::sent_snapshot(DisplayOffset offset, std::uint64_t bytes, time_point now) noexcept {
  cursor_ = snapshot_ = offset;
  probe_.reset();
  // A long history says nothing of the time that output takes.
  if (bytes <= size_) probe_ = Probe{cursor_, now};
}

bool FlowWindow::acknowledged(DisplayOffset offset, time_point now) noexcept {
  if (offset <= drawn_ || offset > cursor_) return false;
  drawn_ = offset;
  if (probe_ && offset >= probe_->offset) {
    measured(now - probe_->sent);
    probe_.reset();
    was_full_ = !open();
  }
  return true;
}

void FlowWindow::answered(duration took) noexcept {
  const bool idle = drawn_ == cursor_;
  base_ = base_ && !(base_known_ && idle) ? std::min(*base_, took) : took;
  base_known_ = true;
}

void FlowWindow::measured(duration took) noexcept {
  // A ping that met a pause tells too much; what came back sooner since then knows better.
  const duration base = base_known_ ? *base_ : std::min({base_.value_or(kLongestBase), took, kLongestBase});
  base_ = std::min(base, took);
  const bool slow = took > base + kSlow;
  slow_ = slow ? slow_ + 1 : 0;
  const bool grew = std::exchange(grown_, false);
  if (slow && grew) {
    // The way seemed long and was narrow: twice as much took longer.
    size_ /= 2;
  } else if (slow && slow_ >= kSlowMeasures) {  // any machine pauses now and then
    const auto fits =
        static_cast<std::uint64_t>(static_cast<double>(size_) * (kSlow / std::chrono::duration<double>(took - base)));
    size_ = std::max(kLeast, std::min(size_ / 2, fits));
    known_slow_ = true;
  } else if (took < base + kQuick && was_full_) {
    grown_ = size_ < kMost;
    size_ = std::min(kMost, size_ * 2);
    known_slow_ = false;
  }
}

}  // namespace duotty::session
