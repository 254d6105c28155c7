#include "render.hpp"

#include <gtest/gtest.h>

namespace duotty::cli {
namespace {

TEST(Render, MakesInvisibleCharactersVisible) {
  EXPECT_EQ(visible("a\x1b[0m\nb\tc"), "a\xef\xbf\xbd[0m\nb\tc");
  EXPECT_EQ(visible("\xc2\x9b\xe2\x80\xae"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(visible("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(visible("中é"), "中é");
  EXPECT_EQ(visible_line("a\nb\tc"), "a b c");
}

TEST(Render, MeasuresWhatATerminalShows) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("中文"), 4);
  EXPECT_EQ(display_width("e\xcc\x81"), 1);
  EXPECT_EQ(display_width("\xf0\x9f\x98\x80"), 2);
}

TEST(Render, CutsAtWholeCharacters) {
  EXPECT_EQ(fit("abcdef", 6), "abcdef");
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("中文字", 4), "中…");
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(Render, WritesDurationsAndSizes) {
  EXPECT_EQ(short_duration(-1), "0s");
  EXPECT_EQ(short_duration(59.9), "59s");
  EXPECT_EQ(short_duration(3600), "1h");
  EXPECT_EQ(short_duration(200'000), "2d");
  EXPECT_EQ(long_duration(3725), "1 h 2 min");
  EXPECT_EQ(long_duration(90'000), "1 d 1 h");
  EXPECT_EQ(byte_count(812), "812 B");
  EXPECT_EQ(byte_count(3500), "3.4 KiB");
  EXPECT_EQ(byte_count(12.0 * 1024 * 1024), "12 MiB");
}

TEST(Render, AlignsWideText) {
  EXPECT_EQ(table({"A", "B"}, {{{"中", ""}, {"x", ""}}, {{"abc", ""}, {"y", ""}}}, 0, Colour::off),
            "A    B\n中   x\nabc  y\n");
}

}  // namespace
}  // namespace duotty::cli
