// Commands in the shells without hooks, with our marks in their prompts: one suite over dash, busybox ash and mksh.
#include <algorithm>
#include <ostream>

#include "shell_harness.hpp"

using namespace shell_test;
using exec::ExecStatus;
using exec::MarkKind;

namespace {

struct Case {
  std::string name;
  std::vector<std::string> argv;
  std::string shell;  ///< what it says it is
};

void PrintTo(const Case& shell, std::ostream* out) {
  *out << shell.name;
}

long count(const Shell& shell, MarkKind kind) {
  return std::count_if(shell.marks().begin(), shell.marks().end(),
                       [kind](const auto& mark) { return mark.kind == kind; });
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Types a line at the prompt and waits for the next one.
void enter(Shell& shell, const std::string& line) {
  shell.type(line + "\r");
  shell.wait_for_prompt();
}

class PosixShell : public testing::TestWithParam<Case> {
 protected:
  /// The shell with this as its user's own ENV.
  std::unique_ptr<Shell> start(const std::string& file = "PS1='ready> '\n", Shell::Env env = {}) {
    env.try_emplace("ENV", "$HOME/.shrc");
    return Shell::integrated(GetParam().argv, {{".shrc", file}}, env);
  }
};

}  // namespace

TEST_P(PosixShell, SaysWhatItIs) {
  auto shell = start();
  EXPECT_TRUE(shell->tracker().integrated());
  EXPECT_EQ(shell->tracker().shell(), GetParam().shell);
  EXPECT_EQ(shell->tracker().cwd(), shell->home());
  EXPECT_TRUE(contains(shell->text(), "ready> "));
}

TEST_P(PosixShell, ReportsTrueExitCodes) {
  auto shell = start();
  EXPECT_EQ(shell->code("true"), 0);
  EXPECT_EQ(shell->code("false"), 1);
  EXPECT_EQ(shell->code("(exit 3)"), 3);
  EXPECT_EQ(shell->code("no-such-command-here"), 127);
  EXPECT_EQ(shell->code("/"), 126);
  EXPECT_EQ(shell->code("sh -c 'kill -9 $$'"), 137);
  EXPECT_EQ(shell->code("sh -c 'kill -INT $$'"), 130);
  EXPECT_EQ(shell->code("true | false"), 1);
  EXPECT_EQ(shell->code("false; true"), 0);
  EXPECT_EQ(shell->code("! true"), 1);
  EXPECT_EQ(shell->code("f() { return 42; }; f"), 42);
  EXPECT_NE(shell->code("cd /no/such/place"), 0);
}

TEST_P(PosixShell, TellsTheStatusAndDirectoryOfWhatIsTyped) {
  auto shell = start();
  enter(*shell, "(exit 7)");
  EXPECT_EQ(shell->tracker().last_exit_code(), 7);
  enter(*shell, "cd /usr");
  EXPECT_EQ(shell->tracker().last_exit_code(), 0);
  EXPECT_EQ(shell->tracker().cwd(), "/usr");
  // The start of what a person types is not known, so there is no block of it.
  EXPECT_TRUE(shell->blocks().empty());
  EXPECT_EQ(shell->run("true").cwd, "/usr");
  EXPECT_EQ(shell->blocks().size(), 1U);
  EXPECT_TRUE(shell->tracker().at_prompt());
}

TEST_P(PosixShell, GivesExactlyWhatACommandPrints) {
  auto shell = start();
  EXPECT_EQ(shell->output("echo hi"), "hi\n");
  EXPECT_EQ(shell->output("printf 'no newline'"), "no newline");
  EXPECT_EQ(shell->output("echo \"a 'b' c\" 'd \"e\"' # comment"), "a 'b' c d \"e\"\n");
  EXPECT_EQ(shell->output("echo 'two\nlines \xc3\xa4!'"), "two\nlines \xc3\xa4!\n");
  EXPECT_EQ(shell->output("# only a comment"), "");
  EXPECT_EQ(shell->output("printf '%s' '\x1b\x01\x7f' | od -An -tx1"), " 1b 01 7f\n");
  EXPECT_EQ(shell->output("for i in 1 2\ndo\n\techo \"i=$i\"\ndone"), "i=1\ni=2\n");
  EXPECT_EQ(shell->output("cat <<EOF\nhere $((1+1))\nEOF"), "here 2\n");
  const auto much = shell->run("seq 1 170000");
  EXPECT_EQ(much.code, 0);
  EXPECT_GT(much.output.size(), 1'000'000U);
  EXPECT_TRUE(much.output.ends_with("\n169999\n170000\n"));
  EXPECT_EQ(shell->output("echo '" + std::string(200'000, 'w') + "' | wc -c | tr -d ' '"), "200001\n");
}

TEST_P(PosixShell, IsInterruptedByCtrlC) {
  auto shell = start();
  shell->begin({"sh -c 'echo ready; exec sleep 1000'; echo not reached", {}, {}});
  shell->wait_for_output("ready");
  shell->type("\x03");
  const auto outcome = shell->finish();
  EXPECT_EQ(outcome.status, ExecStatus::completed);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_TRUE(contains(outcome.output, "ready\n"));
  EXPECT_FALSE(contains(outcome.output, "not reached"));
  EXPECT_EQ(shell->output("echo alive"), "alive\n");
}

TEST_P(PosixShell, EndsASyntaxErrorWithACode) {
  auto shell = start();
  for (const char* command : {"echo 'open", "echo a )", "if true"}) {
    const auto outcome = shell->run(command);
    EXPECT_EQ(outcome.status, ExecStatus::completed) << command;
    EXPECT_TRUE(outcome.code && *outcome.code != 0) << command;
    EXPECT_EQ(shell->output("echo alive"), "alive\n") << command;
  }
}

TEST_P(PosixShell, DoesNotWaitForBackgroundCommands) {
  auto shell = start();
  EXPECT_EQ(shell->run("sleep 1000 &").code, 0);
  EXPECT_EQ(shell->code("kill $!"), 0);
}

TEST_P(PosixShell, AppliesDirectoryAndEnvironmentToOneCommand) {
  auto shell = start();
  const auto outcome =
      shell->run_in("/usr/bin", {{"GREETING", "it's \"fine\" $HOME \\"}}, "pwd; printf '%s\\n' \"$GREETING\"");
  EXPECT_EQ(outcome.output, "/usr/bin\nit's \"fine\" $HOME \\\n");
  EXPECT_EQ(outcome.cwd, shell->home());
  EXPECT_EQ(shell->output("echo \"[$GREETING]\""), "[]\n");
  const auto missing = shell->run_in(shell->home() + "/missing", {}, "touch ran");
  EXPECT_TRUE(missing.code && *missing.code != 0);
  EXPECT_FALSE(std::filesystem::exists(shell->home() + "/ran"));
}

TEST_P(PosixShell, KeepsDirectoryAndVariablesBetweenCommands) {
  auto shell = start();
  const std::string name = "d\xc3\xa4 r'1\n2";
  std::filesystem::create_directory(shell->home() + "/" + name);
  EXPECT_EQ(shell->run("cd \"d\xc3\xa4 r'1\n2\"; X=1").cwd, shell->home() + "/" + name);
  EXPECT_EQ(shell->tracker().cwd(), shell->home() + "/" + name);
  EXPECT_EQ(shell->output("echo $X"), "1\n");
}

TEST_P(PosixShell, EndsWithTheShell) {
  auto shell = start();
  const auto outcome = shell->run("exit 3");
  EXPECT_EQ(outcome.status, ExecStatus::shell_exited);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.source, exec::ExitSource::wait);
}

TEST_P(PosixShell, KeepsTheStatusOfTheLastCommand) {
  auto shell = start("PS1='[$?]> '\n");
  enter(*shell, "(exit 7)");
  EXPECT_TRUE(contains(shell->text(), "[7]> "));
  enter(*shell, "echo is:$?");
  EXPECT_TRUE(contains(shell->text(), "is:7\r\n"));
  enter(*shell, "(exit 8)");
  EXPECT_EQ(shell->output("echo $?"), "8\n");
  enter(*shell, "(exit 9)");
  enter(*shell, "# a comment");
  EXPECT_EQ(shell->tracker().last_exit_code(), 9);
  enter(*shell, "true first last");
  enter(*shell, "echo underscore:$_");
  EXPECT_TRUE(contains(shell->text(), "underscore:last\r\n"));
}

TEST_P(PosixShell, ReadsTheUsersFileFirst) {
  auto shell =
      start("COUNT=$((${COUNT:-0}+1))\nalias hi='echo hello'\nf() { echo f \"$1\"; }\nPS1='mine> '\nreturn 3\n");
  EXPECT_TRUE(contains(shell->text(), "mine> "));
  EXPECT_EQ(shell->output("echo $COUNT $ENV; f x"), "1 $HOME/.shrc\nf x\n");
  enter(*shell, "hi");
  EXPECT_TRUE(contains(shell->text(), "\r\nhello\r\n"));
  EXPECT_EQ(shell->output(GetParam().name + std::string(GetParam().name == "busybox" ? " sh" : "") + " -c 'echo $ENV'"),
            "$HOME/.shrc\n");
}

TEST_P(PosixShell, WorksUnderTheUsersOptions) {
  for (const char* odd : {"set -u", "set -f", "set -C", "IFS=x", "set -a", "export LC_ALL=POSIX",
                          "printf() { echo fake; }", "PS2='more '"}) {
    auto shell = start("PS1='ready> '\n" + std::string(odd) + "\n");
    EXPECT_EQ(shell->run("(exit 6)").code, 6) << odd;
    EXPECT_EQ(shell->output("echo text"), "text\n") << odd;
    EXPECT_EQ(shell->run("cd /usr").cwd, "/usr") << odd;
    EXPECT_EQ(shell->tracker().cwd(), "/usr") << odd;
    EXPECT_TRUE(shell->tracker().at_prompt()) << odd;
    EXPECT_FALSE(contains(shell->text(), "__duotty")) << odd;
  }
  auto shell = start("PS1='ready> '\nset -e\n");
  EXPECT_EQ(shell->code("false || true"), 0);
  const auto end = shell->run("(exit 5)");
  // In mksh, -e does not end a script that is read by `command`.
  EXPECT_EQ(end.status, GetParam().name == "mksh" ? ExecStatus::completed : ExecStatus::shell_exited);
  EXPECT_EQ(end.code, 5);
}

TEST_P(PosixShell, KeepsTraps) {
  auto shell = start("PS1='ready> '\ntrap 'echo bye' EXIT\ntrap 'echo usr1' USR1\n");
  EXPECT_EQ(shell->output("kill -USR1 $$; true"), "usr1\n");
  const std::string traps = shell->output("trap");
  EXPECT_TRUE(contains(traps, "echo bye")) << traps;
  const auto end = shell->run("exit 2");
  EXPECT_EQ(end.code, 2);
  EXPECT_TRUE(contains(end.output, "bye\n"));
}

TEST_P(PosixShell, DrawsAPromptAgainWithoutEndingALine) {
  auto shell = start();
  const auto prompts = shell->tracker().prompts();
  enter(*shell, "(exit 4)");
  EXPECT_EQ(shell->tracker().prompts(), prompts + 1);
  const auto ends = count(*shell, MarkKind::prompt_end);
  shell->type("# typed only\x0c");
  if (GetParam().name != "dash") {  // which leaves the line to the terminal's driver
    EXPECT_TRUE(shell->wait([&] { return count(*shell, MarkKind::prompt_end) > ends; }));
    EXPECT_EQ(shell->tracker().prompts(), prompts + 1);
    EXPECT_TRUE(shell->tracker().at_prompt());
  }
  shell->type("\x03");
  EXPECT_TRUE(shell->wait([&] { return shell->tracker().prompts() == prompts + 2; }));
  EXPECT_EQ(shell->code("(exit 5)"), 5);
}

TEST_P(PosixShell, KeepsTheNonceFromEveryone) {
  auto shell = start("set -a\nexport PS1='ready> ' PS2\n");
  EXPECT_EQ(shell->output("env | grep -c -e Nonce -e efX"), "0\n");
  EXPECT_EQ(shell->output("env | grep -c ^__duotty_[ab]"), "0\n");
  for (const char* listing : {"set", "export", "export -p", "echo \"$PS1\"", "tr '\\0' '\\n' </proc/$$/cmdline",
                              "tr '\\0' '\\n' </proc/$$/environ", "alias", "trap"})
    EXPECT_FALSE(contains(shell->output(listing), nonce)) << listing;
}

TEST_P(PosixShell, DoesNotReachANestedShell) {
  auto shell = start("export PS1='ready> ' PS2\n");
  const auto ends = count(*shell, MarkKind::command_end);
  const auto before = shell->text().size();
  shell->type("env -u ENV sh -u\r");
  EXPECT_TRUE(shell->wait([&] { return shell->text().find("ready> ", before) != std::string::npos; }));
  shell->type("echo nes''ted\r");
  EXPECT_TRUE(shell->wait([&] { return contains(shell->text(), "nested\r\n"); }));
  enter(*shell, "exit 4");
  EXPECT_EQ(count(*shell, MarkKind::command_end), ends + 1);
  EXPECT_EQ(shell->tracker().last_exit_code(), 4);
  EXPECT_FALSE(contains(shell->text(), "not found"));
  EXPECT_FALSE(contains(shell->text(), "not set"));
}

TEST_P(PosixShell, TellsPublicMarksAndDirectory) {
  auto shell = start();
  enter(*shell, "cd /usr; false");
  for (const char* mark : {"\x1b]133;A\x07", "\x1b]133;B\x07", "\x1b]133;D;1\x07"})
    EXPECT_TRUE(contains(shell->text(), mark)) << mark;
  const auto uri = shell->text().rfind("\x1b]7;file://");
  ASSERT_NE(uri, std::string::npos);
  EXPECT_TRUE(shell->text().substr(uri, shell->text().find('\x07', uri) - uri).ends_with("/usr"));
}

TEST_P(PosixShell, RunsThreeHundredCommandsInARow) {
  auto shell = start();
  unsigned seed = 99;
  for (int i = 0; i < 300; ++i) {
    seed = seed * 1103515245U + 12345U;
    const std::string number = std::to_string((seed >> 16) % 256);
    const auto outcome = shell->run("printf n\\ " + number + " # x\n(exit " + number + ")");
    ASSERT_EQ(outcome.code, std::stoi(number)) << i;
    ASSERT_EQ(outcome.output, "n " + number) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Shells, PosixShell,
                         testing::Values(Case{"dash", {"dash"}, "dash"}, Case{"busybox", {"busybox", "ash"}, "ash"},
                                         Case{"mksh", {"mksh"}, "mksh"}),
                         [](const auto& shell) { return shell.param.name; });

TEST(PosixIntegration, WorksInBashUnderTheNameOfSh) {
  TemporaryDirectory place;
  std::filesystem::create_symlink("/bin/bash", place.path() + "/sh");
  auto shell = Shell::integrated({place.path() + "/sh"}, {{".shrc", "PS1='\\[\\e[1m\\]\\w\\n$? > '\n"}},
                                 {{"ENV", "$HOME/.shrc"}});
  EXPECT_EQ(shell->tracker().shell(), "bash");
  EXPECT_EQ(shell->run("(exit 6)").code, 6);
  EXPECT_TRUE(contains(shell->text(), "\r\n6 > "));
  EXPECT_EQ(shell->run("cd /usr; echo text").output, "text\n");
  EXPECT_EQ(shell->tracker().cwd(), "/usr");
  const auto prompts = shell->tracker().prompts();
  const auto ends = count(*shell, MarkKind::prompt_end);
  shell->type("# typed only\x0c");
  EXPECT_TRUE(shell->wait([&] { return count(*shell, MarkKind::prompt_end) > ends; }));
  EXPECT_EQ(shell->tracker().prompts(), prompts);
}

TEST(PosixIntegration, ReadsMkshsOwnFileWhereThereIsNoEnv) {
  auto shell = Shell::integrated({"mksh"}, {{".mkshrc", "PS1='own> '\nA=a\n"}});
  EXPECT_TRUE(contains(shell->text(), "own> "));
  EXPECT_EQ(shell->output("echo $A ${ENV-unset}"), "a unset\n");
}
