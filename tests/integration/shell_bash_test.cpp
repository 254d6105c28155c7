// Commands in a real bash with our integration.
#include <algorithm>

#include "shell_harness.hpp"

using namespace shell_test;
using exec::ExecStatus;

TEST(Bash, ReportsTrueExitCodes) {
  auto shell = Shell::bash();
  EXPECT_TRUE(shell->tracker().integrated());
  EXPECT_EQ(shell->code("true"), 0);
  EXPECT_EQ(shell->code("false"), 1);
  EXPECT_EQ(shell->code("(exit 3)"), 3);
  EXPECT_EQ(shell->code("no-such-command-here"), 127);
  EXPECT_EQ(shell->code("/"), 126);
  EXPECT_EQ(shell->code("sh -c 'kill -9 $$'"), 137);
  EXPECT_EQ(shell->code("true | false"), 1);
  EXPECT_EQ(shell->code("false; true"), 0);
  EXPECT_EQ(shell->code("! true"), 1);
  EXPECT_EQ(shell->code("f() { return 42; }; f"), 42);
  EXPECT_EQ(shell->code("cd /no/such/place"), 1);
}

TEST(Bash, GivesExactlyWhatACommandPrints) {
  auto shell = Shell::bash();
  EXPECT_EQ(shell->output("echo hi"), "hi\n");
  EXPECT_EQ(shell->output("printf 'a\\tb  '"), "a\tb  ");
  EXPECT_EQ(shell->output("printf ''"), "");
  EXPECT_EQ(shell->output("echo \"double 'single' \\\"escaped\\\"\" 'and \"this\"'"),
            "double 'single' \"escaped\" and \"this\"\n");
  EXPECT_EQ(shell->output("echo a # trailing comment"), "a\n");
  EXPECT_EQ(shell->output("echo \xc3\xa4 \xe4\xb8\xad \xf0\x9f\x98\x80"), "\xc3\xa4 \xe4\xb8\xad \xf0\x9f\x98\x80\n");
  EXPECT_EQ(shell->output("echo one | tr o 0 | cat"), "0ne\n");
  EXPECT_EQ(shell->output("echo err >&2"), "err\n");
  EXPECT_EQ(shell->output("printf '10%%\\r20%%\\r\\n'"), "20%\n");
}

TEST(Bash, TakesCommandsOfManyLines) {
  auto shell = Shell::bash();
  EXPECT_EQ(shell->output("for i in 1 2\ndo\n\techo \"i=$i\"\ndone"), "i=1\ni=2\n");
  EXPECT_EQ(shell->output("cat <<EOF\nx  $((1+1))\n\ttab\nEOF"), "x  2\n\ttab\n");
  EXPECT_EQ(shell->output("cat <<'EOF'\n$HOME 'quoted'\nEOF\n"), "$HOME 'quoted'\n");
  EXPECT_EQ(shell->output("echo 'two\nlines'"), "two\nlines\n");
  EXPECT_EQ(shell->output("echo a \\\n  b"), "a b\n");
  const auto several = shell->run("echo one\nfalse\n\n# comment\n(exit 5)");
  EXPECT_EQ(several.output, "one\n");
  EXPECT_EQ(several.code, 5);
  EXPECT_EQ(several.status, ExecStatus::completed);
  EXPECT_EQ(shell->output("f() {\n  echo in f\n}\nf"), "in f\n");
}

TEST(Bash, MakesOneBlockOfEachCommand) {
  auto shell = Shell::bash();
  shell->run("cd /");
  shell->run("(exit 2)");
  ASSERT_EQ(shell->blocks().size(), 2U);
  const auto& block = shell->blocks()[1];
  EXPECT_EQ(block.command, "(exit 2)");
  EXPECT_EQ(block.cwd, "/");
  EXPECT_EQ(block.exit_code, 2);
  EXPECT_EQ(block.status, exec::BlockStatus::completed);
}

