#include <gtest/gtest.h>
#include <duotty/term/terminal.hpp>

#include <string>
#include <vector>

namespace duotty::term {
namespace {

struct Fixture : ::testing::Test {
  Host host;
  Terminal make(int cols, int rows, std::size_t scrollback = 100) {
    Options options;
    options.scrollback_lines = scrollback;
    return Terminal({cols, rows}, host, options);
  }
};

std::string lines(int from, int to) {
  std::string out;
  for (int i = from; i <= to; ++i) out += std::to_string(i) + (i < to ? "\r\n" : "");
  return out;
}

using TerminalTest = Fixture;
using Rows = Fixture;
using Text = Fixture;
using Effects = Fixture;

TEST_F(TerminalTest, ClampsItsSize) {
  EXPECT_EQ(make(0, -5).size(), (Size{1, 1}));
  EXPECT_EQ(make(5000, 5000).size(), (Size{max_cols, max_rows}));
  Terminal terminal = make(10, 5);
  terminal.resize({0, 100000});
  EXPECT_EQ(terminal.size(), (Size{1, max_rows}));
}

TEST_F(TerminalTest, CountsBytes) {
  Terminal terminal = make(10, 5);
  terminal.feed("abc\x1b[1");
  EXPECT_EQ(terminal.bytes_fed(), 6u);
  EXPECT_FALSE(terminal.at_ground());
  terminal.feed("m");
  EXPECT_EQ(terminal.bytes_fed(), 7u);
  EXPECT_TRUE(terminal.at_ground());
}

TEST_F(Rows, KeepTheirNumbersWhileTheScreenScrolls) {
  Terminal terminal = make(10, 3);
  terminal.feed(lines(1, 10));
  EXPECT_EQ(terminal.top_row(), 7u);
  EXPECT_EQ(terminal.first_row(), 0u);
  EXPECT_EQ(terminal.end_row(), 10u);
  for (RowId row = 0; row < 10; ++row) EXPECT_EQ(terminal.line(row).text, std::to_string(row + 1));
  EXPECT_EQ(terminal.cursor(), (Position{9, 2}));
}

TEST_F(Rows, AreForgottenBeyondTheScrollback) {
  Terminal terminal = make(10, 3, 4);
  terminal.feed(lines(1, 20));
  EXPECT_EQ(terminal.first_row(), 13u);
  EXPECT_FALSE(terminal.has_row(12));
  EXPECT_EQ(terminal.line(12).text, "");
  EXPECT_EQ(terminal.line(13).text, "14");
}

TEST_F(Rows, KeepTheirNumbersWhenOnlyTheHeightChanges) {
  Terminal terminal = make(10, 4);
  terminal.feed(lines(1, 4));
  terminal.resize({10, 2});
  EXPECT_EQ(terminal.top_row(), 2u);
  EXPECT_EQ(terminal.line(0).text, "1");
  terminal.resize({10, 4});
  EXPECT_EQ(terminal.top_row(), 0u);
  EXPECT_EQ(terminal.line(3).text, "4");
}

TEST_F(Rows, GetFreshNumbersFromReflowAndReset) {
  Terminal terminal = make(10, 3);
  terminal.feed(lines(1, 5));
  const RowId end = terminal.end_row();
  terminal.resize({5, 3});
  EXPECT_GE(terminal.first_row(), end);
  const RowId later = terminal.end_row();
  terminal.feed(
      "\x1b"
      "c");
  EXPECT_GE(terminal.first_row(), later);
}

TEST_F(Rows, OfTheAlternateScreenHaveTheirOwnNumbers) {
  Terminal terminal = make(10, 3);
  terminal.feed("main\x1b[?1049h\x1b[Halt");
  EXPECT_GE(terminal.top_row(), alternate_row_base);
  EXPECT_EQ(terminal.line(terminal.top_row()).text, "alt");
  EXPECT_EQ(terminal.line(terminal.main_top_row()).text, "main");
  const RowId first = terminal.top_row();
  terminal.feed("\x1b[?1049l\x1b[?1049h");
  EXPECT_GE(terminal.top_row(), first + 3) << "a number is never given twice";
  terminal.feed(lines(1, 6));
  EXPECT_FALSE(terminal.has_row(first));
}

TEST_F(Text, JoinsWrappedRowsAndEndsTheOthers) {
  Terminal terminal = make(5, 5);
  terminal.feed("hello world\r\nx  \r\n\r\ny");
  EXPECT_EQ(terminal.text({0, 0}, {6, 0}), "hello world\nx\n\ny\n");
  EXPECT_EQ(terminal.text({0, 2}, {1, 3}), "llo wo");
  EXPECT_EQ(terminal.text({0, 2}, {0, 4}), "ll");
  EXPECT_EQ(terminal.text({3, 0}, {3, 3}), "x  ") << "blanks that were printed and asked for";
}

TEST_F(Text, BeginsAtTheOldestRowThatIsKept) {
  Terminal terminal = make(5, 2, 2);
  terminal.feed(lines(1, 9));
  EXPECT_EQ(terminal.text({0, 3}, {terminal.end_row(), 0}), "6\n7\n8\n9\n");
}

TEST_F(Text, ShowsWhatTheRowsHold) {
  Terminal terminal = make(8, 3);
  terminal.feed("a\xe4\xbd\xa0z\x1b[2;3H\x1b[1mB");
  EXPECT_EQ(terminal.screen_lines(), (std::vector<std::string>{"a\xe4\xbd\xa0z", "  B", ""}));
  EXPECT_EQ(terminal.row_text(0, 0, 4), "a\xe4\xbd\xa0z");
  EXPECT_EQ(terminal.row_text(0, 2, 5), " z ") << "half a wide character is a blank";
  EXPECT_EQ(terminal.row_text(0, 0, 2), "a ");
  EXPECT_EQ(terminal.row_text(0, -4, 400), "a\xe4\xbd\xa0z    ");
  const Line line = terminal.line(1);
  ASSERT_EQ(line.spans.size(), 1u);
  EXPECT_EQ(line.spans[0].begin, 2);
  EXPECT_EQ(line.spans[0].end, 3);
  EXPECT_TRUE(line.spans[0].style.has(bold));
}

TEST_F(Text, LeavesOutTheColumnThatAWideCharacterSkipped) {
  Terminal terminal = make(4, 3);
  terminal.feed("abc\xe4\xbd\xa0");
  EXPECT_EQ(terminal.text({0, 0}, {1, 4}), "abc\xe4\xbd\xa0");
}

TEST_F(Text, KnowsWhetherOnlyBlanksFollow) {
  Terminal terminal = make(5, 4);
  terminal.feed("ab   \x1b[2;1Hcdefgh");
  EXPECT_TRUE(terminal.blank_after({0, 2}));
  EXPECT_FALSE(terminal.blank_after({0, 1}));
  EXPECT_FALSE(terminal.blank_after({1, 5})) << "the line goes on in the next row";
  EXPECT_TRUE(terminal.blank_after({2, 1}));
  EXPECT_TRUE(terminal.blank_after({3, 0}));
}

TEST_F(Text, FindsTheEndsOfALogicalLine) {
  Terminal terminal = make(3, 5);
  terminal.feed("x\r\nabcdefgh\r\ny");
  EXPECT_EQ(terminal.line_begin(2), 1u);
  EXPECT_EQ(terminal.line_end(2), 4u);
  EXPECT_EQ(terminal.line_begin(0), 0u);
  EXPECT_EQ(terminal.line_end(0), 1u);
}

/// Notes where each mark stands.
class Marker final : public Host {
 public:
  Terminal* terminal = nullptr;
  std::vector<Position> cursors;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  std::vector<AnchorId> anchors;

