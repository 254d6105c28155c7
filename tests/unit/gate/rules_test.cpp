// Every row of the table of rules with its own examples.
#include <gtest/gtest.h>

#include <set>

#include "verdict.hpp"

namespace duotty::gate {
namespace {

TEST(Rules, EachCatchesItsExampleAndLetsItsLookAlikeBy) {
  for (const auto& rule : rules()) {
    if (rule.caught.empty()) continue;
    EXPECT_EQ(verdict(std::string(rule.caught)), rule.id) << rule.caught;
    EXPECT_EQ(verdict(std::string(rule.let_by)), "ok") << rule.let_by;
  }
}

TEST(Rules, HaveIdsOfTheirOwnAndSentences) {
  std::set<std::string_view> ids;
  for (const auto& rule : rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_TRUE(rule.why.ends_with('.')) << rule.id;
    EXPECT_FALSE(rule.what.empty() || rule.what.ends_with('.')) << rule.id;
    EXPECT_EQ(find_rule(rule.id), &rule);
  }
  EXPECT_EQ(find_rule("no-such-rule"), nullptr);
}

}  // namespace
}  // namespace duotty::gate
