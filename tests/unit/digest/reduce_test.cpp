#include <gtest/gtest.h>

#include <algorithm>
#include <duotty/digest/reduce.hpp>
#include <duotty/digest/tokens.hpp>
#include <string>

#include "command_words.hpp"

namespace duotty::digest {
namespace {

Reduced reduced(std::string_view text, std::string_view command = "", std::string_view reducer = "auto",
                std::size_t max_chars = 0) {
  ReduceInput input;
  input.text = text;
  input.command = command;
  input.reducer = reducer;
  input.max_chars = max_chars;
  return *reduce(input);
}

std::string repeated(std::string_view line, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += line;
  return text;
}

TEST(Reduce, LeavesShortTextAsItIs) {
  const Reduced result = reduced("hello\nworld\n");
  EXPECT_EQ(result.text, "hello\nworld");
  EXPECT_EQ(result.reducer, "off");
  EXPECT_EQ(result.raw_lines, 2U);
  EXPECT_EQ(result.lines_omitted, 0U);
  EXPECT_EQ(reduced("").text, "");
}

TEST(Reduce, RefusesAnUnknownReducerAndNamesTheOthers) {
  ReduceInput input;
  input.text = "x";
  input.reducer = "magic";
  const auto result = reduce(input);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find("git-status"), std::string::npos);
}

TEST(Reduce, TakesEveryReducerByName) {
  for (const ReducerInfo& info : reducer_names()) {
    const Reduced result = reduced("some text\nerror: it broke\n", "", info.name);
    EXPECT_NE(result.text.find("error: it broke"), std::string::npos) << info.name;
  }
}

TEST(Reduce, CountsRepeatedLinesAndKeepsTheirTextOnce) {
  const Reduced result = reduced("begin\n" + repeated("error: the pool is exhausted\n", 500) + "end\n");
  EXPECT_EQ(result.text, "begin\nerror: the pool is exhausted (×500)\nend\n[left out: 499 repetitions]");
  EXPECT_EQ(result.errors, 500U);
}

// With a look at all that follows for each of them this would take hours.
TEST(Reduce, GoesThroughManyLinesOfOneFormOnce) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + "\n";
  const Reduced result = reduced(text, "seq 0 199999");
  EXPECT_EQ(result.raw_lines, 200'000U);
  EXPECT_TRUE(result.text.starts_with("0\n1\n2\n")) << result.text;
  EXPECT_NE(result.text.find("\n199999\n"), std::string::npos) << result.text;
}

TEST(Reduce, KeepsTheLastStateOfAProgressBar) {
  std::string text = "fetching\n";
  for (int i = 0; i <= 100; ++i)
    text += "  " + std::to_string(i) + "% |" + std::string(static_cast<std::size_t>(i) / 5, '#') + "\n";
  const Reduced result = reduced(text + "done\n");
  EXPECT_NE(result.text.find("100% |"), std::string::npos);
  EXPECT_EQ(result.text.find("50% |"), std::string::npos);
}

TEST(Reduce, FoldsSpinnersThatPrintLines) {
  const Reduced result =
      reduced("⠋ Installing\n⠙ Installing\n⠹ Installing\n⠸ Installing\n⠼ Installing\n⠴ Installing\ninstalled it\n");
  EXPECT_EQ(result.text.find("⠋"), std::string::npos);
  EXPECT_NE(result.text.find("installed it"), std::string::npos);
}

TEST(Reduce, SaysWhereLinesOfTheMiddleWere) {
  std::string text;
  for (char a = 'a'; a <= 'z'; ++a)
    for (char b = 'a'; b <= 'h'; ++b) text += std::string("word ") + a + b + " and more of it\n";
  const Reduced result = reduced(text);
  EXPECT_NE(result.text.find("\n[… "), std::string::npos);
  EXPECT_NE(result.text.find("word aa"), std::string::npos);
  EXPECT_NE(result.text.find("word zh"), std::string::npos);
  std::size_t sum = 0;
  for (const Omission& omission : result.omitted) sum += omission.last - omission.first + 1;
  EXPECT_EQ(sum, result.lines_omitted);
}

TEST(Reduce, GivesTheLastLinesOfAFailureWhateverTheyLookLike) {
  ReduceInput input;
  const std::string text = repeated("[1/9] Building a.o\n", 200) + "the gnomes are on strike\n";
  input.text = text;
  input.exit_code = 3;
  input.command = "make";
  EXPECT_NE(reduce(input)->text.find("the gnomes are on strike"), std::string::npos);
}

TEST(Reduce, GivesErrorsTheFirstPlaceWhenThereIsLittleRoom) {
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += i == 1234 ? "fatal: the needle\n" : "hay " + std::string(static_cast<std::size_t>(i % 50), 'y') + "\n";
  const Reduced result = reduced(text, "", "off", 500);
  EXPECT_LE(result.text.size(), 520U);
  EXPECT_NE(result.text.find("fatal: the needle"), std::string::npos);
  EXPECT_EQ(result.errors_omitted, 0U);
  EXPECT_GT(result.lines_omitted, 1900U);
}

TEST(Reduce, TellsWhenNotAllErrorsHaveRoom) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "error: number " + std::string(static_cast<std::size_t>(i), 'n') + "\n";
  const Reduced result = reduced(text, "", "auto", 1000);
  EXPECT_LE(result.text.size(), 1100U);
  EXPECT_EQ(result.errors, 200U);
  EXPECT_GT(result.errors_omitted, 0U);
}

