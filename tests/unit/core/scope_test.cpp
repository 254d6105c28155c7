#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
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

}  // namespace
}  // namespace duotty::core
