// The user's own bash settings beside our integration: everything of theirs works, and our marks stay true.
#include "shell_harness.hpp"

using namespace shell_test;

namespace {

std::optional<std::string> last_command(const Shell& shell) {
  for (auto mark = shell.marks().rbegin(); mark != shell.marks().rend(); ++mark)
    if (mark->kind == exec::MarkKind::command_start) return mark->command;
  return "no command";
}

}  // namespace

TEST(BashSettings, ReadTheUsersFileOnceAndFirst) {
  auto shell = Shell::bash("COUNT=$((${COUNT:-0}+1))\nalias hi='echo hello'\nf() { echo f \"$1\"; }\nreturn 3\n");
  EXPECT_EQ(shell->output("echo $COUNT; hi; f x"), "1\nhello\nf x\n");
  EXPECT_EQ(Shell::bash("if broken (\n")->code("true"), 0);
}

TEST(BashSettings, KeepTheStatusOfTheLastCommand) {
  auto shell = Shell::bash();
  shell->run("(exit 7)");
  EXPECT_EQ(shell->output("echo $?"), "7\n");
  shell->run("true | (exit 3) | true");
  EXPECT_EQ(shell->output("echo ${PIPESTATUS[@]}"), "0 3 0\n");
  shell->run("echo first last > /dev/null");
  EXPECT_EQ(shell->output("echo $_"), "last\n");
}

TEST(BashSettings, KeepPromptCommandAsAString) {
  auto shell = Shell::bash("PS1='$ '\nPROMPT_COMMAND='echo \"hook:$?:$_\"'\n");
  const auto outcome = shell->run("false word");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_NE(shell->text().find("hook:1:word\r\n"), std::string::npos);
}

TEST(BashSettings, KeepPromptCommandAsAnArray) {
  auto shell = Shell::bash("PROMPT_COMMAND=('echo \"one:$?\"' 'PS1=\"dynamic:$? \"')\n");
  EXPECT_EQ(shell->code("(exit 4)"), 4);
  EXPECT_NE(shell->text().find("one:4\r\n"), std::string::npos);
  EXPECT_NE(shell->text().find("dynamic:4 "), std::string::npos);
  EXPECT_EQ(shell->code("PROMPT_COMMAND+=('echo three')"), 0);
  EXPECT_EQ(shell->code("(exit 5)"), 5);
}

TEST(BashSettings, SurviveAChangeOfPromptCommand) {
  auto shell = Shell::bash();
  for (const char* change :
       {"PROMPT_COMMAND='echo new'", "PROMPT_COMMAND=\"echo before; $PROMPT_COMMAND\"",
        "PROMPT_COMMAND=\"$PROMPT_COMMAND; echo after\"", "PROMPT_COMMAND=(one two); one() { :; }; two() { :; }",
        "PROMPT_COMMAND=(\"echo front\" \"${PROMPT_COMMAND[@]}\")", "unset PROMPT_COMMAND"}) {
    const auto outcome = shell->run(change);
    EXPECT_EQ(outcome.code, 0) << change;
    EXPECT_EQ(shell->code("(exit 6)"), 6) << change;
    EXPECT_EQ(shell->code("(exit 7)"), 7) << change;
    EXPECT_EQ(shell->code("true"), 0) << change;
  }
}

