#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <duotty/core/cancelled.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>

namespace duotty::core {
namespace {

Task<> wait_for(Event& event, int& woken) {
  co_await event.wait();
  ++woken;
}

Task<> stop_scope(Scope& scope, bool& stopped) {
  co_await scope.stop();
  stopped = true;
}

TEST(Event, WakesEveryWaiterAndRemembersNothing) {
  asio::io_context loop(1);
  Event event(loop.get_executor());
  Scope scope(loop.get_executor());
  int woken = 0;
  event.notify();
  scope.spawn("a", wait_for(event, woken));
  scope.spawn("b", wait_for(event, woken));
  loop.poll();
  EXPECT_EQ(woken, 0);
  EXPECT_TRUE(event.awaited());
  event.notify();
  loop.restart();
  loop.run();
  EXPECT_EQ(woken, 2);
  EXPECT_TRUE(scope.empty());
}

Task<> wait_past(Event& event, bool& notified) {
  notified = co_await event.wait_until(std::chrono::steady_clock::now());
}

TEST(Event, SaysWhetherItWasNotifiedOrTheDeadlinePassed) {
  asio::io_context loop(1);
  Event event(loop.get_executor());
  Scope scope(loop.get_executor());
  bool notified = true;
  scope.spawn("late", wait_past(event, notified));
  loop.run();
  EXPECT_FALSE(notified);
}

TEST(Scope, StopCancelsWhatRunsAndWaitsForIt) {
  asio::io_context loop(1);
  Event event(loop.get_executor());
  Scope scope(loop.get_executor());
  int woken = 0;
  bool stopped = false;
  scope.spawn("waiting", wait_for(event, woken));
  loop.poll();
  asio::co_spawn(loop, stop_scope(scope, stopped), asio::detached);
  loop.restart();
  loop.run();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(woken, 0);
  scope.spawn("too late", wait_for(event, woken));
  EXPECT_TRUE(scope.empty());
}

Task<> race(Event& event, std::exception_ptr& thrown) {
  using namespace asio::experimental::awaitable_operators;
  try {
    co_await (event.wait() || event.wait());
  } catch (...) {
    thrown = std::current_exception();
  }
}

TEST(Cancellation, IsRecognisedAlsoOfAWholeRace) {
  asio::io_context loop(1);
  Event event(loop.get_executor());
  Scope scope(loop.get_executor());
  std::exception_ptr thrown;
  scope.spawn("race", race(event, thrown));
  loop.poll();
  scope.cancel();
  loop.restart();
  loop.run();
  EXPECT_TRUE(thrown);
  EXPECT_TRUE(is_cancellation(thrown));
  EXPECT_FALSE(is_cancellation(nullptr));
  EXPECT_FALSE(is_cancellation(std::make_exception_ptr(std::logic_error("a bug"))));
}

}  // namespace
}  // namespace duotty::core
