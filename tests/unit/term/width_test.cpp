#include <gtest/gtest.h>
#include <duotty/term/width.hpp>

#include "charset.hpp"
#include "color_text.hpp"
#include "width_table.hpp"

namespace duotty::term {
namespace {

TEST(Width, KnowsNarrowWideAndZero) {
  for (const char32_t narrow : {U'a', U'~', U'\u00e9', U'\u2500', U'\ufffd', U'\u00ad', U'\U0010ffff'})
    EXPECT_EQ(width(narrow), 1);
  for (const char32_t wide : {U'\u4f60', U'\uac00', U'\uff21', U'\U0001f600', U'\U00020000', U'\u1100'})
    EXPECT_EQ(width(wide), 2);
  for (const char32_t zero : {U'\u0301', U'\u200d', U'\ufe0f', U'\u20dd', U'\u1160', U'\U000e0100'})
    EXPECT_EQ(width(zero), 0);
  for (const char32_t control : {U'\0', U'\x1f', U'\x7f', U'\x9f'}) EXPECT_EQ(width(control), 0);
}

TEST(Width, AgreesWithItsTableEverywhere) {
  std::size_t at = 0;
  for (char32_t scalar = 0xa0; scalar < 0x110000; ++scalar) {
    while (at < width_range_count && width_ranges[at].last < scalar) ++at;
    const bool inside = at < width_range_count && scalar >= width_ranges[at].first;
    ASSERT_EQ(width(scalar), inside ? width_ranges[at].cells : 1) << static_cast<unsigned>(scalar);
  }
}

TEST(Width, MeasuresUtf8) {
  EXPECT_EQ(text_width(""), 0);
  EXPECT_EQ(text_width("a\xe4\xbd\xa0"
                       "e\xcc\x81\xf0\x9f\x98\x80"),
            6);
  EXPECT_EQ(text_width("a\xff\xe4\xbd"), 4) << "malformed bytes count one each";
}

TEST(Charset, MapsSpecialGraphicsAndNationalSets) {
  EXPECT_EQ(translate('0', U'q'), U'\u2500');
  EXPECT_EQ(translate('0', U'A'), U'A');
  EXPECT_EQ(translate('0', U'~'), U'\u00b7');
  EXPECT_EQ(translate('A', U'#'), U'\u00a3');
  EXPECT_EQ(translate('K', U'['), U'\u00c4');
  EXPECT_EQ(translate('=', U'_'), U'\u00e8');
  EXPECT_EQ(translate('K', U'a'), U'a');
  EXPECT_EQ(translate(ascii, U'q'), U'q');
  EXPECT_EQ(translate('0', U'\u00e9'), U'\u00e9');
}

TEST(Charset, KnowsItsFinals) {
  for (const char final :
       {'0', '1', '2', '4', '5', '6', '7', '9', '=', 'A', 'B', 'C', 'E', 'H', 'K', 'Q', 'R', 'Y', 'Z', '`', 'f'}) {
    EXPECT_TRUE(is_charset(final)) << final;
  }
  for (const char final : {'X', '<', '>', 'a', '\0'}) EXPECT_FALSE(is_charset(final)) << final;
}

TEST(ColorText, ReadsWhatX11Writes) {
  EXPECT_EQ(parse_color("rgb:ff/80/00"), Color::rgb(255, 128, 0));
  EXPECT_EQ(parse_color("rgb:f/0/8"), Color::rgb(255, 0, 136));
  EXPECT_EQ(parse_color("rgb:ffff/8080/0000"), Color::rgb(255, 128, 0));
  EXPECT_EQ(parse_color("#123456"), Color::rgb(0x12, 0x34, 0x56));
  EXPECT_EQ(parse_color("#fff"), Color::rgb(0xf0, 0xf0, 0xf0));
  for (const char* bad :
       {"", "red", "rgb:", "rgb:1/2", "rgb:1/2/3/4", "rgb:g/0/0", "rgb:00000/0/0", "#12", "#12345", "rgb:1//2"}) {
    EXPECT_EQ(parse_color(bad), std::nullopt) << bad;
  }
}

TEST(ColorText, WritesSixteenBitsAChannel) {
  EXPECT_EQ(color_text(Color::rgb(255, 128, 0)), "rgb:ffff/8080/0000");
  for (int i = 0; i < 256; ++i) EXPECT_EQ(parse_color(color_text(palette_color(i))), palette_color(i));
}

TEST(Palette, HasXtermsCubeAndGreys) {
  EXPECT_EQ(palette_color(1), Color::rgb(205, 0, 0));
  EXPECT_EQ(palette_color(16), Color::rgb(0, 0, 0));
  EXPECT_EQ(palette_color(21), Color::rgb(0, 0, 255));
  EXPECT_EQ(palette_color(196), Color::rgb(255, 0, 0));
  EXPECT_EQ(palette_color(231), Color::rgb(255, 255, 255));
  EXPECT_EQ(palette_color(232), Color::rgb(8, 8, 8));
  EXPECT_EQ(palette_color(255), Color::rgb(238, 238, 238));
}

}  // namespace
}  // namespace duotty::term
