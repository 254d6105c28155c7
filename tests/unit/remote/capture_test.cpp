#include <gtest/gtest.h>

#include "capture.hpp"

namespace duotty::remote {
namespace {

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