TEST(BashSettings, RunByScriptWhereKeysAreBoundToOtherThings) {
  for (const char* binding : {R"("\e[200~": self-insert)", R"("\e[200~": "pasted")", R"("\C-m": "\C-j")"}) {
    auto shell = Shell::bash(std::string("PS1='$ '\nbind '") + binding + "'\n");
    EXPECT_FALSE(shell->tracker().pastes()) << binding;
    const auto outcome = shell->run("echo same; (exit 3)");
    EXPECT_FALSE(outcome.typed) << binding;
    EXPECT_EQ(outcome.output, "same\n") << binding;
    EXPECT_EQ(outcome.code, 3) << binding;
  }
  // At once, when it comes later, and back again.
  auto shell = Shell::bash();
  EXPECT_TRUE(shell->tracker().pastes());
  EXPECT_TRUE(shell->run("true").typed);
  EXPECT_EQ(shell->code(R"(bind '"\e[200~": self-insert')"), 0);
  EXPECT_FALSE(shell->tracker().pastes());
  shell->type_line(R"(bind '"\e[200~": bracketed-paste-begin')");
  EXPECT_TRUE(shell->tracker().pastes());
  EXPECT_TRUE(shell->run("true").typed);
  // Without bracketed paste nothing is bound to its key.
  shell->type_line("bind 'set enable-bracketed-paste off'");
  EXPECT_TRUE(shell->tracker().pastes());
  EXPECT_EQ(shell->output("echo typed"), "typed\n");
}

TEST(BashSettings, SurviveAChangeOfThePrompts) {
  auto shell = Shell::bash();
  for (const char* change :
       {"PS1='new> '", "PS1=\"(venv) $PS1\"", "PS1=", "PS0='zero '", "PS2='more '", "unset PS0 PS2",
        "PS1='\\u@\\h \\w\\n\\[\\e[1m\\]$(echo sub)> \\[\\e[0m\\]'", "source ~/.bashrc"}) {
    EXPECT_EQ(shell->code(change), 0) << change;
    EXPECT_EQ(shell->code("(exit 6)"), 6) << change;
    EXPECT_EQ(shell->run("echo 'open").status, exec::ExecStatus::incomplete) << change;
  }
  EXPECT_NE(shell->text().find("(venv) new> "), std::string::npos);
}

TEST(BashSettings, LetThePromptCommandBeSetAsIfItWereNoArray) {
  auto shell = Shell::bash("PS1='$ '\n");
  const auto own = [&] {
    return shell->output("printf '%s,' \"${PROMPT_COMMAND[@]:1:${#PROMPT_COMMAND[@]}-2}\"; echo");
  };
  EXPECT_EQ(shell->code("PROMPT_COMMAND='true one'"), 0);
  EXPECT_EQ(own(), "true one,\n");
  shell->run("PROMPT_COMMAND='true two'");
  EXPECT_EQ(own(), "true two,\n");
  shell->run("PROMPT_COMMAND+=('true three')");
  shell->run("PROMPT_COMMAND='true four'");
  EXPECT_EQ(own(), "true four,true three,\n");
  shell->run("PROMPT_COMMAND=");
  EXPECT_EQ(own(), "true three,\n");
  // One that sets it anew at each prompt does not pile up.
  shell->run("again() { PROMPT_COMMAND=again; }; again");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(shell->code("(exit 5)"), 5);
  EXPECT_EQ(own(), "again,\n");
}

TEST(BashSettings, AreHonestWhenEveryHookIsTakenOut) {
  auto shell = Shell::bash();
  shell->run("unset PROMPT_COMMAND");
  shell->type("PS1='bare> '\r");
  EXPECT_TRUE(shell->wait([&] { return shell->text().find("\x1b[?2004hbare> ") != std::string::npos; }));
  shell->type("echo seen\r");
  EXPECT_TRUE(shell->wait([&] { return !shell->tracker().integrated(); }));
  EXPECT_EQ(shell->tracker().phase(), exec::ShellPhase::unknown);
  EXPECT_EQ(shell->run("(exit 3)").code, 3);  // now by a script
}

TEST(BashSettings, SayWhenPromptsMayNotBeExpanded) {
  auto shell = Shell::bash();
  shell->begin({"shopt -u promptvars", {}, {}});
  const auto off = shell->finish();
  EXPECT_EQ(off.code, 0);
  EXPECT_FALSE(shell->tracker().integrated());
  EXPECT_EQ(shell->text().find("__duotty"), std::string::npos);
  EXPECT_EQ(shell->run("(exit 4)").code, 4);
  shell->type(" shopt -s promptvars\r");
  shell->wait_for_prompt();
  EXPECT_TRUE(shell->tracker().integrated());
  EXPECT_EQ(shell->code("(exit 5)"), 5);
}

TEST(BashSettings, SayWhenStandardErrorLeadsElsewhere) {
  auto shell = Shell::bash();
  EXPECT_EQ(shell->run("exec 2>/dev/null").code, 0);
  EXPECT_TRUE(shell->wait([&] { return !shell->tracker().integrated(); }));
  EXPECT_EQ(shell->run("echo out; echo err >&2; (exit 4)").code, 4);
  shell->type(" exec 2>/dev/tty\r");
  EXPECT_TRUE(shell->wait([&] { return shell->tracker().integrated() && shell->tracker().at_prompt(); }));
  EXPECT_EQ(shell->code("(exit 5)"), 5);
}

TEST(BashSettings, KeepTraps) {
  auto shell = Shell::bash(
      "PS1='$ '\ntrap 'echo \"debug:$BASH_COMMAND\"' DEBUG\ntrap 'echo \"err:$?\"' ERR\n"
      "trap 'echo bye' EXIT\ntrap 'echo usr1' USR1\n");
  // A trap's own commands run the DEBUG trap again, with the same BASH_COMMAND.
  const auto outcome = shell->run("false");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.output, "debug:false\ndebug:false\nerr:1\n");
  EXPECT_EQ(shell->output("set -TE; echo x"), "debug:set -TE\ndebug:echo x\nx\n");
  EXPECT_EQ(shell->code("(exit 8)"), 8);
  EXPECT_EQ(shell->output("kill -USR1 $$"), "debug:kill -USR1 $$\ndebug:kill -USR1 $$\nusr1\n");
  const std::string traps = shell->output("trap -p");
  for (const char* name : {"DEBUG", "ERR", "EXIT", "SIGUSR1"}) EXPECT_NE(traps.find(name), std::string::npos);
  const auto end = shell->run("exit 2");
  EXPECT_EQ(end.status, exec::ExecStatus::shell_exited);
  EXPECT_EQ(end.code, 2);
  EXPECT_NE(end.output.find("bye\n"), std::string::npos);
}

TEST(BashSettings, WorkUnderSetU) {
  auto shell = Shell::bash("PS1='$ '\nset -u\n");
  EXPECT_EQ(shell->output("echo ok"), "ok\n");
  const auto unset = shell->run("echo $no_such_variable");
  EXPECT_EQ(unset.code, 1);
  EXPECT_NE(unset.output.find("unbound variable"), std::string::npos);
  EXPECT_EQ(shell->text().find("__duotty"), std::string::npos);
}

TEST(BashSettings, WorkUnderSetE) {
  auto shell = Shell::bash("PS1='$ '\nset -e\n");
  EXPECT_EQ(shell->code("false && true"), 1);
  EXPECT_EQ(shell->code("false || true"), 0);
  const auto end = shell->run("(exit 5)");
  EXPECT_EQ(end.status, exec::ExecStatus::shell_exited);
  EXPECT_EQ(end.code, 5);
}

TEST(BashSettings, AddNoNoiseToSetX) {
  auto shell = Shell::bash("PS1='$ '\nset -x\n");
  EXPECT_EQ(shell->output("echo ok"), "+ echo ok\nok\n");
  EXPECT_EQ(shell->text().find("__duotty"), std::string::npos);
}

TEST(BashSettings, KeepOptionsAndOddOnes) {
  auto shell = Shell::bash();
  const std::string options = shell->output("echo $-; shopt");
  EXPECT_EQ(shell->output("echo $-; shopt"), options);
  for (const char* odd : {"set -f", "IFS=x", "shopt -s extglob nullglob failglob nocasematch nocaseglob",
                          "set -o posix", "set -o noclobber", "LC_ALL=POSIX",
                          "printf() { echo fake; }; test() { echo fake; }", "alias printf='echo alias' '['=false"}) {
    EXPECT_EQ(shell->code(odd), 0) << odd;
    EXPECT_EQ(shell->run("(exit 6)").code, 6) << odd;
    EXPECT_EQ(shell->run("cd /usr").cwd, "/usr") << odd;
    EXPECT_EQ(shell->run("cd").cwd, shell->home()) << odd;
  }
}

TEST(BashSettings, KeepReadonlyPromptCommand) {
  auto shell = Shell::bash("PS1='$ '\nreadonly PROMPT_COMMAND='echo audit'\n");
  EXPECT_EQ(shell->code("(exit 3)"), 3);
  EXPECT_EQ(shell->code("true"), 0);
}

TEST(BashSettings, KeepHistoryAsTheUserSetIt) {
  auto shell = Shell::bash("PS1='$ '\nHISTCONTROL=ignorespace\n");
  shell->run("echo one");
  EXPECT_EQ(last_command(*shell), "echo one");
  EXPECT_EQ(shell->output(" echo known"), "known\n");
  EXPECT_EQ(last_command(*shell), " echo known");  // who ran it has told us anyway
  shell->type_line(" echo secret");
  EXPECT_EQ(last_command(*shell), std::nullopt);
  shell->run("echo 'a!b'");  // runs by a script
  EXPECT_EQ(shell->output("history"), "    1  echo one\n    2  history\n");
  shell->run("set +o history");
  shell->type_line("echo off");
  EXPECT_EQ(last_command(*shell), std::nullopt);
  EXPECT_EQ(shell->blocks().back().exit_code, 0);
}

TEST(BashSettings, NeverRecordOurScriptsInHistory) {
  auto shell = Shell::bash("PS1='$ '\nHISTCONTROL=\n");
  shell->run("echo one");
  EXPECT_EQ(shell->output("echo 'a!b'"), "a!b\n");
  EXPECT_EQ(shell->output("history"), "    1  echo one\n    2  history\n");
}

TEST(BashSettings, KeepTheNonceFromEveryone) {
  auto shell = Shell::bash("PS1='$ '\nset -a\nexport PS1 PS0 PS2 PROMPT_COMMAND\n", {{"HISTCONTROL", "ignorespace"}});
  EXPECT_EQ(shell->output("env | grep -c -e Nonce -e efX"), "0\n");
  EXPECT_EQ(shell->output("env | grep -c ^__duotty"), "0\n");
  for (const char* listing :
       {"set", "declare -p", "declare -f", "declare -px", "export", "tr '\\0' '\\n' </proc/$$/cmdline",
        "tr '\\0' '\\n' </proc/$$/environ", "history", "alias", "trap"})
    EXPECT_EQ(shell->output(listing).find(nonce), std::string::npos) << listing;
}

TEST(BashSettings, DoNotReachANestedShell) {
  auto shell = Shell::bash("export PS1='$ ' PS0= PS2\n");
  const auto seen = shell->marks().size();
  shell->type("bash --norc\r");
  EXPECT_TRUE(shell->wait([&] { return shell->tracker().current() != nullptr; }));
  shell->type("echo nes''ted; set -u\r");
  EXPECT_TRUE(shell->wait([&] { return shell->text().find("nested\r\n") != std::string::npos; }));
  shell->type("(exit 9)\rexit 4\r");
  shell->wait_for_prompt();
  int starts = 0;
  int ends = 0;
  for (auto i = seen; i < shell->marks().size(); ++i) {
    starts += shell->marks()[i].kind == exec::MarkKind::command_start ? 1 : 0;
    ends += shell->marks()[i].kind == exec::MarkKind::command_end ? 1 : 0;
  }
  EXPECT_EQ(starts, 1);
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(shell->blocks().back().exit_code, 4);
  EXPECT_EQ(shell->text().find("unbound"), std::string::npos);
}

TEST(BashSettings, MarkNothingFromSubshells) {
  auto shell = Shell::bash();
  const auto outcome = shell->run("(echo a; (echo b)); echo $(echo c); { echo d; } | cat; bash -c 'echo e'");
  EXPECT_EQ(outcome.output, "a\nb\nc\nd\ne\n");
  EXPECT_EQ(shell->blocks().size(), 1U);
}

TEST(BashSettings, TellPublicMarksAndDirectory) {
  auto shell = Shell::bash("PS1='$ '\n");
  shell->run("cd /usr; false");
  const std::string& text = shell->text();
  for (const char* mark : {"\x1b]133;A\x07", "\x1b]133;B\x07", "\x1b]133;C\x07", "\x1b]133;D;1\x07"})
    EXPECT_NE(text.find(mark), std::string::npos) << mark;
  const auto uri = text.rfind("\x1b]7;file://");
  ASSERT_NE(uri, std::string::npos);
  EXPECT_EQ(text.substr(uri, text.find('\x07', uri) - uri).substr(text.find('/', uri + 11) - uri), "/usr");
}

TEST(BashSettings, LeaveThePromptToALineEditorInBash) {
  // As ble.sh stands at the end of ~/.bashrc: it counts its lines, and runs hooks and prompt again for one that stands.
  auto shell = Shell::bash(
      "PS1='> '\nBLE_ATTACHED=1 _ble_edit_lineno=1 step=1 order=\n"
      "ble-edit/restore-PS1() { order+=r; }\nble-edit/adjust-PS1() { order+=a; }\n"
      "PROMPT_COMMAND='(( _ble_edit_lineno += step ))'\n");
  EXPECT_FALSE(shell->tracker().pastes());
  EXPECT_EQ(shell->run("(exit 6)").code, 6);
  EXPECT_EQ(shell->output("echo $order"), "ra\n");
  EXPECT_EQ(shell->output("for i in 1 2\ndo echo $i\ndone"), "1\n2\n");
  // From now on nothing counts: the end of one more line is told, and none behind it.
  shell->run("step=0");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(shell->run("(exit 7)").code, 7);
  int starts = 0;
  for (auto mark = shell->marks().rbegin(); starts < 2; ++mark) {
    if (mark->kind == exec::MarkKind::exec_start) ++starts;
    EXPECT_NE(mark->kind, exec::MarkKind::command_end);
  }
}