TEST(Bash, CarriesAMegabyteOfOutput) {
  auto shell = Shell::bash();
  const auto outcome =
      shell->run("for i in {1..16384}; do echo \"$i abcdefghijklmnopqrstuvwxyz0123456789 abcdefghijklmnop\"; done");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_GT(outcome.output.size(), 900'000U);
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 16384);
  EXPECT_TRUE(outcome.output.ends_with("16384 abcdefghijklmnopqrstuvwxyz0123456789 abcdefghijklmnop\n"));
}

TEST(Bash, TakesACommandOfTwoHundredThousandCharacters) {
  auto shell = Shell::bash();
  const std::string words(200'000, 'w');
  const auto outcome = shell->run("x='" + words + "'; echo ${#x}");
  EXPECT_EQ(outcome.output, "200000\n");
  EXPECT_EQ(outcome.code, 0);
}

TEST(Bash, LetsACommandReadTheTerminal) {
  auto shell = Shell::bash();
  shell->begin({"read -p 'name? ' name; echo \"hello $name\"", {}, {}});
  shell->wait_for_output("name? ");
  shell->type("world\r");
  const auto outcome = shell->finish();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.output, "name? world\nhello world\n");
}

TEST(Bash, IsInterruptedByCtrlC) {
  auto shell = Shell::bash();
  shell->begin({"sh -c 'echo ready; exec sleep 1000'; echo not reached", {}, {}});
  shell->wait_for_output("ready");
  shell->type("\x03");
  const auto outcome = shell->finish();
  EXPECT_EQ(outcome.status, ExecStatus::completed);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.output, "ready\n^C\n");
  EXPECT_EQ(shell->output("echo alive"), "alive\n");
}

TEST(Bash, DoesNotWaitForBackgroundCommands) {
  auto shell = Shell::bash();
  const auto outcome = shell->run("sleep 1000 &");
  EXPECT_EQ(outcome.status, ExecStatus::completed);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(shell->code("kill %1; wait %1 2>/dev/null"), 143);
}

TEST(Bash, CallsOpenInputIncompleteAndStaysUsable) {
  auto shell = Shell::bash();
  for (const char* command : {"echo 'open", "for i in 1 2; do", "cat <<EOF\ntext", "echo $(ls", "if true"}) {
    const auto outcome = shell->run(command);
    EXPECT_EQ(outcome.status, ExecStatus::incomplete) << command;
    EXPECT_EQ(outcome.code, std::nullopt);
    EXPECT_EQ(shell->output("echo still here"), "still here\n") << command;
  }
}

TEST(Bash, CompletesCommentsEmptyLinesAndSyntaxErrors) {
  auto shell = Shell::bash();
  shell->run("(exit 9)");
  const auto comment = shell->run("# only a comment");
  EXPECT_EQ(comment.status, ExecStatus::completed);
  EXPECT_EQ(comment.code, 9);
  EXPECT_FALSE(comment.started);
  EXPECT_EQ(comment.output, "");
  const auto wrong = shell->run("echo a )");
  EXPECT_EQ(wrong.status, ExecStatus::completed);
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.output.find("syntax error"), std::string::npos) << wrong.output;
  EXPECT_EQ(wrong.output.find("echo a )\n"), wrong.output.npos);

  const auto before = shell->marks().size();
  shell->type("\r");
  shell->wait_for_prompt();
  for (auto i = before; i < shell->marks().size(); ++i)
    EXPECT_NE(shell->marks()[i].kind, exec::MarkKind::command_start);
}

TEST(Bash, PrintsOneEndForEachCommand) {
  auto shell = Shell::bash();
  const auto count = [&](exec::MarkKind kind) {
    return std::count_if(shell->marks().begin(), shell->marks().end(), [&](const auto& m) { return m.kind == kind; });
  };
  const auto ends = count(exec::MarkKind::command_end);
  const auto starts = count(exec::MarkKind::command_start);
  shell->run("true");
  shell->run("echo a; echo b; (exit 3)");
  EXPECT_EQ(count(exec::MarkKind::command_end) - ends, 2);
  EXPECT_EQ(count(exec::MarkKind::command_start) - starts, 2);
}

