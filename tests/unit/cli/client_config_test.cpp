#include "client_config.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace duotty::cli {
namespace {

const std::vector<std::string> kCommand = {"duotty", "mcp", "--start"};

Environment at_home() {
  Environment environment;
  environment.variables = {{"HOME", "/home/me"}};
  environment.cwd = "/src/thing";
  return environment;
}

ClientFile file_of(const char* client, bool project = false) {
  return client_file(client, at_home(), project).value();
}

TEST(ClientConfig, KnowsWhereProgramsKeepTheirServers) {
  EXPECT_EQ(file_of("claude").path, "/home/me/.claude.json");
  EXPECT_EQ(file_of("claude", true).path, "/src/thing/.mcp.json");
  EXPECT_EQ(file_of("cursor").path, "/home/me/.cursor/mcp.json");
  EXPECT_EQ(file_of("vscode", true).section, "servers");
  EXPECT_EQ(file_of("codex").path, "/home/me/.codex/config.toml");
  EXPECT_FALSE(client_file("codex", at_home(), true));
}

TEST(ClientConfig, KeepsTheRestOfAJsonFile) {
  const std::string text =
      "{\n    \"zeta\": 1,\n    \"mcpServers\": {\n        \"other\": {\"command\": \"x\"}\n    },\n    \"alpha\": "
      "[1.5]\n}\n";
  const std::string after = with_server(file_of("claude"), text, kCommand).value();
  const auto json = nlohmann::ordered_json::parse(after);
  EXPECT_EQ(json.begin().key(), "zeta");
  EXPECT_EQ(json["alpha"][0], 1.5);
  EXPECT_EQ(json["mcpServers"]["other"]["command"], "x");
  EXPECT_EQ(json["mcpServers"]["duotty"]["args"], (nlohmann::ordered_json{"mcp", "--start"}));
  EXPECT_NE(after.find("\n    \"zeta\""), std::string::npos) << "its own indentation";
  EXPECT_EQ(with_server(file_of("claude"), after, kCommand).value(), after);
}

TEST(ClientConfig, MakesAFileWhereThereIsNone) {
  const auto json = nlohmann::json::parse(with_server(file_of("vscode"), "", kCommand).value());
  EXPECT_EQ(json["servers"]["duotty"]["type"], "stdio");
}

TEST(ClientConfig, LeavesAloneWhatItCannotRead) {
  for (const char* text : {"{ // a comment\n}", "[]", "{\"mcpServers\": 3}", "{"}) {
    const auto after = with_server(file_of("claude"), text, kCommand);
    ASSERT_FALSE(after) << text;
    EXPECT_EQ(after.error().code(), base::Errc::unsupported);
  }
  EXPECT_FALSE(with_server(file_of("codex"), "mcp_servers.a.command = \"x\"\n", kCommand));
}

TEST(ClientConfig, EntersATableIntoToml) {
  const ClientFile file = file_of("codex");
  const std::string entry = "[mcp_servers.duotty]\ncommand = \"duotty\"\nargs = [\"mcp\", \"--start\"]\n";
  EXPECT_EQ(with_server(file, "", kCommand).value(), entry);
  EXPECT_EQ(with_server(file, "model = \"x\" # mine", kCommand).value(), "model = \"x\" # mine\n\n" + entry);
  const std::string old = "a = 1\n\n[mcp_servers.duotty]\ncommand = \"old\"\n\n[other]\nb = 2\n";
  EXPECT_EQ(with_server(file, old, kCommand).value(), "a = 1\n\n" + entry + "\n[other]\nb = 2\n");
}

TEST(ClientConfig, ShowsOnlyWhatChanges) {
  EXPECT_EQ(changed_lines("a\nb\nc\nd\ne\n", "a\nb\nc\nX\nd\ne\n"), " b\n c\n+X\n d\n e\n");
  EXPECT_EQ(changed_lines("", "a\n"), "+a\n");
  EXPECT_EQ(changed_lines("a\n", "a\n"), " a\n");
}

}  // namespace
}  // namespace duotty::cli
