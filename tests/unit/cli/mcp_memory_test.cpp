#include <gtest/gtest.h>

#include "mcp_command.hpp"

namespace duotty::cli {
namespace {

TEST(McpMemory, SaysTheSameAgainOnANewConnection) {
  McpMemory memory;
  memory.sent(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}})");
  EXPECT_TRUE(memory.received(R"({"jsonrpc":"2.0","id":0,"result":{}})"));
  memory.sent(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  memory.sent(R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"duotty://terminals"}})");
  memory.sent(R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"terminal_exec"}})");
  const auto answers = memory.lost();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(Json::parse(answers[1])["id"], 2);
  EXPECT_TRUE(Json::parse(answers[1]).contains("error"));
  EXPECT_TRUE(memory.idle());
  const auto lines = memory.again();
  ASSERT_EQ(lines.size(), 3U);
  const Json initialize = Json::parse(lines[0]);
  EXPECT_EQ(initialize["params"]["protocolVersion"], "2025-11-25");
  EXPECT_EQ(Json::parse(lines[1])["method"], "notifications/initialized");
  EXPECT_EQ(Json::parse(lines[2])["params"]["uri"], "duotty://terminals");
  const Json again = {{"jsonrpc", "2.0"}, {"id", initialize["id"]}, {"result", Json::object()}};
  EXPECT_FALSE(memory.received(again.dump())) << "the client did not ask";
  EXPECT_TRUE(memory.received(R"({"jsonrpc":"2.0","method":"notifications/x"})"));
}

TEST(McpMemory, GoesOnListening) {
  McpMemory memory;
  const std::string line = R"({"jsonrpc":"2.0","id":"L","method":"subscriptions/listen","params":{}})";
  memory.sent(line);
  EXPECT_TRUE(memory.lost().empty());
  EXPECT_EQ(memory.again(), std::vector<std::string>{line});
  EXPECT_FALSE(memory.idle());
}

TEST(McpMemory, TakesNonsenseForWhatItIs) {
  McpMemory memory;
  for (const char* text : {"", "{", "[]", "3", R"({"id":1})", R"({"id":1,"method":"initialize","params":[]})"}) {
    memory.sent(text);
    EXPECT_TRUE(memory.received(text));
  }
}

}  // namespace
}  // namespace duotty::cli
