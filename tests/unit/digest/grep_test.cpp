#include <gtest/gtest.h>
#include <duotty/digest/echo.hpp>
#include <duotty/digest/grep.hpp>

using namespace duotty;
using namespace duotty::digest;

namespace {

std::string shape(const GrepResult& result) {
  std::string out = std::to_string(result.match_count) + "/" + std::to_string(result.total_lines);
  for (const auto& line : result.matches) {
    out += " " + std::to_string(line.line_no) + ":" + line.line;
    if (line.match) out += *line.match ? "+" : "-";
  }
  return out;
}

}  // namespace

TEST(Grep, GivesMatchingLinesWithNumbers) {
  EXPECT_EQ(shape(grep_lines("alpha\nbeta\ngamma\n", "a$").value()), "3/4 1:alpha 2:beta 3:gamma");
  EXPECT_EQ(shape(grep_lines("alpha\nbeta", "^b").value()), "1/2 2:beta");
  EXPECT_EQ(shape(grep_lines("alpha", "z").value()), "0/1");
  EXPECT_EQ(shape(grep_lines("", "").value()), "1/1 1:");
}

TEST(Grep, MarksContextLinesOnlyWhenContextIsAsked) {
  EXPECT_EQ(shape(grep_lines("1\n2\nx\n4\nx\n6\n7\n8\nx", "x", 1).value()), "3/9 2:2- 3:x+ 4:4- 5:x+ 6:6- 8:8- 9:x+");
}

TEST(Grep, MatchesWithoutCase) {
  EXPECT_EQ(shape(grep_lines("Error\nok", "error", 0, Case::insensitive).value()), "1/2 1:Error");
  EXPECT_EQ(shape(grep_lines("Error\nok", "error").value()), "0/2");
}

TEST(Grep, SaysWhatIsWrongWithAPattern) {
  const auto result = grep_lines("x", "a(b");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), base::Errc::invalid_params);
  EXPECT_NE(result.error().message().find("missing"), std::string::npos);
  EXPECT_FALSE(grep_lines("x", "(?=a)"));
  EXPECT_FALSE(grep_lines("x", std::string(5000, 'a')));
  EXPECT_FALSE(grep_lines("x", "\xff"));
  EXPECT_FALSE(grep_lines("x", "x", 5000));
}

TEST(Grep, IsNotTroubledByHostilePatterns) {
  const std::string text(100'000, 'a');
  EXPECT_EQ(grep_lines(text, "(a*)*b").value().match_count, 0U);
  EXPECT_EQ(grep_lines(text, "(a|aa)+$").value().match_count, 1U);
  EXPECT_FALSE(grep_lines(text, "((a{1000}){1000}){1000}"));
}

TEST(Pattern, MayBeMovedAndUsedAgain) {
  auto first = Pattern::compile("b+").value();
  const Pattern second = std::move(first);
  EXPECT_TRUE(second.matches("abba"));
  EXPECT_FALSE(second.matches("a"));
}

TEST(Echo, IsStrippedUpToItsLine) {
  EXPECT_EQ(strip_command_echo("$ ls -l\nfile\n$ ", "ls -l"), "file\n$ ");
  EXPECT_EQ(strip_command_echo("file\n", "ls"), "file\n");
  EXPECT_EQ(strip_command_echo("$ ls", "ls"), "");
  EXPECT_EQ(strip_command_echo("out", "  \n x"), "out");
  EXPECT_EQ(strip_command_echo("x\n$ for i in 1\n> do\n1\n", " for i in 1\ndo\n"), "> do\n1\n");
}
