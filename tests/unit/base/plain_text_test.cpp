#include <duotty/base/plain_text.hpp>

#include <gtest/gtest.h>

#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>

namespace duotty::base {
namespace {

TEST(Scalars, AreReadOneByOneWithTheirSizes) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  std::u32string values;
  for_each_scalar(text, [&](char32_t value) { values += value; });
  EXPECT_EQ(values, U"a\u00E9\u20AC\U0001F600");
  EXPECT_EQ(scalar_at(text, 3).size, 3U);
  EXPECT_EQ(scalar_at(text, 6).value, U'\U0001F600');
}

TEST(Scalars, NothingBeyondTheEndIsRead) {
  const std::string cut = "\xF0\x9F\x98\x80";
  for (std::size_t size = 1; size < cut.size(); ++size) {
    EXPECT_EQ(scalar_at(std::string_view(cut).substr(0, size), 0).size, 4U);
  }
  int calls = 0;
  for_each_scalar("x\xE2\x82", [&](char32_t) { ++calls; });
  EXPECT_EQ(calls, 2);
}

TEST(PlainText, LosesControlsAndKeepsLinesWhenAsked) {
  EXPECT_EQ(clean_text("one\n\x1b[31mtwo\tthree\x07\r\x7f", true), "one\n[31mtwo three");
  EXPECT_EQ(clean_text("one\ntwo", false), "one two");
  EXPECT_EQ(clean_text("\xC2\x9B"
                       "31m\xC2\x85",
                       true),
            "31m");
  EXPECT_EQ(clean_text("", true), "");
}

TEST(PlainText, LosesWhatReordersOrBreaksLines) {
  for (const char32_t mark : U"\u202A\u202E\u2066\u2069\u200E\u200F\u061C\u2028\u2029") {
    if (mark == 0) continue;
    std::string text = "a";
    append_utf8(text, mark);
    EXPECT_EQ(clean_text(text + "b", true), "ab") << static_cast<std::uint32_t>(mark);
    EXPECT_EQ(clean_line(text + "b", 100), "ab") << static_cast<std::uint32_t>(mark);
  }
  // What joins emoji and Indic letters is text.
  EXPECT_EQ(clean_text("\xE2\x80\x8D\xE2\x80\xAF\xE2\x81\xA0", false), "\xE2\x80\x8D\xE2\x80\xAF\xE2\x81\xA0");
}

TEST(PlainText, MalformedBytesAreShownAsSuch) {
  EXPECT_EQ(clean_text("a\xFF"
                       "b\xE2\x82",
                       false),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

TEST(PlainText, ALineHasABlankWhereAControlWas) {
  EXPECT_EQ(clean_line("make\ntest", 100), "make test");
  EXPECT_EQ(clean_line("a\x1b[31mb\x07\tc", 100), "a [31mb  c");
  EXPECT_EQ(clean_line("  \r\n x \n", 100), "x");
  EXPECT_EQ(clean_line("\xE4\xBD\xA0\xE5\xA5\xBD", 100), "\xE4\xBD\xA0\xE5\xA5\xBD");
  EXPECT_EQ(clean_line(std::string(100'000, 'x'), 20), std::string(20, 'x') + "\xE2\x80\xA6");
  EXPECT_TRUE(is_utf8(clean_line(std::string(79, 'x') + "\xE4\xBD\xA0\xE5\xA5\xBD", 20)));
}

}  // namespace
}  // namespace duotty::base
