#include "method_commands.hpp"

#include "harness.hpp"

namespace duotty::cli {
namespace {

TEST(CallCommand, PrintsTheResultAsJson) {
  Harness harness;
  harness.answer = [](const std::string&, const Json&, const OnProgress&) { return Json{{"a", {1, 2}}}; };
  EXPECT_EQ(Json::parse(harness.run({"call", "terminal.list"}).out), Json({{"a", {1, 2}}}));
}

TEST(CallCommand, PrintsATextAsItIs) {
  Harness harness;
  harness.answer = [](const std::string&, const Json&, const OnProgress&) { return Json("# Title\n"); };
  EXPECT_EQ(harness.run({"call", "terminal.list"}).out, "# Title\n");
  EXPECT_EQ(harness.run({"call", "terminal.list", "--json"}).out, "\"# Title\\n\"\n");
}

TEST(CallCommand, PrintsOneItemOfAStreamALine) {
  Harness harness;
  harness.answer = [](const std::string&, const Json&, const OnProgress& progress) {
    progress({{"id", 1}});
    progress({{"id", 2}});
    return Json{{"event", "end"}};
  };
  EXPECT_EQ(harness.run({"call", "events.stream"}).out, "{\"id\":1}\n{\"id\":2}\n");
}

TEST(CallCommand, IsNotForTwoWayConnections) {
  Harness harness;
  add_method(harness.table, "terminal.attach", "A live view.", Json::object(), Json::array(), rpc::Kind::duplex);
  const Outcome outcome = harness.run({"call", "terminal.attach"});
  EXPECT_EQ(outcome.status, exit_status::usage);
  EXPECT_THAT(outcome.err, testing::HasSubstr("duotty attach"));
  EXPECT_TRUE(outcome.calls.empty());
}

TEST(CallCommand, ReadsParametersFromStandardInput) {
  Harness harness;
  harness.input = R"({"terminal_id":"t"})";
  EXPECT_EQ(harness.run({"call", "terminal.exec", "-"}).only().params["terminal_id"], "t");
}

TEST(CallCommand, ListsTheMethodsWithoutAServer) {
  Harness harness;
  harness.unreachable = base::Error(base::Errc::unreachable, "x");
  const Outcome outcome = harness.run({"call", "--list"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out,
            "METHOD         KIND    ABOUT\n"
            "terminal.exec  call    Run one command.\n"
            "terminal.list  call    All terminals.\n"
            "events.stream  stream  Events as they happen.\n");
  EXPECT_EQ(Json::parse(harness.run({"call", "--list", "--json"}).out).size(), 3U);
}

TEST(CallCommand, ExplainsAMethodWithoutAServer) {
  Harness harness;
  harness.unreachable = base::Error(base::Errc::unreachable, "x");
  const Outcome outcome = harness.run({"call", "terminal.exec", "--help"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* line : {"terminal.exec\n", "terminal_id (string, required)\n", "timeout (number, default 30.0)\n",
                           "on_timeout (none|interrupt)\n", "tags (list of string)\n", "      Shell text to run.\n"}) {
    EXPECT_THAT(outcome.out, testing::HasSubstr(line));
  }
  EXPECT_EQ(harness.run({"call", "terminal.exek", "--help"}).status, exit_status::usage);
  EXPECT_EQ(Json::parse(harness.run({"call", "terminal.exec", "--help", "--json"}).out)["type"], "object");
}

TEST(CallParams, FollowTheSchemaOfTheMethod) {
  Harness harness;
  const rpc::Method& method = *harness.table.find("terminal.exec");
  const auto params = call_params(method, "",
                                  {"terminal_id=123", "command=true", "timeout=2", "tags=[\"a\",\"b\"]", "other=5",
                                   "text=not json", "command=a=b"});
  ASSERT_TRUE(params);
  EXPECT_EQ(*params, Json({{"terminal_id", "123"},
                           {"command", "a=b"},
                           {"timeout", 2},
                           {"tags", {"a", "b"}},
                           {"other", 5},
                           {"text", "not json"}}));
}

const Json kEvent = {
    {"id", 4}, {"ts", 1700000000.5}, {"action", "terminal_exec"}, {"command", "ls\x1b[2J"}, {"ok", true}};

TEST(EventsCommand, PrintsALineForEachEvent) {
  const std::string line = event_line(kEvent);
  EXPECT_THAT(line, testing::HasSubstr("terminal_exec  command=ls\xef\xbf\xbd[2J  id=4  ok=true"));
  EXPECT_THAT(line, testing::ContainsRegex("2023-11-1[45] ..:..:20"));
}

TEST(EventsCommand, FollowsFromTheLastEventItHasSeen) {
  Harness harness;
  harness.answer = [](const std::string& method, const Json&, const OnProgress& progress) -> base::Result<Json> {
    if (method == "events.recent") return Json{{"events", {kEvent}}};
    progress({{"event", "heartbeat"}, {"action", "heartbeat"}, {"id", 4}});
    Json next = kEvent;
    next["id"] = 5;
    progress(next);
    return Json{{"event", "end"}};
  };
  const Outcome outcome = harness.run({"events", "--follow"});
  ASSERT_EQ(outcome.calls.size(), 2U);
  EXPECT_EQ(outcome.calls[1].method, "events.stream");
  EXPECT_EQ(outcome.calls[1].params["since_id"], 4);
  EXPECT_THAT(outcome.out, testing::HasSubstr("id=4"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("id=5"));
  EXPECT_THAT(outcome.out, testing::Not(testing::HasSubstr("heartbeat")));
}

}  // namespace
}  // namespace duotty::cli
