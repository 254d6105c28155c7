#include "harness.hpp"

namespace duotty::mcp::test {
namespace {

Json request(const Json& id, const char* method, Json params = Json::object()) {
  Json message = {{"jsonrpc", "2.0"}, {"method", method}};
  message["id"] = id;
  message["params"] = std::move(params);
  return message;
}
Json notification(const char* method, Json params = Json::object()) {
  Json message = {{"jsonrpc", "2.0"}, {"method", method}};
  message["params"] = std::move(params);
  return message;
}

class ConnectionTest : public McpTest {
 protected:
  ConnectionTest() {
    core::asio::co_spawn(loop, connection.serve(), [this](std::exception_ptr e) {
      ended = true;
      failure = e;
    });
  }
  ~ConnectionTest() override {
    wire.hang_up();
    settle();
    EXPECT_TRUE(ended);
  }
  std::vector<Json> exchange(const Json& message) {
    wire.say(message);
    settle();
    return wire.heard();
  }
  Json one(const Json& message) {
    const auto heard = exchange(message);
    EXPECT_EQ(heard.size(), 1U) << Json(heard).dump();
    return heard.empty() ? Json() : heard.front();
  }
  Json begin(const char* revision = "2025-11-25") {
    Json params = {{"protocolVersion", revision}, {"capabilities", Json::object()}, {"clientInfo", {{"name", "t"}}}};
    const Json answer = one(request("i", "initialize", std::move(params)));
    exchange(notification("notifications/initialized"));
    return answer["result"];
  }

