#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/pty/launch.hpp>
#include <map>

namespace duotty::pty {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

LaunchRequest request() {
  LaunchRequest out;
  out.account = {"alice", "/home/alice", "/bin/zsh"};
  out.terminal_id = "t1";
  out.server_env = {"PATH=/opt/bin:/bin", "HOME=/home/alice", "SHELL=/usr/bin/fish", "EDITOR=vi"};
  out.executable = [](const std::string&) { return true; };
  return out;
}

std::map<std::string, std::string> env_of(const LaunchPlan& plan) {
  std::map<std::string, std::string> out;
  for (const std::string& variable : plan.env) {
    const auto equals = variable.find('=');
    EXPECT_TRUE(out.emplace(variable.substr(0, equals), variable.substr(equals + 1)).second) << variable << " twice";
  }
  return out;
}

TEST(Launch, TakesTheShellOfTheEnvironmentFirst) {
  const auto plan = plan_launch(request());
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->argv, ElementsAre("/usr/bin/fish"));
  EXPECT_EQ(plan->shell, "/usr/bin/fish");
}

TEST(Launch, FallsBackToTheAccountsShellAndThenToSh) {
  LaunchRequest asked = request();
  asked.executable = [](const std::string& path) { return path != "/usr/bin/fish"; };
  EXPECT_EQ(plan_launch(asked)->shell, "/bin/zsh");
  asked.executable = [](const std::string&) { return false; };
  EXPECT_EQ(plan_launch(asked)->shell, "/bin/sh");
  asked.server_env = {"SHELL=relative/sh"};
  asked.executable = [](const std::string&) { return true; };
  asked.account.shell.clear();
  EXPECT_EQ(plan_launch(asked)->shell, "/bin/sh");
}

TEST(Launch, FindsAShellByItsNameWhereProgramsAre) {
  LaunchRequest asked = request();
  asked.shell = "bash";
  asked.executable = [](const std::string& path) { return path == "/bin/bash" || path == "/usr/bin/bash"; };
  EXPECT_EQ(plan_launch(asked)->shell, "/bin/bash");
  asked.server_env = {"HOME=/home/alice"};
  EXPECT_EQ(plan_launch(asked)->shell, "/usr/bin/bash") << "the usual places without a PATH";
  asked.shell = "bin/bash";
  EXPECT_FALSE(plan_launch(asked)) << "no path that depends on where the server runs";
}

TEST(Launch, RefusesAWantedShellThatCannotRun) {
  LaunchRequest asked = request();
  asked.shell = "/no/such/shell";
  asked.executable = [](const std::string&) { return false; };
  const auto plan = plan_launch(asked);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), base::Errc::invalid_params);
  EXPECT_EQ(plan.error().field(), "shell");
}

TEST(Launch, RunsTheGivenProgramInsteadOfTheShell) {
  LaunchRequest asked = request();
  asked.argv = {"htop", "-d", "5"};
  const auto plan = plan_launch(asked);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->argv, ElementsAre("htop", "-d", "5"));
  EXPECT_EQ(env_of(*plan)["SHELL"], "/usr/bin/fish");
}

TEST(Launch, LetsNoKeyOrTokenOfOursThrough) {
  LaunchRequest asked = request();
  asked.secret_names = {"MY_PROVIDER_API_KEY"};
  for (const char* name : {"DUOTTY_HOME", "DUOTTY_ANYTHING", "WEB_ACCESS_KEY", "AGENT_API_TOKEN", "ANTHROPIC_API_KEY",
                           "OPENAI_API_KEY", "MY_PROVIDER_API_KEY", "NOTIFY_SOCKET", "LISTEN_FDS"}) {
    asked.server_env.push_back(std::string(name) + "=secret");
  }
  asked.server_env.push_back("OPENAI_BASE_URL=https://user:secret@example.test/v1");
  const auto plan = plan_launch(asked);
  ASSERT_TRUE(plan);
  for (const std::string& variable : plan->env) EXPECT_EQ(variable.find("secret"), std::string::npos) << variable;
}

TEST(Launch, KeepsAnAddressWithoutPassword) {
  LaunchRequest asked = request();
  asked.server_env.push_back("OPENAI_BASE_URL=http://localhost:11434/v1");
  EXPECT_THAT(plan_launch(asked)->env, Contains("OPENAI_BASE_URL=http://localhost:11434/v1"));
}

TEST(Launch, DropsWhatTheOuterTerminalLeftBehind) {
  LaunchRequest asked = request();
  for (const char* name :
       {"TERM_PROGRAM", "TMUX", "TMUX_PANE", "STY", "LINES", "COLUMNS", "KITTY_PID", "VTE_VERSION", "OLDPWD"})
    asked.server_env.push_back(std::string(name) + "=outer");
  asked.server_env.push_back("TERM=dumb");
  const auto plan = plan_launch(asked);
  ASSERT_TRUE(plan);
  for (const std::string& variable : plan->env) EXPECT_EQ(variable.find("=outer"), std::string::npos) << variable;
  EXPECT_THAT(plan->env, Contains("TERM=xterm-256color"));
  EXPECT_THAT(plan->env, Contains("COLORTERM=truecolor"));
  EXPECT_THAT(plan->env, Contains("DUOTTY_TERMINAL=t1"));
}

