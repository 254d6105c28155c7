#include "wsh_lines.hpp"

#include <gtest/gtest.h>

namespace duotty::compat {
namespace {

using Json = nlohmann::json;

TEST(WshLines, AreTextsWithoutALook) {
  EXPECT_EQ(styled_line({{"text", "plain"}, {"spans", Json::array()}}), "plain");
}

TEST(WshLines, AreCutWhereTheLookChanges) {
  const Json row = {
      {"text", "a red b"},
      {"spans", Json::array({{{"begin", 2}, {"end", 5}, {"foreground", "1"}, {"attributes", {"bold"}}}})}};
  const Json expected = Json::parse(R"([{"text":"a "},{"text":"red","fg":{"indexed":1},"bold":true},{"text":" b"}])");
  EXPECT_EQ(styled_line(row), expected);
}

TEST(WshLines, CountColumnsNotCharacters) {
  const Json row = {{"text", "字e\xCC\x81x"},
                    {"spans", Json::array({{{"begin", 2}, {"end", 3}, {"background", "#0102ff"}}})}};
  const Json expected = Json::parse(R"([{"text":"字"},{"text":"é","bg":{"rgb":{"r":1,"g":2,"b":255}}},{"text":"x"}])");
  Json decomposed = expected;
  decomposed[1]["text"] = "e\xCC\x81";
  EXPECT_EQ(styled_line(row), decomposed);
}

TEST(WshLines, EndWithTheTextWhereALookGoesOn) {
  const Json row = {{"text", "end"}, {"spans", Json::array({{{"begin", 0}, {"end", 80}, {"underline", "curly"}}})}};
  EXPECT_EQ(styled_line(row), Json::parse(R"([{"text":"end","underline":true}])"));
}

}  // namespace
}  // namespace duotty::compat
