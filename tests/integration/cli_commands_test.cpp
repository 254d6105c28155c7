// The commands against a real server.
#include <nlohmann/json.hpp>

#include "cli_harness.hpp"

namespace duotty::tests {
namespace {

using Json = nlohmann::json;

TEST_F(CliServer, SaysThatItRunsAndStops) {
  const auto status = run({"status", "--json"});
  EXPECT_EQ(status.status, 0) << status.err;
  const Json info = Json::parse(status.out);
  EXPECT_EQ(info["running"], true);
  EXPECT_EQ(info["keeper_pid"], server_->pid());
  EXPECT_EQ(run({"open"}).out, url + "\n");
  EXPECT_EQ(run({"stop"}).status, 0);
  EXPECT_EQ(server_->wait(), 0);
  server_.reset();
  EXPECT_EQ(run({"status"}).status, 3);
  EXPECT_EQ(run({"stop"}).status, 3);
  EXPECT_EQ(run({"ls"}).status, 69);
}

TEST_F(CliServer, MakesListsAndClosesTerminals) {
  make_terminal("one");
  make_terminal("two");
  EXPECT_EQ(run({"ls", "--names"}).out, "one\ntwo\n");
  EXPECT_EQ(run({"new", "--name", "one"}).status, 75) << "the name is taken";
  const auto closed = run({"close", "one", "nosuch", "two"});
  EXPECT_EQ(closed.status, 66);
  EXPECT_EQ(closed.out, "closed one\nclosed two\n");
  EXPECT_EQ(Json::parse(run({"ls", "--json"}).out)["terminals"].size(), 0U);
}

TEST_F(CliServer, ExecPrintsExactlyTheOutputAndExitsWithTheCode) {
  make_terminal("t");
  const auto ran = run({"exec", "t", "--", "printf 'a\\n  b c\\n'; (exit 7)"});
  EXPECT_EQ(ran.status, 7) << ran.err;
  EXPECT_EQ(ran.out, "a\n  b c\n");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(run({"exec", "t", "--", "true"}).status, 0);
  EXPECT_EQ(run({"exec", "t", "nosuchcommand"}).status, 127);
  EXPECT_EQ(run({"exec", "t", "echo", "中文", "é"}).out, "中文 é\n");
}

TEST_F(CliServer, ExecLosesNothingOfALongOutput) {
  make_terminal("t");
  std::string expected;
  for (int i = 1; i <= 5000; ++i) expected += std::to_string(i) + "\n";
  const auto ran = run({"exec", "t", "--", "seq 5000"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.out == expected) << ran.out.size() << " bytes instead of " << expected.size();
}

TEST_F(CliServer, ExecStreamsWhileTheCommandRuns) {
  make_terminal("t");
  const auto program = spawn({"exec", "t", "--", "echo begun; read line; echo got $line"});
  ASSERT_TRUE(program->read_until([&] { return program->out.find("begun") != std::string::npos; }));
  EXPECT_EQ(run({"send", "t", "hello"}).status, 0);
  EXPECT_EQ(program->wait(), 0);
  EXPECT_THAT(program->out, testing::StartsWith("begun\n"));
  EXPECT_THAT(program->out, testing::EndsWith("got hello\n"));
}

TEST_F(CliServer, ExecTellsATimeoutFromAnExitCode) {
  make_terminal("t");
  const auto ran = run({"exec", "t", "--timeout", "0.2", "--", "read line"});
  EXPECT_EQ(ran.status, 124);
  EXPECT_THAT(ran.err, testing::HasSubstr("goes on in the terminal"));
  const auto busy = run({"exec", "t", "--", "true"});
  EXPECT_EQ(busy.status, 75) << busy.err;
  EXPECT_EQ(run({"send", "t", "--enter"}).status, 0);
  EXPECT_EQ(run({"wait", "t", "--prompt"}).status, 0);
  EXPECT_EQ(run({"exec", "t", "--", "true"}).status, 0);
}

TEST_F(CliServer, ExecPassesAnInterruptToTheCommand) {
  make_terminal("t");
  const auto program = spawn({"exec", "t", "--", "echo begun; sleep 1000"});
  ASSERT_TRUE(program->read_until([&] { return program->out.find("begun") != std::string::npos; }));
  program->signal(SIGINT);
  EXPECT_EQ(program->wait(), 130);
  EXPECT_EQ(run({"exec", "t", "--", "true"}).status, 0) << "the shell is free again";
}

TEST_F(CliServer, ExecUsesATemporaryTerminalAndLeavesNone) {
  const auto ran = run({"exec", "--new", "--cwd", home, "--env", "A=b c", "--", "pwd; echo \"$A\""});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, home + "\nb c\n");
  EXPECT_EQ(run({"ls", "--names"}).out, "");
}

TEST_F(CliServer, ExecEndsAndCleansUpWhenNobodyReads) {
  const auto program = spawn({"exec", "-", "--", "yes"});
  ASSERT_TRUE(program->read_until([&] { return program->out.find("y\n") != std::string::npos; }));
  // The pipe is closed as `| head -1` does.
  program->close_output();
  EXPECT_EQ(program->wait(), 128 + SIGPIPE);
  EXPECT_EQ(run({"ls", "--names"}).out, "");
}

TEST_F(CliServer, SendReadWaitAndScreenWorkTogether) {
  make_terminal("t");
  EXPECT_EQ(run({"exec", "t", "--", "PS1='$ '; clear"}).status, 0);
  const auto waiting = spawn({"wait", "t", "--pattern", "^ready to go$", "--timeout", "60000"});
  EXPECT_EQ(run({"send", "t", "echo ready to \"go\""}).status, 0);
  EXPECT_EQ(run({"wait", "t", "--pattern", "^ready to go$", "--since", "0"}).out, "pattern: ready to go\n");
  EXPECT_EQ(run({"wait", "t", "--prompt"}).status, 0);
  EXPECT_THAT(run({"read", "t", "--tail", "3"}).out, testing::HasSubstr("ready to go\n"));
  EXPECT_THAT(run({"read", "t", "--grep", "^ready"}).out, testing::EndsWith(":ready to go\n"));
  EXPECT_EQ(run({"read", "t", "--grep", "never seen"}).status, 1);
  EXPECT_THAT(run({"screen", "t"}).out, testing::HasSubstr("ready to go\n$"));
  EXPECT_EQ(run({"wait", "t", "--pattern", "never", "--timeout", "50"}).status, 124);
  const auto keys = run({"send", "t", "--keys", "up", "--wait"});
  EXPECT_EQ(keys.status, 0) << keys.err;
  EXPECT_THAT(keys.out, testing::HasSubstr("echo ready to"));
}

TEST_F(CliServer, ReadFollowsUntilTheProgramEnds) {
  make_terminal("t");
  const auto follower = spawn({"read", "t", "--follow"});
  EXPECT_EQ(run({"exec", "t", "--", "echo followed"}).status, 0);
  ASSERT_TRUE(follower->read_until([&] { return follower->out.find("followed") != std::string::npos; }));
  EXPECT_EQ(run({"send", "t", "exit"}).status, 0);
  EXPECT_EQ(follower->wait(), 0);
}

TEST_F(CliServer, RestartKeepsTheTerminals) {
  make_terminal("t");
  EXPECT_EQ(run({"exec", "t", "--", "X=kept"}).status, 0);
  const auto worker = Json::parse(run({"status", "--json"}).out)["worker_pid"];
  const auto restarted = run({"restart"});
  EXPECT_EQ(restarted.status, 0) << restarted.err;
  EXPECT_NE(Json::parse(run({"status", "--json"}).out)["worker_pid"], worker);
  EXPECT_EQ(run({"exec", "t", "--", "echo $X"}).out, "kept\n");
}

TEST_F(CliServer, IsReachedOverTcpWithAToken) {
  make_terminal("t");
  const std::string token = Json::parse(run({"call", "handshake"}).out)["token"];
  EXPECT_EQ(run({"ls", "--names", "--url", url, "--token", token}).out, "t\n");
  const auto wrong = run({"ls", "--url", url, "--token", "wrong"});
  EXPECT_EQ(wrong.status, 77);
  EXPECT_THAT(wrong.err, testing::HasSubstr("--token"));
  EXPECT_EQ(run({"login", "--url", url, "--token", "-"}, token + "\n").status, 0);
  EXPECT_EQ(run({"ls", "--names"}).out, "t\n");
  EXPECT_EQ(run({"exec", "t", "--", "echo remote"}).out, "remote\n");
  EXPECT_EQ(run({"logout"}).status, 0);
  EXPECT_EQ(run({"ls", "--names"}).out, "t\n");
}

TEST_F(CliServer, CallReachesEveryMethodAndExplainsIt) {
  const Json methods = Json::parse(run({"call", "--list", "--json"}).out);
  EXPECT_GE(methods.size(), 20U);
  for (const auto& method : methods) {
    const auto help = run({"call", method.get<std::string>(), "--help"});
    EXPECT_EQ(help.status, 0) << method;
    EXPECT_THAT(help.out, testing::StartsWith(method.get<std::string>() + "\n"));
  }
  EXPECT_EQ(Json::parse(run({"call", "server.health"}).out)["status"], "ok");
  EXPECT_EQ(run({"call", "terminal.get", "-p", "terminal_id=nosuch"}).status, 66);
  EXPECT_EQ(run({"call", "terminal.resize", R"({"terminal_id":"x","cols":0,"rows":1})"}).status, 64);
}

TEST_F(CliServer, EventsTellWhatWasDone) {
  make_terminal("t");
  EXPECT_EQ(run({"exec", "t", "--", "true"}).status, 0);
  const auto events = run({"events"});
  EXPECT_THAT(events.out, testing::HasSubstr("terminal_create"));
  EXPECT_THAT(events.out, testing::HasSubstr("terminal_exec"));
  const auto follower = spawn({"events", "--follow", "--json"});
  EXPECT_EQ(run({"close", "t"}).status, 0);
  ASSERT_TRUE(follower->read_until([&] { return follower->out.find("terminal_close") != std::string::npos; }));
  follower->signal(SIGINT);
  EXPECT_EQ(follower->wait(), 130);
}

TEST_F(CliServer, SchemaPrintsDocumentsOfTheWholeTable) {
  const Json openapi = Json::parse(run({"schema", "openapi"}).out);
  EXPECT_TRUE(openapi["paths"].contains("/api/agent/terminals/{terminal_id}/exec"));
  EXPECT_THAT(run({"schema", "markdown"}).out, testing::HasSubstr("terminal.exec"));
  EXPECT_THAT(run({"schema", "typescript"}).out, testing::HasSubstr("terminal.exec"));
}

}  // namespace
}  // namespace duotty::tests
