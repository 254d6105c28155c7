#include <gtest/gtest.h>
#include <duotty/record/json_text.hpp>
#include <duotty/record/schema.hpp>

namespace duotty::record {
namespace {

struct Inner {
  int depth = 1;
  static constexpr auto fields() { return std::tuple{field("depth", &Inner::depth, "How deep.").range(0, 9)}; }
};

struct Sample {
  std::string name;
  int count = 7;
  double ratio = 0.5;
  bool loud = false;
  std::optional<std::string> note;
  std::optional<int> limit;
  std::vector<std::string> tags;
  std::map<std::string, std::string> env;
  std::string kind = "a";
  Inner inner;
  static constexpr auto fields() {
    using T = Sample;
    return std::tuple{field("name", &T::name, "Its name.").required().range(1, 5),
                      field("count", &T::count, "How many.").range(0, 10),
                      field("ratio", &T::ratio, "A share."),
                      field("loud", &T::loud, "Whether."),
                      field("note", &T::note, "Free text."),
                      field("limit", &T::limit, "At most.").omit_empty(),
                      field("tags", &T::tags, "Labels.").range(0, 2),
                      field("env", &T::env, "Variables."),
                      field("kind", &T::kind, "Which.").one_of("a", "b"),
                      field("inner", &T::inner, "Nested.")};
  }
};

base::Result<Sample> read(const char* text, DecodeOptions options = {}) {
  return decode<Sample>(Json::parse(text), options);
}

TEST(Codec, KeepsDefaultsOfAbsentAndNullMembers) {
  const auto sample = read(R"({"name":"x","count":null})");
  ASSERT_TRUE(sample.has_value());
  EXPECT_EQ(sample->count, 7);
  EXPECT_FALSE(sample->note.has_value());
}

TEST(Codec, NamesTheFieldThatIsWrong) {
  const auto missing = read(R"({})");
  EXPECT_EQ(missing.error().field(), "name");
  const auto nested = read(R"({"name":"x","inner":{"depth":"deep"}})");
  EXPECT_EQ(nested.error().field(), "inner.depth");
  EXPECT_EQ(nested.error().message(), "\"inner.depth\" must be an integer, not string.");
  const auto item = read(R"({"name":"x","tags":["a",3]})");
  EXPECT_EQ(item.error().field(), "tags[1]");
}

TEST(Codec, HoldsBoundsOfNumbersTextsAndLists) {
  EXPECT_FALSE(read(R"({"name":""})").has_value());
  EXPECT_FALSE(read(R"({"name":"toolong"})").has_value());
  EXPECT_FALSE(read(R"({"name":"x","count":-1})").has_value());
  EXPECT_FALSE(read(R"({"name":"x","count":1e99})").has_value());
  EXPECT_FALSE(read(R"({"name":"x","tags":["a","b","c"]})").has_value());
  EXPECT_FALSE(read(R"({"name":"x","kind":"c"})").has_value());
}

TEST(Codec, RefusesUnknownMembersWithASuggestionOrIgnoresThem) {
  const auto refused = read(R"({"name":"x","cuont":1})");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message().find("\"count\""), std::string::npos);
  EXPECT_TRUE(read(R"({"name":"x","cuont":1})", {.unknown = Unknown::ignore, .from = From::json}).has_value());
}

TEST(Codec, ReadsTextForNumbersOnlyWhereTheSourceIsText) {
  const char* text = R"({"name":"x","count":"3","ratio":"0.25","loud":"yes","tags":"a,b"})";
  EXPECT_FALSE(read(text).has_value());
  const auto sample = read(text, {.unknown = Unknown::refuse, .from = From::text});
  ASSERT_TRUE(sample.has_value());
  EXPECT_EQ(sample->count, 3);
  EXPECT_DOUBLE_EQ(sample->ratio, 0.25);
  EXPECT_TRUE(sample->loud);
  EXPECT_EQ(sample->tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(read(R"({"name":"x","count":"3x"})", {.unknown = Unknown::refuse, .from = From::text}).has_value());
}

TEST(Codec, DecodesWhatItEncoded) {
  Sample sample;
  sample.name = "abc";
  sample.note = "n";
  sample.env = {{"A", "b"}};
  sample.inner.depth = 4;
  const Json json = encode(sample);
  EXPECT_FALSE(json.contains("limit"));
  EXPECT_EQ(encode(*decode<Sample>(json)), json);
}

TEST(Schema, SaysWhatIsRequiredAndBounded) {
  const Json params = schema<Sample>(Role::parameters);
  EXPECT_EQ(params["required"], Json::array({"name"}));
  EXPECT_EQ(params["properties"]["count"]["maximum"], 10);
  EXPECT_EQ(params["properties"]["name"]["maxLength"], 5);
  EXPECT_EQ(params["properties"]["kind"]["enum"], Json::array({"a", "b"}));
  const Json result = schema<Sample>(Role::result);
  EXPECT_EQ(result["required"].size(), 9U);
  EXPECT_NE(typescript(result).find("note: string | null;"), std::string::npos);
  EXPECT_NE(typescript(result).find("limit?: number | null;"), std::string::npos);
}

TEST(JsonText, RefusesDeepNestingBadUtf8AndGarbage) {
  EXPECT_TRUE(parse_json(R"({"a":[1,"[[[[{{{{"]})").has_value());
  EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')).has_value());
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')).has_value());
  EXPECT_FALSE(parse_json("\"\xff\"").has_value());
  EXPECT_FALSE(parse_json(R"("\ud800")").has_value());
  EXPECT_EQ(parse_json("{\"a\":}").error().code(), base::Errc::invalid_json);
}

}  // namespace
}  // namespace duotty::record
