// Commands in a real zsh with our integration.
#include <algorithm>

#include "shell_harness.hpp"

using namespace shell_test;
using exec::ExecStatus;
using exec::MarkKind;

namespace {

std::unique_ptr<Shell> zsh(const std::string& zshrc = "PROMPT='%% '\n", const Shell::Env& env = {}) {
  return Shell::integrated({"zsh"}, {{".zshrc", zshrc}}, env);
}

}  // namespace

TEST(Zsh, ReportsTrueExitCodes) {
  auto shell = zsh();
  EXPECT_TRUE(shell->tracker().integrated());
  EXPECT_EQ(shell->tracker().cwd(), shell->home());
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
  EXPECT_EQ(shell->code("cd /no/such/place"), 1);
}

TEST(Zsh, GivesExactlyWhatACommandPrints) {
  auto shell = zsh();
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
  EXPECT_TRUE(shell->run("echo typed").typed);
}

TEST(Zsh, TakesCommandsOfManyLines) {
  auto shell = zsh();
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

TEST(Zsh, MakesOneBlockOfEachCommand) {
  auto shell = zsh();
  shell->run("cd /");
  shell->run("printf 'no newline'; (exit 2)");
  ASSERT_EQ(shell->blocks().size(), 2U);
  const auto& block = shell->blocks()[1];
  EXPECT_EQ(block.command, "printf 'no newline'; (exit 2)");
  EXPECT_EQ(block.cwd, "/");
  EXPECT_EQ(block.exit_code, 2);
  EXPECT_EQ(block.status, exec::BlockStatus::completed);
  EXPECT_EQ(block.output_end - block.output_begin, 10U);
}

TEST(Zsh, CarriesAMegabyteOfOutput) {
  auto shell = zsh();
  const auto outcome =
      shell->run("for i in {1..16384}; do echo \"$i abcdefghijklmnopqrstuvwxyz0123456789 abcdefghijklmnop\"; done");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_GT(outcome.output.size(), 900'000U);
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 16384);
  EXPECT_TRUE(outcome.output.ends_with("16384 abcdefghijklmnopqrstuvwxyz0123456789 abcdefghijklmnop\n"));
}

TEST(Zsh, TakesALongCommand) {
  auto shell = zsh();
  const std::string words(40'000, 'w');
  const auto outcome = shell->run("x='" + words + "'; echo ${#x}");
  EXPECT_EQ(outcome.output, "40000\n");
  EXPECT_EQ(outcome.code, 0);
}

TEST(Zsh, IsInterruptedByCtrlC) {
  auto shell = zsh();
  shell->begin({"sh -c 'echo ready; exec sleep 1000'; echo not reached", {}, {}});
  shell->wait_for_output("ready");
  shell->type("\x03");
  const auto outcome = shell->finish();
  EXPECT_EQ(outcome.status, ExecStatus::completed);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.output, "ready\n^C\n");
  EXPECT_EQ(shell->output("echo alive"), "alive\n");
}

TEST(Zsh, DoesNotWaitForBackgroundCommands) {
  auto shell = zsh();
  const auto outcome = shell->run("sleep 1000 &");
  EXPECT_EQ(outcome.status, ExecStatus::completed);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(shell->code("kill %1; wait %1 2>/dev/null"), 143);
}

TEST(Zsh, CallsOpenInputIncompleteAndStaysUsable) {
  auto shell = zsh();
  for (const char* command : {"echo 'open", "for i in 1 2; do", "cat <<EOF\ntext", "echo $(ls", "if true"}) {
    const auto outcome = shell->run(command);
    EXPECT_EQ(outcome.status, ExecStatus::incomplete) << command;
    EXPECT_EQ(outcome.code, std::nullopt);
    EXPECT_EQ(shell->output("echo still here"), "still here\n") << command;
  }
}

TEST(Zsh, CompletesCommentsEmptyLinesAndSyntaxErrors) {
  auto shell = zsh();
  shell->run("(exit 9)");
  const auto comment = shell->run("# only a comment");
  EXPECT_EQ(comment.status, ExecStatus::completed);
  EXPECT_EQ(comment.output, "");
  shell->run("true");
  const auto wrong = shell->run("echo a )");
  EXPECT_EQ(wrong.status, ExecStatus::completed);
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.output.find("parse error near `)'"), std::string::npos) << wrong.output;
  EXPECT_EQ(wrong.output.find("echo a )\n"), wrong.output.npos);

  const auto before = shell->marks().size();
  shell->type("\r");
  shell->wait_for_prompt();
  for (auto i = before; i < shell->marks().size(); ++i) EXPECT_NE(shell->marks()[i].kind, MarkKind::command_start);
}

