// What depends on where the shell stands, and how findings are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verdict.hpp"

namespace duotty::gate {
namespace {

TEST(Where, PathsAreJudgedByWhereTheyLand) {
  const auto in = [](const char* cwd, const char* command) {
    return verdict(command, {.cwd = cwd, .home = "/home/me", .variables = {}});
  };
  EXPECT_EQ(in("/usr/lib", "rm -rf .."), "rm-system");
  EXPECT_EQ(in("/usr", "rm -rf *"), "rm-system");
  EXPECT_EQ(in("/", "rm -rf *"), "rm-root");
  EXPECT_EQ(in("/", "rm -rf usr"), "rm-system");
  EXPECT_EQ(in("/home/me", "rm -rf *"), "rm-home");
  EXPECT_EQ(in("/home/me/a/b", "rm -rf ../.."), "rm-home");
  EXPECT_EQ(in("/home/me/a/b", "rm -rf ../../c"), "ok");
  EXPECT_EQ(in("/srv/app/x", "rm -rf /srv/app"), "rm-cwd");
  EXPECT_EQ(in("/tmp/x/y", "rm -rf ../../x"), "ok");
  EXPECT_EQ(in("/tmp/x", "rm -rf *"), "ok");
  EXPECT_EQ(in("/etc", "echo > passwd"), "write-vital");
  EXPECT_EQ(in("/dev", "dd if=x of=sda"), "write-device");
}

TEST(Where, NothingIsAssumedOfADirectoryThatIsNotKnown) {
  const auto unknown = [](const char* command) { return verdict(command, {}); };
  EXPECT_EQ(unknown("rm -rf build"), "ok");
  EXPECT_EQ(unknown("rm -rf ../build"), "ok");
  EXPECT_EQ(unknown("rm -rf ."), "rm-cwd");
  EXPECT_EQ(unknown("rm -rf ../.."), "rm-cwd");
  EXPECT_EQ(unknown("rm -rf ~"), "rm-home");
  EXPECT_EQ(unknown("rm -rf /"), "rm-root");
  EXPECT_EQ(unknown("cd \"$X\" && rm -rf build"), "ok");
}

TEST(Where, KnownVariablesStandForTheirValues) {
  const Context context{.cwd = "/srv/app", .home = "/home/me", .variables = {{"TOP", "/"}, {"OUT", "/srv/app/out"}}};
  EXPECT_EQ(verdict("rm -rf \"$TOP\"", context), "rm-root");
  EXPECT_EQ(verdict("rm -rf \"$OUT/\"*", context), "ok");
  EXPECT_EQ(verdict("rm -rf \"$OUT/../..\"", context), "rm-system");
}

TEST(Programs, AreJudgedWithoutAShell) {
  EXPECT_EQ(judge_program({"rm", "-rf", "/"}, project())->rule->id, "rm-root");
  EXPECT_EQ(judge_program({"bash", "-c", "cd / && rm -rf *"}, project())->rule->id, "rm-root");
  EXPECT_FALSE(judge_program({"echo", "rm -rf /; reboot"}, project()));
  EXPECT_FALSE(judge_program({"rm", "-rf", "$HOME"}, project()));
  EXPECT_FALSE(judge_program({}, project()));
}

TEST(Programs, AreGivenTextOnStandardInput) {
  EXPECT_EQ(judge_stdin("psql", "DROP TABLE users;\n", project())->rule->id, "sql-drop");
  EXPECT_EQ(judge_stdin("bash", "rm -rf /\n", project())->rule->id, "rm-root");
  EXPECT_EQ(judge_stdin("redis-cli", "flushall\n", project())->rule->id, "flush-store");
  EXPECT_EQ(judge_stdin("python3", "import os; os.system('rm -rf /')\n", project())->rule->id, "rm-root");
  EXPECT_FALSE(judge_stdin("cat", "rm -rf /\n", project()));
  EXPECT_FALSE(judge_stdin("psql", "SELECT 1;\n", project()));
}

TEST(Findings, NameRuleWordAndReason) {
  const auto found = judge("sudo rm -rf \"$HOME\"/", project());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->word, "\"$HOME\"/");
  EXPECT_THAT(found->message(),
              testing::StartsWith("This command removes a whole home directory (rule rm-home, at \"\"$HOME\"/\"). "));
  const auto in_script = judge("bash -c 'cd /; rm -rf ./*'", project());
  ASSERT_TRUE(in_script);
  EXPECT_EQ(in_script->word, "./*");
}

TEST(Findings, TheGravestCounts) {
  EXPECT_EQ(verdict("git reset --hard; rm -rf /"), "rm-root");
  EXPECT_EQ(verdict("rm -rf /; git reset --hard"), "rm-root");
  EXPECT_EQ(verdict("git reset --hard; git clean -fd"), "git-discard");
  EXPECT_EQ(name(Level::caution), "caution");
  EXPECT_EQ(name(Level::destructive), "destructive");
}

}  // namespace
}  // namespace duotty::gate
