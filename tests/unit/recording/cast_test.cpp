#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/recording/cast.hpp>

namespace duotty::recording {
namespace {

using Kind = CastEvent::Kind;

/// "time kind text" of each event.
std::vector<std::string> shown(const std::vector<CastEvent>& events) {
  std::vector<std::string> out;
  for (const CastEvent& event : events) {
    out.push_back(std::to_string(static_cast<int>(event.time)) + " " + static_cast<char>(event.kind) + " " +
                  event.text);
  }
  return out;
}

TEST(Cast, LinesAreJsonWithTimesInMicroseconds) {
  EXPECT_EQ(cast_line(CastEvent{1.23456789, Kind::output, "a\r\n\x1b[1m\"\xff"}),
            "[1.234568,\"o\",\"a\\r\\n\\u001b[1m\\\"\xef\xbf\xbd\"]\n");
  EXPECT_EQ(cast_line(CastEvent{0, Kind::resize, "80x24"}), "[0.0,\"r\",\"80x24\"]\n");
  EXPECT_EQ(cast_line(CastHeader{80, 24, 7, "t"}),
            "{\"env\":{\"TERM\":\"xterm-256color\"},\"height\":24,\"timestamp\":7,\"title\":\"t\",\"version\":2,"
            "\"width\":80}\n");
}

TEST(Cast, CutsOutputWhereTimePassesAndWhereNotesStand) {
  const auto events =
      cast_events("abcdefgh", 100, {{103, 1}, {106, 2}, {108, 3}},
                  {{100, Kind::marker, "first"}, {104, Kind::resize, "90x30"}, {200, Kind::marker, "end"}});
  EXPECT_THAT(shown(events),
              ::testing::ElementsAre("1 m first", "1 o abc", "2 o d", "2 r 90x30", "2 o ef", "3 o gh", "3 m end"));
}

TEST(Cast, NeverCutsWithinACharacter) {
  const auto events = cast_events(
      "a\xe4\xbd\xa0"
      "b",
      0, {{2, 1}, {3, 2}, {5, 3}}, {});
  EXPECT_THAT(shown(events), ::testing::ElementsAre("1 o a",
                                                    "3 o \xe4\xbd\xa0"
                                                    "b"));
  EXPECT_THAT(shown(cast_events("\xe4", 0, {{1, 1}}, {})), ::testing::ElementsAre("1 o \xe4"));
}

TEST(Cast, OutputWithoutStampsIsOneEvent) {
  EXPECT_THAT(shown(cast_events("abc", 5, {}, {})), ::testing::ElementsAre("0 o abc"));
  EXPECT_TRUE(cast_events("", 5, {{5, 1}}, {}).empty());
}

}  // namespace
}  // namespace duotty::recording
