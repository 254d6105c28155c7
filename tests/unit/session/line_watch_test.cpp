#include "line_watch.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace duotty::session {
namespace {

using Sign = LineWatch::Sign;

/// A line at a new prompt, entered by one Enter.
LineWatch entered(std::optional<std::string> text) {
  LineWatch watch;
  watch.on_typed(1);
  watch.on_newline(std::move(text), 42);
  return watch;
}

TEST(LineWatch, ALineIsACommandOnceSomethingComesOfIt) {
  for (const auto sign : {Sign::output, Sign::program, Sign::prompt}) {
    auto watch = entered("ls -l");
    EXPECT_TRUE(watch.ended());
    const auto line = watch.take(sign);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->text, "ls -l");
    EXPECT_EQ(line->offset, 42U);
    EXPECT_FALSE(watch.ended());
    EXPECT_FALSE(watch.take(sign));
  }
}

TEST(LineWatch, ANewlineWithoutEnterIsSomebodyElses) {
  LineWatch watch;
  watch.on_newline("a job prints", 10);
  EXPECT_FALSE(watch.ended());
  watch.on_typed(1);
  watch.on_newline("ls", 20);
  EXPECT_FALSE(watch.take(Sign::output)) << "what stands on the line may be the job's";
  watch.on_newline("a job prints", 10);
  watch.on_redrawn();
  watch.on_typed(1);
  watch.on_newline("ls", 20);
  EXPECT_EQ(watch.take(Sign::output).value().text, "ls");
}

TEST(LineWatch, AProgramSaysThatThereWasACommandWhateverItsText) {
  LineWatch watch;
  watch.on_newline("a job prints", 10);
  watch.on_typed(1);
  watch.on_newline("sleep 9", 20);
  EXPECT_EQ(watch.take(Sign::program).value().text, "");
}

TEST(LineWatch, EmptyLinesAndCommentsAreNoCommands) {
  for (const char* text : {"", "   ", "# only words", "  # words"})
    EXPECT_FALSE(entered(text).take(Sign::prompt)) << text;
}

TEST(LineWatch, SeveralLinesSentAtOnceTellNothing) {
  LineWatch watch;
  watch.on_typed(3);
  watch.on_newline("one", 10);
  EXPECT_FALSE(watch.take(Sign::output));
}

TEST(LineWatch, ACommandOverLinesHasAllOfThem) {
  auto watch = entered("for i in 1 2");
  watch.on_continuation();
  EXPECT_FALSE(watch.ended());
  watch.on_typed(1);
  watch.on_newline("do echo $i; done", 60);
  const auto line = watch.take(Sign::output).value();
  EXPECT_EQ(line.text, "for i in 1 2\ndo echo $i; done");
  EXPECT_EQ(line.offset, 60U);
}

TEST(LineWatch, ACommandThatIsGivenUpIsNone) {
  auto watch = entered("for i in 1 2");
  watch.on_continuation();
  EXPECT_FALSE(watch.take(Sign::prompt));
  watch.on_prompt();
  EXPECT_FALSE(watch.take(Sign::prompt));
}

TEST(LineWatch, ALineThatWasInterruptedAtOnceMayHaveBeenAPart) {
  auto watch = entered("for i in 1 2");
  watch.on_typed(0);
  EXPECT_FALSE(watch.take(Sign::prompt));
  watch = entered("sleep 9");
  watch.on_typed(0);
  EXPECT_EQ(watch.take(Sign::program).value().text, "sleep 9");
}

TEST(LineWatch, WhatTheScreenDoesNotTellIsLeftEmpty) {
  EXPECT_EQ(entered(std::nullopt).take(Sign::output).value().text, "");
  EXPECT_EQ(entered("ls ^[[D").take(Sign::output).value().text, "");
  LineWatch watch;
  watch.blur();
  watch.on_typed(1);
  watch.on_newline("ls   x", 5);
  EXPECT_EQ(watch.take(Sign::prompt).value().text, "");
  EXPECT_FALSE(shows_controls("a ^ b ^x ^"));
  EXPECT_TRUE(shows_controls("x^?"));
}

TEST(LineWatch, ComesBackFromACheckpoint) {
  auto watch = entered("make");
  LineWatch again;
  again.restore(watch.save());
  EXPECT_EQ(again.save(), watch.save());
  EXPECT_EQ(again.take(Sign::program).value().text, "make");
  again.restore(nlohmann::json("nonsense"));
  EXPECT_FALSE(again.ended());
}

TEST(LineWatch, ControlsOfALineEditorShowNothing) {
  EXPECT_FALSE(shows_something("\r\x1b[?2004l\r\x1b[6n"));
  EXPECT_TRUE(shows_something("\x1b[?2004lx"));
  EXPECT_TRUE(shows_something("\n"));
  EXPECT_TRUE(shows_something("\x1b[")) << "half a sequence may become anything";
}

}  // namespace
}  // namespace duotty::session
