#include "refusals.hpp"

#include <gtest/gtest.h>

namespace duotty::oversight {
namespace {

using namespace std::chrono_literals;

rpc::Caller caller_of(std::string name) {
  rpc::Caller out;
  out.kind = rpc::Caller::Kind::token;
  out.name = std::move(name);
  return out;
}

TEST(Refusals, AreNotedOneByOneUntilThereAreManyOfOneCaller) {
  Refusals refusals;
  const auto start = Refusals::time_point{} + 24h;
  const auto eager = caller_of("token:eager");
  int noted = 0;
  for (int i = 0; i < 1000; ++i) noted += refusals.notes(eager, start) ? 1 : 0;
  EXPECT_EQ(noted, 100);
  EXPECT_TRUE(refusals.notes(caller_of("token:other"), start)) << "others are told all the same";
  EXPECT_FALSE(refusals.notes(eager, start + 9s));
  EXPECT_TRUE(refusals.notes(eager, start + 20s));
}

TEST(Refusals, ThatWereOnlyCountedAreToldOnce) {
  Refusals refusals;
  const auto start = Refusals::time_point{} + 24h;
  const auto eager = caller_of("token:eager");
  EXPECT_TRUE(refusals.notes(eager, start));
  EXPECT_TRUE(refusals.take_skipped(eager).empty());
  for (int i = 0; i < 105; ++i) static_cast<void>(refusals.notes(eager, start));
  const auto skipped = refusals.take_skipped(eager);
  ASSERT_EQ(skipped.size(), 1U);
  EXPECT_EQ(skipped[0].caller.name, "token:eager");
  EXPECT_EQ(skipped[0].count, 6);
  EXPECT_TRUE(refusals.take_skipped(eager).empty());
  static_cast<void>(refusals.notes(eager, start));
  EXPECT_EQ(refusals.take_all_skipped().size(), 1U);
  EXPECT_TRUE(refusals.take_all_skipped().empty());
}

}  // namespace
}  // namespace duotty::oversight
