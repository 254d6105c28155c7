#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <duotty/exec/compose.hpp>

using namespace duotty;
using namespace duotty::exec;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

ShellState integrated(bool paste = true) {
  return {profile_of("bash"), true, paste, true};
}
ShellState plain(const char* shell) {
  return {profile_of(shell), false, false, false};
}

base::Result<Composed> composed(const ExecRequest& request, const ShellState& state) {
  return compose(request, state, "0123456789abcdef", "tok1", "/run/duotty/t1");
}
std::string input(const std::string& command, const ShellState& state = integrated()) {
  const auto result = composed({command, {}, {}}, state);
  return result ? result->input : "error: " + result.error().message();
}
base::Errc error(const ExecRequest& request, const ShellState& state = integrated()) {
  return composed(request, state).error().code();
}

constexpr const char* script = " \\. '/run/duotty/t1/tok1'\r";

}  // namespace

TEST(Compose, PastesTheCommandAsItIs) {
  EXPECT_EQ(input("ls -l"), "\x1b[200~ls -l\x1b[201~\r");
  EXPECT_EQ(input("for i in 1\ndo\techo \"$i\" # \xe2\x82\xac\ndone\n\n"),
            "\x1b[200~for i in 1\ndo\techo \"$i\" # \xe2\x82\xac\ndone\x1b[201~\r");
  EXPECT_EQ(input("echo a \\\n"), "\x1b[200~echo a \\\n\x1b[201~\r");
  const auto result = composed({"ls", {}, {}}, integrated()).value();
  EXPECT_EQ(result.completion, Completion::shell_marks);
  EXPECT_TRUE(result.prompt_follows);
  EXPECT_TRUE(result.files.empty());
}

TEST(Compose, TypesAShortLineWithoutBracketedPaste) {
  EXPECT_EQ(input("ls -l", integrated(false)), "ls -l\r");
  for (const char* command : {"a\nb", "a\tb", "echo \xe2\x82\xac"})
    EXPECT_EQ(input(command, integrated(false)), script);
  EXPECT_EQ(input(std::string(600, 'x'), integrated(false)), script);
}

TEST(Compose, RunsWhatMayEndBashByAScriptInWhichBashSaysNothingOfIt) {
  for (const char* command :
       {"exit", "exit 3", "echo a; exit 3", "false||exit 1", "if x; then exit; fi", "f() {\n  exit 3\n}\nf",
        "{ logout; }", "case a in a) exit 1;; esac", "a=1 exit 2", "(true); exit 4", "builtin exit", "exit>/dev/null"})
    EXPECT_EQ(input(command), script) << command;
  for (const char* command : {"(exit 3)", "echo exit", "exits", "my_exit", "echo \"please exit\"", "x=$(exit 3)",
                              "./exit", "git commit -m 'the exit code'", "a-exit", "exit-now"})
    EXPECT_EQ(input(command), "\x1b[200~" + std::string(command) + "\x1b[201~\r") << command;
  EXPECT_EQ(input("exit 3", {profile_of("zsh"), true, false, true}), "\x1b[200~exit 3\x1b[201~\r");
}

TEST(Compose, PastesIntoZshUnlessItWouldReadSomethingElse) {
  ShellState zsh{profile_of("zsh"), true, false, true};
  EXPECT_EQ(input("ls\necho a#b \xe2\x82\xac", zsh), "\x1b[200~ls\necho a#b \xe2\x82\xac\x1b[201~\r");
  for (const char* command : {"echo a # b", "# b", "ls\n#b", "(ls;# b\n)", "echo \"a!b\""})
    EXPECT_EQ(input(command, zsh), script) << command;
  zsh.pastes = false;
  EXPECT_EQ(input("ls", zsh), script);
}

TEST(Compose, PastesNothingWhereThePasteKeyIsBoundToSomethingElse) {
  ShellState bash{profile_of("bash"), true, true, true};
  EXPECT_NE(input("ls", bash), script);
  bash.pastes = false;
  EXPECT_EQ(input("ls", bash), script);
}

TEST(Compose, SaysWhatTheShellMustSayThatItRuns) {
  const ShellState zsh{profile_of("zsh"), true, false, true};
  EXPECT_EQ(composed({"ls  -l", {}, {}}, zsh).value().line, "ls  -l");
  EXPECT_EQ(composed({"ls # by script", {}, {}}, zsh).value().line, "");
  EXPECT_EQ(composed({"ls", {}, {}}, {profile_of("bash"), true, true, true}).value().line, "");
}

