#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/agent/wrap.hpp>
#include <duotty/base/text.hpp>

namespace duotty::agent {
namespace {

using testing::ElementsAre;

/// Widths as a terminal has them, as far as these tests need: combining marks, CJK and emoji.
int test_width(char32_t c) {
  if (c >= 0x300 && c <= 0x36F) return 0;
  if ((c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xFFEF && c != 0xFFFD && !(c >= 0xA4D0 && c <= 0xABFF)) ||
      (c >= 0x1F300 && c <= 0x1FAFF)) {
    return 2;
  }
  return 1;
}

std::vector<std::uint32_t> scalars(std::string_view text) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t value = n == 1 ? lead : lead & (0xFFU >> (n + 1));
    for (std::size_t k = 1; k < n; ++k) value = (value << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    out.push_back(value);
    i += n;
  }
  return out;
}

/// A row without its SGR sequences; anything else that begins with ESC stays and fails the comparison.
std::string plain(std::string_view row) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\x1b' && i + 1 < row.size() && row[i + 1] == '[') {
      const std::size_t end = row.find_first_not_of("0123456789;", i + 2);
      if (end != std::string_view::npos && row[end] == 'm') {
        i = end;
        continue;
      }
    }
    out += row[i];
  }
  return out;
}

int columns(std::string_view row) {
  int width = 0;
  for (const std::uint32_t c : scalars(plain(row))) width += test_width(c);
  return width;
}

std::vector<std::string> lay_out(std::string_view text, int cols, std::size_t size) {
  AnswerWriter writer(cols, test_width);
  std::vector<std::string> rows;
  const auto add = [&](AnswerRows update) {
    for (std::string& row : update.committed) rows.push_back(std::move(row));
    EXPECT_LE(columns(update.partial), cols);
  };
  for (std::size_t at = 0; at < text.size(); at += size) add(writer.feed(text.substr(at, size)));
  add(writer.finish());
  return rows;
}

std::vector<std::string> plain_rows(std::string_view text, int cols) {
  const std::vector<std::string> styled = lay_out(text, cols, text.size() + 1);
  for (const std::size_t size : {1U, 2U, 3U, 5U}) EXPECT_EQ(lay_out(text, cols, size), styled) << "pieces of " << size;
  std::vector<std::string> rows;
  for (const std::string& row : styled) {
    EXPECT_LE(columns(row), cols) << row;
    EXPECT_EQ(row.find('\n'), std::string::npos);
    rows.push_back(plain(row));
  }
  return rows;
}

TEST(AnswerWriter, WrapsWordsUnderAMarker) {
  EXPECT_THAT(plain_rows("The disk is full because of old logs.", 20),
              ElementsAre("✦ The disk is full", "  because of old", "  logs."));
  EXPECT_THAT(plain_rows("one\ntwo", 20), ElementsAre("✦ one", "  two"));
  EXPECT_THAT(plain_rows("exactly eighteen!! x", 20), ElementsAre("✦ exactly eighteen!!", "  x"));
  EXPECT_THAT(plain_rows("", 20), ElementsAre());
}

TEST(AnswerWriter, CollapsesEmptyLinesAndDropsThemAtBothEnds) {
  EXPECT_THAT(plain_rows("\n\n  \none\n\n\n\ntwo\n\n", 20), ElementsAre("✦ one", "", "  two"));
}

TEST(AnswerWriter, CutsWordsThatAreLongerThanARow) {
  EXPECT_THAT(plain_rows("see https://example.com/a/very/long/path ok", 20),
              ElementsAre("✦ see", "  https://example.co", "  m/a/very/long/path", "  ok"));
}

TEST(AnswerWriter, BreaksBetweenWideCharactersAndKeepsCombiningMarks) {
  EXPECT_THAT(plain_rows("磁盘已满因为日志文件太大了。", 20), ElementsAre("✦ 磁盘已满因为日志文", "  件太大了。"));
  EXPECT_THAT(plain_rows("一二三四五六七八九。十", 20), ElementsAre("✦ 一二三四五六七八", "  九。十"));
  EXPECT_THAT(plain_rows("a\xCC\x81 b", 20), ElementsAre("✦ a\xCC\x81 b"));
}

TEST(AnswerWriter, IndentsListsUnderTheirText) {
  EXPECT_THAT(plain_rows("- first item that is long\n* second\n  - nested one that wraps\n10. tenth of ten here", 20),
              ElementsAre("✦ • first item that", "    is long", "  • second", "    • nested one", "      that wraps",
                          "  10. tenth of ten", "      here"));
  EXPECT_THAT(plain_rows("-x\n-\n1.5 GB\n2026-01-01", 20), ElementsAre("✦ -x", "  -", "  1.5 GB", "  2026-01-01"));
}

