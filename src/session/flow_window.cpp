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
/// Pings that follow at once on one that seemed long.
constexpr int kAskedAgain = 2;
/// What a client draws in this time it may be behind the stream.
constexpr auto kMoment = std::chrono::milliseconds(300);
/// Fewer bytes tell of the way there and back, and not of the pace.
constexpr std::uint64_t kTelling = FlowWindow::kLeast / 4;
/// Bytes a second beyond which it makes no difference.
constexpr std::uint64_t kHighestPace = 1'000'000'000;
/// So often must twice as much have taken longer, since one pause looks the same.
constexpr int kNarrowMeasures = 2;

}  // namespace

std::uint64_t FlowWindow::too_late() const noexcept {
  const std::uint64_t most = 2 * (known_slow_ ? size_ : kMost);
  return pace_count_ == 0 ? most : std::clamp(bytes_in(kMoment), 2 * kLeast, most);
}

std::uint64_t FlowWindow::pace() const noexcept {
  if (pace_count_ < paces_.size()) return *std::max_element(paces_.begin(), paces_.end());
  // One that met a pause of the client says too little, one that met an empty buffer on the way too much.
  return std::max(std::min(paces_[0], paces_[1]), std::min(std::max(paces_[0], paces_[1]), paces_[2]));
}

std::uint64_t FlowWindow::bytes_in(duration time) const noexcept {
  const auto us = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  return pace() * us / 1'000'000;
}

std::uint64_t FlowWindow::under_way() const noexcept {
  if (drawn_ >= snapshot_) return cursor_ - drawn_;
  return cursor_ - snapshot_ + snapshot_bytes_ + (before_snapshot_ - std::min(before_snapshot_, drawn_));
}

void FlowWindow::note_sent(time_point now, std::uint64_t before, bool held_back) noexcept {
  if (!stretch_) stretch_ = Stretch{now, before, false};
  stretch_->held_back = stretch_->held_back || held_back;
}

void FlowWindow::sent_output(std::uint64_t bytes, time_point now) noexcept {
  const std::uint64_t before = arrived();
  cursor_ += bytes;
  carried_ += bytes;
  if (!open()) was_full_ = true;
  note_sent(now, before, !open());
  if (!probe_) probe_ = Probe{cursor_, now, before};
}

void FlowWindow::sent_snapshot(DisplayOffset offset, std::uint64_t bytes, time_point now) noexcept {
  const std::uint64_t before = arrived();
  // One on top of another that is not drawn: the older one counts as arrived, which is soon true.
  before_snapshot_ = drawn_ >= snapshot_ ? cursor_ : drawn_;
  cursor_ = snapshot_ = offset;
  snapshot_bytes_ = bytes;
  carried_ += bytes;
  note_sent(now, before, true);
  probe_.reset();
  // A long history says nothing of the time that output takes.
  if (bytes <= size_) probe_ = Probe{cursor_, now, before};
}

bool FlowWindow::acknowledged(DisplayOffset offset, time_point now) noexcept {
  if (offset <= drawn_ || offset > cursor_) return false;
  drawn_ = offset;
  note_pace(now);
  if (probe_ && offset >= probe_->offset) {
    measured(now - probe_->sent, arrived() - probe_->arrived);
    probe_.reset();
    was_full_ = !open();
  }
  return true;
}

void FlowWindow::note_pace(time_point now) noexcept {
  if (!stretch_) return;
  const std::uint64_t bytes = arrived() - stretch_->arrived;
  if (bytes >= kTelling) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - stretch_->begin).count();
    const std::uint64_t seen = bytes * 1'000'000 / static_cast<std::uint64_t>(std::max<std::int64_t>(1, took));
    // Who was sent little may have drawn little.
    if (stretch_->held_back || (pace_count_ > 0 && seen > pace())) {
      paces_[pace_count_++ % paces_.size()] = std::min(seen, kHighestPace);
      paced_ = std::clamp(bytes_in(kMoment + 2 * base_.value_or(kLongestBase)), kLeast, kMost);
    }
    stretch_ = Stretch{now, arrived(), !open()};
  }
  if (under_way() == 0) stretch_.reset();
}

void FlowWindow::answered(time_point now) noexcept {
  if (!ping_) return;
  const Ping ping = *std::exchange(ping_, std::nullopt);
  const duration took = now - ping.sent;
  const bool longer = base_ && took > *base_ + kQuick;
  base_ = std::min(base_.value_or(took), took);
  ++answers_;
  if (ping.idle && drawn_ == cursor_ && cursor_ == ping.cursor) {
    alone_[alone_answers_++ % alone_.size()] = took;
    // A pause of the machine meets one ping, seldom so many in a row.
    if (alone_answers_ >= alone_.size()) base_ = *std::min_element(alone_.begin(), alone_.end());
  }
  doubts_ = (longer || (answers_ < alone_.size() && *base_ > kQuick)) && asked_again_ < kAskedAgain;
  asked_again_ = doubts_ ? asked_again_ + 1 : 0;
}

void FlowWindow::measured(duration took, std::uint64_t bytes) noexcept {
  // A ping that met a pause tells too much; what came back sooner since then knows better.
  const duration base = answers_ > 0 ? *base_ : std::min({base_.value_or(kLongestBase), took, kLongestBase});
  base_ = std::min(base, took);
  const bool slow = took > base + kSlow;
  slow_ = slow ? slow_ + 1 : 0;
  const bool grew = std::exchange(grown_, false);
  if (grew && !slow) narrow_ = 0;
  if (slow && grew) {
    // The way seemed long and was narrow: twice as much took longer. What is left for nothing at all is the way.
    size_ /= 2;
    if (++narrow_ >= kNarrowMeasures) base_ = std::max(duration::zero(), 2 * before_growth_ - took);
  } else if (slow && slow_ >= kSlowMeasures) {  // any machine pauses now and then
    const auto fits =
        static_cast<std::uint64_t>(static_cast<double>(size_) * (kSlow / std::chrono::duration<double>(took - base)));
    size_ = std::max(kLeast, std::min(size_ / 2, fits));
    known_slow_ = true;
  } else if (took < base + kQuick && was_full_ && bytes >= size_ / 4) {  // a small screen comes soon on any line
    grown_ = size_ < kMost;
    before_growth_ = took;
    size_ = std::min(kMost, size_ * 2);
    known_slow_ = false;
  }
}

}  // namespace duotty::session