TEST(Compose, UsesAScriptWhereTheStartOfACommandIsNotTold) {
  for (const char* name : {"fish", "dash", "ash", "mksh"}) {
    const auto result = composed({"ls", {}, {}}, {profile_of(name), true, true, true}).value();
    EXPECT_EQ(result.completion, Completion::script_marks) << name;
    EXPECT_TRUE(result.prompt_follows) << name;
    EXPECT_EQ(result.files.size(), 2U) << name;
  }
}

TEST(Compose, UsesAScriptForWhatALineEditorWouldChange) {
  for (const char* command : {"echo \x1b[201~", "printf '\x03'", "a\rb", "echo \xff", "echo \"a!b\"", "!!", "!ls",
                              "ls\n^a^b", "echo x\xc2\x9b", "\x7f"}) {
    const auto result = composed({command, {}, {}}, integrated()).value();
    EXPECT_EQ(result.input, script) << command;
    EXPECT_EQ(result.completion, Completion::script_marks);
    EXPECT_TRUE(result.prompt_follows);
    ASSERT_EQ(result.files.size(), 2U);
    EXPECT_EQ(result.files[0].mode, 0600);
    EXPECT_EQ(result.files[1].path, "/run/duotty/t1/tok1.cmd");
    EXPECT_THAT(result.files[1].content, HasSubstr(command));
  }
  EXPECT_EQ(input("echo\n" + std::string(1001, '\n') + "echo"), script);
  for (const char* command : {"! false", "[ a != b ]", "echo hi!", "echo $!\necho"})
    EXPECT_THAT(input(command), StartsWith("\x1b[200~")) << command;
}

TEST(Compose, PutsDirectoryAndEnvironmentIntoASubshell) {
  const auto result = composed({"cat <<E\nx\nE", "/tmp/it's", {{"A", "1 2"}, {"B_2", "it's"}}}, integrated()).value();
  EXPECT_EQ(result.input,
            "\x1b[200~( CDPATH= builtin cd -- '/tmp/it'\\''s' || exit\nexport A='1 2' || exit\n"
            "export B_2='it'\\''s' || exit\ncat <<E\nx\nE\n)\x1b[201~\r");
  EXPECT_THAT(composed({"x", "-", {}}, integrated())->input, HasSubstr("cd -- './-'"));
  EXPECT_EQ(composed({"x", "", {}}, integrated())->input, "\x1b[200~x\x1b[201~\r");
}

TEST(Compose, WritesScriptsInTheShellsOwnSyntax) {
  const auto dash = composed({"false", "/tmp", {}}, plain("/bin/dash")).value();
  EXPECT_EQ(dash.input, " \\. '/run/duotty/t1/tok1'\n");
  EXPECT_FALSE(dash.prompt_follows);
  EXPECT_THAT(dash.files[0].content, HasSubstr("\\command . '/run/duotty/t1/tok1.cmd'\n"));
  EXPECT_THAT(composed({"x", {}, {}}, {profile_of("ash"), true, true, true})->files[0].content,
              HasSubstr("none) \\command . '/run/duotty/t1/tok1.cmd' ;; *) \\. '"));
  EXPECT_THAT(dash.files[0].content, HasSubstr("7717;0123456789abcdef;E;id=tok1;code="));
  EXPECT_THAT(dash.files[1].content, HasSubstr("7717;0123456789abcdef;S;id=tok1"));
  EXPECT_THAT(dash.files[1].content, HasSubstr("( CDPATH= \\command cd -- '/tmp' || exit\nfalse\n)\n"));
  EXPECT_THAT(composed({"x", {}, {}}, plain("mksh"))->files[0].content, HasSubstr("\\command print -n"));
  EXPECT_THAT(composed({"x", {}, {}}, plain("zsh"))->files[0].content, HasSubstr("\\builtin . '"));
  const auto fish = composed({"x", "/tmp/it's", {{"A", "b\\c'd"}}}, plain("fish")).value();
  EXPECT_EQ(fish.input,
            " eval 'begin; set -l __duotty_s '$status';' (builtin string collect <'/run/duotty/t1/tok1')\r");
  EXPECT_THAT(fish.files[1].content,
              HasSubstr("builtin cd '/tmp/it\\'s'; and begin\nset -lx A 'b\\\\c\\'d'\nx\nend\n"));
  EXPECT_THAT(fish.files[0].content, Not(HasSubstr("base64"))) << "PATH may lead nowhere";
}

