#include <gtest/gtest.h>

#include "command_run.hpp"

namespace duotty::remote {
namespace {

TEST(ShellQuoted, AnythingIsOneWord) {
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
}

TEST(BegunCharacter, OnlyTheEndOfACharacterIsHeld) {
  EXPECT_EQ(begun_character(""), 0u);
  EXPECT_EQ(begun_character("abc"), 0u);
  EXPECT_EQ(begun_character("\xC3\xA4"), 0u);
  EXPECT_EQ(begun_character("a\xC3"), 1u);
  EXPECT_EQ(begun_character("a\xE2\x82"), 2u);
  EXPECT_EQ(begun_character("a\xF0\x9F\x98"), 3u);
  EXPECT_EQ(begun_character("\x80\x80\x80\x80"), 0u);
}

TEST(Capture, KeepsBeginningAndEnd) {
  Capture capture(8);
  capture.add("abcdefgh");
  EXPECT_EQ(capture.text(), "abcdefgh");
  EXPECT_EQ(capture.omitted(), 0u);
  for (int i = 0; i < 100; ++i) capture.add("0123456789");
  EXPECT_EQ(capture.total(), 1008u);
  EXPECT_GT(capture.omitted(), 900u);
  EXPECT_TRUE(capture.text().starts_with("abcd\n["));
  EXPECT_TRUE(capture.text().ends_with("6789"));
}

}  // namespace
}  // namespace duotty::remote
