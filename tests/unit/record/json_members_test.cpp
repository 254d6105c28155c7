#include <duotty/record/json_members.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace duotty::record {
namespace {

using nlohmann::json;

const json kObject = {{"text", "word"},       {"empty", ""},     {"whole", -7},
                      {"half", 2.75},         {"yes", true},     {"no", false},
                      {"list", json{1, "b"}}, {"null", nullptr}, {"inner", {{"text", "deep"}}}};

TEST(JsonMembers, AreReadByTheirKind) {
  EXPECT_EQ(text_of(kObject, "text", "other"), "word");
  EXPECT_EQ(text_of(kObject, "empty", "other"), "");
  EXPECT_EQ(integer_of(kObject, "whole", 3), -7);
  EXPECT_EQ(number_of(kObject, "half"), 2.75);
  EXPECT_EQ(number_of(kObject, "whole"), -7.0);
  EXPECT_EQ(int_of(kObject, "whole"), -7);
  EXPECT_TRUE(flag_of(kObject, "yes"));
  EXPECT_FALSE(flag_of(kObject, "no", true));
  EXPECT_EQ(list_of(kObject, "list").size(), 2U);
  EXPECT_EQ(text_of(member_of(kObject, "inner"), "text"), "deep");
}

TEST(JsonMembers, WhatIsAbsentOrOfAnotherKindIsTheFallback) {
  for (const char* name : {"none", "null", "inner", "list"}) {
    EXPECT_EQ(text_of(kObject, name), "") << name;
    EXPECT_EQ(text_of(kObject, name, "other"), "other") << name;
    EXPECT_EQ(integer_of(kObject, name, 5), 5) << name;
    EXPECT_EQ(number_of(kObject, name, 0.5), 0.5) << name;
    EXPECT_EQ(int_of(kObject, name), std::nullopt) << name;
    EXPECT_TRUE(flag_of(kObject, name, true)) << name;
    EXPECT_FALSE(flag_of(kObject, name)) << name;
  }
  EXPECT_EQ(text_of(kObject, "whole"), "");
  EXPECT_EQ(integer_of(kObject, "text", 5), 5);
  EXPECT_EQ(number_of(kObject, "yes", 5), 5.0);
  EXPECT_FALSE(flag_of(kObject, "whole"));
  EXPECT_TRUE(list_of(kObject, "inner").empty());
  EXPECT_TRUE(member_of(kObject, "none").is_null());
}

TEST(JsonMembers, WhatIsNoObjectHasNoMembers) {
  for (const json& value : {json(), json(7), json("text"), json::array({"text"}), json(true)}) {
    EXPECT_TRUE(member_of(value, "text").is_null()) << value;
    EXPECT_EQ(text_of(value, "text", "other"), "other") << value;
    EXPECT_EQ(integer_of(value, "text"), 0) << value;
    EXPECT_FALSE(flag_of(value, "text")) << value;
    EXPECT_TRUE(list_of(value, "text").empty()) << value;
  }
}

TEST(JsonMembers, NumbersBeyondTheirBoundsAreNotOthers) {
  using Whole = std::numeric_limits<std::int64_t>;
  const json far = {{"a", Whole::max()},
                    {"b", std::numeric_limits<std::uint64_t>::max()},
                    {"c", 1e300},
                    {"d", -1e300},
                    {"e", 2.9},
                    {"f", -2.9},
                    {"g", std::int64_t{1} << 31},
                    {"h", std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_EQ(integer_of(far, "a"), Whole::max());
  EXPECT_EQ(integer_of(far, "b"), Whole::max());
  EXPECT_EQ(integer_of(far, "c"), Whole::max());
  EXPECT_EQ(integer_of(far, "d"), Whole::min());
  EXPECT_EQ(integer_of(far, "e"), 2);
  EXPECT_EQ(integer_of(far, "f"), -2);
  EXPECT_EQ(integer_of(far, "h", 4), 4);
  EXPECT_EQ(int_of(far, "g"), std::nullopt);
  EXPECT_EQ(int_of(far, "b"), std::nullopt);
  EXPECT_EQ(int_of(far, "e"), std::nullopt);
}

}  // namespace
}  // namespace duotty::record