TEST(Compose, TakesAStatusOfKsh93BeforeTheFileThatRanEnds) {
  const auto ksh = composed({"x", {}, {}}, {profile_of("/usr/bin/ksh"), false, true, true}).value();
  EXPECT_TRUE(ksh.files[1].content.ends_with("x\n{ __duotty_e=$?; } 2>/dev/null\n")) << ksh.files[1].content;
  EXPECT_THAT(ksh.files[0].content, HasSubstr("$((__duotty_s > 256 ? __duotty_s - 128 : __duotty_s))"));
  const auto mksh = composed({"x", {}, {}}, {profile_of("mksh"), false, true, true}).value();
  EXPECT_TRUE(mksh.files[1].content.ends_with("\nx\n"));
}

TEST(Compose, WritesTheNonceIntoNoScriptOfAShellThatHasIt) {
  for (const char* name : {"bash", "zsh", "fish", "dash", "ash", "mksh"}) {
    const auto result = composed({"printf '\x03'", {}, {}}, {profile_of(name), true, true, true}).value();
    for (const auto& file : result.files) EXPECT_THAT(file.content, Not(HasSubstr("0123456789abcdef"))) << name;
  }
}

TEST(Compose, GivesStandardInputByAFile) {
  for (const char* shell : {"bash", "zsh", "dash", "fish"}) {
    ExecRequest request{"wc -c", {}, {}};
    request.stdin_bytes = std::string("a\0b", 3);
    ShellState state{profile_of(shell), true, true, true};
    const auto result = composed(request, state).value();
    EXPECT_EQ(result.completion, Completion::script_marks) << shell;
    EXPECT_FALSE(result.as_written);
    ASSERT_EQ(result.files.size(), 3U);
    EXPECT_THAT(result.files[0].content, HasSubstr("<'/run/duotty/t1/tok1.in'"));
    EXPECT_EQ(result.files[2].path, "/run/duotty/t1/tok1.in");
    EXPECT_EQ(result.files[2].content, std::string("a\0b", 3));
    EXPECT_EQ(result.files[2].mode, 0600);
  }
  ExecRequest request{"x", {}, {}};
  request.stdin_bytes = "";
  EXPECT_EQ(error(request, plain("python3")), base::Errc::unsupported);
}

TEST(Compose, SaysWhenTheShellReadsMoreThanTheCommand) {
  EXPECT_TRUE(composed({"ls", {}, {}}, integrated()).value().as_written);
  EXPECT_FALSE(composed({"ls", "/usr", {}}, integrated()).value().as_written);
  EXPECT_FALSE(composed({"ls", {}, {{"A", "b"}}}, integrated()).value().as_written);
}

TEST(Compose, EvaluatesWhatCannotBeTypedWhereNoFileIsRead) {
  ShellState state{profile_of("bash"), true, true, true};
  state.files = false;
  EXPECT_EQ(input("echo hi", state), "\x1b[200~echo hi\x1b[201~\r");
  EXPECT_EQ(input("exit 3", state), "\x1b[200~exit 3\x1b[201~\r");
  EXPECT_EQ(input("echo 'a!b'\n\\x", state), "\x1b[200~ eval $'echo \\047a\\041b\\047\\012\\134x'\x1b[201~\r");
  state.profile = profile_of("fish");
  EXPECT_EQ(input("echo hi", state), " eval echo\\X20hi\r");
  state.profile = profile_of("dash");
  const auto script = composed({"echo \"$A\"", std::nullopt, {}}, state);
  ASSERT_TRUE(script);
  EXPECT_TRUE(script->files.empty() && script->notes.empty());
  EXPECT_EQ(script->completion, Completion::script_marks);
  EXPECT_NE(script->input.find("echo \"$A\"\\0012"), std::string::npos) << script->input;
  EXPECT_EQ(std::count(script->input.begin(), script->input.end(), '\n'), 1);
  EXPECT_EQ(error({std::string(4000, 'x'), std::nullopt, {}}, state), base::Errc::too_large);
  EXPECT_EQ(error({"cat", std::nullopt, {}, "x"}, state), base::Errc::unsupported);
  state.profile = profile_of("ash");
  EXPECT_LE(composed({std::string(300, '$'), std::nullopt, {}}, state)->input.size(), 1023U)
      << "busybox drops the rest";
  EXPECT_EQ(error({std::string(600, 'x'), std::nullopt, {}}, state), base::Errc::too_large);
  state.integrated = false;
  EXPECT_EQ(composed({"echo hi", std::nullopt, {}}, state)->completion, Completion::none);
}

