// The user's own zsh settings beside our integration: everything of theirs works, and our marks stay true.
#include <algorithm>

#include "shell_harness.hpp"

using namespace shell_test;
using exec::ExecStatus;
using exec::MarkKind;

namespace {

std::unique_ptr<Shell> zsh(const std::string& zshrc = "PROMPT='%% '\n", const Shell::Env& env = {}) {
  return Shell::integrated({"zsh"}, {{".zshrc", zshrc}}, env);
}

/// What a mark of this kind said last; "none" without such a mark.
std::optional<std::string> last_command(const Shell& shell, MarkKind kind) {
  for (auto mark = shell.marks().rbegin(); mark != shell.marks().rend(); ++mark)
    if (mark->kind == kind) return mark->command;
  return "none";
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The command fails to leave a trace: codes and output are still true after it.
void expect_true_marks(Shell& shell, const std::string& after) {
  EXPECT_EQ(shell.run("(exit 6)").code, 6) << after;
  EXPECT_EQ(shell.run("echo text; (exit 7)").output, "text\n") << after;
  EXPECT_EQ(shell.run("cd /usr").cwd, "/usr") << after;
  EXPECT_EQ(shell.run("cd").cwd, shell.home()) << after;
  EXPECT_TRUE(shell.tracker().at_prompt()) << after;
}

}  // namespace

TEST(ZshSettings, ReadEveryFileOfTheUsersOnceAndAsZshDoes) {
  auto shell = Shell::integrated({"zsh"}, {{".zshenv", "WHERE+=env:${ZDOTDIR-unset}\nreturn 3\n"},
                                           {".zshrc",
                                            "WHERE+=,rc:${ZDOTDIR-unset}:$COUNT\nCOUNT=$((COUNT+1))\n"
                                            "alias hi='echo hello'\nf() { echo f \"$1\"; }\nPROMPT='%% '\n"}});
  EXPECT_EQ(shell->output("echo $WHERE $COUNT ${ZDOTDIR-unset}; hi; f x"), "env:unset,rc:unset: 1 unset\nhello\nf x\n");

  const Shell::Env files{{"mine/.zshenv", "echo \"env in $ZDOTDIR\"\n"},
                         {"mine/.zshrc", "PROMPT='mine> '\nA=a\n"},
                         {".zshrc", "PROMPT='wrong> '\n"}};
  TemporaryDirectory other;
  write_file(other.path() + "/.zshenv", "export ZDOTDIR=$HOME/mine\n");
  auto second = Shell::integrated({"zsh"}, files, {{"ZDOTDIR", other.path()}});
  EXPECT_TRUE(contains(second->text(), "mine> "));
  EXPECT_EQ(second->output("echo $A $ZDOTDIR; zsh -c 'echo $ZDOTDIR'"),
            "a " + second->home() + "/mine\nenv in " + second->home() + "/mine\n" + second->home() + "/mine\n");
  EXPECT_EQ(zsh("if broken (\n")->code("true"), 0);
}

TEST(ZshSettings, KeepTheStatusOfTheLastCommand) {
  auto shell = zsh();
  shell->run("(exit 7)");
  EXPECT_EQ(shell->output("echo $?"), "7\n");
  shell->run("true | (exit 3) | true");
  EXPECT_EQ(shell->output("echo $pipestatus"), "0 3 0\n");
  shell->run("echo first last > /dev/null");
  EXPECT_EQ(shell->output("echo $_"), "last\n");
  shell->run("(exit 5)");
  shell->type("# a comment\r");
  shell->wait_for_prompt();
  EXPECT_EQ(shell->output("echo $?"), "5\n");
}

TEST(ZshSettings, KeepTheUsersHooks) {
  auto shell =
      zsh("PROMPT='%% '\nprecmd() { echo \"one:$?\"; }\ntwo() { PROMPT=\"dynamic:$? \"; echo \"two\"; }\n"
          "preexec() { echo \"before:$1\"; }\nprecmd_functions=(two)\n");
  const auto outcome = shell->run("(exit 4)");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(contains(shell->text(), "before:(exit 4)\r\n"));
  EXPECT_TRUE(contains(shell->text(), "one:4\r\n"));
  EXPECT_TRUE(contains(shell->text(), "dynamic:4 "));
  EXPECT_EQ(shell->code("three() { echo three:$?; }; autoload -Uz add-zsh-hook; add-zsh-hook precmd three"), 0);
  EXPECT_EQ(shell->code("(exit 5)"), 5);
  EXPECT_TRUE(contains(shell->text(), "two\r\nthree:5\r\n"));
}

TEST(ZshSettings, SurviveAChangeOfTheHooks) {
  auto shell = zsh();
  for (const char* change : {"precmd_functions=()", "preexec_functions=()", "unset precmd_functions",
                             "precmd_functions=(no_such_function)", "precmd() { true }; preexec() { false }",
                             "zle -N zle-line-init mine; mine() { true }; zle -D zle-line-finish"}) {
    EXPECT_EQ(shell->run(change).code, 0) << change;
    expect_true_marks(*shell, change);
  }
}

TEST(ZshSettings, SurviveAChangeOfThePrompts) {
  auto shell = zsh();
  for (const char* change :
       {"PROMPT='new> '", "PS1=\"(venv) $PS1\"", "PS1=", "PROMPT2='more '", "unset PROMPT PROMPT2",
        "PROMPT_EOL_MARK=", "setopt promptsubst; PROMPT='%n %~'$'\\n''%B$(echo sub)> %b'", "RPROMPT='%T right'",
        "psvar=(one two)", "unsetopt promptsp", "unset PROMPT_EOL_MARK; setopt promptsp", "source ~/.zshrc"}) {
    EXPECT_EQ(shell->code(change), 0) << change;
    expect_true_marks(*shell, change);
    EXPECT_EQ(shell->run("echo 'open").status, ExecStatus::incomplete) << change;
  }
  EXPECT_TRUE(contains(shell->text(), "(venv) new> "));
  EXPECT_TRUE(contains(shell->text(), "sub> "));
}

TEST(ZshSettings, SayWhenPromptsMayNotBeExpanded) {
  auto shell = zsh();
  EXPECT_EQ(shell->run("unsetopt promptpercent").code, 0);
  EXPECT_FALSE(shell->tracker().integrated());
  EXPECT_FALSE(contains(shell->text(), "7717"));
  EXPECT_EQ(shell->run("(exit 4)").code, 4);  // now by a script
  shell->type(" setopt promptpercent\r");
  shell->wait_for_prompt();
  EXPECT_TRUE(shell->tracker().integrated());
  EXPECT_EQ(shell->code("(exit 5)"), 5);
}

TEST(ZshSettings, WorkUnderTheOptionsOfOtherShells) {
  for (const char* odd :
       {"setopt ksharrays", "setopt shwordsplit globsubst", "setopt noglob", "setopt noclobber",
        "setopt extendedglob nullglob", "setopt nounset", "setopt noequals nomultios", "setopt warncreateglobal",
        "setopt promptbang", "IFS=x", "LC_ALL=POSIX", "print() { echo fake; }; emulate() { echo fake; }",
        "alias print='echo alias' emulate=false", "alias -g D=x", "setopt localoptions localtraps", "setopt errreturn",
        "setopt cbases octalzeroes"}) {
    auto shell = zsh();
    EXPECT_EQ(shell->code(odd), 0) << odd;
    expect_true_marks(*shell, odd);
    EXPECT_TRUE(shell->tracker().integrated()) << odd;
    EXPECT_FALSE(contains(shell->text(), "__duotty")) << odd;
  }
  for (const char* emulation : {"emulate sh", "emulate ksh", "emulate -R zsh"}) {
    auto shell = zsh();
    EXPECT_EQ(shell->run(emulation).code, 0) << emulation;
    EXPECT_EQ(shell->run("(exit 6)").code, 6) << emulation;
    EXPECT_EQ(shell->run("echo text").output, "text\n") << emulation;
    EXPECT_FALSE(contains(shell->text(), "__duotty")) << emulation;
    EXPECT_FALSE(contains(shell->text(), "7717")) << emulation;
  }
}

TEST(ZshSettings, WorkUnderSetE) {
  auto shell = zsh("PROMPT='%% '\nset -e\n");
  EXPECT_EQ(shell->code("false && true"), 1);
  EXPECT_EQ(shell->code("false || true"), 0);
  const auto end = shell->run("(exit 5)");
  EXPECT_EQ(end.status, ExecStatus::shell_exited);
  EXPECT_EQ(end.code, 5);
}

TEST(ZshSettings, AddNoNoiseToSetX) {
  auto shell = zsh("PROMPT='%% '\nPS4='+ '\nset -x\n");
  EXPECT_EQ(shell->output("echo ok"), "+ echo ok\nok\n");
  EXPECT_FALSE(contains(shell->text(), "__duotty"));
}

TEST(ZshSettings, KeepTraps) {
  auto shell = zsh("PROMPT='%% '\ntrap 'echo bye' EXIT\ntrap 'echo usr1' USR1\nTRAPZERR() { echo \"err:$?\"; }\n");
  EXPECT_EQ(shell->output("(exit 3)"), "err:3\n");
  EXPECT_EQ(shell->code("(exit 8)"), 8);
  EXPECT_EQ(shell->output("kill -USR1 $$"), "usr1\n");
  const std::string traps = shell->output("trap");
  for (const char* name : {"EXIT", "USR1", "TRAPZERR"}) EXPECT_TRUE(contains(traps, name)) << traps;
  shell->run("trap 'echo debug' DEBUG");
  EXPECT_EQ(shell->output("echo x"), "debug\nx\n");
  const auto end = shell->run("exit 2");
  EXPECT_EQ(end.status, ExecStatus::shell_exited);
  EXPECT_EQ(end.code, 2);
  EXPECT_TRUE(contains(end.output, "bye\n"));
}

TEST(ZshSettings, KeepOptionsAndHistory) {
  auto plain = std::make_unique<Shell>("zsh");
  write_file(plain->home() + "/.zshrc", "PROMPT='%% '\n");
  plain->start({"zsh"}, {});
  plain->type("setopt > options\rexit\r");
  static_cast<void>(plain->wait([] { return false; }));
  std::ifstream file(plain->home() + "/options");
  const std::string without((std::istreambuf_iterator<char>(file)), {});
  auto shell = zsh();
  EXPECT_EQ(shell->output("setopt"), without);

  auto second = zsh("PROMPT='%% '\nsetopt histignorespace\n");
  second->run("echo one");
  EXPECT_EQ(last_command(*second, MarkKind::command_start), "echo one");
  EXPECT_EQ(second->output(" echo secret"), "secret\n");
  EXPECT_EQ(last_command(*second, MarkKind::command_start), std::nullopt);
  second->type("# a note\r");
  second->wait_for_prompt();
  EXPECT_EQ(second->output("history"), "    1  echo one\n    2  # a note\n");
}

TEST(ZshSettings, TellTheCommentThatWasEntered) {
  for (const char* zshrc : {"PROMPT='%% '\n", "PROMPT='%% '\nRPROMPT='%B%T right%b'\nsetopt interactivecomments\n",
                            "PROMPT='%~'$'\\n''%% '\nbindkey -v\n",
                            "PROMPT='%% '\nfin() { true }\nautoload -Uz add-zle-hook-widget\n"
                            "add-zle-hook-widget line-finish fin\n"}) {
    auto shell = zsh(zshrc);
    const std::string options = shell->output("setopt");
    const auto starts = std::count_if(shell->marks().begin(), shell->marks().end(),
                                      [](const auto& mark) { return mark.kind == MarkKind::command_start; });
    for (const char* line : {"# what's `this`?", "# ask me! $(touch ran) !x *", "  # why"}) {
      shell->type(std::string(line) + "\r");
      shell->wait_for_prompt();
      EXPECT_EQ(last_command(*shell, MarkKind::command_end), line) << zshrc;
    }
    EXPECT_EQ(std::count_if(shell->marks().begin(), shell->marks().end(),
                            [](const auto& mark) { return mark.kind == MarkKind::command_start; }),
              starts);
    EXPECT_FALSE(std::filesystem::exists(shell->home() + "/ran"));
    EXPECT_FALSE(contains(shell->text(), "not found"));
    EXPECT_EQ(shell->output("setopt"), options);
    // An interrupted one was never entered.
    shell->type("# typed only\x03");
    shell->wait_for_prompt();
    EXPECT_EQ(last_command(*shell, MarkKind::command_end), "");
    shell->type("\r");
    shell->wait_for_prompt();
    EXPECT_EQ(last_command(*shell, MarkKind::command_end), "");
  }
  auto shell = zsh();
  shell->type("## a note\r");
  shell->wait_for_prompt();
  EXPECT_TRUE(contains(shell->text(), "command not found: ##"));
}

TEST(ZshSettings, KeepTheUsersEditorHooks) {
  auto shell =
      zsh("PROMPT='%% '\nzle-line-init() { print -n 'init;' >/dev/tty }\nzle -N zle-line-init\n"
          "zle-line-finish() { print -n 'finish;' >/dev/tty }\nzle -N zle-line-finish\n");
  EXPECT_TRUE(shell->wait([&] { return contains(shell->text(), "init;"); }));
  EXPECT_EQ(shell->code("(exit 3)"), 3);
  EXPECT_TRUE(contains(shell->text(), "finish;"));
  shell->run(
      "autoload -Uz add-zle-hook-widget; more() { print -n 'more;' >/dev/tty }; add-zle-hook-widget line-init more");
  shell->run("true");
  EXPECT_EQ(shell->code("(exit 4)"), 4);
  EXPECT_TRUE(contains(shell->text(), "more;"));
  EXPECT_FALSE(contains(shell->text(), "recursi"));
}

TEST(ZshSettings, RunByScriptWhereAPasteMayBeChanged) {
  auto shell = zsh("PROMPT='%% '\nautoload -Uz bracketed-paste-magic\nzle -N bracketed-paste bracketed-paste-magic\n");
  EXPECT_FALSE(shell->tracker().pastes());
  const auto outcome = shell->run("echo 'http://example.com/?a=b&c'; (exit 3)");
  EXPECT_FALSE(outcome.typed);
  EXPECT_EQ(outcome.output, "http://example.com/?a=b&c\n");
  EXPECT_EQ(outcome.code, 3);
  shell->run("zle -A .bracketed-paste bracketed-paste");
  EXPECT_TRUE(shell->tracker().pastes());
  EXPECT_TRUE(shell->run("true").typed);
}

TEST(ZshSettings, RunByScriptWhereKeysOrEnterDoOtherThings) {
  const std::vector<std::pair<const char*, const char*>> changes = {
      {"bindkey '^[[200~' self-insert", "bindkey '^[[200~' bracketed-paste"},
      {"bindkey '^M' accept-line-and-down-history", "bindkey '^M' accept-line"},
      {"mine() { zle .accept-line }; zle -N accept-line mine", "zle -A .accept-line accept-line"},
      {"print \"bindkey '^[[200~' self-insert\" >~/keys; source ~/keys", "bindkey '^[[200~' bracketed-paste"}};
  for (const auto& [change, back] : changes) {
    auto shell = zsh();
    EXPECT_TRUE(shell->tracker().pastes());
    shell->run(change);
    EXPECT_FALSE(shell->tracker().pastes()) << change;
    const auto outcome = shell->run("echo same; (exit 3)");
    EXPECT_FALSE(outcome.typed) << change;
    EXPECT_EQ(outcome.output, "same\n") << change;
    EXPECT_EQ(outcome.code, 3) << change;
    shell->run(back);
    EXPECT_TRUE(shell->tracker().pastes()) << back;
  }
}

TEST(ZshSettings, TellWhenTextStandsOnTheLine) {
  auto shell = zsh();
  const auto begun = [&] {
    EXPECT_TRUE(shell->wait([&] { return shell->tracker().at_prompt() && shell->tracker().line_begun(); }));
    const auto last = std::find_if(shell->marks().rbegin(), shell->marks().rend(),
                                   [](const auto& mark) { return mark.kind == MarkKind::line_begun; });
    return last != shell->marks().rend() && last->line_has_text;
  };
  EXPECT_FALSE(begun());
  EXPECT_EQ(shell->code("print -z pushed"), 0);
  EXPECT_TRUE(begun());
  shell->type_line("\x15");
  EXPECT_FALSE(begun());
  // Also where the user's own widget puts it there, from the second prompt on: it might have taken ours into it.
  shell->run("fills() { BUFFER=filled }; zle -N zle-line-init fills");
  shell->type_line("\x15");
  EXPECT_TRUE(begun());
}

TEST(ZshSettings, AskNobodyAboutTheSpellingOfACommand) {
  auto shell = zsh("PROMPT='%% '\nsetopt correctall\n");
  EXPECT_EQ(shell->code("ecoh hello"), 127);
  EXPECT_EQ(shell->run("unsetopt correctall; echo on").output, "on\n");
  EXPECT_TRUE(shell->run("true").typed);
}

TEST(ZshSettings, KeepTheNonceFromEveryone) {
  auto shell = zsh("set -a\nexport PROMPT='%% ' PS2 PROMPT_EOL_MARK=x\nPROMPT='%% '\n");
  EXPECT_EQ(shell->output("env | grep -c -e Nonce -e efX"), "0\n");
  EXPECT_EQ(shell->output("env | grep -c duotty_"), "0\n");
  for (const char* listing : {"set", "typeset -p", "functions", "export", "tr '\\0' '\\n' </proc/$$/cmdline",
                              "tr '\\0' '\\n' </proc/$$/environ", "history", "alias", "trap", "print -r -- $PROMPT"})
    EXPECT_FALSE(contains(shell->output(listing), nonce)) << listing;
  shell->run("psvar[1]=x");  // exports PSVAR, under `set -a`
  EXPECT_EQ(shell->output("env | grep -c -e Nonce -e efX"), "0\n");
}

TEST(ZshSettings, DoNotReachANestedShell) {
  auto shell = zsh("export PROMPT='%% '\n");
  const auto seen = shell->marks().size();
  shell->type("zsh -f\r");
  EXPECT_TRUE(shell->wait([&] { return shell->tracker().current() != nullptr; }));
  shell->type("echo nes''ted; set -u\r");
  EXPECT_TRUE(shell->wait([&] { return contains(shell->text(), "nested\r\n"); }));
  shell->type("(exit 9)\rexit 4\r");
  shell->wait_for_prompt();
  const auto count = [&](MarkKind kind) {
    return std::count_if(shell->marks().begin() + static_cast<std::ptrdiff_t>(seen), shell->marks().end(),
                         [kind](const auto& mark) { return mark.kind == kind; });
  };
  EXPECT_EQ(count(MarkKind::command_start), 1);
  EXPECT_EQ(count(MarkKind::command_end), 1);
  EXPECT_EQ(shell->blocks().back().exit_code, 4);
}

TEST(ZshSettings, MarkNothingFromSubshells) {
  auto shell = zsh();
  const auto outcome = shell->run("(echo a; (echo b)); echo $(echo c); { echo d; } | cat; zsh -c 'echo e'");
  EXPECT_EQ(outcome.output, "a\nb\nc\nd\ne\n");
  EXPECT_EQ(shell->blocks().size(), 1U);
}

TEST(ZshSettings, SurviveARedirectionOfTheShellsOutput) {
  auto shell = zsh();
  EXPECT_EQ(shell->run("exec 3>&1 >/dev/null; echo hidden; (exit 3)").code, 3);
  EXPECT_EQ(shell->run("exec >&3 3>&-; echo shown").output, "shown\n");
}

TEST(ZshSettings, TellPublicMarksAndDirectory) {
  auto shell = zsh();
  shell->run("cd /usr; false");
  for (const char* mark : {"\x1b]133;A\x07", "\x1b]133;B\x07", "\x1b]133;C\x07", "\x1b]133;D;1\x07"})
    EXPECT_TRUE(contains(shell->text(), mark)) << mark;
  const auto uri = shell->text().rfind("\x1b]7;file://");
  ASSERT_NE(uri, std::string::npos);
  EXPECT_EQ(
      shell->text().substr(uri, shell->text().find('\x07', uri) - uri).substr(shell->text().find('/', uri + 11) - uri),
      "/usr");
}
