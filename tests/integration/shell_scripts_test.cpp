// Shells without integration: commands run by scripts with start and end marks. One suite over every shell that
// scripts/packages.sh installs, and over two more where they are there.
#include <algorithm>
#include <ostream>

#include "shell_harness.hpp"

using namespace shell_test;
using exec::ExecStatus;

namespace {

constexpr std::string_view prompt = "ready> ";

struct Case {
  std::string name;
  std::vector<std::string> argv;
  bool fish = false;
};

void PrintTo(const Case& shell, std::ostream* out) {
  *out << shell.name;
}

bool installed(const std::string& program) {
  for (const char* folder : {"/usr/local/bin/", "/usr/bin/", "/bin/"})
    if (::access((folder + program).c_str(), X_OK) == 0) return true;
  return false;
}

std::vector<Case> cases() {
  std::vector<Case> wanted{
      {"dash", {"dash"}},     {"busybox", {"busybox", "sh"}},
      {"mksh", {"mksh"}},     {"bash", {"bash", "--norc"}},
      {"zsh", {"zsh", "-f"}}, {"fish", {"fish", "-N", "-C", "function fish_prompt; echo -n 'ready> '; end"}, true}};
  const std::vector<Case> more{{"ksh93", {"ksh93"}}, {"yash", {"yash"}}};
  std::copy_if(more.begin(), more.end(), std::back_inserter(wanted),
               [](const Case& c) { return installed(c.argv[0]); });
  return wanted;
}

class ScriptShell : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    shell_ = std::make_unique<Shell>(GetParam().argv[0]);
    write_file(shell_->home() + "/env", "PS1='" + std::string(prompt) + "'\n");
    shell_->start(GetParam().argv, {{"PS1", std::string(prompt)},
                                    {"ENV", shell_->home() + "/env"},
                                    {"PROMPT", std::string(prompt)},
                                    {"XDG_CONFIG_HOME", shell_->home()}});
    until_prompt();
  }
  /// Waits for a prompt that came after the last call.
  void until_prompt() {
    std::size_t at = 0;
    EXPECT_TRUE(shell_->wait([&] { return (at = shell_->text().find(prompt, seen_)) != std::string::npos; }));
    seen_ = at + prompt.size();
  }
  Outcome run_in(const std::string& cwd, const Shell::Env& env, const std::string& command) {
    seen_ = shell_->text().size();
    Outcome outcome = shell_->run_in(cwd, env, command);
    if (outcome.status == ExecStatus::completed) until_prompt();
    return outcome;
  }
  Outcome run(const std::string& command) { return run_in({}, {}, command); }
  bool fish() const { return GetParam().fish; }

  std::unique_ptr<Shell> shell_;
  std::size_t seen_ = 0;
};

}  // namespace

TEST_P(ScriptShell, ReportsTrueExitCodes) {
  EXPECT_EQ(run("true").code, 0);
  EXPECT_EQ(run("false").code, 1);
  EXPECT_EQ(run("sh -c 'exit 3'").code, 3);
  EXPECT_EQ(run("no-such-command-here").code, 127);
  EXPECT_EQ(run("true | false").code, 1);
  EXPECT_EQ(run("sh -c 'kill -9 $$'").code, 137);
  EXPECT_EQ(run("return 5").code, 5);
}

TEST_P(ScriptShell, KeepsTheStatusOfTheLastCommand) {
  run("sh -c 'exit 7'");
  EXPECT_EQ(run(fish() ? "echo $status" : "echo $?").output, "7\n");
  EXPECT_EQ(run(fish() ? "echo $status" : "echo $?").output, "0\n");
}

TEST_P(ScriptShell, GivesExactlyWhatACommandPrints) {
  EXPECT_EQ(run("echo hi").output, "hi\n");
  EXPECT_EQ(run("printf 'no newline'").output, "no newline");
  EXPECT_EQ(run("echo \"a 'b' c\" 'd \"e\"' # comment").output, "a 'b' c d \"e\"\n");
  EXPECT_EQ(run("echo 'two\nlines \xc3\xa4!'").output, "two\nlines \xc3\xa4!\n");
  EXPECT_EQ(run("# only a comment").output, "");
  EXPECT_EQ(run("printf '%s' '\x1b\x01\x7f' | od -An -tx1").output, " 1b 01 7f\n");
}

