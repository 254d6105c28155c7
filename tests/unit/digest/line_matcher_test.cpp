#include <gtest/gtest.h>
#include <duotty/digest/line_matcher.hpp>

using namespace duotty::digest;

TEST(LineMatcher, FindsALineThatComesInPieces) {
  const auto pattern = Pattern::compile("^BUILD (OK|FAILED)$").value();
  LineMatcher lines;
  EXPECT_EQ(lines.first_match("a BUILD OK\r\nBUI", pattern), std::nullopt);
  EXPECT_EQ(lines.first_match("\x1b[1mLD O", pattern), std::nullopt);
  EXPECT_EQ(lines.first_match("K\x1b[0m\r\nBUILD FAILED\r\n", pattern), "BUILD OK");
  EXPECT_EQ(lines.first_match("next\r\n", pattern), std::nullopt);
}

TEST(LineMatcher, SeesALineBeforeItsEndAndTheEndOfOneThatNeverEnds) {
  const auto prompt = Pattern::compile("continue\\? $").value();
  LineMatcher lines;
  EXPECT_EQ(lines.first_match("continue? ", prompt), "continue? ");
  LineMatcher longer;
  EXPECT_EQ(longer.first_match(std::string(100'000, 'x'), prompt), std::nullopt);
  EXPECT_TRUE(longer.first_match("continue? ", prompt));
}
