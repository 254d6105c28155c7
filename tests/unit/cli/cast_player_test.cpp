#include "cast_player.hpp"

#include <gtest/gtest.h>

namespace duotty::cli {
namespace {

constexpr const char* kCast =
    "{\"version\": 2, \"width\": 90, \"height\": 30, \"title\": \"t\"}\n"
    "[0.5, \"o\", \"a\"]\n"
    "[1.0, \"m\", \"make\"]\n"
    "[1.0, \"o\", \"b\"]\n"
    "[1.5, \"i\", \"typed\"]\n"
    "[1.5, \"r\", \"80x24\"]\n"
    "[11.5, \"o\", \"c\"]\n"
    "[11.6, \"o\", \"unfinis";

TEST(Cast, ReadsOutputAndMarkersAndLeavesOutTheRest) {
  const auto cast = parse_cast(kCast);
  ASSERT_TRUE(cast.has_value());
  EXPECT_EQ(cast->cols, 90);
  EXPECT_EQ(cast->rows, 30);
  EXPECT_EQ(cast->title, "t");
  ASSERT_EQ(cast->steps.size(), 4U);
  EXPECT_TRUE(cast->steps[1].marker);
  EXPECT_EQ(cast->steps[3].output, "c");
  EXPECT_DOUBLE_EQ(cast->steps[3].time, 11.5);
}

TEST(Cast, TimesOfVersion3AreDistances) {
  const auto cast = parse_cast(
      "{\"version\": 3, \"term\": {\"cols\": 7, \"rows\": 5}}\n# a comment\n[0.5, \"o\", \"a\"]\n[0.25, \"o\", "
      "\"b\"]\n");
  ASSERT_TRUE(cast.has_value());
  EXPECT_EQ(cast->cols, 7);
  EXPECT_DOUBLE_EQ(cast->steps[1].time, 0.75);
}

TEST(Cast, SaysWhichLineIsWrong) {
  for (const char* text : {"", "x\n", "[]\n", "{\"version\": 1}\n", "{\"version\": 2}\n{}\n",
                           "{\"version\": 2}\n[\"0\", \"o\", \"x\"]\n", "{\"version\": 2}\n[-1, \"o\", \"x\"]\n",
                           "{\"version\": 2}\n[1e300, \"o\", \"x\"]\n", "{\"version\": 2}\n[0, \"o\"]\n"}) {
    const auto cast = parse_cast(text);
    ASSERT_FALSE(cast.has_value()) << text;
    EXPECT_NE(cast.error().message().find("Line "), std::string::npos);
  }
}

CastPlayer player(double speed = 1, double idle = 0) {
  return {*parse_cast(kCast), speed, idle, 100};
}

TEST(CastPlayer, GivesWhatIsDue) {
  auto p = player();
  EXPECT_EQ(p.take(100), "");
  EXPECT_DOUBLE_EQ(*p.due(), 0.5);
  EXPECT_EQ(p.take(100.5), "a");
  EXPECT_EQ(p.take(101), "b");
  EXPECT_FALSE(p.over());
  EXPECT_EQ(p.take(200), "c");
  EXPECT_TRUE(p.over());
  EXPECT_FALSE(p.due().has_value());
}

TEST(CastPlayer, SpeedAndIdleShortenIt) {
  auto p = player(2, 1);
  EXPECT_EQ(p.take(100.5), "ab");
  EXPECT_DOUBLE_EQ(*p.due(), 0.5);
  EXPECT_EQ(p.take(101), "c");
}

TEST(CastPlayer, PausesStepsAndSkips) {
  auto p = player();
  p.pause_or_go(100.4);
  EXPECT_EQ(p.take(150), "");
  EXPECT_FALSE(p.due().has_value());
  p.step();
  EXPECT_EQ(p.take(160), "a");
  p.step();
  EXPECT_EQ(p.take(161), "b");
  p.pause_or_go(170);
  EXPECT_EQ(p.take(171), "");
  EXPECT_NEAR(*p.due(), 9.5, 1e-9);
  auto q = player();
  q.skip();
  EXPECT_EQ(q.take(100), "ab");
  q.skip();
  EXPECT_EQ(q.take(100), "c");
  EXPECT_TRUE(q.over());
  q.skip();
}

TEST(CastPlayer, ChangesItsSpeedFromNowOn) {
  auto p = player();
  EXPECT_EQ(p.take(101), "ab");
  p.change_speed(0.5, 101);
  EXPECT_DOUBLE_EQ(*p.due(), 21);
  p.change_speed(1000, 101);
  EXPECT_DOUBLE_EQ(p.speed(), 64);
}

}  // namespace
}  // namespace duotty::cli
