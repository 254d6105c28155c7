// Encodings, ranges and names in headers: values only.
#include <gtest/gtest.h>
#include <duotty/base/text.hpp>

#include <duotty/files/content_range.hpp>
#include "text_codec.hpp"

namespace duotty::files {
namespace {

TEST(TextCodec, ComesBackFromEveryEncoding) {
  const std::string text = "Gr\u00fc\u00dfe, na\u00efve caf\u00e9\n";
  for (const char* encoding : {"utf-8", "latin-1", "utf-16", "utf-16le", "utf-16be", "gb18030"}) {
    const std::string shown = std::string(encoding) == "gb18030" ? "\u4f60\u597d, \u4e16\u754c\n" : text;
    const auto bytes = encode_text(shown, encoding);
    ASSERT_TRUE(bytes) << encoding;
    const auto back = decode_text(*bytes, encoding);
    ASSERT_TRUE(back) << encoding;
    EXPECT_EQ(back->text, shown) << encoding;
    EXPECT_EQ(back->used, bytes->size());
  }
}

TEST(TextCodec, RecognisesMarksAndUtf8) {
  EXPECT_EQ(encoding_of("plain"), "utf-8");
  EXPECT_EQ(encoding_of("caf\xc3\xa9"), "utf-8");
  EXPECT_EQ(encoding_of("caf\xc3"), "utf-8");
  EXPECT_EQ(encoding_of(std::string("\xff\xfe"
                                    "a\0",
                                    4)),
            "utf-16le");
  EXPECT_EQ(encoding_of(std::string("\xfe\xff\0a", 4)), "utf-16be");
  EXPECT_EQ(encoding_of("caf\xe9 au lait"), "");
  EXPECT_EQ(encoding_of(std::string("a\0b", 3)), "");
  EXPECT_EQ(decode_text("\xef\xbb\xbfx", "utf-8")->text, "x");
  EXPECT_EQ(decode_text(std::string("\xfe\xff\0a", 4), "utf-16")->text, "a");
}

TEST(TextCodec, NeverCutsACharacter) {
  EXPECT_EQ(decode_text("ab\xe4\xbd", "utf-8")->used, 2U);
  EXPECT_EQ(decode_text(std::string("a\0b", 3), "utf-16le")->used, 2U);
  EXPECT_EQ(decode_text("a\xc4", "gb18030")->used, 1U);
}

TEST(TextCodec, RefusesWhatIsMalformed) {
  EXPECT_FALSE(decode_text("\xff\xff", "utf-8"));
  EXPECT_FALSE(decode_text("\xed\xa0\x80", "utf-8"));
  EXPECT_FALSE(decode_text("x", "klingon"));
  EXPECT_FALSE(encode_text("\u4f60", "latin-1"));
}

TEST(Range, FollowsTheStandard) {
  struct Row {
    const char* header;
    RangeOutcome outcome;
    std::uint64_t begin;
    std::uint64_t end;
  };
  constexpr auto whole = RangeOutcome::whole;
  constexpr auto part = RangeOutcome::part;
  const Row rows[] = {{"", whole, 0, 100},
                      {"bytes=0-9", part, 0, 10},
                      {"bytes=90-", part, 90, 100},
                      {"bytes=-10", part, 90, 100},
                      {"bytes=-1000", part, 0, 100},
                      {"bytes=5-1000", part, 5, 100},
                      {"bytes=0-0", part, 0, 1},
                      {"bytes=9-3", whole, 0, 100},
                      {"bytes=a-b", whole, 0, 100},
                      {"bytes=1-2,4-5", whole, 0, 100},
                      {"items=0-1", whole, 0, 100},
                      {"bytes=-", whole, 0, 100},
                      {"bytes=0-18446744073709551615", part, 0, 100}};
  for (const Row& row : rows) {
    Range range;
    EXPECT_EQ(parse_range(row.header, 100, range), row.outcome) << row.header;
    EXPECT_EQ(range.begin, row.begin) << row.header;
    EXPECT_EQ(range.end, row.end) << row.header;
  }
  Range range;
  for (const char* header : {"bytes=100-", "bytes=100-200", "bytes=-0"}) {
    EXPECT_EQ(parse_range(header, 100, range), RangeOutcome::impossible) << header;
  }
  EXPECT_EQ(parse_range("bytes=0-", 0, range), RangeOutcome::impossible);
}

TEST(Attachment, NamesNothingButAFile) {
  EXPECT_EQ(attachment("a b.txt"), "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt");
  EXPECT_EQ(attachment("x\"\r\nSet-Cookie: a"),
            "attachment; filename=\"x___Set-Cookie: a\"; filename*=UTF-8''x%22%0D%0ASet-Cookie%3A%20a");
  EXPECT_EQ(attachment("\u00fc"), "attachment; filename=\"__\"; filename*=UTF-8''%C3%BC");
}

TEST(Etags, AreFoundInLists) {
  EXPECT_TRUE(has_etag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(has_etag("*", "\"b\""));
  EXPECT_FALSE(has_etag("\"a\"", "\"b\""));
}

}  // namespace
}  // namespace duotty::files
