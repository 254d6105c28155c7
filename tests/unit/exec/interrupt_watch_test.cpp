#include <gtest/gtest.h>

#include <duotty/exec/interrupt_watch.hpp>

namespace duotty::exec {
namespace {

using Program = InterruptWatch::Program;
using std::chrono::milliseconds;

const Program shell{10, {"bash", "-i"}};
const Program child{20, {"bash", "-i"}};
const Program sleep{20, {"sleep", "1000"}};
const InterruptWatch::Time start{};

TEST(InterruptWatch, WatchesNothingAtFirst) {
  InterruptWatch watch;
  EXPECT_FALSE(watch.next_wake());
  EXPECT_FALSE(watch.again(sleep, start));
}

TEST(InterruptWatch, NeverAsksAProgramTwice) {
  InterruptWatch watch;
  watch.sent(sleep, shell, start);
  EXPECT_FALSE(watch.next_wake());
  EXPECT_FALSE(watch.again({30, {"vim"}}, start + milliseconds(100)));
}

TEST(InterruptWatch, AsksTheProgramThatTheShellWasStarting) {
  InterruptWatch watch;
  watch.sent(shell, shell, start);
  EXPECT_FALSE(watch.again(shell, start + milliseconds(60)));
  ASSERT_TRUE(watch.next_wake());
  EXPECT_FALSE(watch.again(sleep, start + milliseconds(70))) << "not before its time";
  EXPECT_TRUE(watch.again(sleep, *watch.next_wake()));
  EXPECT_FALSE(watch.next_wake());
}

TEST(InterruptWatch, AsksTheProgramThatTheChildHasBecome) {
  InterruptWatch watch;
  watch.sent(child, shell, start);
  EXPECT_TRUE(watch.again(sleep, *watch.next_wake()));
}

TEST(InterruptWatch, GivesUpOnAShellThatStaysInFront) {
  InterruptWatch watch;
  watch.sent(shell, shell, start);
  int checks = 0;
  while (watch.next_wake()) {
    EXPECT_FALSE(watch.again(shell, *watch.next_wake()));
    ASSERT_LT(++checks, 1000);
  }
}

}  // namespace
}  // namespace duotty::exec
