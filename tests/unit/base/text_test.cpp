#include <gtest/gtest.h>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>

#include <set>

namespace duotty::base {
namespace {

TEST(Utf8, RefusesOverlongSurrogateAndTruncatedSequences) {
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80"));
  for (const char* bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE4\xBD", "\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
    EXPECT_TRUE(is_utf8(to_valid_utf8(bad)));
  }
}

TEST(Utf8, FindsAnUnfinishedTail) {
  EXPECT_EQ(incomplete_utf8_tail("ab"), 0U);
  EXPECT_EQ(incomplete_utf8_tail("ab\xE4"), 1U);
  EXPECT_EQ(incomplete_utf8_tail("ab\xE4\xBD"), 2U);
  EXPECT_EQ(incomplete_utf8_tail("\xF0\x9F\x98"), 3U);
  EXPECT_EQ(incomplete_utf8_tail("\xE4\xBD\xA0"), 0U);
  EXPECT_EQ(incomplete_utf8_tail("\xFF"), 0U);
  EXPECT_EQ(incomplete_utf8_tail(""), 0U);
  EXPECT_EQ(incomplete_utf8_tail("\xC3\xA4"), 0U);
  EXPECT_EQ(incomplete_utf8_tail("\x80\x80\x80\x80"), 0U);
}

TEST(Base64, DecodesWhatItEncodedAndNothingElse) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes = random_bytes(size);
    EXPECT_EQ(*base64_decode(base64_encode(bytes)), bytes);
  }
  for (const char* bad : {"a", "ab==c", "ab=c", "====", "a b=", "YQ=", "YQ==\n"})
    EXPECT_FALSE(base64_decode(bad).has_value()) << bad;
}

TEST(Percent, DecodesStrictly) {
  EXPECT_EQ(*percent_decode("a%20b+c", true), "a b c");
  EXPECT_EQ(*percent_decode("a+b", false), "a+b");
  EXPECT_FALSE(percent_decode("%2", false).has_value());
  EXPECT_FALSE(percent_decode("%zz", false).has_value());
  EXPECT_EQ(*percent_decode(percent_encode("ä/?&"), true), "ä/?&");
}

TEST(Words, ShortenAtCharactersAndQuoteForShells) {
  EXPECT_EQ(shorten("abc", 3), "abc");
  EXPECT_EQ(shorten("a\xE4\xBD\xA0", 2), "a\xE2\x80\xA6");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(parse_u64("18446744073709551615"), UINT64_MAX);
  EXPECT_FALSE(parse_u64("18446744073709551616").has_value());
  EXPECT_FALSE(parse_u64("-1").has_value());
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", ""));
}

TEST(Ids, BeginWithALetterAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = make_id();
    EXPECT_EQ(id.size(), 12U);
    EXPECT_TRUE(id[0] >= 'a' && id[0] <= 'z');
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_EQ(make_token().size(), 43U);
}

TEST(Errors, HaveOneRowEach) {
  EXPECT_STREQ(Error(Errc::busy, "x").name(), "busy");
  EXPECT_EQ(Error(Errc::terminal_not_found, "x").http_status(), 404);
  EXPECT_EQ(errc_from_name("rate_limited"), Errc::rate_limited);
  EXPECT_EQ(errc_from_name("no such"), Errc::internal);
}

TEST(EndOfPrintable, FindsEveryOtherByteAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = byte >= 0x20 && byte < 0x7f;
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text(20, '~');
      text[place] = static_cast<char>(byte);
      for (std::size_t from = 0; from <= text.size(); ++from) {
        const std::size_t expected = !printable && from <= place ? place : text.size();
        ASSERT_EQ(end_of_printable(text, from), expected) << byte << " at " << place << " from " << from;
      }
    }
  }
  EXPECT_EQ(end_of_printable("", 0), 0U);
}

TEST(Utf8, AsciiRunsOfEveryLengthBeforeAFault) {
  for (std::size_t length = 0; length < 20; ++length) {
    const std::string text = std::string(length, 'a') + "\xff" + std::string(length, 'b');
    EXPECT_FALSE(is_utf8(text));
    EXPECT_EQ(to_valid_utf8(text), std::string(length, 'a') + "\xEF\xBF\xBD" + std::string(length, 'b'));
    EXPECT_TRUE(is_utf8(std::string(length, 'a') + "\xe4\xb8\xad" + std::string(length, 'b')));
  }
}

}  // namespace
}  // namespace duotty::base
