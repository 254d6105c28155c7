#include <gtest/gtest.h>

#include <duotty/session/role.hpp>

namespace duotty::session {
namespace {

TEST(Role, RanksAndNamesGoTogether) {
  EXPECT_LT(Role::viewer, Role::typist);
  EXPECT_LT(Role::typist, Role::agent);
  EXPECT_LT(Role::agent, Role::owner);
  for (const auto one : {Role::viewer, Role::typist, Role::agent, Role::owner}) EXPECT_EQ(role(name(one)), one);
  EXPECT_FALSE(role("admin").has_value());
}

TEST(Role, EveryFrameHasALeastRoleAndOthersHaveNone) {
  EXPECT_EQ(least_role("visible"), Role::viewer);
  EXPECT_EQ(least_role("resize"), Role::typist);
  EXPECT_EQ(least_role("size_policy"), Role::agent);
  EXPECT_EQ(least_role("control"), Role::owner);
  EXPECT_FALSE(least_role("").has_value());
  EXPECT_FALSE(least_role("input").has_value());
}

}  // namespace
}  // namespace duotty::session
