#include "grapheme.hpp"

#include <gtest/gtest.h>

#include <duotty/term/insert.hpp>
#include <duotty/term/snapshot.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "width_table.hpp"

namespace duotty::term {
namespace {

TEST(Grapheme, BreaksWhereTheUnicodeTestSays) {
  std::ifstream file(DUOTTY_UNICODE_TESTS "/GraphemeBreakTest.txt");
  std::string line;
  int lines = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    ++lines;
    std::istringstream words(line);
    std::string sign;
    std::string code;
    GraphemeState state;
    while (words >> sign >> code) {
      const auto scalar = static_cast<char32_t>(std::stoul(code, nullptr, 16));
      ASSERT_EQ(state.append(scalar), sign == "\u00d7") << line << " at " << code;
    }
  }
  EXPECT_EQ(lines, 602);
}

TEST(Grapheme, TablesAreInOrderAndApart) {
  char32_t end = 0;
  for (std::size_t i = 0; i < grapheme_range_count; ++i) {
    EXPECT_GE(grapheme_ranges[i].first, end);
    EXPECT_LE(grapheme_ranges[i].first, grapheme_ranges[i].last);
    end = grapheme_ranges[i].last + 1;
  }
  for (std::size_t i = 1; i < emoji_range_count; ++i) EXPECT_GT(emoji_ranges[i].first, emoji_ranges[i - 1].last);
}

TEST(Grapheme, NothingThatBeginsAClusterOnScreenIsInvisible) {
  // A zero-width character always goes to the one before it: none may ask that the next one come to it.
  for (char32_t scalar = 0xa0; scalar < 0x110000; ++scalar) {
    if (grapheme_kind(scalar) == GraphemeKind::prepend) {
      EXPECT_NE(width_of(scalar), 0) << static_cast<unsigned>(scalar);
    }
  }
}

TEST(Grapheme, JoinsConjunctsOnlyAcrossALinker) {
  const auto clusters = [](std::u32string_view text) {
    GraphemeState state;
    int count = 0;
    for (const char32_t scalar : text) count += state.append(scalar) ? 0 : 1;
    return count;
  };
  EXPECT_EQ(clusters(U"\u0915\u094d\u0937"), 1);
  EXPECT_EQ(clusters(U"\u0915\u094d\u200d\u0937"), 1);
  EXPECT_EQ(clusters(U"\u0915\u094d\u200c\u0937"), 2) << "ZWNJ keeps them apart";
  EXPECT_EQ(clusters(U"\u0915\u093c\u0937"), 2);
  EXPECT_EQ(clusters(U"a\u094d\u0937"), 2);
}

TEST(Grapheme, InsertedLinesArePlacedAsTheyWereMeasured) {
  Host host;
  Terminal terminal({10, 4}, host);
  terminal.feed("out\r\n$ \x1b[?2027h\u2764\ufe0f");
  const auto bytes = insert_above(terminal, terminal.first_row() + 1, 0, {"123456789\u2764\ufe0f"});
  ASSERT_TRUE(bytes);
  terminal.feed(*bytes);
  EXPECT_EQ(terminal.line(terminal.first_row() + 1).text, "123456789\u2764\ufe0f");
  EXPECT_EQ(terminal.line(terminal.first_row() + 2).text, "$ \u2764\ufe0f");
  EXPECT_TRUE(terminal.modes().grapheme_clusters);
  EXPECT_EQ(terminal.cursor().col, 4);
}

TEST(Grapheme, SnapshotKeepsApartWhatStandsBesideEachOther) {
  Host host;
  Terminal terminal({10, 2}, host);
  // Halves of a flag without the mode, one flag with it, a spacing mark beside a letter.
  terminal.feed("\U0001f1e9\U0001f1ea\x1b[?2027h\U0001f1e9\U0001f1ea\r\nx\x1b[m\u0903\x1b[?2027l");
  Terminal copy(terminal.size(), host);
  copy.feed(snapshot(terminal));
  std::string why;
  EXPECT_TRUE(same_state(terminal, copy, &why)) << why;
}

}  // namespace
}  // namespace duotty::term
