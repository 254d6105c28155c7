#include <gtest/gtest.h>
#include <duotty/exec/input_guard.hpp>

using namespace duotty;
using namespace duotty::exec;

namespace {

std::string kept(std::string_view text) {
  return sanitize_typed(text, Newlines::keep).value();
}

}  // namespace

TEST(InputGuard, KeepsOrdinaryText) {
  const std::string text = "echo 'a\tb' \xe2\x82\xac \xe4\xb8\xad \xf0\x9f\x98\x80\r\nnext\n";
  EXPECT_EQ(kept(text), text);
}

TEST(InputGuard, DropsControls) {
  std::string controls = "a";
  for (char c = 0; c < 0x20; ++c)
    if (c != '\t' && c != '\n' && c != '\r') controls += c;
  EXPECT_EQ(kept(controls + "\x7f" + "b"), "ab");
  EXPECT_EQ(kept("a\xc2\x80\xc2\x9b\xc2\x9f"
                 "b"),
            "ab");
  EXPECT_EQ(kept("\x1b[31mred"), "[31mred");
}

TEST(InputGuard, DropsPasteBracketsWhole) {
  EXPECT_EQ(kept("a\x1b[201~rm -rf /\x1b[200~b"), "arm -rf /b");
  EXPECT_EQ(kept("a\xc2\x9b"
                 "201~b\x9b"
                 "200~c"),
            "abc");
  EXPECT_EQ(kept("\x1b[20\x1b[201~1~x"), "[201~x");
}

TEST(InputGuard, DropsWhatHidesOrReordersText) {
  EXPECT_EQ(kept("a\xe2\x80\xae"
                 "b\xe2\x80\x8b"
                 "c\xef\xbb\xbf"
                 "d\xe2\x81\xa6"
                 "e\xd8\x9c"
                 "f\xc2\xad"
                 "g"),
            "abcdefg");
  EXPECT_EQ(kept("a\xe2\x80\xa8"
                 "b\xf3\xa0\x81\x81"
                 "c"),
            "abc");
}

TEST(InputGuard, DropsBytesThatAreNotUtf8) {
  EXPECT_EQ(kept("a\xff\xc0\x80\xed\xa0\x80\xe2\x82"), "a");
}

TEST(InputGuard, RefusesNewlinesWhereOneLineIsAsked) {
  for (const char* text : {"a\nb", "a\r",
                           "a\xc2\x85"
                           "b",
                           "a\xe2\x80\xa8"
                           "b",
                           "a\xe2\x80\xa9"
                           "b"}) {
    const auto result = sanitize_typed(text, Newlines::refuse);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code(), base::Errc::invalid_params);
  }
  EXPECT_EQ(sanitize_typed("one line", Newlines::refuse).value(), "one line");
}

TEST(InputGuard, MakesOneLineOfAModelsProposal) {
  EXPECT_EQ(prefill_line("  ls\t-l \n").value(), "ls -l");
  EXPECT_EQ(prefill_line("rm \x1b[200~x\x1b[201~\x03").value(), "rm x");
  EXPECT_FALSE(prefill_line("ls\nrm -rf /"));
  EXPECT_FALSE(prefill_line(" \n"));
  EXPECT_FALSE(prefill_line("\x1b\x03"));
  EXPECT_FALSE(prefill_line(std::string(70'000, 'x')));
}

TEST(InputGuard, KnowsWhatALineEditorTakesAsItIs) {
  EXPECT_TRUE(is_plain_text("a\tb\nc \xe2\x82\xac"));
  for (const std::string_view text : {std::string_view("\x1b"), std::string_view("\r"), std::string_view("\0", 1),
                                      std::string_view("\x7f"), std::string_view("\xff"), std::string_view("\xc2\x9b")})
    EXPECT_FALSE(is_plain_text(text));
}
