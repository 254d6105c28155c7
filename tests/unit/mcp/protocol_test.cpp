#include <gtest/gtest.h>

#include "http_headers.hpp"
#include "resources.hpp"

namespace duotty::mcp {
namespace {

TEST(Protocol, TellsMessagesApart) {
  using Kind = Message::Kind;
  EXPECT_EQ(read_message({{"jsonrpc", "2.0"}, {"id", 1}, {"method", "ping"}}).kind, Kind::request);
  EXPECT_EQ(read_message({{"jsonrpc", "2.0"}, {"method", "x"}}).kind, Kind::notification);
  EXPECT_EQ(read_message({{"jsonrpc", "2.0"}, {"id", "a"}, {"result", 1}}).kind, Kind::response);
  EXPECT_EQ(read_message({{"jsonrpc", "2.0"}, {"id", nullptr}, {"method", "x"}}).kind, Kind::invalid);
  EXPECT_EQ(read_message({{"jsonrpc", "2.0"}, {"id", 1}, {"method", "x"}, {"params", 3}}).kind, Kind::invalid);
  EXPECT_EQ(read_message({{"jsonrpc", "1.0"}, {"id", 1}, {"method", "x"}}).kind, Kind::invalid);
  EXPECT_EQ(read_message(Json::array()).kind, Kind::invalid);
  EXPECT_NE(key_of(Json(1)), key_of(Json("1")));
}

TEST(Protocol, NeverNegotiatesARevisionWithoutHandshake) {
  EXPECT_EQ(negotiate("2024-11-05"), "2024-11-05");
  EXPECT_EQ(negotiate("2026-07-28"), "2025-11-25");
  EXPECT_EQ(negotiate(""), "2025-11-25");
}

TEST(Resources, AddressesAreTakenApartStrictly) {
  using Kind = ResourceName::Kind;
  EXPECT_EQ(parse_resource("duotty://terminals")->kind, Kind::terminals);
  EXPECT_EQ(parse_resource("duotty://terminals/a%2Fb/screen")->terminal, "a/b");
  EXPECT_EQ(parse_resource("duotty://terminals/x/output/12")->seq, 12);
  for (const char* bad : {"", "duotty://", "duotty://terminals/", "duotty://terminals/x", "duotty://terminals//screen",
                          "duotty://terminals/x/output/0", "duotty://terminals/x/output/-1",
                          "duotty://terminals/%/screen", "duotty://terminals/%ff/screen",
                          "duotty://terminals/x/screen/", "duotty://guides/../skill", "file:///etc/passwd"}) {
    EXPECT_FALSE(parse_resource(bad)) << bad;
  }
  EXPECT_EQ(parse_resource(resource_uri("a b", "screen"))->terminal, "a b");
}

http::Request request(http::Headers headers) {
  http::Request out;
  out.headers = std::move(headers);
  return out;
}

Message message(const char* method, Json params) {
  Message out;
  out.kind = Message::Kind::request;
  out.method = method;
  out.params = std::move(params);
  out.params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
  return out;
}

TEST(Headers, MustSayWhatTheBodySays) {
  const Message call = message("tools/call", {{"name", "look"}});
  const auto check = [&](http::Headers headers) { return check_headers(request(std::move(headers)), call); };
  const std::string revision = "2026-07-28";
  EXPECT_FALSE(check({{"MCP-Protocol-Version", revision}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "look"}}));
  EXPECT_FALSE(
      check({{"mcp-protocol-version", revision}, {"mcp-method", "tools/call"}, {"mcp-name", "=?base64?bG9vaw==?="}}));
  EXPECT_EQ(check({{"Mcp-Method", "tools/call"}, {"Mcp-Name", "look"}})->code, code::header_mismatch);
  EXPECT_TRUE(check({{"MCP-Protocol-Version", revision}, {"Mcp-Name", "look"}}));
  EXPECT_TRUE(check({{"MCP-Protocol-Version", revision}, {"Mcp-Method", "tools/call"}}));
  EXPECT_TRUE(check({{"MCP-Protocol-Version", revision}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "Look"}}));
  EXPECT_TRUE(check({{"MCP-Protocol-Version", revision}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?%?="}}));
  EXPECT_TRUE(check({{"MCP-Protocol-Version", "2025-11-25"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "look"}}));
}

}  // namespace
}  // namespace duotty::mcp
