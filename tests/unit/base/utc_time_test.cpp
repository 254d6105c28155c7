#include <duotty/base/utc_time.hpp>

#include <gtest/gtest.h>

namespace duotty::base {
namespace {

TEST(UtcTime, IsATextThatSorts) {
  EXPECT_EQ(utc_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_time(1767225599500), "2025-12-31T23:59:59.500Z");
  EXPECT_EQ(utc_time(1709164800007), "2024-02-29T00:00:00.007Z");
  EXPECT_EQ(utc_time(-1), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace duotty::base
