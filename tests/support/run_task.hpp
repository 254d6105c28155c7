#pragma once
// Runs one coroutine on a loop of its own, as the worker's loop would.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <duotty/core/task.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace duotty::tests {

/// The value of `task`, after its loop has run dry. Exceptions of the task come out here.
template <class T>
T run_task(core::Task<T> task) {
  boost::asio::io_context loop(1);
  std::optional<T> value;
  std::exception_ptr error;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr e, T v) {
    error = e;
    if (!e) value.emplace(std::move(v));
  });
  loop.run();
  if (error) std::rethrow_exception(error);
  if (!value) throw std::logic_error("the task never ended");
  return std::move(*value);
}

/// A task that can be cancelled from another thread.
template <class T>
class CancellableRun {
 public:
  /// Runs `task` until it ends; nullopt when it ended by an exception, as a cancelled coroutine may.
  std::optional<T> run(core::Task<T> task) {
    std::optional<T> value;
    boost::asio::co_spawn(loop_, std::move(task),
                          boost::asio::bind_cancellation_slot(signal_.slot(), [&](std::exception_ptr e, T v) {
                            if (!e) value.emplace(std::move(v));
                          }));
    loop_.run();
    return value;
  }
  /// Cancels the task as a Scope does; from any thread.
  void cancel() {
    boost::asio::post(loop_, [this] { signal_.emit(boost::asio::cancellation_type::terminal); });
  }

 private:
  boost::asio::io_context loop_{1};
  boost::asio::cancellation_signal signal_;
};

}  // namespace duotty::tests
