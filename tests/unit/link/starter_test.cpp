#include "starter.hpp"

#include <gtest/gtest.h>

namespace duotty::link {
namespace {

const std::string kReady = "\x1b]7718;ready\a";
const std::string kRuns = "\x1b]7718;runs\a";

TEST(Starter, SendsTheProgramOnceWhenTheHostIsReady) {
  Starter starter("exec sh\n");
  EXPECT_TRUE(starter.waits());
  EXPECT_EQ(starter.take("motd\r\n"), "motd\r\n");
  EXPECT_FALSE(starter.answer());
  EXPECT_EQ(starter.take("more" + kReady), "more");
  EXPECT_EQ(starter.answer(), "8\n\n\n\n\n\n\nexec sh\n");
  EXPECT_FALSE(starter.answer());
  EXPECT_TRUE(starter.waits());
  EXPECT_EQ(starter.take(kRuns + "$ "), "$ ");
  EXPECT_FALSE(starter.waits());
  EXPECT_EQ(starter.take(kReady), kReady);
}

TEST(Starter, WordsComeInPieces) {
  Starter starter("p");
  std::string shown;
  for (const char c : "a\x1b]77" + kReady) shown += starter.take(std::string_view(&c, 1));
  EXPECT_EQ(shown, "a\x1b]77");
  EXPECT_TRUE(starter.answer());
  for (const char c : "b" + kRuns + "c\x1b") shown += starter.take(std::string_view(&c, 1));
  EXPECT_EQ(shown, "a\x1b]77bc\x1b");
  EXPECT_FALSE(starter.waits());
}

TEST(Starter, WhatWasHeldBackIsShownWhenItIsGivenUp) {
  Starter starter("p");
  EXPECT_EQ(starter.take("x\x1b]7718;"), "x");
  starter.give_up();
  EXPECT_FALSE(starter.waits());
  EXPECT_EQ(starter.take("y"), "\x1b]7718;y");
}

TEST(Starter, NothingToSendNothingToWaitFor) {
  Starter starter("");
  EXPECT_FALSE(starter.waits());
  EXPECT_EQ(starter.take("$ "), "$ ");
  EXPECT_FALSE(starter.answer());
}

}  // namespace
}  // namespace duotty::link
