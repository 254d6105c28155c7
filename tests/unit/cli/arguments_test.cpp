// Arguments to method and parameters, one table for all commands.
#include "harness.hpp"

namespace duotty::cli {
namespace {

struct Row {
  std::vector<std::string> args;
  std::string method;
  Json params;
};

TEST(Arguments, BecomeAMethodAndItsParameters) {
  const std::vector<Row> rows = {
      {{"new"}, "terminal.create", {{"created_by", "cli"}, {"ttl_seconds", 0.0}, {"cwd", "/home/me/src"}}},
      {{"new", "--name", "build", "--cwd", "/tmp",  "--shell",      "/bin/zsh",
        "-e",  "A=1",    "--env", "B=x=y", "--tag", "ci",           "--cols",
        "100", "--rows", "30",    "--ttl", "60",    "--no-visible", "--no-integration",
        "--",  "tail",   "-f",    "[x,y]"},
       "terminal.create",
       {{"created_by", "cli"},
        {"ttl_seconds", 60.0},
        {"name", "build"},
        {"cwd", "/tmp"},
        {"shell", "/bin/zsh"},
        {"env", {{"A", "1"}, {"B", "x=y"}}},
        {"tags", {"ci"}},
        {"cols", 100},
        {"rows", 30},
        {"user_visible", false},
        {"integration", false},
        {"command", {"tail", "-f", "[x,y]"}}}},
      {{"create", "--type", "ssh", "--connection-id", "c1"},
       "terminal.create",
       {{"created_by", "cli"}, {"ttl_seconds", 0.0}, {"type", "ssh"}, {"connection_id", "c1"}}},
      {{"ls"}, "terminal.list", Json::object()},
      {{"list"}, "terminal.list", Json::object()},
      {{"exec", "t1", "--", "ls", "-la"},
       "terminal.exec",
       {{"terminal_id", "t1"}, {"command", "ls -la"}, {"timeout", 86400.0}}},
      {{"exec", "t1", "ls", "-la", "--json"},
       "terminal.exec",
       {{"terminal_id", "t1"}, {"command", "ls -la --json"}, {"timeout", 86400.0}}},
      {{"exec", "t1", "git", "log", "--", "[a]"},
       "terminal.exec",
       {{"terminal_id", "t1"}, {"command", "git log -- [a]"}, {"timeout", 86400.0}}},
      {{"exec", "t1", "--timeout", "2.5", "--cwd", "/x", "-e", "K=V", "--on-timeout", "kill", "--", "echo 'a  b' | wc"},
       "terminal.exec",
       {{"terminal_id", "t1"},
        {"command", "echo 'a  b' | wc"},
        {"timeout", 2.5},
        {"cwd", "/x"},
        {"env", {{"K", "V"}}},
        {"on_timeout", "kill"}}},
      {{"send", "t1", "make", "all"}, "terminal.input", {{"terminal_id", "t1"}, {"data", "make all"}, {"enter", true}}},
      {{"send", "t1", "--no-enter", "--", "-x", "[1,2]"},
       "terminal.input",
       {{"terminal_id", "t1"}, {"data", "-x [1,2]"}, {"enter", false}}},
      {{"send", "t1", "--keys", "ctrl+c,up", "-k", "tab"},
       "terminal.input",
       {{"terminal_id", "t1"}, {"data", ""}, {"enter", false}, {"keys", {"ctrl+c", "up", "tab"}}}},
      {{"send", "t1", "--keys", "esc", "--wait", "--timeout", "3", "--idle", "1", "--raw", ":wq"},
       "terminal.input",
       {{"terminal_id", "t1"},
        {"data", ":wq"},
        {"enter", true},
        {"keys", {"esc"}},
        {"raw", true},
        {"wait", true},
        {"timeout", 3.0},
        {"idle", 1.0}}},
      {{"input", "t1", "--enter"}, "terminal.input", {{"terminal_id", "t1"}, {"data", ""}, {"enter", true}}},
      {{"read", "t1"}, "terminal.snapshot", {{"terminal_id", "t1"}}},
      {{"read", "t1", "--since", "10", "--raw"},
       "terminal.snapshot",
       {{"terminal_id", "t1"}, {"since", 10}, {"strip_ansi", false}}},
      {{"snapshot", "t1", "--pattern", "err", "-C", "2", "-i"},
       "terminal.snapshot",
       {{"terminal_id", "t1"}, {"pattern", "err"}, {"context", 2}, {"case_insensitive", true}}},
      {{"wait", "t1", "--idle", "500"},
       "terminal.wait",
       {{"terminal_id", "t1"}, {"max_wait_ms", 30000.0}, {"idle_ms", 500.0}}},
      {{"wait", "t1", "--pattern", "ready", "--prompt", "--exit", "--since", "7", "--timeout", "100"},
       "terminal.wait",
       {{"terminal_id", "t1"},
        {"max_wait_ms", 100.0},
        {"pattern", "ready"},
        {"prompt", true},
        {"exit", true},
        {"since", 7}}},
      {{"screen", "t1"}, "terminal.screen", {{"terminal_id", "t1"}, {"format", "plain"}}},
      {{"screen", "t1", "--format", "html"}, "terminal.screen", {{"terminal_id", "t1"}, {"format", "html"}}},
      {{"close", "open"}, "terminal.delete", {{"terminal_id", "open"}}},
      {{"delete", "t1"}, "terminal.delete", {{"terminal_id", "t1"}}},
      {{"open"}, "server.info", Json::object()},
      {{"status"}, "server.info", Json::object()},
      {{"events", "--since", "4", "--limit", "9"}, "events.recent", {{"limit", 9}, {"since_id", 4}}},
      {{"call", "terminal.list"}, "terminal.list", Json::object()},
      {{"call", "terminal.exec", R"({"command":"x","timeout":1})", "-p", "terminal_id=12", "-p", "timeout=5", "--param",
        "tags=a"},
       "terminal.exec",
       {{"command", "x"}, {"timeout", 5}, {"terminal_id", "12"}, {"tags", {"a"}}}},
  };
  for (const auto& row : rows) {
    Harness harness;
    const Outcome outcome = harness.run(row.args);
    SCOPED_TRACE(testing::PrintToString(row.args) + "\n" + outcome.err);
    ASSERT_EQ(outcome.calls.size(), 1U);
    EXPECT_EQ(outcome.calls[0].method, row.method);
    EXPECT_EQ(outcome.calls[0].params.dump(), row.params.dump());
  }
}

TEST(Arguments, AStoreOfWordsMayHaveGlobalsBeforeAndBehindTheCommand) {
  Harness harness;
  harness.answer = [](const std::string&, const Json&, const OnProgress&) {
    return Json{{"terminals", Json::array()}};
  };
  EXPECT_EQ(harness.run({"--json", "ls"}).out, "{\n  \"terminals\": []\n}\n");
  EXPECT_EQ(harness.run({"ls", "--json"}).out, "{\n  \"terminals\": []\n}\n");
}

TEST(Arguments, NewTellsNothingOfThisDirectoryToAnotherMachine) {
  Harness harness;
  harness.endpoint.kind = Endpoint::Kind::tcp;
  EXPECT_FALSE(harness.run({"new"}).only().params.contains("cwd"));
}

TEST(Arguments, ServeTakesItsFlags) {
  Harness harness;
  const Outcome outcome = harness.run({"serve", "--host", "::1", "--port", "0", "--require-key", "--insecure-http",
                                       "--home", "/x", "--web-dir", "dist", "--no-history", "--allow-host", "a",
                                       "--allow-host", "b", "--name", "box", "--verbose"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  ASSERT_TRUE(harness.served);
  const ServeOptions& options = *harness.served;
  EXPECT_EQ(options.host, "::1");
  EXPECT_EQ(options.port, 0);
  EXPECT_TRUE(options.require_key);
  EXPECT_TRUE(options.insecure_http);
  EXPECT_EQ(options.home, "/x");
  EXPECT_EQ(options.web_dir, "dist");
  EXPECT_FALSE(options.history);
  EXPECT_THAT(options.allow_hosts, testing::ElementsAre("a", "b"));
  EXPECT_EQ(options.name, "box");
  EXPECT_EQ(options.log_level, "debug");
}

TEST(Arguments, ServeLeavesWhatWasNotSaidToTheConfiguration) {
  Harness harness;
  EXPECT_EQ(harness.run({"serve"}).status, 0);
  ASSERT_TRUE(harness.served);
  EXPECT_EQ(harness.served->host, "");
  EXPECT_FALSE(harness.served->port);
  EXPECT_TRUE(harness.served->history);
  EXPECT_EQ(harness.served->log_level, "");
}

struct Wrong {
  std::vector<std::string> args;
  std::string says;
};

TEST(Arguments, ThatMakeNoSenseAreExplainedWithStatus64) {
  const std::vector<Wrong> rows = {
      {{"lss"}, "There is no command \"lss\". Did you mean \"ls\"?"},
      {{"--json"}, "Say which command."},
      {{"ls", "--jsn"}, "There is no option \"--jsn\". Did you mean \"--json\"?"},
      {{"ls", "extra"}, "\"extra\" is one argument too many."},
      {{"ls", "--", "x"}, "takes nothing behind \"--\""},
      {{"exec"}, "duotty exec TERM -- COMMAND"},
      {{"exec", "t1"}, "duotty exec TERM -- COMMAND"},
      {{"exec", "--new"}, "duotty exec --new -- COMMAND"},
      {{"exec", "t1", "--timout", "5", "ls"}, "Did you mean \"--timeout\"?"},
      {{"exec", "t1", "--timeout", "soon", "--", "ls"}, "--timeout"},
      {{"exec", "t1", "--on-timeout", "explode", "--", "ls"}, "--on-timeout"},
      {{"exec", "t1", "--env", "NOVALUE", "--", "ls"}, "Write --env NAME=VALUE"},
      {{"send", "t1"}, "nothing to send"},
      {{"send"}, "TERM"},
      {{"send", "t1", "-x"}, "behind \"--\""},
      {{"ssh", "run", "web", "id", "-un"}, "stands behind \"--\""},
      {{"wait", "t1"}, "Say what to wait for"},
      {{"screen", "t1", "--format", "pdf"}, "--format"},
      {{"close"}, "TERM"},
      {{"serve", "--port", "70000"}, "--port"},
      {{"call"}, "duotty call --list"},
      {{"call", "terminal.exc"}, "Did you mean \"terminal.exec\"?"},
      {{"call", "terminal.list", "{"}, "no JSON"},
      {{"call", "terminal.list", "[]"}, "must be a JSON object"},
      {{"call", "terminal.list", "-p", "novalue"}, "Write -p key=value"},
      {{"call", "terminal.exec", "-p", "timeout=soon"}, "is not the number"},
      {{"completion", "tcsh"}, "SHELL"},
      {{"schema", "pdf"}, "KIND"},
      {{"attach", "t1", "--detach-key", "ctrl+?"}, "is no key for --detach-key"},
  };
  for (const auto& row : rows) {
    Harness harness;
    const Outcome outcome = harness.run(row.args);
    SCOPED_TRACE(testing::PrintToString(row.args));
    EXPECT_EQ(outcome.status, exit_status::usage);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, testing::HasSubstr(row.says));
    EXPECT_TRUE(outcome.calls.empty());
  }
}

TEST(Arguments, EveryCommandExplainsItselfWithExamples) {
  Harness harness;
  const std::string root = harness.run({"--help"}).out;
  EXPECT_EQ(harness.run({}).out, root);
  EXPECT_EQ(harness.run({"help"}).out, root);
  CommandLine line(harness.table, harness.hooks);
  const auto commands = line.describe();
  EXPECT_GE(commands.size(), 20U);
  for (const auto& command : commands) {
    SCOPED_TRACE(command.name);
    EXPECT_THAT(root, testing::ContainsRegex("\n  " + command.name + "[ ,]"));
    const Outcome outcome = harness.run({command.name, "--help"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, testing::HasSubstr("Examples:\n  "));
    EXPECT_THAT(outcome.out, testing::HasSubstr("duotty " + command.name));
    EXPECT_THAT(outcome.out, testing::HasSubstr("--json"));
    EXPECT_EQ(harness.run({"help", command.name}).out, outcome.out);
    for (const auto& option : command.options) EXPECT_FALSE(option.about.empty()) << option.names[0];
  }
}

TEST(Arguments, VersionIsSaidInThreeWays) {
  Harness harness;
  EXPECT_EQ(harness.run({"version"}).out, "duotty 1.2.3\n");
  EXPECT_EQ(harness.run({"--version"}).out, "duotty 1.2.3\n");
  EXPECT_EQ(harness.run({"version", "--json"}).out, "{\n  \"version\": \"1.2.3\"\n}\n");
}

TEST(Arguments, SchemaPrintsTheDocumentThatWasAskedFor) {
  Harness harness;
  EXPECT_EQ(harness.run({"schema"}).out, "{}\n");
  EXPECT_EQ(harness.run({"schema", "markdown"}).out, "# API\n");
  EXPECT_EQ(harness.run({"schema", "typescript"}).out, "export {}\n");
}

}  // namespace
}  // namespace duotty::cli
