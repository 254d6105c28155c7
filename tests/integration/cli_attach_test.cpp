// `duotty attach` on a pseudo-terminal: the test types, answers queries and looks at what is drawn.
#include "cli_harness.hpp"

namespace duotty::tests {
namespace {

constexpr const char* kDetach = "\x1c";
constexpr const char* kLeft = "it goes on. Come back with: duotty attach t]";

class CliAttach : public CliServer {
 protected:
  void SetUp() override {
    CliServer::SetUp();
    make_terminal("t");
    ASSERT_EQ(run({"exec", "t", "--", "PS1='PROMPT> '"}).status, 0);
  }
  std::unique_ptr<OnTerminal> attach(std::vector<std::string> args = {}) const {
    args.insert(args.begin(), {"attach", "t"});
    return std::make_unique<OnTerminal>(words(std::move(args)), home);
  }
};

TEST_F(CliAttach, ShowsTheTerminalTypesIntoItAndLeavesItRunning) {
  EXPECT_EQ(run({"exec", "t", "--", "echo earlier"}).status, 0);
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("earlier"));
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->type("echo now-$((40+2))\r");
  ASSERT_TRUE(terminal->wait_for("now-42"));
  terminal->type(kDetach);
  EXPECT_EQ(terminal->wait(), 0);
  EXPECT_TRUE(terminal->settings_are_restored());
  EXPECT_THAT(terminal->screen, testing::HasSubstr(kLeft));
  EXPECT_EQ(run({"exec", "t", "--", "true"}).status, 0);
}

TEST_F(CliAttach, HasScrollbackFromBeforeIt) {
  EXPECT_EQ(run({"exec", "t", "--", "seq -f line-%g 500"}).status, 0);
  const auto terminal = attach();
  for (const char* line : {"line-1\r\n", "line-250\r\n", "line-500\r\n"}) EXPECT_TRUE(terminal->wait_for(line)) << line;
  terminal->type(kDetach);
  EXPECT_EQ(terminal->wait(), 0);
}

TEST_F(CliAttach, GivesTheProgramItsSize) {
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->type("stty size\r");
  ASSERT_TRUE(terminal->wait_for("24 80\r\n"));
  terminal->resize(101, 31);
  // The new size arrives when it does: ask until it is there.
  terminal->type("until [ \"$(stty size)\" = '31 101' ]; do :; done; echo re''sized\r");
  EXPECT_TRUE(terminal->wait_for("resized"));
  terminal->type(kDetach);
  EXPECT_EQ(terminal->wait(), 0);
}

TEST_F(CliAttach, TurnsOffEveryModeThatAProgramTurnedOn) {
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->type("printf '\\033[?1049h\\033[?1003;1006h\\033[>1u\\033[?25l\\033[5;10rfull''screen'; read x\r");
  ASSERT_TRUE(terminal->wait_for("fullscreen"));
  terminal->type(kDetach);
  EXPECT_EQ(terminal->wait(), 0);
  const std::string end = terminal->screen.substr(terminal->screen.rfind("fullscreen"));
  for (const char* off : {"\x1b[?1049l", "\x1b[?1003l", "\x1b[?1006l", "\x1b[<99u", "\x1b[?25h", "\x1b[r"}) {
    EXPECT_THAT(end, testing::HasSubstr(off));
  }
  // Whoever comes next finds the program's screen, modes included.
  const auto again = attach();
  ASSERT_TRUE(again->wait_for("fullscreen"));
  EXPECT_THAT(again->screen, testing::HasSubstr("\x1b[?47h"));
  EXPECT_THAT(again->screen, testing::HasSubstr("\x1b[?1003h"));
  again->type(kDetach);
  EXPECT_EQ(again->wait(), 0);
}

TEST_F(CliAttach, ExitsWithTheProgramsExitCode) {
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->type("exit 9\r");
  EXPECT_EQ(terminal->wait(), 9);
  EXPECT_TRUE(terminal->settings_are_restored());
  EXPECT_THAT(terminal->screen, testing::HasSubstr("[duotty: the program ended with exit code 9]"));
  // The terminal stays readable.
  const auto again = attach();
  EXPECT_EQ(again->wait(), 9);
  EXPECT_THAT(again->screen, testing::HasSubstr("exit 9"));
}

TEST_F(CliAttach, LeavesWhenTheTerminalIsClosed) {
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  EXPECT_EQ(run({"close", "t"}).status, 0);
  EXPECT_EQ(terminal->wait(), 0);
  EXPECT_THAT(terminal->screen, testing::HasSubstr("[duotty: t was closed]"));
}

TEST_F(CliAttach, ComesThroughARestartOfTheServerWithoutASign) {
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->type("echo be''fore\r");
  ASSERT_TRUE(terminal->wait_for("before"));
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  const std::size_t until_here = terminal->screen.size();
  EXPECT_EQ(run({"restart"}).status, 0);
  terminal->type("echo af''ter\r");
  ASSERT_TRUE(terminal->wait_for("after"));
  const std::string since = terminal->screen.substr(until_here);
  EXPECT_THAT(since, testing::Not(testing::HasSubstr("before"))) << "nothing is drawn twice";
  EXPECT_THAT(since, testing::Not(testing::HasSubstr("duotty:")));
  terminal->type(kDetach);
  EXPECT_EQ(terminal->wait(), 0);
}

TEST_F(CliAttach, KeepsTheTerminalsOwnAnswersFromTheProgram) {
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  // The program asks for the device attributes and reads what comes: the server's answer and, before the key, no other.
  terminal->type(
      "stty raw -echo; printf 'as''king\\033[c'; IFS= read -r -d c a; IFS= read -r -d k b; stty sane; "
      "printf 'a<%q> b<%q>\\n' \"$a\" \"$b\"\r");
  ASSERT_TRUE(terminal->wait_for("asking\x1b[c"));
  terminal->type("\x1b[?999;9c");
  terminal->type("xyzk");
  ASSERT_TRUE(terminal->wait_for("a<$'\\E[?"));
  ASSERT_TRUE(terminal->wait_for("b<xyz>"));
  EXPECT_THAT(terminal->screen, testing::Not(testing::HasSubstr("999")));
  terminal->type(kDetach);
  EXPECT_EQ(terminal->wait(), 0);
}

TEST_F(CliAttach, OnlyWatchesWhenReadOnly) {
  const auto terminal = attach({"--read-only"});
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->type("echo ty''ped\r");
  EXPECT_EQ(run({"exec", "t", "--", "echo from-else''where"}).status, 0);
  ASSERT_TRUE(terminal->wait_for("from-elsewhere"));
  EXPECT_THAT(terminal->screen, testing::Not(testing::HasSubstr("typed")));
  terminal->type(kDetach);
  EXPECT_EQ(terminal->wait(), 0);
}

TEST_F(CliAttach, LeavesByTheKeysThatWereAskedFor) {
  const auto terminal = attach({"--detach-key", "ctrl+a d"});
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->type(
      "echo x\x01"
      "x\r");  // Ctrl+A and another key are typed: to the start of the line
  ASSERT_TRUE(terminal->wait_for("xecho: command not found"));
  terminal->type(
      "\x01"
      "d");
  EXPECT_EQ(terminal->wait(), 0);
}

TEST_F(CliAttach, RestoresTheTerminalWhenItIsToldToEnd) {
  for (const int signal : {SIGTERM, SIGHUP}) {
    const auto terminal = attach();
    ASSERT_TRUE(terminal->wait_for("PROMPT>"));
    terminal->signal(signal);
    EXPECT_EQ(terminal->wait(), 128 + signal);
    EXPECT_TRUE(terminal->settings_are_restored());
    EXPECT_THAT(terminal->screen, testing::EndsWith("\x1b[24;1H\r\n\x1b[23;2t"));
  }
}

TEST_F(CliAttach, DrawsAnewAfterItWasStopped) {
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->signal(SIGSTOP);
  terminal->signal(SIGCONT);
  ASSERT_TRUE(terminal->wait_for("\x1b[J"));
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  terminal->type(kDetach);
  EXPECT_EQ(terminal->wait(), 0);
  EXPECT_TRUE(terminal->settings_are_restored());
}

TEST_F(CliAttach, GivesUpWithAReasonWhenTheServerStops) {
  const auto terminal = attach();
  ASSERT_TRUE(terminal->wait_for("PROMPT>"));
  EXPECT_EQ(run({"stop"}).status, 0);
  server_->wait();
  server_.reset();
  EXPECT_THAT(terminal->wait(), testing::AnyOf(0, 69, 128 + SIGHUP, 128 + SIGTERM, 128 + SIGKILL));
  EXPECT_TRUE(terminal->settings_are_restored());
  EXPECT_THAT(terminal->screen, testing::HasSubstr("[duotty: "));
}

TEST_F(CliAttach, MakesAMissingTerminalWhenAsked) {
  OnTerminal missing(words({"attach", "fresh"}), home);
  EXPECT_EQ(missing.wait(), 66);
  OnTerminal made(words({"attach", "--create", "fresh"}), home);
  ASSERT_TRUE(made.wait_for("\x1b[J"));
  made.type("echo cre''ated\r");
  ASSERT_TRUE(made.wait_for("created"));
  made.type(kDetach);
  EXPECT_EQ(made.wait(), 0);
  EXPECT_EQ(run({"ls", "--names"}).out, "t\nfresh\n");
}

TEST_F(CliAttach, RefusesToShowATerminalInsideItself) {
  const auto inside =
      run({"exec", "t", "--env", "DUOTTY_HOME=" + home, "--", std::string(DUOTTY_BINARY) + " attach t"});
  EXPECT_EQ(inside.status, 75) << inside.out;
  EXPECT_THAT(inside.out, testing::HasSubstr("inside itself"));
}

TEST_F(CliAttach, WorksInsideTmux) {
  const std::string socket = home + "/tmux";
  const std::string command = "DUOTTY_HOME=" + home + " exec " + DUOTTY_BINARY + " attach t";
  const auto tmux = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {"/usr/bin/tmux", "-f", "/dev/null", "-S", socket});
    Program program(args, home);
    const int status = program.wait();
    EXPECT_EQ(status, 0) << program.err;
    return program.out;
  };
  tmux({"new-session", "-d", "-s", "s", "-x", "90", "-y", "20", command});
  const auto until = [&](const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (tmux({"capture-pane", "-p", "-t", "s"}).find(text) != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_TRUE(until("PROMPT>"));
  tmux({"send-keys", "-t", "s", "stty size; echo in''side tmux", "Enter"});
  EXPECT_TRUE(until("inside tmux"));
  EXPECT_TRUE(until("20 90") || until("19 90"));
  tmux({"kill-server"});
}

}  // namespace
}  // namespace duotty::tests