TEST(Launch, KeepsThePersonsOwnVariables) {
  const auto plan = plan_launch(request());
  ASSERT_TRUE(plan);
  auto env = env_of(*plan);
  EXPECT_EQ(env["EDITOR"], "vi");
  EXPECT_EQ(env["PATH"], "/opt/bin:/bin");
  EXPECT_EQ(env["HOME"], "/home/alice");
  EXPECT_EQ(env["USER"], "alice");
}

TEST(Launch, GivesAUtf8LocaleOnlyWhenThereIsNone) {
  EXPECT_THAT(plan_launch(request())->env, Contains("LANG=C.UTF-8"));
  for (const char* locale : {"LANG=de_DE.UTF-8", "LC_ALL=C", "LC_CTYPE=ja_JP.UTF-8"}) {
    LaunchRequest asked = request();
    asked.server_env.push_back(locale);
    const auto plan = plan_launch(asked);
    EXPECT_THAT(plan->env, Contains(locale));
    EXPECT_THAT(plan->env, Not(Contains("LANG=C.UTF-8")));
  }
  LaunchRequest empty = request();
  empty.server_env.push_back("LANG=");
  EXPECT_THAT(plan_launch(empty)->env, Contains("LANG=C.UTF-8"));
}

TEST(Launch, StartsWithAlmostNothing) {
  LaunchRequest asked;
  asked.account = {"", "", ""};
  asked.executable = [](const std::string&) { return true; };
  const auto plan = plan_launch(asked);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->cwd, "/");
  EXPECT_THAT(plan->env, Contains(StartsWith("PATH=")));
  EXPECT_THAT(plan->env, Contains("HOME=/"));
}

TEST(Launch, ExtraVariablesWinOverEverything) {
  LaunchRequest asked = request();
  asked.extra_env = {{"TERM", "vt100"}, {"EDITOR", "ed"}, {"OPENAI_API_KEY", "given on purpose"}};
  const auto plan = plan_launch(asked);
  ASSERT_TRUE(plan);
  auto env = env_of(*plan);
  EXPECT_EQ(env["TERM"], "vt100");
  EXPECT_EQ(env["EDITOR"], "ed");
  EXPECT_EQ(env["OPENAI_API_KEY"], "given on purpose");
}

TEST(Launch, StartsInTheAskedDirectoryOrAtHome) {
  EXPECT_EQ(plan_launch(request())->cwd, "/home/alice");
  LaunchRequest asked = request();
  asked.cwd = "/srv";
  const auto plan = plan_launch(asked);
  EXPECT_EQ(plan->cwd, "/srv");
  EXPECT_THAT(plan->env, Contains("PWD=/srv"));
}

TEST(Launch, RefusesHostileInput) {
  const auto refused = [](auto change) {
    LaunchRequest asked = request();
    change(asked);
    const auto plan = plan_launch(asked);
    return plan ? std::string("accepted") : plan.error().field();
  };
  using namespace std::string_literals;
  EXPECT_EQ(refused([](auto& r) { r.cwd = "relative"; }), "cwd");
  EXPECT_EQ(refused([](auto& r) { r.cwd = "/a\0b"s; }), "cwd");
  EXPECT_EQ(refused([](auto& r) { r.argv = {"sh", "a\0b"s}; }), "command");
  EXPECT_EQ(refused([](auto& r) { r.argv = {""}; }), "command");
  EXPECT_EQ(refused([](auto& r) { r.extra_env = {{"A=B", "x"}}; }), "env");
  EXPECT_EQ(refused([](auto& r) { r.extra_env = {{"", "x"}}; }), "env");
  EXPECT_EQ(refused([](auto& r) { r.extra_env = {{"1A", "x"}}; }), "env");
  EXPECT_EQ(refused([](auto& r) { r.extra_env = {{"A", "x\0y"s}}; }), "env.A");
  LaunchRequest large = request();
  large.extra_env = {{"A", std::string(kMaxLaunchBytes, 'x')}};
  EXPECT_EQ(plan_launch(large).error().code(), base::Errc::too_large);
}

TEST(Launch, IgnoresMalformedServerVariables) {
  LaunchRequest asked = request();
  asked.server_env = {"=x", "NOEQUALS", "", "A=b=c"};
  const auto plan = plan_launch(asked);
  ASSERT_TRUE(plan);
  EXPECT_EQ(env_of(*plan)["A"], "b=c");
  EXPECT_FALSE(env_of(*plan).contains("NOEQUALS"));
}

TEST(Launch, KnowsTheAccountAndTheEnvironmentOfThisProcess) {
  EXPECT_THAT(current_account().home, StartsWith("/"));
  EXPECT_THAT(current_environment(), Not(IsEmpty()));
}

}  // namespace
}  // namespace duotty::pty