TEST(Bash, AppliesDirectoryAndEnvironmentToOneCommand) {
  auto shell = Shell::bash();
  const auto outcome = shell->run_in("/usr/bin", {{"GREETING", "it's \"fine\" $HOME `x`"}},
                                     "pwd; echo \"$GREETING\"; cat <<E # comment\nin $PWD\nE\n# end");
  EXPECT_EQ(outcome.output, "/usr/bin\nit's \"fine\" $HOME `x`\nin /usr/bin\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.cwd, shell->home());
  EXPECT_EQ(shell->output("pwd; echo \"[$GREETING]\""), shell->home() + "\n[]\n");
  EXPECT_EQ(shell->run_in("/", {}, "exit 3").code, 3);

  const auto missing = shell->run_in(shell->home() + "/missing", {}, "touch ran");
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.output.find("No such file or directory"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(shell->home() + "/ran"));
}

TEST(Bash, KeepsDirectoryAndVariablesBetweenCommands) {
  auto shell = Shell::bash();
  const std::string name = "d\xc3\xa4 r'1";
  std::filesystem::create_directory(shell->home() + "/" + name);
  EXPECT_EQ(shell->run("cd \"d\xc3\xa4 r'1\"; X=1").cwd, shell->home() + "/" + name);
  EXPECT_EQ(shell->output("echo $X; basename \"$PWD\""), "1\n" + name + "\n");
}

TEST(Bash, EndsWithTheShell) {
  auto shell = Shell::bash();
  const auto outcome = shell->run("exit 3");
  EXPECT_EQ(outcome.status, ExecStatus::shell_exited);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.source, exec::ExitSource::wait);
}

TEST(Bash, IsNotFooledByForeignMarks) {
  auto shell = Shell::bash();
  const auto outcome =
      shell->run("printf 'x\\033]7717;wrong;D;code=0\\007\\033]7717;wrong;B\\007\\033]133;D;0\\007y\\n'; (exit 4)");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(outcome.output, "xy\n");
  EXPECT_EQ(shell->text().find("7717;"), shell->text().find("7717;wrong;D;code=0\\007"));
}

TEST(Bash, RunsByScriptWhatALineEditorWouldChange) {
  auto shell = Shell::bash();
  const auto bang = shell->run("echo \"a!b!!c\"; (exit 6)");
  EXPECT_FALSE(bang.typed);
  EXPECT_EQ(bang.output, "a!b!!c\n");
  EXPECT_EQ(bang.code, 6);
  EXPECT_EQ(shell->output("echo $?"), "6\n");
  EXPECT_EQ(shell->output("printf '%s' '\x1b[31m\x01\x7f\x0b' | od -An -tx1"), " 1b 5b 33 31 6d 01 7f 0b\n");
  EXPECT_EQ(shell->run("cd /; echo \"a!b\"").cwd, "/");
  const auto wrong = shell->run("echo 'a!b");
  EXPECT_EQ(wrong.status, ExecStatus::completed);
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(shell->run("exit 5 # a!b").code, 5);
}

TEST(Bash, EndsAScriptThatCtrlCCutsShort) {
  auto shell = Shell::bash();
  shell->begin({"sh -c 'echo ready!x; exec sleep 1000'; echo not reached", {}, {}});
  shell->wait_for_output("ready!x");
  shell->type("\x03");
  const auto outcome = shell->finish();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.output.find("not reached"), outcome.output.npos);
}

TEST(Bash, WorksWithoutBracketedPaste) {
  auto shell = Shell::bash("PS1='$ '\nbind 'set enable-bracketed-paste off'\n");
  const auto line = shell->run("echo typed; (exit 2)");
  EXPECT_TRUE(line.typed);
  EXPECT_EQ(line.output, "typed\n");
  EXPECT_EQ(line.code, 2);
  const auto lines = shell->run("for i in 1 2\ndo\n\techo $i\ndone");
  EXPECT_FALSE(lines.typed);
  EXPECT_EQ(lines.output, "1\n2\n");
}
