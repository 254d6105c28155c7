#pragma once
// Structured concurrency on one thread: every coroutine has an owner that cancels it and waits for it.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <duotty/core/task.hpp>
#include <list>
#include <string>

namespace duotty::core {

/// Owns coroutines. `stop()` cancels all of them and returns when all have ended; the destructor asserts that none is
/// left. An object that runs coroutines has a Scope as its last member and a `Task<> stop()`. Loop thread only.
class Scope {
 public:
  explicit Scope(asio::any_io_executor executor);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

  /// Starts `task`. An exception that leaves it is a bug: it is logged with `name` and ends only that task.
  /// After stop() has begun, the task is dropped without being started.
  void spawn(std::string name, Task<> task);

  /// Cancels every coroutine (cancellation_type::terminal) without waiting.
  void cancel();
  /// Cancels every coroutine and waits until all have ended. Idempotent. Must not be awaited from a task of this scope.
  Task<> stop();

  bool empty() const noexcept { return children_.empty(); }
  bool stopping() const noexcept { return stopping_; }
  const asio::any_io_executor& executor() const noexcept { return executor_; }

 private:
  struct Child {
    std::string name;
    asio::cancellation_signal signal;
  };
  asio::any_io_executor executor_;
  std::list<Child> children_;
  asio::steady_timer drained_;
  bool stopping_ = false;
};

}  // namespace duotty::core
