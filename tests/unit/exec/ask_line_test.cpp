#include <gtest/gtest.h>
#include <duotty/exec/ask_line.hpp>

using namespace duotty::exec;

namespace {

constexpr AskContext prompt{true, true, false, true, true};

std::string asked(std::string_view line) {
  const auto result = ask_line(line, prompt);
  if (!result) return "-";
  static constexpr const char* names[] = {"question", "reset", "model", "help"};
  return std::string(names[static_cast<int>(result->kind)]) + ":" + result->text;
}

}  // namespace

TEST(AskLine, IsACommentWithOneHash) {
  EXPECT_EQ(asked("# why did that fail"), "question:why did that fail");
  EXPECT_EQ(asked("#why  "), "question:why");
  EXPECT_EQ(asked("  # wie spät? \xe2\x82\xac"), "question:wie spät? \xe2\x82\xac");
  EXPECT_EQ(asked("# # nested"), "question:# nested");
}

TEST(AskLine, IsNothingElse) {
  for (const char* line : {"", "#", "#   ", "## note", "#!/bin/sh", "echo # x", "ls", "\\# x", "'# x'"})
    EXPECT_EQ(asked(line), "-") << line;
}

TEST(AskLine, KnowsItsCommands) {
  EXPECT_EQ(asked("# /reset"), "reset:");
  EXPECT_EQ(asked("#/help "), "help:");
  EXPECT_EQ(asked("# /model  gpt-x"), "model:gpt-x");
  EXPECT_EQ(asked("# /model"), "model:");
  EXPECT_EQ(asked("# /models"), "question:/models");
  EXPECT_EQ(asked("# /etc/passwd is odd"), "question:/etc/passwd is odd");
  EXPECT_EQ(asked("# /reset the router"), "question:/reset the router");
}

TEST(AskLine, NeedsEveryFactToHold) {
  const auto without = [](auto change) {
    AskContext context = prompt;
    change(context);
    return ask_line("# hello", context).has_value();
  };
  EXPECT_TRUE(without([](AskContext&) {}));
  EXPECT_FALSE(without([](AskContext& c) { c.enabled = false; }));
  EXPECT_FALSE(without([](AskContext& c) { c.marks_trusted = false; }));
  EXPECT_FALSE(without([](AskContext& c) { c.alternate_screen = true; }));
  EXPECT_FALSE(without([](AskContext& c) { c.echo_on = false; }));
  EXPECT_FALSE(without([](AskContext& c) { c.shell_is_foreground = false; }));
}