TEST(Compose, PromisesNothingForAnUnknownProgram) {
  const auto result = composed({"print(1)\nprint(2)", {}, {}}, plain("python3")).value();
  EXPECT_EQ(result.completion, Completion::none);
  EXPECT_EQ(result.input, "print(1)\rprint(2)\r");
  ShellState paste = plain("python3");
  paste.bracketed_paste = true;
  EXPECT_EQ(input("a\nb", paste), "\x1b[200~a\nb\x1b[201~\r");
  EXPECT_EQ(error({"x", "/tmp", {}}, plain("python3")), base::Errc::unsupported);
  EXPECT_EQ(error({"x", {}, {{"A", "1"}}}, plain("python3")), base::Errc::unsupported);
  EXPECT_EQ(error({"x\x1b", {}, {}}, plain("python3")), base::Errc::unsupported);
}

TEST(Compose, RefusesWhatCannotRun) {
  EXPECT_EQ(error({"", {}, {}}), base::Errc::invalid_params);
  EXPECT_EQ(error({" \n\t", {}, {}}), base::Errc::invalid_params);
  EXPECT_EQ(error({std::string("a\0b", 3), {}, {}}), base::Errc::invalid_params);
  EXPECT_EQ(error({"a", std::string("\0", 1), {}}), base::Errc::invalid_params);
  EXPECT_EQ(error({"a", {}, {{"A", std::string("\0", 1)}}}), base::Errc::invalid_params);
  EXPECT_EQ(error({std::string(max_command + 1, 'x'), {}, {}}), base::Errc::too_large);
  for (const char* name : {"", "1A", "A-B", "A=B", "A B", "\xc3\xa4", "A;rm"}) {
    const auto result = composed({"x", {}, {{name, "v"}}}, integrated());
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code(), base::Errc::invalid_params);
    EXPECT_THAT(result.error().message(), HasSubstr("invalid environment variable name"));
  }
  ShellState busy = integrated();
  busy.at_prompt = false;
  EXPECT_EQ(error({"x", {}, {}}, busy), base::Errc::busy);
}

TEST(Compose, NeverTypesTheNonce) {
  EXPECT_THAT(input("echo \x1b"), Not(HasSubstr("0123456789abcdef")));
  EXPECT_EQ(compose({"x", {}, {}}, plain("sh"), "0123456789abcdef", "../x", "/d").error().code(), base::Errc::internal);
  EXPECT_EQ(compose({"x", {}, {}}, plain("sh"), "a'b", "t", "/d").error().code(), base::Errc::internal);
  EXPECT_EQ(compose({"x", {}, {}}, plain("sh"), "0123456789abcdef", "t", "d").error().code(), base::Errc::internal);
}

TEST(ShellProfile, IsKnownByTheProgramsName) {
  EXPECT_EQ(profile_of("/usr/bin/bash").kind, ShellKind::bash);
  EXPECT_EQ(profile_of("-bash").kind, ShellKind::bash);
  EXPECT_EQ(profile_of("bash-5.2").kind, ShellKind::bash);
  EXPECT_EQ(profile_of("/opt/zsh5").kind, ShellKind::zsh);
  EXPECT_EQ(profile_of("fish").kind, ShellKind::fish);
  EXPECT_EQ(profile_of("C:\\bin\\BASH.EXE").kind, ShellKind::bash);
  for (const char* name : {"sh", "/bin/dash", "ash", "/bin/busybox", "ksh", "ksh93", "mksh", "-sh"})
    EXPECT_EQ(profile_of(name).kind, ShellKind::posix) << name;
  for (const char* name : {"", "/", "python3", "bashful", "ssh", "vim", "-", "bash-completion"}) {
    EXPECT_EQ(profile_of(name).kind, ShellKind::unknown) << name;
    EXPECT_FALSE(profile_of(name).scripts);
  }
  EXPECT_TRUE(profile_of("bash").integration);
  EXPECT_TRUE(profile_of("zsh").integration);
}

