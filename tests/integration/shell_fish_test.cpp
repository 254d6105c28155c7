// Commands in a real fish with our integration, beside its user's own settings. Commands run by scripts: a paste would
// be changed by its line editor, and what it refuses stays on the line without a word.
#include <algorithm>

#include "shell_harness.hpp"

using namespace shell_test;
using exec::ExecStatus;
using exec::MarkKind;

namespace {

constexpr const char* plain_prompt = "function fish_prompt; echo -n '> '; end\n";

std::unique_ptr<Shell> fish(const std::string& config = plain_prompt, const Shell::Env& env = {}) {
  return Shell::integrated({"fish"}, {{".config/fish/config.fish", config}}, env);
}

std::optional<std::string> last_command(const Shell& shell, MarkKind kind) {
  for (auto mark = shell.marks().rbegin(); mark != shell.marks().rend(); ++mark)
    if (mark->kind == kind) return mark->command;
  return "none";
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

}  // namespace

TEST(Fish, ReportsTrueExitCodes) {
  auto shell = fish();
  EXPECT_TRUE(shell->tracker().integrated());
  EXPECT_EQ(shell->tracker().cwd(), shell->home());
  EXPECT_EQ(shell->code("true"), 0);
  EXPECT_EQ(shell->code("false"), 1);
  EXPECT_EQ(shell->code("sh -c 'exit 3'"), 3);
  EXPECT_EQ(shell->code("no-such-command-here"), 127);
  EXPECT_EQ(shell->code("/etc/passwd"), 126);
  EXPECT_EQ(shell->code("sh -c 'kill -9 $$'"), 137);
  EXPECT_EQ(shell->code("sh -c 'kill -INT $$'"), 130);
  EXPECT_EQ(shell->code("true | false"), 1);
  EXPECT_EQ(shell->code("false; true"), 0);
  EXPECT_EQ(shell->code("not true"), 1);
  EXPECT_EQ(shell->code("function f; return 42; end; f"), 42);
  EXPECT_EQ(shell->code("cd /no/such/place"), 1);
  EXPECT_EQ(shell->code("return 5"), 5);
}

TEST(Fish, GivesExactlyWhatACommandPrints) {
  auto shell = fish();
  EXPECT_EQ(shell->output("echo hi"), "hi\n");
  EXPECT_EQ(shell->output("printf 'a\\tb  '"), "a\tb  ");
  EXPECT_EQ(shell->output("printf ''"), "");
  EXPECT_EQ(shell->output("echo \"double 'single' \\\"escaped\\\"\" 'and \"this\"'"),
            "double 'single' \"escaped\" and \"this\"\n");
  EXPECT_EQ(shell->output("echo a # trailing comment"), "a\n");
  EXPECT_EQ(shell->output("# only a comment"), "");
  EXPECT_EQ(shell->output("echo \xc3\xa4 \xe4\xb8\xad \xf0\x9f\x98\x80"), "\xc3\xa4 \xe4\xb8\xad \xf0\x9f\x98\x80\n");
  EXPECT_EQ(shell->output("echo one | tr o 0 | cat"), "0ne\n");
  EXPECT_EQ(shell->output("echo err >&2"), "err\n");
  EXPECT_EQ(shell->output("for i in 1 2\n\techo \"i=$i\"\nend\n\n# comment\nfalse"), "i=1\ni=2\n");
  EXPECT_EQ(shell->output("echo 'two\nlines'"), "two\nlines\n");
  EXPECT_EQ(shell->output("printf '%s' '\x1b[31m\x01\x7f\x0b' | od -An -tx1"), " 1b 5b 33 31 6d 01 7f 0b\n");
  const auto much = shell->run("seq 1 170000");
  EXPECT_EQ(much.code, 0);
  EXPECT_GT(much.output.size(), 1'000'000U);
  EXPECT_TRUE(much.output.ends_with("\n169999\n170000\n"));
  EXPECT_EQ(shell->output("echo '" + std::string(200'000, 'w') + "' | wc -c | tr -d ' '"), "200001\n");
}

TEST(Fish, MakesBlocksOfWhatIsTyped) {
  auto shell = fish();
  enter(*shell, "cd /");
  enter(*shell, "printf 'no newline'; sh -c 'exit 2'");
  ASSERT_EQ(shell->blocks().size(), 2U);
  const auto& block = shell->blocks()[1];
  EXPECT_EQ(block.command, "printf 'no newline'; sh -c 'exit 2'");
  EXPECT_EQ(block.cwd, "/");
  EXPECT_EQ(block.exit_code, 2);
  EXPECT_EQ(block.status, exec::BlockStatus::completed);
  enter(*shell, " echo secret");
  EXPECT_EQ(last_command(*shell, MarkKind::command_start), std::nullopt);
  EXPECT_EQ(shell->blocks().size(), 3U);
}

TEST(Fish, IsInterruptedByCtrlC) {
  auto shell = fish();
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

TEST(Fish, DoesNotWaitForBackgroundCommands) {
  auto shell = fish();
  const auto outcome = shell->run("sleep 1000 &");
  EXPECT_EQ(outcome.status, ExecStatus::completed);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(shell->code("kill %1"), 0);
}

TEST(Fish, EndsASyntaxErrorWithACode) {
  auto shell = fish();
  for (const char* command : {"echo 'open", "for i in 1 2", "echo (ls", "echo )", "if true"}) {
    const auto outcome = shell->run(command);
    EXPECT_EQ(outcome.status, ExecStatus::completed) << command;
    EXPECT_TRUE(outcome.code && *outcome.code != 0) << command;
    EXPECT_NE(outcome.output, "") << command;
    EXPECT_EQ(shell->output("echo still here"), "still here\n") << command;
  }
}

TEST(Fish, AppliesDirectoryAndEnvironmentToOneCommand) {
  auto shell = fish();
  const auto outcome =
      shell->run_in("/usr/bin", {{"GREETING", "it's \"fine\" $HOME \\"}}, "pwd; echo \"$GREETING\" # end");
  EXPECT_EQ(outcome.output, "/usr/bin\nit's \"fine\" $HOME \\\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.cwd, shell->home());
  EXPECT_EQ(shell->output("pwd; echo \"[$GREETING]\""), shell->home() + "\n[]\n");
  const auto missing = shell->run_in(shell->home() + "/missing", {}, "touch ran");
  EXPECT_TRUE(missing.code && *missing.code != 0);
  EXPECT_FALSE(std::filesystem::exists(shell->home() + "/ran"));
}

TEST(Fish, KeepsDirectoryAndVariablesBetweenCommands) {
  auto shell = fish();
  const std::string name = "d\xc3\xa4 r'1";
  std::filesystem::create_directory(shell->home() + "/" + name);
  EXPECT_EQ(shell->run("cd \"d\xc3\xa4 r'1\"; set X 1").cwd, shell->home() + "/" + name);
  EXPECT_EQ(shell->tracker().cwd(), shell->home() + "/" + name);
  EXPECT_EQ(shell->output("echo $X; basename \"$PWD\""), "1\n" + name + "\n");
}

TEST(Fish, EndsWithTheShell) {
  auto shell = fish();
  const auto outcome = shell->run("exit 3");
  EXPECT_EQ(outcome.status, ExecStatus::shell_exited);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.source, exec::ExitSource::wait);
}

TEST(Fish, RunsThreeHundredCommandsInARow) {
  auto shell = fish();
  unsigned seed = 4242;
  for (int i = 0; i < 300; ++i) {
    seed = seed * 1103515245U + 12345U;
    const std::string number = std::to_string((seed >> 16) % 256);
    const auto outcome = shell->run("printf n\\ " + number + " # x\nsh -c 'exit " + number + "'");
    ASSERT_EQ(outcome.code, std::stoi(number)) << i;
    ASSERT_EQ(outcome.output, "n " + number) << i;
  }
}

TEST(FishSettings, ReadTheUsersFilesFirst) {
  auto shell = fish("set -g COUNT (math $COUNT + 1)\nalias hi 'echo hello'\nfunction f; echo f $argv; end\n" +
                    std::string(plain_prompt));
  EXPECT_EQ(shell->output("echo $COUNT; hi; f x"), "1\nhello\nf x\n");
  EXPECT_EQ(fish("if broken (\n")->code("true"), 0);
}

TEST(FishSettings, KeepTheStatusOfTheLastCommand) {
  auto shell = fish("function fish_prompt; echo -n \"[$status|$pipestatus]> \"; end\n");
  enter(*shell, "true | sh -c 'exit 3' | true");
  EXPECT_TRUE(contains(shell->text(), "[0|0 3 0]> "));
  enter(*shell, "sh -c 'exit 7'");
  EXPECT_TRUE(contains(shell->text(), "[7|7]> "));
  EXPECT_EQ(shell->output("echo $status"), "7\n");
  enter(*shell, "sh -c 'exit 7'");
  enter(*shell, "echo now $status");
  EXPECT_TRUE(contains(shell->text(), "now 7\r\n"));
}

TEST(FishSettings, KeepTheUsersHooksAndPrompts) {
  auto shell = fish(
      "function one --on-event fish_prompt; echo hook:$status; end\nfunction two --on-event fish_preexec; echo "
      "pre:$argv; "
      "end\nfunction fish_right_prompt; echo right; end\nfunction fish_prompt; echo two-line; echo 'end> '; end\n");
  enter(*shell, "sh -c 'exit 4'");
  EXPECT_TRUE(contains(shell->text(), "hook:4"));
  EXPECT_TRUE(contains(shell->text(), "pre:sh -c 'exit 4'"));
  EXPECT_EQ(shell->code("sh -c 'exit 5'"), 5);
  EXPECT_FALSE(contains(shell->text(), "end> \r\n\x1b]133;B"));
  for (const char* change :
       {"function fish_prompt; echo -n 'new> '; end", "functions -e fish_right_prompt", "set -g fish_greeting hi",
        "function printf; echo fake; end; function string; echo fake; end; functions -e printf string",
        "fish_vi_key_bindings", "set -gx LC_ALL C"}) {
    enter(*shell, change);
    EXPECT_EQ(shell->code("sh -c 'exit 6'"), 6) << change;
    EXPECT_EQ(shell->output("echo text"), "text\n") << change;
    EXPECT_EQ(shell->run("cd /usr").cwd, "/usr") << change;
    EXPECT_TRUE(shell->tracker().at_prompt()) << change;
  }
  EXPECT_TRUE(contains(shell->text(), "new> "));
}

TEST(FishSettings, SayWhenThereIsNoPromptToMark) {
  auto shell = fish();
  shell->type("functions -e fish_prompt\r");
  EXPECT_TRUE(shell->wait([&] { return !shell->tracker().integrated(); }));
  EXPECT_EQ(shell->run("sh -c 'exit 3'").code, 3);  // now by marks of the script alone
  shell->type("function fish_prompt; echo -n 'back> '; end\r");
  EXPECT_TRUE(shell->wait([&] { return shell->tracker().integrated() && shell->tracker().at_prompt(); }));
  EXPECT_EQ(shell->code("sh -c 'exit 4'"), 4);
}

TEST(FishSettings, TellWhenTextStandsOnTheLine) {
  auto shell = fish();
  const auto filled = [&] {
    return shell->marks().back().kind == MarkKind::prompt_end && shell->marks().back().line_has_text;
  };
  EXPECT_FALSE(filled());
  EXPECT_EQ(shell->code("commandline 'echo waits'"), 0);
  EXPECT_TRUE(filled());
  shell->type_line("\x15");
  EXPECT_FALSE(filled());
}

TEST(FishSettings, TellTheCommentThatWasEntered) {
  auto shell = fish(std::string(plain_prompt) + "function fish_right_prompt; echo right; end\n");
  enter(*shell, "sh -c 'exit 5'");
  const auto starts = count(*shell, MarkKind::command_start);
  for (const char* line : {"# what's (this)?", "  # why $(touch ran) !x *"}) {
    enter(*shell, line);
    EXPECT_EQ(last_command(*shell, MarkKind::command_end), line);
  }
  EXPECT_EQ(count(*shell, MarkKind::command_start), starts);
  EXPECT_FALSE(std::filesystem::exists(shell->home() + "/ran"));
  // An interrupted one was never entered: no end is told, only a prompt.
  const auto ends = count(*shell, MarkKind::command_end);
  const auto prompts = count(*shell, MarkKind::prompt_end);
  shell->type("# typed only");
  EXPECT_TRUE(shell->wait([&] { return contains(shell->text(), "typed only"); }));
  shell->type("\x03");
  EXPECT_TRUE(shell->wait([&] { return count(*shell, MarkKind::prompt_end) > prompts; }));
  EXPECT_EQ(count(*shell, MarkKind::command_end), ends);
  enter(*shell, "");
  EXPECT_EQ(last_command(*shell, MarkKind::command_end), "");
  EXPECT_EQ(shell->output("history search --max 1"), "# what's (this)?\n");
}

TEST(FishSettings, KeepTheNonceFromEveryone) {
  auto shell = fish(plain_prompt, {{"__duotty_k", "evil"}});
  EXPECT_EQ(shell->output("env | grep -c -e Nonce -e efX"), "0\n");
  EXPECT_EQ(shell->output("env | grep -c duotty_"), "0\n");
  for (const char* listing :
       {"set", "set -S", "functions -a", "functions fish_prompt __duotty_mark", "bind", "abbr",
        "tr '\\0' '\\n' </proc/$fish_pid/cmdline", "tr '\\0' '\\n' </proc/$fish_pid/environ", "history"})
    EXPECT_FALSE(contains(shell->output(listing), nonce)) << listing;
}

TEST(FishSettings, DoNotReachANestedShell) {
  auto shell = fish();
  const auto before = shell->blocks().size();
  shell->type("fish -N\r");
  EXPECT_TRUE(shell->wait([&] { return shell->tracker().current() != nullptr; }));
  shell->type("echo nes''ted\r");
  EXPECT_TRUE(shell->wait([&] { return contains(shell->text(), "nested\r\n"); }));
  shell->type("exit 4\r");
  shell->wait_for_prompt();
  ASSERT_EQ(shell->blocks().size(), before + 1);
  EXPECT_EQ(shell->blocks().back().exit_code, 4);
}

TEST(FishSettings, TellPublicMarksAndDirectory) {
  auto shell = fish();
  enter(*shell, "cd /usr; false");
  for (const char* mark : {"\x1b]133;A\x07", "\x1b]133;B\x07", "\x1b]133;C\x07", "\x1b]133;D;1\x07"})
    EXPECT_TRUE(contains(shell->text(), mark)) << mark;
  const auto uri = shell->text().rfind("\x1b]7;file://");
  ASSERT_NE(uri, std::string::npos);
  EXPECT_TRUE(shell->text().substr(uri, shell->text().find('\x07', uri) - uri).ends_with("/usr"));
}
