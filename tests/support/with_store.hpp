#pragma once
// Runs a coroutine of a test against a store with a loop of its own.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <duotty/core/task.hpp>
#include <exception>
#include <utility>

namespace duotty::tests {

/// Makes a Store of `arguments`, awaits `body(store)`, stops the store, and throws what `body` threw.
template <class Store, class Body, class... Arguments>
void with_store(Body body, Arguments&&... arguments) {
  boost::asio::io_context loop(1);
  Store store(loop.get_executor(), std::forward<Arguments>(arguments)...);
  std::exception_ptr error;
  boost::asio::co_spawn(
      loop,
      [](Store& in, Body& what) -> core::Task<> {
        co_await what(in);
        co_await in.stop();
      }(store, body),
      [&](std::exception_ptr e) { error = e; });
  loop.run();
  if (error) std::rethrow_exception(error);
}

}  // namespace duotty::tests