TEST(Reduce, CutsLongLinesButNotTheirErrors) {
  const std::string text = "{" + std::string(200000, 'x') + " error: in the middle " + std::string(200000, 'y') + "}";
  const Reduced result = reduced(text);
  EXPECT_LT(result.text.size(), 5000U);
  EXPECT_NE(result.text.find("error: in the middle"), std::string::npos);
}

TEST(Reduce, SurvivesHostileText) {
  for (const std::string& text :
       {std::string(50000, '\n'), std::string(50000, '['), std::string(50000, '\xff'),
        repeated("\x80\xe2\x28\xa1 error\n", 3333), repeated("@@ -1,999999999 +1,999999999 @@\n", 833),
        repeated("diff --git a/x b/x\n@@ -1 +1 @@\n+", 500), repeated("a:", 16666), repeated("{\"a\":", 8333),
        repeated("commit 0123456789012345678901234567890123456789\n", 833), repeated("#1 ", 8333),
        repeated("├── ", 5000), repeated("x-1-", 10000), std::string("\0\0\0", 3), repeated("= a =\n_ b _\n", 1500),
        repeated("CONTAINER ID   IMAGE   STATUS   NAMES\n", 333),
        repeated("NAME   READY   STATUS   AGE\nweb-1  1/1  Running  3d\n", 333)}) {
    for (const ReducerInfo& info : reducer_names()) {
      const Reduced result = reduced(text, "x", info.name);
      EXPECT_LE(result.text.size(), text.size() + 1) << info.name;
    }
    EXPECT_LE(reduced(text, "", "auto", 300).text.size(), 700U);
  }
}

TEST(CommandWords, FindTheProgramBehindWrappersAndPipes) {
  const auto programs = [](std::string_view line) {
    std::string out;
    for (const Command& command : commands_of(line)) out += (out.empty() ? "" : " ") + command.program;
    return out;
  };
  EXPECT_EQ(programs("git status"), "git");
  EXPECT_EQ(programs("cd src && make -j4 2>&1 | tail -20; ctest"), "make ctest");
  EXPECT_EQ(programs("sudo -u app FOO=bar /usr/bin/apt-get install x"), "apt-get");
  EXPECT_EQ(programs("FOO=1 timeout 60 npx jest --ci"), "jest");
  EXPECT_EQ(programs("python3 -m pytest -q"), "pytest");
  EXPECT_EQ(programs("uv run mypy ."), "mypy");
  EXPECT_EQ(programs("curl -s http://x | jq ."), "jq");
  EXPECT_EQ(programs("pytest > log.txt 2>&1 || cat log.txt"), "pytest cat");
  EXPECT_EQ(programs("echo 'a && b' | grep a"), "echo");
  EXPECT_EQ(programs("(cargo test)"), "cargo");
  EXPECT_EQ(programs(""), "");
  EXPECT_EQ(commands_of("git -C /x log -n 3")[0].word(0), "log");
  EXPECT_EQ(commands_of("cargo +nightly test")[0].word(0), "test");
}

}  // namespace
}  // namespace duotty::digest