TEST(AnswerWriter, KeepsCodeLinesAsTheyAre) {
  EXPECT_THAT(plain_rows("Do:\n    for  i in `x`; do **y**\n\n    done", 24),
              ElementsAre("✦ Do:", "      for  i in `x`; do", "      **y**", "", "      done"));
}

TEST(AnswerWriter, StylesBoldCodeAndHeadings) {
  EXPECT_THAT(lay_out("a **b c** `d` e", 40, 100),
              ElementsAre("\x1b[0;35m✦ \x1b[0;2ma \x1b[0;1mb c\x1b[0;2m \x1b[0;36md\x1b[0;2m e\x1b[0m"));
  EXPECT_THAT(lay_out("## Title\nx", 40, 1),
              ElementsAre("\x1b[0;35m✦ \x1b[0;2m\x1b[0;1mTitle\x1b[0m", "\x1b[0;2m  x\x1b[0m"));
  EXPECT_THAT(lay_out("**a `b` c**", 40, 1),
              ElementsAre("\x1b[0;35m✦ \x1b[0;2m\x1b[0;1ma \x1b[0;36mb\x1b[0;1m c\x1b[0m"));
}

TEST(AnswerWriter, LeavesMarksThatStyleNothing) {
  for (const std::string_view text : {"ls *.txt **/*.js 2**3", "a ` b", "** x **", "f(**kw)", "5 * 3 ** 2", "`**x**",
                                      "#hashtag", "****", "```", "snake_case_name"}) {
    EXPECT_THAT(plain_rows(text, 60), ElementsAre("✦ " + std::string(text)));
  }
  EXPECT_THAT(plain_rows("``a ` b``", 60), ElementsAre("✦ a ` b"));
}

TEST(AnswerWriter, CarriesStyleOverTheEndOfARow) {
  const auto rows = lay_out("**bold words that go on and on** end", 20, 1);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(plain(rows[0]), "✦ bold words that go");
  EXPECT_EQ(rows[1], "\x1b[0;2m  \x1b[0;1mon and on\x1b[0;2m end\x1b[0m");
}

TEST(AnswerWriter, ShowsTheUnfinishedRowAsItStands) {
  AnswerWriter writer(20, test_width);
  EXPECT_EQ(plain(writer.feed("The di").partial), "✦ The di");
  EXPECT_EQ(plain(writer.feed("sk is f").partial), "✦ The disk is f");
  AnswerRows rows = writer.feed("ull because");
  EXPECT_THAT(rows.committed, testing::SizeIs(1));
  EXPECT_EQ(plain(rows.partial), "  because");
  rows = writer.feed("\n");
  EXPECT_EQ(plain(rows.committed.at(0)), "  because");
  EXPECT_EQ(rows.partial, "");
  EXPECT_TRUE(writer.finish().committed.empty());
}

TEST(AnswerWriter, LaysTheUnfinishedRowOutAnewWhenItIsResized) {
  AnswerWriter writer(40, test_width);
  EXPECT_EQ(plain(writer.feed("The disk is full because of").partial), "✦ The disk is full because of");
  writer.resize(18);
  AnswerRows rows = writer.feed("");
  ASSERT_EQ(rows.committed.size(), 1u);
  EXPECT_EQ(plain(rows.committed[0]), "✦ The disk is full");
  EXPECT_EQ(plain(rows.partial), "  because of");
  writer.resize(40);
  EXPECT_EQ(plain(writer.feed(" old logs").partial), "  because of old logs");
}

TEST(AnswerWriter, FitsEveryWidthWhateverTheText) {
  const std::string_view text =
      "# Heading\n\nSome **bold text** with `code in it` and 日本語 🎉 words.\n- item one\n  - nested 中文 item\n"
      "12. numbered\n    code line with 漢字 and **stars**\n\t tab\nhttps://example.com/very/long\n**open `never "
      "closed\n";
  for (int cols = 1; cols < 60; ++cols) plain_rows(text, cols);
  AnswerWriter writer(50, test_width);
  std::uint32_t seed = 3;
  for (int round = 0; round < 400; ++round) {
    seed = seed * 1664525U + 1013904223U;
    const int cols = 1 + static_cast<int>((seed >> 20) % 40);
    writer.resize(cols);
    const AnswerRows rows = writer.feed(text.substr((seed >> 8) % text.size(), 7));
    for (const std::string& row : rows.committed) EXPECT_LE(columns(row), cols);
    EXPECT_LE(columns(rows.partial), cols);
  }
}

TEST(AnswerWriter, UsesAMarkerThatFitsTheTerminal) {
  AnswerWriter writer(40, [](char32_t c) { return c > 0x7F ? 2 : 1; });
  EXPECT_EQ(plain(writer.feed("x").partial), "> x");
}

}  // namespace
}  // namespace duotty::agent