  Engine engine{dispatcher, kTools, "1.2.3"};
  Wire wire{loop.get_executor()};
  Connection connection{loop.get_executor(), wire, engine, call};
  bool ended = false;
  std::exception_ptr failure;
};

TEST_F(ConnectionTest, NegotiatesTheRevisionThatBothKnow) {
  const Json result = begin("2025-06-18");
  EXPECT_EQ(result["protocolVersion"], "2025-06-18");
  EXPECT_EQ(result["serverInfo"]["version"], "1.2.3");
  EXPECT_TRUE(result["capabilities"]["resources"]["subscribe"].get<bool>());
}

TEST_F(ConnectionTest, OffersItsNewestToAClientFromTheFuture) {
  EXPECT_EQ(begin("2099-01-01")["protocolVersion"], "2025-11-25");
}

TEST_F(ConnectionTest, WantsInitializeFirst) {
  EXPECT_EQ(one(request(1, "tools/list"))["error"]["code"], code::invalid_request);
  EXPECT_EQ(one(request(2, "ping"))["result"], Json::object());
}

TEST_F(ConnectionTest, SaysWhatIsNoMessage) {
  wire.say_text("{");
  settle();
  EXPECT_EQ(wire.heard().at(0)["error"]["code"], code::parse_error);
  EXPECT_EQ(one(Json{{"id", 1}, {"method", "ping"}})["error"]["code"], code::invalid_request);
  EXPECT_EQ(one(Json::array({request(1, "ping")}))["error"]["code"], code::invalid_request);
  EXPECT_EQ(one(request(3, "no/such"))["error"]["code"], code::invalid_request);
}

TEST_F(ConnectionTest, AnswersBatchesInTheRevisionThatHasThem) {
  begin("2025-03-26");
  const Json answers = one(Json::array({request(1, "ping"), notification("notifications/x"), request(2, "ping")}));
  ASSERT_TRUE(answers.is_array());
  EXPECT_EQ(answers.size(), 2U);
}

TEST_F(ConnectionTest, ListsWhatTheTableHasAndHidesWhatModelsNeedNotSee) {
  begin();
  const Json tools = one(request(1, "tools/list"))["result"]["tools"];
  ASSERT_EQ(tools.size(), 4U);
  EXPECT_EQ(tools[0]["name"], "look");
  EXPECT_FALSE(tools[0]["inputSchema"]["properties"].contains("hidden_word"));
  EXPECT_TRUE(tools[0]["annotations"]["readOnlyHint"].get<bool>());
  EXPECT_TRUE(tools[1]["annotations"]["destructiveHint"].get<bool>());
  EXPECT_EQ(tools[1]["description"], "Works.");
  // An optional word may be null: the list of its words says so too.
  EXPECT_EQ(tools[0]["outputSchema"]["properties"]["mood"]["enum"], Json::array({"good", "bad", nullptr}));
}

TEST_F(ConnectionTest, CallsAToolAndAnswersInBothForms) {
  begin();
  const Json result =
      one(request(1, "tools/call", {{"name", "look"}, {"arguments", {{"terminal_id", "build"}}}}))["result"];
  EXPECT_EQ(result["structuredContent"]["text"], "screen of build");
  EXPECT_EQ(Json::parse(result["content"][0]["text"].get<std::string>()), result["structuredContent"]);
  EXPECT_FALSE(result.contains("isError"));
}

TEST_F(ConnectionTest, AFailedMethodIsAResultAndAnUnknownToolIsNot) {
  begin();
  const Json gone = one(request(1, "tools/call", {{"name", "look"}, {"arguments", {{"terminal_id", "x"}}}}))["result"];
  EXPECT_TRUE(gone["isError"].get<bool>());
  EXPECT_EQ(Json::parse(gone["content"][0]["text"].get<std::string>())["error"]["code"], "terminal_not_found");
  EXPECT_EQ(one(request(2, "tools/call", {{"name", "fly"}}))["error"]["code"], code::invalid_params);
}

TEST_F(ConnectionTest, ReachesEveryMethodByName) {
  begin();
  const Json found = one(request(1, "tools/call", {{"name", "api_methods"}, {"arguments", {{"query", "lists"}}}}));
  EXPECT_EQ(found["result"]["structuredContent"]["methods"][0]["name"], "terminal.list");
  Json arguments = {{"method", "terminal.list"}, {"params", Json::object()}};
  const Json called = one(request(2, "tools/call", {{"name", "api_call"}, {"arguments", std::move(arguments)}}));
  EXPECT_EQ(called["result"]["structuredContent"]["terminals"][0]["id"], "build");
}

TEST_F(ConnectionTest, TellsOfProgressBeforeTheAnswer) {
  begin();
  Json params = {{"name", "work"}, {"arguments", {{"terminal_id", "build"}}}, {"_meta", {{"progressToken", 7}}}};
  const Json told = one(request(1, "tools/call", std::move(params)));
  EXPECT_EQ(told["method"], "notifications/progress");
  EXPECT_EQ(told["params"]["progressToken"], 7);
  EXPECT_EQ(told["params"]["message"], "two");
  world.changed.notify();
  settle();
  EXPECT_EQ(wire.heard().at(0)["result"]["structuredContent"]["text"], "worked");
}

TEST_F(ConnectionTest, CancelledRequestsEndAndAreNotAnswered) {
  begin();
  EXPECT_TRUE(exchange(request("a", "tools/call", {{"name", "work"}, {"arguments", {{"terminal_id", "x"}}}})).empty());
  EXPECT_TRUE(exchange(notification("notifications/cancelled", {{"requestId", "a"}})).empty());
  EXPECT_EQ(world.cancelled, 1);
  EXPECT_EQ(one(request("a", "ping"))["result"], Json::object());
}

TEST_F(ConnectionTest, WhatRunsEndsWithTheConnection) {
  begin();
  exchange(request(1, "tools/call", {{"name", "work"}, {"arguments", {{"terminal_id", "x"}}}}));
  wire.hang_up();
  settle();
  EXPECT_TRUE(ended);
  EXPECT_EQ(world.cancelled, 1);
}

TEST_F(ConnectionTest, ReadsTerminalsAsResources) {
  begin();
  const Json listed = one(request(1, "resources/list"))["result"]["resources"];
  EXPECT_EQ(listed[1]["uri"], "duotty://terminals/build/screen");
  const Json read = one(request(2, "resources/read", {{"uri", "duotty://terminals/build/screen"}}))["result"];
  EXPECT_EQ(read["contents"][0]["text"], "screen of build");
  const Json missing = one(request(3, "resources/read", {{"uri", "duotty://terminals/x/screen"}}));
  EXPECT_EQ(missing["error"]["code"], code::resource_not_found);
  EXPECT_EQ(one(request(4, "resources/read", {{"uri", "file:///etc/passwd"}}))["error"]["code"],
            code::resource_not_found);
}

TEST_F(ConnectionTest, TellsOfChangesOfWatchedResources) {
  begin();
  EXPECT_EQ(one(request(1, "resources/subscribe", {{"uri", "duotty://terminals/build/screen"}}))["result"],
            Json::object());
  loop.restart();
  while (world.waits == 0) loop.run_one();
  world.generation = 2;
  world.changed.notify();
  settle();
  const auto heard = wire.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0]["method"], "notifications/resources/updated");
  EXPECT_EQ(heard[0]["params"]["uri"], "duotty://terminals/build/screen");
  one(request(2, "resources/unsubscribe", {{"uri", "duotty://terminals/build/screen"}}));
}

