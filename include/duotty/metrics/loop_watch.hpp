#pragma once
// How late the loop is: the delay with which a timer is served, looked at every few seconds.
#include <array>
#include <chrono>
#include <cstdint>
#include <duotty/core/scope.hpp>

namespace duotty::metrics {

/// Upper bounds of the ranges that delays are counted in, in seconds; a last range has none.
inline constexpr std::array<double, 9> kLagBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1};

/// Delays by range.
class LagHistogram {
 public:
  void add(std::chrono::duration<double> lag);
  /// How many delays were at most kLagBounds[i]; the last number counts all.
  std::array<std::uint64_t, kLagBounds.size() + 1> cumulative() const;
  double sum() const noexcept { return sum_; }
  double last() const noexcept { return last_; }

 private:
  std::array<std::uint64_t, kLagBounds.size() + 1> counts_{};
  double sum_ = 0;
  double last_ = 0;
};

/// Loop thread only.
class LoopWatch {
 public:
  explicit LoopWatch(core::asio::any_io_executor executor) : scope_(std::move(executor)) {}

  void start();
  core::Task<> stop() { return scope_.stop(); }
  const LagHistogram& lags() const noexcept { return lags_; }

 private:
  core::Task<> watch();
  LagHistogram lags_;
  core::Scope scope_;
};

}  // namespace duotty::metrics
