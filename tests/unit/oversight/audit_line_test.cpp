#include <gtest/gtest.h>
#include <duotty/oversight/audit_trail.hpp>

#include <nlohmann/json.hpp>

namespace duotty::oversight {
namespace {

using rpc::Json;

TEST(AuditLine, SaysWhatACallIsAbout) {
  EXPECT_EQ(line_about(Json{{"command", "make\ntest"}, {"terminal_id", "t"}}), "make test");
  EXPECT_EQ(line_about(Json{{"command", {"/bin/cat", "file"}}}), "/bin/cat file");
  EXPECT_EQ(line_about(Json{{"data", ""}, {"keys", {"ctrl+c", "enter"}}}), "ctrl+c enter");
  EXPECT_EQ(line_about(Json{{"name", "ci"}, {"scopes", {"read"}}}), "ci");
  EXPECT_EQ(line_about(Json{{"terminal_id", "t"}}), "");
  EXPECT_EQ(line_about(Json(7)), "");
  EXPECT_EQ(line_about(Json{{"command", 7}}), "");
}

TEST(AuditLine, IsOneShortLineWithoutTricks) {
  EXPECT_EQ(line_about(Json{{"command", "a\x1b[31mb\x07\tc"}}), "a [31mb  c");
  EXPECT_EQ(line_about(Json{{"command",
                             "a\xE2\x80\xAE"
                             "b\xE2\x81\xA6"
                             "c\xC2\x9B"
                             "d"}}),
            "abcd");
  EXPECT_EQ(line_about(Json{{"command", "\xE4\xBD\xA0\xE5\xA5\xBD"}}), "\xE4\xBD\xA0\xE5\xA5\xBD");
  EXPECT_LE(line_about(Json{{"command", std::string(100'000, 'x')}}).size(), 170u);
}

TEST(AuditLine, LeavesSecretsOutOfWhatIsHashed) {
  const Json sent = {{"api_key", "sk-1"}, {"web_access_key", "hunter2hunter2"}, {"theme", "dark"}};
  const Json shown = without_secrets(sent);
  EXPECT_EQ(shown, (Json{{"api_key", "***"}, {"web_access_key", "***"}, {"theme", "dark"}}));
  EXPECT_EQ(without_secrets(Json::array({1})), Json::array({1}));
}

}  // namespace
}  // namespace duotty::oversight