TEST_F(ConnectionTest, WatchesNothingThatIsNotThere) {
  begin();
  for (const char* uri : {"duotty://terminals/x/screen", "duotty://terminals/x/output/1", "file:///etc/passwd", ""}) {
    const Json refused = one(request(1, "resources/subscribe", {{"uri", uri}}));
    EXPECT_EQ(refused["error"]["code"], code::resource_not_found) << uri;
    EXPECT_EQ(refused["error"]["data"]["uri"], uri);
  }
  EXPECT_EQ(world.waits, 0);
  for (const char* uri : {"duotty://terminals", "duotty://terminals/build/output/9", "duotty://guides/skill"}) {
    EXPECT_EQ(one(request(2, "resources/subscribe", {{"uri", uri}}))["result"], Json::object()) << uri;
  }
}

TEST_F(ConnectionTest, TellsOfTerminalsThatCome) {
  begin();
  world.terminals.push_back("more");
  world.changed.notify();
  settle();
  const auto heard = wire.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0]["method"], "notifications/resources/list_changed");
}

TEST_F(ConnectionTest, FillsPromptsAndCompletesNamesOfTerminals) {
  begin();
  const Json prompts = one(request(1, "prompts/list"))["result"]["prompts"];
  EXPECT_GE(prompts.size(), 4U);
  Json arguments = {{"terminal", "build-7"}};
  const Json got = one(request(2, "prompts/get", {{"name", "explain-failure"}, {"arguments", std::move(arguments)}}));
  EXPECT_NE(got["result"]["messages"][0]["content"]["text"].get<std::string>().find("build-7"), std::string::npos);
  EXPECT_EQ(one(request(3, "prompts/get", {{"name", "explain-failure"}}))["error"]["code"], code::invalid_params);
  Json completion = {{"ref", {{"type", "ref/prompt"}, {"name", "explain-failure"}}},
                     {"argument", {{"name", "terminal"}, {"value", "bu"}}}};
  EXPECT_EQ(one(request(4, "completion/complete", std::move(completion)))["result"]["completion"]["values"],
            Json::array({"build"}));
}

TEST_F(ConnectionTest, LogsWhatTheClientWantsToKnow) {
  begin();
  const Json fails = request(1, "tools/call", {{"name", "look"}, {"arguments", {{"terminal_id", "x"}}}});
  EXPECT_EQ(exchange(fails).size(), 1U);
  EXPECT_EQ(one(request(2, "logging/setLevel", {{"level", "loud"}}))["error"]["code"], code::invalid_params);
  one(request(3, "logging/setLevel", {{"level", "warning"}}));
  const auto heard = exchange(fails);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0]["method"], "notifications/message");
  EXPECT_EQ(heard[0]["params"]["level"], "warning");
}

// --- the revision without a handshake
// -----------------------------------------------------------------------------------------------

Json meta(const char* revision = "2026-07-28") {
  return {{"io.modelcontextprotocol/protocolVersion", revision},
          {"io.modelcontextprotocol/clientCapabilities", Json::object()}};
}

TEST_F(ConnectionTest, DiscoversWithoutAHandshake) {
  const Json result = one(request(1, "server/discover", {{"_meta", meta()}}))["result"];
  EXPECT_EQ(result["supportedVersions"][0], "2026-07-28");
  EXPECT_EQ(result["resultType"], "complete");
  EXPECT_EQ(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "duotty");
  EXPECT_EQ(one(request(2, "tools/list", {{"_meta", meta()}}))["result"]["cacheScope"], "private");
}

TEST_F(ConnectionTest, RefusesRevisionsThatItDoesNotSpeak) {
  const Json error = one(request(1, "tools/list", {{"_meta", meta("1900-01-01")}}))["error"];
  EXPECT_EQ(error["code"], code::unsupported_revision);
  EXPECT_EQ(error["data"]["requested"], "1900-01-01");
  EXPECT_EQ(one(request(2, "initialize", {{"_meta", meta()}}))["error"]["code"], code::method_not_found);
}

TEST_F(ConnectionTest, ListensUntilItIsCancelled) {
  Json params = {{"_meta", meta()}, {"notifications", {{"resourcesListChanged", true}, {"toolsListChanged", true}}}};
  const Json acknowledged = one(request("L", "subscriptions/listen", std::move(params)));
  EXPECT_EQ(acknowledged["method"], "notifications/subscriptions/acknowledged");
  EXPECT_EQ(acknowledged["params"]["notifications"], (Json{{"resourcesListChanged", true}}));
  world.terminals.push_back("more");
  world.changed.notify();
  settle();
  const auto heard = wire.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0]["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], "L");
  EXPECT_TRUE(exchange(notification("notifications/cancelled", {{"requestId", "L"}})).empty());
}

}  // namespace
}  // namespace duotty::mcp::test
