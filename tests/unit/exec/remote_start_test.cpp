#include <duotty/exec/remote_start.hpp>

#include <gtest/gtest.h>

namespace duotty::exec {
namespace {

constexpr std::string_view kNonce = "0123456789abcdefABCDEF";

TEST(RemoteStart, NothingWhereAPlainShellDoes) {
  EXPECT_FALSE(plan_remote_start({.integration = false}, kNonce));
  EXPECT_FALSE(plan_remote_start({.directory = "~", .integration = false}, kNonce));
  EXPECT_FALSE(plan_remote_start({}, "short"));
}

TEST(RemoteStart, ValuesAreQuoted) {
  const auto plan =
      plan_remote_start({.directory = "~/it's here", .env = {{"A", "$(b) 'c'"}}, .command = {"echo", "d; e"}}, kNonce);
  ASSERT_TRUE(plan);
  EXPECT_NE(plan->find("A='$(b) '\\''c'\\'''; export A\n"), std::string::npos) << *plan;
  EXPECT_NE(plan->find("cd -- \"$HOME\"/'it'\\''s here'\n"), std::string::npos) << *plan;
  EXPECT_TRUE(plan->ends_with("exec 'echo' 'd; e'\n")) << *plan;
}

TEST(RemoteStart, TheNonceStandsNowhereWhole) {
  const auto plan = plan_remote_start({}, kNonce);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->find(kNonce), std::string::npos);
  EXPECT_NE(plan->find(kNonce.substr(0, kNonce.size() / 2)), std::string::npos);
  for (const char* left : {"@DIR@", "@START@", "@NONCE", "@ESC@", "source ~/.bashrc"}) {
    EXPECT_EQ(plan->find(left), std::string::npos) << left;
  }
}

TEST(RemoteStart, AShellOfTheirChoiceAndNoHooks) {
  const auto plan = plan_remote_start({.shell = "z'sh", .integration = false}, kNonce);
  ASSERT_TRUE(plan);
  EXPECT_NE(plan->find("SHELL=$(command -v 'z'\\''sh')"), std::string::npos) << *plan;
  EXPECT_EQ(plan->find("7717"), std::string::npos);
}

}  // namespace
}  // namespace duotty::exec
