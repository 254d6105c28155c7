#include <gtest/gtest.h>
#include <duotty/remote/forward_book.hpp>

namespace duotty::remote {
namespace {

TEST(ForwardBook, WaitsLongerAfterEachFailureUpToAMinute) {
  EXPECT_EQ(forward_backoff(0).count(), 1);
  EXPECT_EQ(forward_backoff(1).count(), 1);
  EXPECT_EQ(forward_backoff(2).count(), 2);
  EXPECT_EQ(forward_backoff(6).count(), 32);
  EXPECT_EQ(forward_backoff(7).count(), 60);
  EXPECT_EQ(forward_backoff(1'000'000).count(), 60);
}

TEST(ForwardBook, StatesAreWords) {
  EXPECT_STREQ(name(ForwardNote::State::listening), "listening");
  EXPECT_STREQ(name(ForwardNote::State::reconnecting), "reconnecting");
  EXPECT_STREQ(name(ForwardNote::State::failed), "failed");
}

}  // namespace
}  // namespace duotty::remote
