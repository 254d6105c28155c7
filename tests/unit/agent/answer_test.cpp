#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/agent/answer.hpp>
#include <duotty/base/text.hpp>

namespace duotty::agent {
namespace {

std::string sanitize_in_pieces(std::string_view text, std::size_t size) {
  DisplaySanitizer sanitizer;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += size) out += sanitizer.feed(text.substr(at, size));
  return out + sanitizer.finish();
}

TEST(DisplaySanitizer, RemovesEverythingThatIsNotText) {
  struct Case {
    std::string_view in, out;
  };
  for (const Case& test : {
           Case{"plain\ttext\nGrüße 日本 🎉", "plain\ttext\nGrüße 日本 🎉"},
           Case{"a\x1b[31mred\x1b[0m b", "ared b"},
           Case{"a\x1b[?1049h\x1b[2J\x1b[1;1Hb", "ab"},
           Case{"a\x1b]0;title\x07"
                "b\x1b]52;c;ZXZpbA==\x1b\\c",
                "abc"},
           Case{"a\x1bPq#0;2\x1b\\b\x1b_x\x1b\\c\x1b(Bd\x1b"
                "7e",
                "abcde"},
           Case{"a\xC2\x9B"
                "31mb\xC2\x9D"
                "0;t\xC2\x9C"
                "c\xC2\x85"
                "d",
                "abcd"},
           Case{"bell\x07 back\b\b del\x7f nul"
                "\x01\x02",
                "bell back del nul"},
           Case{"a\r\nb\rc\n\rd", "a\nb\nc\n\nd"},
           Case{"\xE2\x80\xAE"
                "evil\xE2\x80\xAC \xE2\x81\xA6x\xE2\x81\xA9 z\xE2\x80\x8Bw \xEF\xBB\xBFq",
                "evil x zw q"},
           Case{"tag\xF3\xA0\x81\xA1\xF3\xA0\x81\xA2 sep\xE2\x80\xA8"
                "end",
                "tag sep\nend"},
           Case{"bad \xFF\xC3( \xED\xA0\x80 cut\xE2\x82",
                "bad \xEF\xBF\xBD\xEF\xBF\xBD( \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD cut\xEF\xBF\xBD"},
           Case{"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xA7 a\xE2\x80\x8D"
                "b",
                "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xA7 ab"},
           Case{"unfinished \x1b[31", "unfinished "},
           Case{"open \x1b]0;title\nnext", "open \nnext"},
           Case{"\x1b[31\nm", "\nm"},
           Case{"\x1b\x1b[31mx\x1b", "x"},
       }) {
    EXPECT_EQ(sanitize_display(test.in), test.out);
    for (std::size_t size = 1; size < 8; ++size) EXPECT_EQ(sanitize_in_pieces(test.in, size), test.out) << size;
  }
}

TEST(DisplaySanitizer, LeavesNoControlWhateverTheInput) {
  std::uint32_t seed = 1;
  for (int round = 0; round < 300; ++round) {
    std::string noise;
    for (int i = 0; i < 200; ++i) {
      seed = seed * 1664525U + 1013904223U;
      constexpr std::string_view pieces[] = {"\x1b", "[",  "]",  "\x07", "\xC2\x9B", "\xE2\x80\xAE",
                                             "m",    "\n", "\r", "P",    "\\"};
      noise += (seed >> 28) < 11 ? std::string(pieces[seed >> 28]) : std::string(1, static_cast<char>(seed >> 16));
    }
    const std::string clean = sanitize_display(noise);
    EXPECT_TRUE(base::is_utf8(clean));
    for (const char c : clean) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t');
    EXPECT_EQ(clean.find("\xC2\x9B"), std::string::npos);
    EXPECT_EQ(clean.find("\xE2\x80\xAE"), std::string::npos);
    EXPECT_EQ(sanitize_display(clean), clean);
    for (const std::size_t size : {1U, 2U, 3U, 7U}) EXPECT_EQ(sanitize_in_pieces(noise, size), clean);
  }
}

TEST(SanitizeCommand, TakesOneLineWithoutTricks) {
  EXPECT_EQ(sanitize_command("  ls -la  \n"), "ls -la");
  EXPECT_EQ(sanitize_command("$ df -h"), "df -h");
  EXPECT_EQ(sanitize_command("ls\t-l\xC2\xA0x"), "ls -l x");
  EXPECT_EQ(sanitize_command("rm\xE2\x80\x8D x\x1b[31m\x07"), "rm x");
  EXPECT_EQ(sanitize_command("echo 'grüße' | grep ü"), "echo 'grüße' | grep ü");
  EXPECT_EQ(sanitize_command("a\nb"), std::nullopt);
  EXPECT_EQ(sanitize_command("a\rb"), std::nullopt);
  EXPECT_EQ(sanitize_command(" \n "), std::nullopt);
  EXPECT_EQ(sanitize_command(std::string(5000, 'x')), std::nullopt);
}

struct Split {
  std::string display;
  std::optional<std::string> command;
};

Split split_in_pieces(std::string_view text, std::size_t size, AnswerEnd end) {
  AnswerSplitter splitter;
  Split out;
  for (std::size_t at = 0; at < text.size(); at += size) out.display += splitter.feed(text.substr(at, size));
  auto rest = splitter.finish(end);
  out.display += rest.display;
  out.command = std::move(rest.command);
  return out;
}

Split split(std::string_view text, AnswerEnd end = AnswerEnd::complete) {
  const Split whole = split_in_pieces(text, text.size() + 1, end);
  for (std::size_t size = 1; size < 12; ++size) {
    const Split pieces = split_in_pieces(text, size, end);
    EXPECT_EQ(pieces.display, whole.display) << size;
    EXPECT_EQ(pieces.command, whole.command) << size;
  }
  return whole;
}

void expect_split(std::string_view text, std::string_view display, std::optional<std::string> command) {
  const Split got = split(text);
  EXPECT_EQ(got.display, display) << text;
  EXPECT_EQ(got.command, command) << text;
}

TEST(AnswerSplitter, TakesTheCommandOutOfTheText) {
  expect_split("The disk is full.\n\n```command\ndf -h\n```", "The disk is full.", "df -h");
  expect_split("The disk is full.\n```command\ndf -h\n```\n\n", "The disk is full.", "df -h");
  expect_split("```command\ndf -h\n```\n", "", "df -h");
  expect_split("Look:\n```command\n\n  $ df -h  \n\n```\nThen we see.", "Look:\nThen we see.", "df -h");
  expect_split("No command here.", "No command here.", std::nullopt);
  expect_split("", "", std::nullopt);
}

TEST(AnswerSplitter, TakesALastShellLineForTheCommand) {
  for (const std::string_view word : {"bash", "sh", "zsh", "fish", "Shell"}) {
    expect_split("Try:\n```" + std::string(word) + "\nls -la\n```", "Try:", "ls -la");
  }
  expect_split("Try:\n```\n$ ls -la\n```", "Try:", "ls -la");
  expect_split("It printed:\n```\nls: no such file\n```", "It printed:\n    ls: no such file", std::nullopt);
  expect_split("Try:\n```bash\nls -la\n```\nIt lists files.", "Try:\n    ls -la\nIt lists files.", std::nullopt);
  expect_split("A:\n\n```bash\nls\n```\n\n\nB", "A:\n\n    ls\n\nB", std::nullopt);
  expect_split("A:\n```bash\nls\n```\nB:\n```bash\ndf\n```", "A:\n    ls\nB:", "df");
}

TEST(AnswerSplitter, ShowsBlocksThatAreNoCommand) {
  expect_split("Put this into x.py:\n```python\nimport os\n\nprint(1)\n```\nDone.",
               "Put this into x.py:\n    import os\n\n    print(1)\nDone.", std::nullopt);
  expect_split("```bash\nfor i in *; do\n  echo $i\ndone\n```", "    for i in *; do\n      echo $i\n    done",
               std::nullopt);
  expect_split("```command\ncd x\nmake\n```", "    cd x\n    make", std::nullopt);
  expect_split("~~~sh\nls\nps\n~~~", "    ls\n    ps", std::nullopt);
  expect_split("````md\n```bash\nx\n```\n````", "    ```bash\n    x\n    ```", std::nullopt);
}

TEST(AnswerSplitter, KeepsTheFirstOfTwoCommandsAndShowsTheOther) {
  expect_split("```command\nfirst\n```\nor\n```command\nsecond\n```", "or\n    second", "first");
  expect_split("```bash\nls\n```\nBest:\n```command\ndf\n```", "    ls\nBest:", "df");
  expect_split("```command\ndf\n```\n```bash\nls\n```", "    ls", "df");
}

TEST(AnswerSplitter, UnderstandsSloppyFences) {
  expect_split("Run\n   ```bash\n   ls -la\n   ```", "Run", "ls -la");
  expect_split("Run ```command ls```", "Run ```command ls```", std::nullopt);
  expect_split("Run\n```command ls -la```", "Run", "ls -la");
  expect_split("Run\n```command ls -la\n```", "Run", "ls -la");
  expect_split("Run\n```command\nls -la```", "Run", "ls -la");
  expect_split("Run\n```command\nls -la", "Run", "ls -la");
  expect_split("See\n```ls```\nok", "See\n`ls`\nok", std::nullopt);
  expect_split("text\n```", "text", std::nullopt);
  expect_split("a ``` b\n`` c ``\n``", "a ``` b\n`` c ``\n``", std::nullopt);
}

TEST(AnswerSplitter, TakesNoCommandFromAnAnswerThatWasCut) {
  EXPECT_EQ(split("Run\n```command\nrm -rf /tmp/x", AnswerEnd::cut).command, std::nullopt);
  EXPECT_EQ(split("Run\n```command\nrm -rf /tmp/x", AnswerEnd::cut).display, "Run\n    rm -rf /tmp/x");
  EXPECT_EQ(split("Run\n```bash\nls\n```\n", AnswerEnd::cut).command, std::nullopt);
  EXPECT_EQ(split("Run\n```command\nls\n```\nand th", AnswerEnd::cut).command, "ls");
}

TEST(AnswerSplitter, ShowsACommandThatCannotBeOne) {
  const std::string huge(5000, 'x');
  expect_split("```command\n" + huge + "\n```", "    " + huge, std::nullopt);
}

TEST(AnswerSplitter, ShowsTextAsSoonAsItIsCertain) {
  AnswerSplitter splitter;
  EXPECT_EQ(splitter.feed("The di"), "The di");
  EXPECT_EQ(splitter.feed("sk\n"), "sk");
  EXPECT_EQ(splitter.feed("``"), "");
  EXPECT_EQ(splitter.feed("x`` is"), "\n``x`` is");
  EXPECT_EQ(splitter.feed("\n```python\nlong "), "");
  EXPECT_EQ(splitter.feed("line\n"), "\n    long line");
}

TEST(AnswerSplitter, BoundsWhatItHolds) {
  AnswerSplitter splitter;
  EXPECT_GT(splitter.feed("```python\n" + std::string(20'000, 'a')).size(), 16'000u);
  AnswerSplitter other;
  EXPECT_GT(other.feed("```" + std::string(20'000, 'a')).size(), 16'000u);
}

}  // namespace
}  // namespace duotty::agent
