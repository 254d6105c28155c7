#include <gtest/gtest.h>
#include <duotty/exec/command_tracker.hpp>

using namespace duotty::exec;

namespace {

WallTime at(int milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

/// A tracker that is saved and restored before every event.
class Fixture : public testing::Test {
 protected:
  TrackerUpdate on(MarkKind kind, std::uint64_t begin, Mark mark = {}) {
    tracker = CommandTracker::restore(tracker.save()).value();
    mark.kind = kind;
    mark.begin = begin;
    mark.end = begin + 10;
    return tracker.on_mark(mark, at(static_cast<int>(begin)));
  }
  TrackerUpdate prompt(std::uint64_t begin) {
    on(MarkKind::prompt_start, begin);
    return on(MarkKind::prompt_end, begin + 20);
  }
  static Mark command(std::string text) {
    Mark mark;
    mark.command = std::move(text);
    return mark;
  }
  static Mark ended(int code, std::string cwd = "/home") {
    Mark mark;
    mark.code = code;
    mark.cwd = std::move(cwd);
    return mark;
  }
  static Mark script(std::string id, std::optional<int> code = {}) {
    Mark mark;
    mark.id = std::move(id);
    mark.code = code;
    return mark;
  }
  CommandTracker tracker{7};
};

using CommandTrackerTest = Fixture;

}  // namespace

TEST_F(CommandTrackerTest, FoldsACommandIntoABlock) {
  EXPECT_EQ(tracker.phase(), ShellPhase::unknown);
  on(MarkKind::command_end, 0, ended(0, "/start"));
  EXPECT_TRUE(prompt(10).prompt_drawn);
  EXPECT_TRUE(tracker.at_prompt());
  const auto started = on(MarkKind::command_start, 100, command("make"));
  EXPECT_TRUE(started.started);
  EXPECT_TRUE(started.phase_changed);
  ASSERT_NE(tracker.current(), nullptr);
  EXPECT_EQ(tracker.current()->seq, 7U);
  EXPECT_EQ(tracker.current()->command, "make");
  EXPECT_EQ(tracker.phase(), ShellPhase::running);

  const auto update = on(MarkKind::command_end, 500, ended(2, "/elsewhere"));
  ASSERT_TRUE(update.ended);
  EXPECT_EQ(update.ended->status, BlockStatus::completed);
  EXPECT_EQ(update.ended->exit_code, 2);
  EXPECT_EQ(update.ended->cwd, "/start");
  EXPECT_EQ(update.ended->output_begin, 110U);
  EXPECT_EQ(update.ended->output_end, 500U);
  EXPECT_EQ(update.ended->started_at, at(100));
  EXPECT_EQ(update.ended->ended_at, at(500));
  EXPECT_TRUE(update.cwd_changed);
  EXPECT_EQ(tracker.cwd(), "/elsewhere");
  EXPECT_EQ(tracker.last_exit_code(), 2);
  EXPECT_FALSE(tracker.at_prompt());
  EXPECT_TRUE(prompt(510).prompt_drawn);
  EXPECT_EQ(tracker.next_seq(), 8U);
}

TEST_F(CommandTrackerTest, TakesAnEndWithoutAStartForAnEmptyLine) {
  prompt(0);
  const auto update = on(MarkKind::command_end, 100, ended(1, "/x"));
  EXPECT_FALSE(update.ended);
  EXPECT_TRUE(update.cwd_changed);
  EXPECT_EQ(tracker.last_exit_code(), 1);
  EXPECT_TRUE(prompt(110).prompt_drawn);
  EXPECT_EQ(tracker.next_seq(), 7U);
  EXPECT_EQ(tracker.prompts(), 2U);
}

TEST_F(CommandTrackerTest, DoesNotCountAPromptThatTheLineEditorDrawsAgain) {
  prompt(0);
  EXPECT_FALSE(prompt(100).prompt_drawn);
  EXPECT_EQ(tracker.prompts(), 1U);
  EXPECT_EQ(tracker.prompt_end(), 130U);
}

TEST_F(CommandTrackerTest, KnowsTheContinuationPrompt) {
  prompt(0);
  on(MarkKind::continuation, 50);
  EXPECT_FALSE(tracker.at_prompt());
  EXPECT_TRUE(tracker.at_continuation());
  EXPECT_EQ(tracker.phase(), ShellPhase::prompt);
  on(MarkKind::command_start, 100, command("echo 'a\nb'"));
  EXPECT_FALSE(tracker.at_continuation());
  on(MarkKind::continuation, 150);
  EXPECT_EQ(tracker.phase(), ShellPhase::running);
}

TEST_F(CommandTrackerTest, ReturnsFromTheContinuationPromptByCtrlC) {
  prompt(0);
  on(MarkKind::continuation, 50);
  on(MarkKind::command_end, 60, ended(130));
  EXPECT_TRUE(prompt(70).prompt_drawn);
  EXPECT_TRUE(tracker.at_prompt());
}

TEST_F(CommandTrackerTest, EndsABlockAsLostWhenAnotherStartsOrAPromptComes) {
  on(MarkKind::command_start, 0, command("exec bash"));
  const auto second = on(MarkKind::command_start, 100, command("ls"));
  ASSERT_TRUE(second.ended);
  EXPECT_EQ(second.ended->status, BlockStatus::lost);
  EXPECT_FALSE(second.ended->exit_code);
  const auto third = prompt(200);
  ASSERT_TRUE(third.ended);
  EXPECT_EQ(third.ended->command, "ls");
  EXPECT_EQ(third.ended->status, BlockStatus::lost);
  EXPECT_TRUE(tracker.at_prompt());
}

TEST_F(CommandTrackerTest, EndsTheBlockWithTheShell) {
  on(MarkKind::command_start, 0, command("exit 4"));
  const auto update = tracker.on_exit(60, 4, at(9));
  ASSERT_TRUE(update.ended);
  EXPECT_EQ(update.ended->status, BlockStatus::shell_exited);
  EXPECT_EQ(update.ended->exit_code, 4);
  EXPECT_EQ(update.ended->output_end, 60U);
  EXPECT_EQ(tracker.phase(), ShellPhase::unknown);
}

TEST_F(CommandTrackerTest, MakesBlocksOfScriptsWithoutIntegration) {
  tracker.expect_command("echo hi", BlockText::from_expected);
  EXPECT_TRUE(on(MarkKind::exec_start, 0, script("t1")).started);
  EXPECT_FALSE(on(MarkKind::exec_end, 50, script("other", 0)).ended);
  const auto update = on(MarkKind::exec_end, 60, script("t1", 3));
  ASSERT_TRUE(update.ended);
  EXPECT_EQ(update.ended->command, "echo hi");
  EXPECT_EQ(update.ended->exit_code, 3);
  EXPECT_EQ(tracker.phase(), ShellPhase::unknown);
}

TEST_F(CommandTrackerTest, PassesOverScriptsInsideACommand) {
  tracker.expect_command("real text", BlockText::from_expected);
  on(MarkKind::command_start, 0, command(". '/dir/t1'"));
  EXPECT_FALSE(on(MarkKind::exec_start, 10, script("t1")).started);
  EXPECT_FALSE(on(MarkKind::exec_end, 20, script("t1", 1)).ended);
  const auto update = on(MarkKind::command_end, 30, ended(1));
  ASSERT_TRUE(update.ended);
  EXPECT_EQ(update.ended->command, "real text");
}

TEST_F(CommandTrackerTest, UsesTheExpectedTextOnlyWhereTheShellHasNone) {
  tracker.expect_command("whole", BlockText::from_shell);
  on(MarkKind::command_start, 0, command("first part"));
  EXPECT_EQ(tracker.current()->command, "first part");
  on(MarkKind::command_end, 5, ended(0));
  prompt(10);
  tracker.expect_command(" hidden", BlockText::from_shell);
  on(MarkKind::command_start, 50);
  EXPECT_EQ(tracker.current()->command, " hidden");
  on(MarkKind::command_end, 60, ended(0));
  tracker.expect_command("a comment", BlockText::from_shell);
  prompt(70);
  on(MarkKind::command_start, 100);
  EXPECT_EQ(tracker.current()->command, "");
}

TEST_F(CommandTrackerTest, KnowsTheIntegrationAndItsLoss) {
  Mark installed;
  installed.shell = "bash";
  installed.version = "5.2.15";
  on(MarkKind::installed, 0, installed);
  EXPECT_TRUE(tracker.integrated());
  EXPECT_EQ(tracker.shell(), "bash");
  EXPECT_EQ(tracker.shell_version(), "5.2.15");
  on(MarkKind::command_start, 10, command("x"));
  const auto update = on(MarkKind::installed, 20);
  EXPECT_FALSE(tracker.integrated());
  ASSERT_TRUE(update.ended);
  EXPECT_EQ(update.ended->status, BlockStatus::lost);
  EXPECT_EQ(tracker.phase(), ShellPhase::unknown);
}

TEST_F(CommandTrackerTest, EndsOutputWhereTheShellsOwnBegins) {
  prompt(10);
  on(MarkKind::command_start, 100, command("printf x"));
  on(MarkKind::output_end, 120);
  const auto ended_at = on(MarkKind::command_end, 200, ended(0));
  ASSERT_TRUE(ended_at.ended);
  EXPECT_EQ(ended_at.ended->output_end, 120U);
  prompt(210);
  on(MarkKind::command_start, 300, command("printf y"));
  EXPECT_EQ(on(MarkKind::command_end, 350, ended(0)).ended->output_end, 350U);
}

TEST_F(CommandTrackerTest, TakesTheCodeOfAPromptWhereTheEndWasMissed) {
  prompt(10);
  on(MarkKind::command_start, 100, command("unset hooks"));
  const auto update = on(MarkKind::prompt_start, 200, ended(4));
  ASSERT_TRUE(update.ended);
  EXPECT_EQ(update.ended->exit_code, 4);
  EXPECT_EQ(update.ended->status, BlockStatus::completed);
  EXPECT_FALSE(on(MarkKind::prompt_start, 300, ended(5)).ended);
  EXPECT_EQ(tracker.last_exit_code(), 4);
}

TEST_F(CommandTrackerTest, PassesOverAPromptDrawnTwice) {
  Mark first = ended(1);
  first.number = 5;
  on(MarkKind::command_end, 10, first);
  prompt(20);
  const auto prompts = tracker.prompts();
  on(MarkKind::command_end, 100, first);
  EXPECT_EQ(tracker.phase(), ShellPhase::prompt);
  prompt(110);
  EXPECT_EQ(tracker.prompts(), prompts);
  Mark second = ended(2);
  second.number = 6;
  on(MarkKind::command_end, 200, second);
  prompt(210);
  EXPECT_EQ(tracker.prompts(), prompts + 1);
  EXPECT_EQ(tracker.last_exit_code(), 2);
}

TEST_F(CommandTrackerTest, TakesWhatAnOlderVersionSaved) {
  const std::string saved = tracker.save();
  ASSERT_TRUE(saved.starts_with("tracker4 0 1 "));
  const auto older = CommandTracker::restore("tracker3 " + saved.substr(std::string("tracker4 0 1 ").size()));
  ASSERT_TRUE(older);
  EXPECT_EQ(older->next_seq(), 7U);
  EXPECT_TRUE(older->line_begun());
}

TEST_F(CommandTrackerTest, IsToldWhenALineIsReadAndWhatStandsOnIt) {
  Mark mark;
  mark.shell = "zsh";
  mark.tells_line = true;
  on(MarkKind::installed, 0, mark);
  prompt(10);
  EXPECT_TRUE(tracker.at_prompt());
  EXPECT_FALSE(tracker.line_begun());
  mark = {};
  EXPECT_FALSE(on(MarkKind::line_begun, 20, mark).line_filled);
  EXPECT_TRUE(tracker.line_begun());
  prompt(30);  // drawn again
  EXPECT_TRUE(tracker.line_begun());
  mark.line_has_text = true;
  EXPECT_TRUE(on(MarkKind::line_begun, 40, mark).line_filled);
  on(MarkKind::command_start, 50, {});
  EXPECT_FALSE(on(MarkKind::line_begun, 60, mark).line_filled);  // vared, in a command
}

TEST_F(CommandTrackerTest, IsToldThatTheHooksAreGoneOrNeverCame) {
  EXPECT_FALSE(tracker.declined());
  Mark mark;
  mark.shell = "zsh";
  mark.version = "5.9";
  mark.pastes = false;
  on(MarkKind::installed, 0, mark);
  EXPECT_TRUE(tracker.integrated());
  EXPECT_FALSE(tracker.pastes());
  prompt(10);
  EXPECT_TRUE(tracker.lose_integration(100, at(100)).phase_changed);
  EXPECT_FALSE(tracker.integrated());
  EXPECT_TRUE(tracker.declined());
  EXPECT_EQ(tracker.phase(), ShellPhase::unknown);
  mark.shell = "dash";
  mark.version.clear();
  on(MarkKind::installed, 110, mark);
  EXPECT_TRUE(tracker.integrated());
  tracker.lose_integration(120, at(120));
  EXPECT_TRUE(tracker.declined()) << "also of a shell that tells no version";
}

TEST_F(CommandTrackerTest, RefusesAStateItDidNotWrite) {
  const std::string good = tracker.save();
  EXPECT_TRUE(CommandTracker::restore(good));
  EXPECT_FALSE(CommandTracker::restore(""));
  EXPECT_FALSE(CommandTracker::restore(good + " 1"));
  EXPECT_FALSE(CommandTracker::restore(good.substr(0, good.size() - 2)));
  EXPECT_FALSE(CommandTracker::restore("tracker3 9" + good.substr(10)));
}