TEST(Integration, StartsBashWithItsOwnFile) {
  const auto plan = plan_integration(profile_of("bash"), "0123456789abcdef", "/run/duotty/t1");
  ASSERT_TRUE(plan.active);
  EXPECT_EQ(plan.args, (std::vector<std::string>{"--rcfile", "/run/duotty/t1/bashrc"}));
  ASSERT_EQ(plan.files.size(), 2U);
  EXPECT_EQ(plan.files[1].path, "/run/duotty/t1/next");
  EXPECT_THAT(plan.files[0].content, Not(HasSubstr("@DIR@")));
  EXPECT_EQ(plan.files[0].path, "/run/duotty/t1/bashrc");
  EXPECT_EQ(plan.files[0].mode, 0600);
  EXPECT_THAT(plan.files[0].content, HasSubstr("(89abcdef 01234567)"));
  EXPECT_THAT(plan.files[0].content, Not(HasSubstr("0123456789abcdef")));
  EXPECT_THAT(plan.files[0].content, Not(HasSubstr("@NONCE")));
}

TEST(Integration, StartsZshFromADirectoryOfOursAndPutsTheUsersBack) {
  const auto plan = plan_integration(profile_of("zsh"), "0123456789abcdef", "/run/duotty/t1", {"/srv/it's", {}});
  ASSERT_TRUE(plan.active);
  EXPECT_TRUE(plan.args.empty());
  EXPECT_EQ(plan.env, (std::vector<std::pair<std::string, std::string>>{{"ZDOTDIR", "/run/duotty/t1"}}));
  ASSERT_EQ(plan.files.size(), 1U);
  EXPECT_EQ(plan.files[0].path, "/run/duotty/t1/.zshenv");
  EXPECT_THAT(plan.files[0].content, HasSubstr("\nZDOTDIR='/srv/it'\\''s' && export ZDOTDIR\n"));
  EXPECT_THAT(plan.files[0].content, HasSubstr("(89abcdef 01234567)"));
  EXPECT_THAT(plan.files[0].content, Not(HasSubstr("0123456789abcdef")));
  const auto without = plan_integration(profile_of("zsh"), "0123456789abcdef", "/run/duotty/t1");
  EXPECT_THAT(without.files.at(0).content, HasSubstr("\nunset ZDOTDIR\n"));
}

TEST(Integration, StartsOtherShellsWithTheirOwnFileAndPutsTheUsersBack) {
  const auto fish = plan_integration(profile_of("fish"), "0123456789abcdef", "/run/duotty/t1");
  EXPECT_EQ(fish.args, (std::vector<std::string>{"--init-command", "source '/run/duotty/t1/init.fish'"}));
  EXPECT_EQ(fish.files.at(0).path, "/run/duotty/t1/init.fish");
  EXPECT_THAT(fish.files[0].content, Not(HasSubstr("0123456789abcdef")));
  for (const char* name : {"sh", "dash", "ash", "mksh"}) {
    const auto plan = plan_integration(profile_of(name), "0123456789abcdef", "/run/duotty/t1", {{}, "$HOME/.shrc"});
    EXPECT_EQ(plan.env, (std::vector<std::pair<std::string, std::string>>{{"ENV", "/run/duotty/t1/env.sh"}}));
    EXPECT_TRUE(plan.args.empty());
    EXPECT_THAT(plan.files.at(0).content, HasSubstr("\nENV='$HOME/.shrc' && export ENV\n"));
    EXPECT_THAT(plan.files[0].content, Not(HasSubstr("0123456789abcdef")));
    EXPECT_THAT(plan.files[0].content, Not(HasSubstr("@")));
  }
}

TEST(Integration, IsEmptyForOthers) {
  EXPECT_FALSE(plan_integration(profile_of("yash"), "0123456789abcdef", "/d").active);
  EXPECT_FALSE(plan_integration(profile_of("bash"), "short", "/d").active);
  EXPECT_FALSE(plan_integration(profile_of("bash"), "0123456789abcde'", "/d").active);
  EXPECT_FALSE(plan_integration(profile_of("bash"), "0123456789abcdef", "relative").active);
}
