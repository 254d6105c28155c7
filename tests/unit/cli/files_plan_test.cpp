// What is done so that one tree is as another.
#include <gtest/gtest.h>

#include "files_tree.hpp"

namespace duotty::cli {
namespace {

using Kind = TreeEntry::Kind;
using Do = Step::Kind;

TreeEntry file(double size, double mtime) {
  return {Kind::file, size, mtime, 0644};
}
TreeEntry of(Kind kind) {
  return {kind, 0, 0, 0755};
}

TEST(PlanCopy, TakesWhatIsMissingAndWhatDiffers) {
  const Tree source = {{"", of(Kind::folder)}, {"a", file(1, 100)},     {"b", file(2, 100)},
                       {"c", file(2, 100.4)},  {"d", of(Kind::folder)}, {"d/e", file(1, 1)}};
  const Tree target = {{"", of(Kind::folder)}, {"b", file(2, 200)}, {"c", file(2, 100)}, {"x", file(1, 1)}};
  const Plan plan = plan_copy(source, target, Existing::compare, false);
  const std::vector<Step> steps = {{Do::copy, "a"}, {Do::copy, "b"}, {Do::make, "d"}, {Do::copy, "d/e"}};
  EXPECT_EQ(plan.steps, steps);
  EXPECT_EQ(plan.unchanged, 1U);
  EXPECT_TRUE(plan.problems.empty());
}

TEST(PlanCopy, RemovesOnlyWhenToldAndEachTreeOnce) {
  const Tree source = {{"", of(Kind::folder)}, {"a", file(1, 1)}};
  const Tree target = {{"", of(Kind::folder)}, {"a", file(1, 1)},     {"old", of(Kind::folder)},
                       {"old b", file(1, 1)},  {"old/c", file(1, 1)}, {"old/d", of(Kind::link)}};
  EXPECT_TRUE(plan_copy(source, target, Existing::compare, false).steps.empty());
  const std::vector<Step> steps = {{Do::remove, "old"}, {Do::remove, "old b"}};
  EXPECT_EQ(plan_copy(source, target, Existing::compare, true).steps, steps);
}

TEST(PlanCopy, GoesThroughNoLinkAndReplacesOtherThingsOnlyWhenTold) {
  const Tree source = {
      {"", of(Kind::folder)}, {"way", of(Kind::folder)}, {"way b", file(1, 1)}, {"way/file", file(1, 1)}};
  const Tree target = {{"", of(Kind::folder)}, {"way", of(Kind::link)}};
  const Plan careful = plan_copy(source, target, Existing::compare, false);
  const std::vector<Step> other = {{Do::copy, "way b"}};
  EXPECT_EQ(careful.steps, other);
  ASSERT_EQ(careful.problems.size(), 1U);
  EXPECT_EQ(careful.problems[0].first, "way");
  const std::vector<Step> all = {{Do::remove, "way"}, {Do::make, "way"}, {Do::copy, "way b"}, {Do::copy, "way/file"}};
  EXPECT_EQ(plan_copy(source, target, Existing::compare, true).steps, all);
}

TEST(PlanCopy, LeavesLinksOutAndTheirCounterpartsAlone) {
  const Tree source = {{"", of(Kind::folder)}, {"l", of(Kind::link)}};
  const Tree target = {{"", of(Kind::folder)}, {"l", file(1, 1)}};
  const Plan plan = plan_copy(source, target, Existing::compare, true);
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_EQ(plan.left_out, std::vector<std::string>{"l"});
}

TEST(PlanCopy, KeepsWhatIsThereUnlessForced) {
  const Tree source = {{"", of(Kind::folder)}, {"a", file(1, 1)}};
  EXPECT_EQ(plan_copy(source, source, Existing::keep, false).problems.size(), 1U);
  const std::vector<Step> over = {{Do::copy, "a"}};
  EXPECT_EQ(plan_copy(source, source, Existing::replace, false).steps, over);
}

TEST(SpotOf, TellsHostsFromPathsHere) {
  EXPECT_TRUE(spot_of("a/b:c").here);
  EXPECT_TRUE(spot_of("./a:b").here);
  EXPECT_EQ(spot_of("web:/srv").there.connection, "web");
  EXPECT_EQ(spot_of("web:/srv").there.path, "/srv");
  EXPECT_EQ(spot_of("web:notes").there.path, "~/notes");
  EXPECT_EQ(spot_of("web:").there.path, "~");
  EXPECT_EQ(spot_of(":~/a").there.connection, "");
  EXPECT_FALSE(spot_of(":~/a").here);
}

}  // namespace
}  // namespace duotty::cli
