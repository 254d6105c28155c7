#include <gtest/gtest.h>
#include <duotty/core/offload.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>

namespace duotty::core {
namespace {

struct Done {
  std::optional<std::thread::id> by;
};

Task<> work(Offload& offload, std::size_t bytes, std::shared_future<void> held, Done& done) {
  auto function = [held = std::move(held)] {
    held.wait();
    return std::this_thread::get_id();
  };
  done.by = co_await offload.run_if_long(bytes, std::move(function));
}

class OffloadTest : public ::testing::Test {
 protected:
  void spawn(std::size_t bytes, Done& done) {
    asio::co_spawn(loop_, work(offload_, bytes, held_, done), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  }

  std::promise<void> hold_;
  std::shared_future<void> held_ = hold_.get_future().share();
  asio::io_context loop_{1};
  Offload offload_;
};

TEST_F(OffloadTest, OthersAreServedWhileSomethingLongIsHeld) {
  Done done;
  spawn(Offload::kFewBytes + 1, done);
  loop_.poll();
  int served = 0;
  for (int i = 0; i < 100; ++i) asio::post(loop_, [&] { ++served; });
  loop_.poll();
  EXPECT_EQ(served, 100);
  EXPECT_FALSE(done.by);
  hold_.set_value();
  loop_.run();
  ASSERT_TRUE(done.by);
  EXPECT_NE(*done.by, std::this_thread::get_id());
}

TEST_F(OffloadTest, WhatIsShortIsDoneAtOnce) {
  hold_.set_value();
  Done done;
  spawn(Offload::kFewBytes, done);
  loop_.poll();
  EXPECT_EQ(done.by, std::this_thread::get_id());
}

TEST_F(OffloadTest, OneThingIsDoneAfterTheOther) {
  Done first;
  Done second;
  spawn(Offload::kFewBytes + 1, first);
  spawn(Offload::kFewBytes + 1, second);
  loop_.poll();
  hold_.set_value();
  loop_.run();
  EXPECT_TRUE(first.by && first.by == second.by);
}

}  // namespace
}  // namespace duotty::core
