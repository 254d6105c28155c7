#pragma once
// A condition for coroutines of one loop: check your predicate, then wait; nothing is missed in between.
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <duotty/core/task.hpp>
#include <list>

namespace duotty::core {

/// Wakes every waiter at notify(). It remembers nothing: waiters re-check their own predicate. Loop thread only.
class Event {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit Event(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Wakes all coroutines now waiting.
  void notify();
  /// Waits for the next notify(). Throws boost::system::system_error(operation_aborted) when the coroutine is
  /// cancelled.
  Task<> wait();
  /// Waits for the next notify() or until `deadline`; true when notified. Cancellation as in wait().
  Task<bool> wait_until(time_point deadline);
  /// True when a coroutine waits (so that a notifier may skip work).
  bool awaited() const noexcept { return !waiters_.empty(); }

 private:
  struct Waiter;
  asio::any_io_executor executor_;
  std::list<Waiter*> waiters_;
};

/// Suspends until `deadline`. Cancellation throws as in Event::wait().
Task<> sleep_until(std::chrono::steady_clock::time_point deadline);
/// Suspends for `duration`.
Task<> sleep_for(std::chrono::steady_clock::duration duration);

}  // namespace duotty::core
