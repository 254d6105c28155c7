#include <gtest/gtest.h>
#include <duotty/term/snapshot.hpp>

#include <string>

namespace duotty::term {
namespace {

class Counting final : public Host {
 public:
  int replies = 0;
  void reply(std::string_view) override { ++replies; }
};

struct Image : ::testing::Test {
  Counting host;
  Terminal terminal{{12, 4}, host, {}};

  /// A fresh terminal fed with the snapshot, after checking that it is the same.
  Terminal copy(SnapshotOptions options = {}) {
    Terminal fresh(terminal.size(), host, terminal.options());
    const int before = host.replies;
    fresh.feed(snapshot(terminal, options));
    std::string why;
    EXPECT_TRUE(same_state(terminal, fresh, &why)) << why;
    EXPECT_EQ(host.replies, before) << "a snapshot asks nothing";
    return fresh;
  }
};

TEST_F(Image, OfAFreshTerminalIsNearlyNothing) {
  copy();
  EXPECT_LT(snapshot(terminal).size(), 32u);
}

TEST_F(Image, CarriesScrollbackWrapsAndLooks) {
  for (int i = 0; i < 12; ++i)
    terminal.feed("\x1b[3" + std::to_string(i % 8) + "mrow " + std::to_string(i) + " is long\x1b[m\r\n");
  Terminal fresh = copy();
  EXPECT_EQ(fresh.top_row() - fresh.first_row(), terminal.top_row() - terminal.first_row());
  fresh.resize({30, 4});
  terminal.resize({30, 4});
  std::string why;
  EXPECT_TRUE(same_state(terminal, fresh, &why)) << why;
}

TEST_F(Image, LeavesOutOlderScrollbackOnRequest) {
  for (int i = 0; i < 50; ++i) terminal.feed(std::to_string(i) + "\r\n");
  Terminal fresh = copy({5});
  EXPECT_EQ(fresh.top_row() - fresh.first_row(), 5u);
  EXPECT_EQ(copy({0}).top_row(), 0u);
}

TEST_F(Image, CarriesBothScreens) {
  terminal.feed(
      "main\x1b[2;3r\x1b[4;1H\x1b[1m\x1b[?1049h\x1b[2;2Halt\x1b[3;4r\x1b[31m\x1b"
      "7");
  Terminal fresh = copy();
  fresh.feed("\x1b[?1049l");
  terminal.feed("\x1b[?1049l");
  std::string why;
  EXPECT_TRUE(same_state(terminal, fresh, &why)) << why;
  EXPECT_EQ(fresh.line(fresh.top_row()).text, "main");
}

TEST_F(Image, CarriesEverySettingThatOutputCanMake) {
  terminal.feed(
      "\x1b]2;a\a\x1b[22t\x1b]2;b\a\x1b]7;file://h/\a\x1b]4;5;#123456\a\x1b]11;#010203\a\x1b[3g\x1b[5G\x1bH\x1b[6 "
      "q\x1b[>5u\x1b[>3u"
      "\x1b[?1;5;7;12;25;45;66;1002;1004;1006;2004;2026;2031h\x1b[?25l\x1b[12l\x1b[20h\x1b(0\x1b)A\x0e\x1b[2;4r\x1b[?"
      "6h\x1b[2;3H");
  copy();
}

TEST_F(Image, CarriesTextThatGrewWhenItWasMended) {
  // A malformed byte becomes three: what is kept still fits into the sequence that carries it.
  for (const std::size_t count : {83U, 84U, 249U, 694U, 695U, 1365U, 1366U, 4095U}) {
    const std::string malformed(count, '\xf4');
    terminal.feed("\x1b]7;" + malformed + "\x1b\\\x1b]8;id=" + malformed + ";" + malformed + "\x1b\\x\x1b]0;" +
                  malformed + "\x1b\\");
    copy();
  }
}

TEST_F(Image, CarriesMarginsOnAllSides) {
  terminal.feed("\x1b[?69h\x1b[3;9s\x1b[2;3rab\x1b[?6hcd");
  copy();
}

TEST_F(Image, CarriesAPendingWrapAndWhatRepWouldRepeat) {
  for (const char* bytes : {"123456789012", "\x1b[31m12345678901\xc3\xa9", "1234567890\xe4\xbd\xa0", "ab\xcc\x81",
                            "\x1b(0abcq", "\x1b[4hab"}) {
    terminal.feed(
        "\x1b"
        "c");
    terminal.feed(bytes);
    Terminal fresh = copy();
    fresh.feed("\x1b[3b!");
    terminal.feed("\x1b[3b!");
    std::string why;
    EXPECT_TRUE(same_state(terminal, fresh, &why)) << bytes << ": " << why;
  }
}

TEST_F(Image, GoesOnInTheMiddleOfASequence) {
  terminal.feed("a\x1b[1;3");
  Terminal fresh = copy();
  fresh.feed("1mx");
  terminal.feed("1mx");
  std::string why;
  EXPECT_TRUE(same_state(terminal, fresh, &why)) << why;
}

TEST_F(Image, CarriesBackgroundsToTheEdge) {
  terminal.feed("\x1b[44mab\x1b[K\r\n123456789012345\x1b[K\x1b[m\r\n\r\nend");
  Terminal fresh = copy();
  fresh.resize({20, 4});
  terminal.resize({20, 4});
  std::string why;
  EXPECT_TRUE(same_state(terminal, fresh, &why)) << why;
}

TEST_F(Image, CarriesSavedCursorsOfBothScreens) {
  terminal.feed(
      "\x1b[2;5H\x1b[1;32m\x1b(0\x1b"
      "7\x1b[m\x1b(B\x1b[?1049h\x1b[3;3H\x1b[4m\x1b"
      "7\x1b[m");
  Terminal fresh = copy();
  for (Terminal* const each : {&fresh, &terminal})
    each->feed(
        "\x1b"
        "8q\x1b[?1049l\x1b"
        "8q");
  std::string why;
  EXPECT_TRUE(same_state(terminal, fresh, &why)) << why;
}

TEST(SameState, SaysWhatDiffers) {
  Host host;
  Terminal a({5, 2}, host, {}), b({5, 2}, host, {});
  std::string why;
  EXPECT_TRUE(same_state(a, b, &why));
  a.feed("x");
  b.feed("y");
  EXPECT_FALSE(same_state(a, b, &why));
  EXPECT_NE(why.find("main row 0 column 0"), std::string::npos) << why;
  b.feed("\rx\x1b[1m");
  EXPECT_FALSE(same_state(a, b, &why));
  EXPECT_FALSE(same_state(a, Terminal({6, 2}, host, {})));
}

struct Record : ::testing::Test {
  Host host;
  Terminal terminal{{12, 4}, host, {}};
};

TEST_F(Record, CarriesNumbersAnchorsAndTheHalfReceived) {
  for (int i = 0; i < 9; ++i) terminal.feed(std::to_string(i) + "\r\n");
  const AnchorId id = terminal.add_anchor({3, 1});
  terminal.feed("\x1b]2;tit");
  Terminal other({80, 24}, host, {});
  ASSERT_TRUE(restore(other, checkpoint(terminal)));
  EXPECT_EQ(other.size(), terminal.size());
  EXPECT_EQ(other.cursor(), terminal.cursor());
  EXPECT_EQ(other.first_row(), terminal.first_row());
  EXPECT_EQ(other.anchor(id), (Position{3, 1}));
  EXPECT_EQ(other.bytes_fed(), terminal.bytes_fed());
  other.feed("le\a");
  EXPECT_EQ(other.title(), "title");
  EXPECT_NE(other.add_anchor({4, 0}), id);
}

TEST_F(Record, DropsScrollbackBeyondTheOptions) {
  for (int i = 0; i < 50; ++i) terminal.feed(std::to_string(i) + "\r\n");
  Terminal other({5, 5}, host, Options{.scrollback_lines = 7});
  ASSERT_TRUE(restore(other, checkpoint(terminal)));
  EXPECT_EQ(other.top_row(), terminal.top_row());
  EXPECT_EQ(other.top_row() - other.first_row(), 7u);
}

TEST_F(Record, IsRefusedWithASentenceWhenDamaged) {
  terminal.feed("text");
  const std::string good = checkpoint(terminal);
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  std::string future = good;
  future[16] = 9;
  for (const std::string& bad : {std::string(), std::string("x"), good.substr(0, 16), good.substr(0, good.size() - 1),
                                 flipped, future, good + "x"}) {
    Terminal other({7, 3}, host, {});
    other.feed("kept");
    const auto result = restore(other, bad);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), base::Errc::protocol);
    EXPECT_NE(result.error().message().find("checkpoint"), std::string::npos);
    EXPECT_EQ(other.line(other.top_row()).text, "kept");
  }
}

}  // namespace
}  // namespace duotty::term
