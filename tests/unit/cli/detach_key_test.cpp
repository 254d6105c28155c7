#include "detach_key.hpp"

#include <gtest/gtest.h>

namespace duotty::cli {
namespace {

DetachKey key(std::string_view spec) {
  auto parsed = DetachKey::parse(spec);
  EXPECT_TRUE(parsed) << spec;
  return *parsed;
}

TEST(DetachKey, LeavesOnTheControlKeyInEveryFormATerminalSends) {
  for (const std::string form :
       {"\x1c", "\x1b[92;5u", "\x1b[92;69u", "\x1b[92;5:1u", "\x1b[92::92;5u", "\x1b[27;5;92~"}) {
    DetachKey detach = key("ctrl+\\");
    const auto verdict = detach.feed("ab" + form + "c");
    EXPECT_TRUE(verdict.detach) << testing::PrintToString(form);
    EXPECT_EQ(verdict.forward, "ab");
  }
}

TEST(DetachKey, ForwardsEverythingElse) {
  DetachKey detach = key("ctrl+\\");
  for (const std::string typed :
       {"\\", "\x1b\\", "\x1b\x1c", "\x1b[92;6u", "\x1b[92u", "\x1b[A", "\x1bOP", "\x1d", "\x1b"}) {
    const auto verdict = detach.feed(typed);
    EXPECT_FALSE(verdict.detach) << testing::PrintToString(typed);
    EXPECT_EQ(verdict.forward, typed);
  }
}

TEST(DetachKey, WaitsForTheRestOfASequence) {
  DetachKey detach = key("ctrl+] q");
  EXPECT_EQ(detach.feed("a\x1d").forward, "a");
  const auto verdict = detach.feed("q");
  EXPECT_TRUE(verdict.detach);
  EXPECT_EQ(verdict.forward, "");
}

TEST(DetachKey, GivesBackABeginningThatLeadsNowhere) {
  DetachKey detach = key("ctrl+] q");
  EXPECT_EQ(detach.feed("\x1d").forward, "");
  EXPECT_EQ(detach.feed("x").forward, "\x1dx");
  EXPECT_EQ(detach.feed("\x1d\x1d").forward, "\x1d");
  EXPECT_TRUE(detach.feed("q").detach);
}

TEST(DetachKey, IsNotDisturbedByTheReleaseOfAKey) {
  DetachKey detach = key("ctrl+] q");
  EXPECT_EQ(detach.feed("\x1b[93;5u\x1b[93;5:3u").forward, "");
  EXPECT_TRUE(detach.feed("q").detach);
  EXPECT_EQ(detach.feed("\x1b[93;5:3u").forward, "\x1b[93;5:3u");
}

TEST(DetachKey, CanBeTurnedOff) {
  DetachKey detach = key("none");
  EXPECT_EQ(detach.feed("\x1c\x1d").forward, "\x1c\x1d");
  EXPECT_EQ(detach.name(), "");
}

TEST(DetachKey, IsWrittenInSeveralWays) {
  for (const char* spec : {"ctrl+a", "Ctrl+A", "ctrl-a", "C-a", "^A"}) {
    EXPECT_TRUE(key(spec).feed("\x01").detach) << spec;
  }
  EXPECT_TRUE(key("ctrl+space").feed(std::string(1, '\0')).detach);
  EXPECT_EQ(key("ctrl+a d").name(), "Ctrl+A d");
  EXPECT_EQ(key("ctrl+\\").name(), "Ctrl+\\");
}

TEST(DetachKey, RefusesWhatIsNoKey) {
  for (const char* spec : {"ctrl+", "ctrl+?", "ctrl+1", "enter", "\x01", "ctrl+ab"}) {
    const auto parsed = DetachKey::parse(spec);
    ASSERT_FALSE(parsed) << spec;
    EXPECT_EQ(parsed.error().code(), base::Errc::invalid_params);
  }
}

}  // namespace
}  // namespace duotty::cli
