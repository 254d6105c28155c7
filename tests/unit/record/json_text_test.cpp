#include <gtest/gtest.h>

#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>

namespace duotty::record {
namespace {

using Json = nlohmann::json;

std::string library_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TEST(JsonText, IsWhatTheLibraryWrites) {
  std::string all;
  for (int byte = 0; byte < 128; ++byte) all += static_cast<char>(byte);
  const Json json = {{"text", all},
                     {"quote\"\\\n", "中文 \U0001F600"},
                     {"list", {1, -2, 3.5, 1e300, true, nullptr, "", Json::array(), Json::object()}},
                     {"big", 18446744073709551615U},
                     {"nested", {{"a", {{"b", {{"c", "d"}}}}}}}};
  EXPECT_EQ(to_text(json), library_text(json));
  for (const Json& one : {Json(), Json(true), Json("x"), Json(0.1), Json::array(), Json::object()}) {
    EXPECT_EQ(to_text(one), library_text(one));
  }
}

TEST(JsonText, EscapesTheSameBytesWhereverTheyStand) {
  for (int byte = 0; byte < 0x80; ++byte) {
    for (std::size_t at = 0; at < 18; ++at) {
      std::string text = "plain text, é 中";
      text.insert(std::min(at, std::size_t{12}), 1, static_cast<char>(byte));
      if (at > 12) text.append(at, static_cast<char>(byte));
      const nlohmann::json json = text;
      EXPECT_EQ(to_text(json), json.dump()) << byte << " at " << at;
    }
  }
}

TEST(JsonText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(to_text(Json("a\xff\xfe z")), "\"a\xef\xbf\xbd\xef\xbf\xbd z\"");
  EXPECT_EQ(to_text(Json{{"\xff", 1}}), "{\"\xef\xbf\xbd\":1}");
}

TEST(JsonText, ReadsBackWhatItWrote) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += static_cast<char>(i * 7919 % 128);
  const Json json = {{"stdout", text}};
  const auto back = parse_json(to_text(json));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, json);
}

TEST(JsonText, RefusesANumberThatNothingHolds) {
  for (const char* text : {"1e999", "-1e999", "{\"a\":[1e400]}"}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), base::Errc::invalid_json);
  }
}

}  // namespace
}  // namespace duotty::record
