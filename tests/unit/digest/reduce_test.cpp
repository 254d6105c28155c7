#include <gtest/gtest.h>

#include <duotty/digest/reduce.hpp>
#include <duotty/digest/tokens.hpp>
#include <duotty/digest/trouble.hpp>

namespace duotty::digest {
namespace {

TEST(Reduce, LeavesShortTextAsItIs) {
  ReduceInput input;
  input.text = "hello\nworld\n";
  const auto result = reduce(input);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "hello\nworld");
  EXPECT_EQ(result->reducer, "off");
  EXPECT_EQ(result->lines_omitted, 0U);
}

}  // namespace
}  // namespace duotty::digest