  void mark133(char, std::string_view) override {
    cursors.push_back(terminal->cursor());
    ranges.emplace_back(terminal->sequence_begin(), terminal->bytes_fed());
    anchors.push_back(terminal->add_anchor(terminal->cursor()));
  }
};

TEST(EffectsInPlace, SeeTheStateAndTheBytesOfTheirSequence) {
  Marker marker;
  Terminal terminal({10, 3}, marker, {});
  marker.terminal = &terminal;
  terminal.feed("ab\x1b]133;A\x1b\\$ \x1b]133;B\x07ls");
  EXPECT_EQ(marker.cursors, (std::vector<Position>{{0, 2}, {0, 4}}));
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  EXPECT_EQ(marker.ranges, (Ranges{{2, 11}, {13, 21}}));
  EXPECT_EQ(terminal.anchor(marker.anchors[1]), (Position{0, 4}));
}

TEST_F(Effects, AreSilentByDefault) {
  Terminal terminal = make(10, 3);
  terminal.feed("\a\x1b]0;t\a\x1b]7;x\a\x1b]52;c;aGk=\a\x1b]9;n\a\x1b]133;A\a\x1b]1337;x\a\x1b[c\x1b[?1049h");
  EXPECT_EQ(terminal.title(), "t");
  EXPECT_EQ(terminal.cwd_uri(), "x");
}

TEST_F(TerminalTest, BoundsTheTitleAtACharacter) {
  Terminal terminal = make(10, 3);
  std::string title;
  for (int i = 0; i < 3000; ++i) title += "\xc3\xa9";
  terminal.feed("\x1b]0;x" + title + "\a");
  EXPECT_EQ(terminal.title().size(), 4095u);
}

TEST_F(TerminalTest, SurvivesMoreLooksLinksAndClustersThanItKeeps) {
  Terminal terminal = make(40, 5, 50);
  for (int i = 0; i < 60'000; ++i) {
    terminal.feed("\x1b[38;2;" + std::to_string(i % 256) + ";" + std::to_string(i / 256) + ";7mx");
    if (i % 7 == 0) terminal.feed("\x1b]8;;http://h/" + std::to_string(i) + "\ay\x1b]8;;\a");
  }
  terminal.feed("\x1b[m\r\n\x1b[38;2;1;2;3mend");
  const Line line = terminal.line(terminal.cursor().row);
  EXPECT_EQ(line.text, "end");
  ASSERT_EQ(line.spans.size(), 1u);
  EXPECT_EQ(line.spans[0].style.foreground, Color::rgb(1, 2, 3));
}

}  // namespace
}  // namespace duotty::term
