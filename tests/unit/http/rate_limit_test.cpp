#include <gtest/gtest.h>

#include <duotty/http/rate_limit.hpp>

namespace duotty::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const RateLimiter::time_point start = RateLimiter::time_point(std::chrono::hours(1'000));
const RateLimitRules rules{.source = {3, seconds(10)}, .global = {5, seconds(1)}, .sources = 4};

TEST(RateLimiter, RefusesASourceAfterItsBurstAndGivesItAnotherTryLater) {
  RateLimiter limiter(rules);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(limiter.allowed("mallory", start));
    limiter.failed("mallory", start);
  }
  EXPECT_FALSE(limiter.allowed("mallory", start));
  EXPECT_FALSE(limiter.allowed("mallory", start + milliseconds(9'900)));
  EXPECT_TRUE(limiter.allowed("mallory", start + seconds(10)));
}

TEST(RateLimiter, OneSourceDoesNotLockOutAnother) {
  RateLimiter limiter(rules);
  for (int i = 0; i < 3; ++i) limiter.failed("mallory", start);
  EXPECT_FALSE(limiter.allowed("mallory", start));
  EXPECT_TRUE(limiter.allowed("alice", start));
}

TEST(RateLimiter, ManySourcesTogetherAreLimitedButNotTheOnesThatWereGood) {
  RateLimiter limiter(rules);
  limiter.succeeded("alice", start);
  for (const char* source : {"a", "b", "c", "a", "b"}) limiter.failed(source, start);
  EXPECT_FALSE(limiter.allowed("stranger", start));
  EXPECT_TRUE(limiter.allowed("alice", start));
  EXPECT_TRUE(limiter.allowed("stranger", start + seconds(1)));
}

TEST(RateLimiter, ASuccessDoesNotPayForFurtherGuesses) {
  RateLimiter limiter(rules);
  for (int i = 0; i < 3; ++i) limiter.failed("alice", start);
  limiter.succeeded("alice", start);
  EXPECT_FALSE(limiter.allowed("alice", start));
}

TEST(RateLimiter, ForgetsTheSourceNotSeenLongest) {
  RateLimiter limiter(rules);
  for (const char* source : {"a", "b", "c", "d", "e"}) limiter.failed(source, start);
  EXPECT_EQ(limiter.size(), 4U);
}

TEST(RateLimiter, AClockThatGoesBackGivesNothing) {
  RateLimiter limiter(rules);
  for (int i = 0; i < 3; ++i) limiter.failed("mallory", start);
  EXPECT_FALSE(limiter.allowed("mallory", start - seconds(1'000)));
  EXPECT_FALSE(limiter.allowed("mallory", start - seconds(999)));
  EXPECT_EQ(limiter.retry_after(), seconds(10));
}

}  // namespace
}  // namespace duotty::http
