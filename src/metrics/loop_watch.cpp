#include <algorithm>
#include <duotty/core/event.hpp>
#include <duotty/metrics/loop_watch.hpp>

namespace duotty::metrics {
namespace {
/// An idle server must stay idle: this is the only timer of the measures.
constexpr auto kTurn = std::chrono::seconds(2);
}  // namespace

void LagHistogram::add(std::chrono::duration<double> lag) {
  last_ = std::max(0.0, lag.count());
  sum_ += last_;
  const auto range = std::lower_bound(kLagBounds.begin(), kLagBounds.end(), last_);
  ++counts_[static_cast<std::size_t>(range - kLagBounds.begin())];
}

std::array<std::uint64_t, kLagBounds.size() + 1> LagHistogram::cumulative() const {
  auto out = counts_;
  for (std::size_t i = 1; i < out.size(); ++i) out[i] += out[i - 1];
  return out;
}

void LoopWatch::start() {
  scope_.spawn("lag of the loop", watch());
}

core::Task<> LoopWatch::watch() {
  while (true) {
    const auto due = std::chrono::steady_clock::now() + kTurn;
    co_await core::sleep_until(due);
    lags_.add(std::chrono::steady_clock::now() - due);
  }
}

}  // namespace duotty::metrics