TEST(Zsh, AppliesDirectoryAndEnvironmentToOneCommand) {
  auto shell = zsh();
  const auto outcome = shell->run_in("/usr/bin", {{"GREETING", "it's \"fine\" $HOME `x`"}},
                                     "pwd; echo \"$GREETING\"; cat <<E # comment\nin $PWD\nE\n# end");
  EXPECT_EQ(outcome.output, "/usr/bin\nit's \"fine\" $HOME `x`\nin /usr/bin\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.cwd, shell->home());
  EXPECT_EQ(shell->output("pwd; echo \"[$GREETING]\""), shell->home() + "\n[]\n");
  EXPECT_EQ(shell->run_in("/", {}, "exit 3").code, 3);
  EXPECT_EQ(shell->run_in("/", {{"A", "b"}}, "echo $A in $PWD").output, "b in /\n");

  const auto missing = shell->run_in(shell->home() + "/missing", {}, "touch ran");
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.output.find("no such file or directory"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(shell->home() + "/ran"));
}

TEST(Zsh, KeepsDirectoryAndVariablesBetweenCommands) {
  auto shell = zsh();
  const std::string name = "d\xc3\xa4 r'1";
  std::filesystem::create_directory(shell->home() + "/" + name);
  EXPECT_EQ(shell->run("cd \"d\xc3\xa4 r'1\"; X=1").cwd, shell->home() + "/" + name);
  EXPECT_EQ(shell->output("echo $X; basename \"$PWD\""), "1\n" + name + "\n");
}

TEST(Zsh, EndsWithTheShell) {
  auto shell = zsh();
  const auto outcome = shell->run("exit 3");
  EXPECT_EQ(outcome.status, ExecStatus::shell_exited);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.source, exec::ExitSource::wait);
}

TEST(Zsh, RunsByScriptWhatALineEditorWouldChange) {
  auto shell = zsh();
  const auto bang = shell->run("echo \"a!b!!c\"; (exit 6)");
  EXPECT_FALSE(bang.typed);
  EXPECT_EQ(bang.output, "a!b!!c\n");
  EXPECT_EQ(bang.code, 6);
  EXPECT_EQ(shell->output("echo $?"), "6\n");
  EXPECT_EQ(shell->output("printf '%s' '\x1b[31m\x01\x7f\x0b' | od -An -tx1"), " 1b 5b 33 31 6d 01 7f 0b\n");
  EXPECT_EQ(shell->run("cd /; echo \"a!b\"").cwd, "/");
  const auto wrong = shell->run("echo 'a!b");
  EXPECT_EQ(wrong.status, ExecStatus::completed);
  EXPECT_NE(wrong.code, 0);
  EXPECT_EQ(shell->run("exit 5 # a!b").code, 5);
}

TEST(Zsh, EndsAScriptThatCtrlCCutsShort) {
  auto shell = zsh();
  shell->begin({"sh -c 'echo ready!x; exec sleep 1000'; echo not reached", {}, {}});
  shell->wait_for_output("ready!x");
  shell->type("\x03");
  const auto outcome = shell->finish();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.output.find("not reached"), outcome.output.npos);
}

TEST(Zsh, RunsThreeHundredCommandsInARow) {
  auto shell = zsh();
  unsigned seed = 12345;
  for (int i = 0; i < 300; ++i) {
    seed = seed * 1103515245U + 12345U;
    const int code = static_cast<int>(seed >> 16) % 256;
    const std::string number = std::to_string(code);
    const auto outcome =
        shell->run((seed & 0x100U) != 0 ? "echo 'n " + number + "'; (exit " + number + ")"
                                        : "printf n\\ " + number + " # x\nsh -c 'exit " + number + "'");
    ASSERT_EQ(outcome.code, code) << i;
    ASSERT_EQ(outcome.output, "n " + number + ((seed & 0x100U) != 0 ? "\n" : "")) << i;
  }
}