TEST_P(ScriptShell, RunsCommandsOfManyLines) {
  if (fish()) {
    EXPECT_EQ(run("for i in 1 2\n\techo \"i=$i\"\nend\nfalse").output, "i=1\ni=2\n");
  } else {
    EXPECT_EQ(run("for i in 1 2\ndo\n\techo \"i=$i\"\ndone").output, "i=1\ni=2\n");
    EXPECT_EQ(run("cat <<EOF\nhere $((1+1))\nEOF").output, "here 2\n");
  }
  EXPECT_EQ(run("echo one\nfalse\necho two\nsh -c 'exit 4'").code, 4);
}

TEST_P(ScriptShell, KeepsDirectoryAndVariablesInTheShell) {
  const std::string name = "d\xc3\xa4 r'1";
  std::filesystem::create_directory(shell_->home() + "/" + name);
  EXPECT_EQ(run("cd \"d\xc3\xa4 r'1\"").cwd, shell_->home() + "/" + name);
  run(fish() ? "set KEPT value" : "KEPT=value");
  EXPECT_EQ(run("echo $KEPT").output, "value\n");
}

TEST_P(ScriptShell, AppliesDirectoryAndEnvironmentToOneCommand) {
  const std::string before = run("true").cwd;
  const auto outcome = run_in("/usr/bin", {{"GREETING", "it's \"fine\" $HOME \\"}}, "pwd; echo \"$GREETING\" # end");
  EXPECT_EQ(outcome.output, "/usr/bin\nit's \"fine\" $HOME \\\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.cwd, before);
  EXPECT_EQ(run("echo \"[$GREETING]\"").output, "[]\n");
  EXPECT_EQ(run_in("/", {}, "sh -c 'exit 9'").code, 9);
  const auto missing = run_in(shell_->home() + "/missing", {}, "touch ran");
  EXPECT_NE(missing.code, 0);
  EXPECT_TRUE(missing.code);
  EXPECT_NE(missing.output, "");
  EXPECT_FALSE(std::filesystem::exists(shell_->home() + "/ran"));
}

TEST_P(ScriptShell, EndsASyntaxErrorWithACode) {
  for (const char* command : {"echo 'open", "echo a )", "if true"}) {
    const auto outcome = run(command);
    EXPECT_EQ(outcome.status, ExecStatus::completed) << command;
    EXPECT_NE(outcome.code, 0) << command;
    EXPECT_EQ(run("echo alive").output, "alive\n") << command;
  }
}

TEST_P(ScriptShell, CarriesMuchOutputAndLongCommands) {
  const auto outcome = run("seq 1 170000");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_GT(outcome.output.size(), 1'000'000U);
  EXPECT_TRUE(outcome.output.ends_with("\n169999\n170000\n"));
  const auto echoed = run("echo '" + std::string(200'000, 'w') + "' | wc -c | tr -d ' '");
  EXPECT_EQ(echoed.output, "200001\n");
}

TEST_P(ScriptShell, LetsACommandReadTheTerminal) {
  seen_ = shell_->text().size();
  shell_->begin({"head -n 1 | tr a-z A-Z", {}, {}});
  EXPECT_TRUE(shell_->wait([&] { return !shell_->marks().empty(); }));
  shell_->type("typed\n");
  const auto outcome = shell_->finish();
  EXPECT_NE(outcome.output.find("TYPED\n"), std::string::npos) << outcome.output;
}

TEST_P(ScriptShell, SurvivesARedirectionOfTheShellsOutput) {
  if (fish()) {
    EXPECT_EQ(run("echo hidden > /dev/null; false").code, 1);
  } else {
    // Some draw their prompt on standard output too, so there is none to wait for in between.
    EXPECT_EQ(shell_->run("exec 3>&1 >/dev/null; echo hidden; false").code, 1);
    EXPECT_EQ(run("exec >&3 3>&-; echo shown").output, "shown\n");
  }
}

TEST_P(ScriptShell, EndsWithTheShell) {
  const auto outcome = run("exit 3");
  EXPECT_EQ(outcome.status, ExecStatus::shell_exited);
  EXPECT_EQ(outcome.code, 3);
}

INSTANTIATE_TEST_SUITE_P(Shells, ScriptShell, testing::ValuesIn(cases()),
                         [](const auto& shell) { return shell.param.name; });
