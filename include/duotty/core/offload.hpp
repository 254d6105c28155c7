#pragma once
// Pure functions on values that take longer than a turn of the loop should: run on a thread of their own.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <duotty/core/task.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace duotty::core {

/// One thread, started at the first use. Destroying it waits for what is running.
class Offload {
 public:
  /// What goes through so many bytes is done before anybody notices.
  static constexpr std::size_t kFewBytes = std::size_t{64} << 10;

  /// Runs `function` there and resumes on the coroutine's own executor with its result. `function` must not throw and
  /// must own what it uses. A cancelled coroutine resumes when the function has ended.
  template <class F>
  Task<std::invoke_result_t<F>> run(F function) {
    using R = std::invoke_result_t<F>;
    if (!pool_) pool_ = std::make_unique<asio::thread_pool>(1);
    auto start = [pool = pool_.get(), work = std::move(function)](auto handler) mutable {
      auto home = asio::get_associated_executor(handler);
      // The loop must not run dry while the answer is on its way.
      auto tracked = asio::prefer(home, asio::execution::outstanding_work.tracked);
      asio::post(*pool, [work = std::move(work), handler = std::move(handler), tracked]() mutable {
        auto back = [handler = std::move(handler), result = work()]() mutable {
          std::move(handler)(std::move(result));
        };
        asio::post(tracked, std::move(back));
      });
    };
    R result =
        co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(R)>(std::move(start), asio::use_awaitable);
    co_return result;
  }

  /// The same for what goes through `bytes` bytes: when they are few, here and now.
  template <class F>
  Task<std::invoke_result_t<F>> run_if_long(std::size_t bytes, F function) {
    if (bytes <= kFewBytes) co_return function();
    co_return co_await run(std::move(function));
  }

 private:
  std::unique_ptr<asio::thread_pool> pool_;
};

}  // namespace duotty::core
