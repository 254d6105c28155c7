#include <gtest/gtest.h>
#include <duotty/exec/run.hpp>

using namespace duotty::exec;
using std::chrono::milliseconds;

namespace {

RunTime at(int ms) {
  return RunTime(milliseconds(ms));
}

Mark mark(MarkKind kind, std::uint64_t begin, std::optional<int> code = {}) {
  Mark result;
  result.kind = kind;
  result.begin = begin;
  result.end = begin + 10;
  result.code = code;
  if (code) result.cwd = "/w";
  return result;
}

ExecRun typed(Completion completion, std::uint64_t offset = 100, int idle = 600) {
  ExecOptions options;
  options.completion = completion;
  options.token = "tok";
  options.deadline = at(10'000);
  options.idle = milliseconds(idle);
  ExecRun run(options);
  EXPECT_EQ(run.next_wake(), std::nullopt);
  run.on_typed(offset, at(0));
  return run;
}

Mark script(MarkKind kind, std::uint64_t begin, std::string id, std::optional<int> code = {}) {
  Mark result = mark(kind, begin, code);
  result.id = std::move(id);
  return result;
}

}  // namespace

TEST(ExecRun, ALineThatTheShellDidNotRunIsNotWaitedFor) {
  ExecOptions options;
  options.completion = Completion::script_marks;
  options.token = "tok";
  options.prompt_follows = true;
  ExecRun run(options);
  run.on_typed(100, at(0));
  run.on_settled();
  EXPECT_FALSE(run.finished());                            // no prompt since
  run.on_mark(mark(MarkKind::command_start, 120), at(1));  // the line of somebody else, ours at its end
  run.on_mark(mark(MarkKind::command_end, 130, 127), at(2));
  EXPECT_FALSE(run.may_be_lost());
  run.on_mark(mark(MarkKind::prompt_end, 140), at(3));
  EXPECT_TRUE(run.may_be_lost());
  EXPECT_FALSE(run.finished());  // it may be on its way
  run.on_settled();
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::not_started);
  EXPECT_EQ(run.result().exit_code, std::nullopt);

  ExecRun late(options);
  late.on_typed(100, at(0));
  late.on_mark(mark(MarkKind::prompt_end, 110), at(1));  // drawn again
  late.on_mark(script(MarkKind::exec_start, 120, "tok"), at(2));
  EXPECT_FALSE(late.may_be_lost());
  late.on_settled();
  EXPECT_FALSE(late.finished());
}

TEST(ExecRun, CompletesWhenThePromptFollowsTheEnd) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_end, 90, 1), at(1));  // before our input
  run.on_mark(mark(MarkKind::prompt_end, 110), at(1));     // drawn again by the line editor
  run.on_mark(mark(MarkKind::command_start, 120), at(2));
  run.on_output(200, at(2));
  EXPECT_EQ(run.result().output_end, 200U);
  run.on_mark(mark(MarkKind::prompt_end, 205), at(2));  // printed by the command itself
  EXPECT_FALSE(run.finished());
  run.on_mark(mark(MarkKind::command_end, 300, 3), at(3));
  EXPECT_FALSE(run.finished());
  run.on_mark(mark(MarkKind::prompt_start, 320), at(3));
  run.on_mark(mark(MarkKind::prompt_end, 330), at(3));
  ASSERT_TRUE(run.finished());
  const auto& result = run.result();
  EXPECT_EQ(result.status, ExecStatus::completed);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.exit_source, ExitSource::mark);
  EXPECT_TRUE(result.started);
  EXPECT_EQ(result.output_begin, 130U);
  EXPECT_EQ(result.output_end, 300U);
  EXPECT_EQ(result.cwd, "/w");
  EXPECT_EQ(run.next_wake(), std::nullopt);
}

TEST(ExecRun, TakesTheLastCodeOfSeveralCommands) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_start, 120), at(1));
  run.on_mark(mark(MarkKind::command_end, 140, 1), at(1));
  run.on_mark(mark(MarkKind::command_start, 160), at(1));
  EXPECT_EQ(run.result().exit_code, std::nullopt);
  run.on_mark(mark(MarkKind::command_end, 200, 0), at(1));
  run.on_mark(mark(MarkKind::prompt_end, 220), at(1));
  EXPECT_EQ(run.result().exit_code, 0);
  EXPECT_EQ(run.result().output_begin, 130U);
  EXPECT_EQ(run.result().output_end, 200U);
}

TEST(ExecRun, CompletesACommentWithTheCodeTheShellReports) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_end, 150, 127), at(1));
  run.on_mark(mark(MarkKind::prompt_end, 160), at(1));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::completed);
  EXPECT_EQ(run.result().exit_code, 127);
  EXPECT_FALSE(run.result().started);
}

TEST(ExecRun, DoesNotWaitForeverForAPromptWithoutMarks) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_start, 120), at(1));
  run.on_mark(mark(MarkKind::command_end, 150, 0), at(100));
  const auto wake = run.next_wake();
  ASSERT_TRUE(wake);
  run.on_tick(*wake - milliseconds(1));
  EXPECT_FALSE(run.finished());
  run.on_tick(*wake);
  EXPECT_EQ(run.result().status, ExecStatus::completed);
}

TEST(ExecRun, InterruptsIncompleteInput) {
  auto run = typed(Completion::shell_marks);
  EXPECT_EQ(run.next_action(), ExecAction::none);
  run.on_mark(mark(MarkKind::continuation, 150), at(1));
  EXPECT_EQ(run.next_action(), ExecAction::interrupt);
  EXPECT_EQ(run.next_action(), ExecAction::none);
  run.on_mark(mark(MarkKind::prompt_end, 160), at(1));
  EXPECT_FALSE(run.finished());
  run.on_mark(mark(MarkKind::command_end, 170, 130), at(1));
  run.on_mark(mark(MarkKind::prompt_end, 190), at(1));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::incomplete);
  EXPECT_EQ(run.result().exit_code, std::nullopt);
  EXPECT_EQ(run.result().exit_source, ExitSource::none);
}

TEST(ExecRun, RepeatsALostInterruptUntilTheShellReacts) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::continuation, 150), at(0));
  EXPECT_EQ(run.next_action(), ExecAction::interrupt);
  const auto wake = run.next_wake();
  ASSERT_TRUE(wake);
  EXPECT_LT(*wake, at(1000));
  run.on_tick(*wake);
  EXPECT_EQ(run.next_action(), ExecAction::interrupt);
  run.on_mark(mark(MarkKind::command_end, 170, 130), at(400));
  EXPECT_EQ(run.next_wake(), at(10'000));
  run.on_tick(at(9'000));
  EXPECT_EQ(run.next_action(), ExecAction::none);
  run.on_mark(mark(MarkKind::prompt_end, 190), at(9'100));
  EXPECT_EQ(run.result().status, ExecStatus::incomplete);
}

TEST(ExecRun, IsIncompleteAlsoWhenThePromptDoesNotReturnInTime) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::continuation, 150), at(1));
  run.on_tick(at(10'000));
  EXPECT_EQ(run.result().status, ExecStatus::incomplete);
}

TEST(ExecRun, TimesOutWithTheOutputSoFar) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_start, 120), at(1));
  run.on_output(500, at(2));
  EXPECT_EQ(run.next_wake(), at(10'000));
  run.on_tick(at(10'000));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::timeout);
  EXPECT_EQ(run.result().exit_code, std::nullopt);
  EXPECT_EQ(run.result().output_begin, 130U);
  EXPECT_EQ(run.result().output_end, 500U);
}

TEST(ExecRun, HandsALongCommandToTheBackground) {
  ExecOptions options;
  options.completion = Completion::shell_marks;
  options.background_after = at(1000);
  ExecRun run(options);
  run.on_typed(0, at(0));
  EXPECT_EQ(run.next_wake(), std::nullopt);
  run.on_tick(at(2000));
  EXPECT_FALSE(run.finished());
  run.on_mark(mark(MarkKind::command_start, 10), at(2100));
  EXPECT_EQ(run.next_wake(), at(1000));
  run.on_tick(at(2100));
  EXPECT_EQ(run.result().status, ExecStatus::running);
}

TEST(ExecRun, EndsWithTheShell) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_start, 120), at(1));
  run.on_exit(160, 3, at(2));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::shell_exited);
  EXPECT_EQ(run.result().exit_code, 3);
  EXPECT_EQ(run.result().exit_source, ExitSource::wait);
  EXPECT_EQ(run.result().output_end, 160U);

  auto killed = typed(Completion::shell_marks);
  killed.on_exit(160, std::nullopt, at(2));
  EXPECT_EQ(killed.result().exit_code, std::nullopt);
  EXPECT_EQ(killed.result().exit_source, ExitSource::none);

  auto done = typed(Completion::shell_marks);
  done.on_mark(mark(MarkKind::command_start, 120), at(1));
  done.on_mark(mark(MarkKind::command_end, 150, 0), at(1));
  done.on_exit(160, 9, at(2));
  EXPECT_EQ(done.result().status, ExecStatus::completed);
  EXPECT_EQ(done.result().exit_code, 0);
}

TEST(ExecRun, FollowsAScriptByItsToken) {
  auto run = typed(Completion::script_marks);
  run.on_mark(mark(MarkKind::command_start, 110), at(1));
  run.on_mark(script(MarkKind::exec_start, 120, "other"), at(1));
  EXPECT_FALSE(run.result().started);
  run.on_mark(script(MarkKind::exec_end, 125, "tok", 0), at(1));
  EXPECT_FALSE(run.finished());
  run.on_mark(script(MarkKind::exec_start, 130, "tok"), at(1));
  run.on_mark(script(MarkKind::exec_end, 150, "other", 1), at(1));
  run.on_mark(script(MarkKind::exec_end, 200, "tok", 5), at(1));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().exit_code, 5);
  EXPECT_EQ(run.result().output_begin, 140U);
  EXPECT_EQ(run.result().output_end, 200U);
}

TEST(ExecRun, EndsACutShortScriptByTheShellsOwnMarks) {
  ExecOptions options;
  options.completion = Completion::script_marks;
  options.token = "tok";
  options.prompt_follows = true;
  ExecRun run(options);
  run.on_typed(0, at(0));
  run.on_mark(script(MarkKind::exec_start, 130, "tok"), at(1));
  run.on_mark(mark(MarkKind::command_end, 150, 130), at(1));
  EXPECT_FALSE(run.finished());
  run.on_mark(mark(MarkKind::prompt_end, 170), at(1));
  EXPECT_EQ(run.result().exit_code, 130);
  EXPECT_EQ(run.result().output_end, 150U);
}

TEST(ExecRun, GoesIdleOnlyWhereNothingCanReportTheEnd) {
  auto run = typed(Completion::none);
  EXPECT_EQ(run.next_wake(), at(10'000));
  run.on_output(150, at(1000));
  EXPECT_EQ(run.next_wake(), at(1600));
  run.on_output(200, at(1500));
  run.on_tick(at(1600));
  EXPECT_FALSE(run.finished());
  run.on_tick(at(2100));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::idle);
  EXPECT_EQ(run.result().exit_code, std::nullopt);
  EXPECT_EQ(run.result().output_begin, 100U);
  EXPECT_EQ(run.result().output_end, 200U);
}

TEST(ExecRun, IsNotIdleWhileAProgramHasTheForeground) {
  auto run = typed(Completion::none);
  run.on_output(150, at(1000));
  run.on_foreground(Foreground::program, at(1100));
  run.on_tick(at(5000));
  EXPECT_FALSE(run.finished());
  run.on_foreground(Foreground::shell, at(6000));
  EXPECT_EQ(run.next_wake(), at(6600));
  run.on_tick(at(6600));
  EXPECT_EQ(run.result().status, ExecStatus::idle);
}

TEST(ExecRun, FallsBackToIdleWhenTheHooksAreGone) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_start, 120), at(1));
  run.on_mark(mark(MarkKind::installed, 130), at(1));
  run.on_output(200, at(10));
  run.on_tick(at(610));
  EXPECT_EQ(run.result().status, ExecStatus::idle);
  EXPECT_EQ(run.result().exit_code, std::nullopt);
}

TEST(ExecRun, EndsOutputWhereTheShellsOwnBegins) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_start, 110), at(1));
  run.on_mark(mark(MarkKind::output_end, 150), at(2));
  run.on_output(190, at(2));
  EXPECT_EQ(run.result().output_end, 150U);  // also for who is told of it as it comes
  run.on_mark(mark(MarkKind::command_end, 200, 3), at(3));
  run.on_mark(mark(MarkKind::prompt_start, 210, 3), at(3));
  run.on_mark(mark(MarkKind::prompt_end, 220), at(3));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().exit_code, 3);
  EXPECT_EQ(run.result().output_end, 150U);
}

ExecStatus status_when(const std::string& typed, const std::string& said) {
  ExecOptions options;
  options.completion = Completion::shell_marks;
  options.line = typed;
  ExecRun run(options);
  run.on_typed(100, at(0));
  Mark start = mark(MarkKind::command_start, 110);
  start.command = said;
  run.on_mark(start, at(1));
  EXPECT_EQ(run.finished(), run.result().line_changed);
  EXPECT_NE(run.result().started, run.result().line_changed);
  return run.result().status;
}

TEST(ExecRun, IsNotToldOfAnotherCommandThatTheShellRuns) {
  EXPECT_EQ(status_when("echo a", "echo a"), ExecStatus::running);
  EXPECT_EQ(status_when("echo a\necho b", "echo a"), ExecStatus::running);
  EXPECT_EQ(status_when("for x in a b; do\n  echo $x\ndone", "for x in a b; do\n echo $x\ndone"), ExecStatus::running);
  EXPECT_EQ(status_when("echo a \\\n  b", "echo a b"), ExecStatus::running);
  // zsh's hist_allow_clobber.
  EXPECT_EQ(status_when("echo a > f", "echo a >| f"), ExecStatus::running);
  EXPECT_EQ(status_when("cat <<E >>f 2>&1\nx\nE", "cat <<E >>| f 2>&| 1\nx\nE"), ExecStatus::running);
  EXPECT_EQ(status_when("echo a >| f || true", "echo a >| f || true"), ExecStatus::running);
  EXPECT_EQ(status_when("echo a > f", "echo a | f"), ExecStatus::not_started);
  EXPECT_EQ(status_when("echo a", "pushed echo a"), ExecStatus::not_started);
  EXPECT_EQ(status_when("echo a", "echo ab"), ExecStatus::not_started);
  EXPECT_EQ(status_when("echo a", "rm -rf /"), ExecStatus::not_started);
}

TEST(ExecRun, TakesTheCodeOfAPromptWhereTheEndWasMissed) {
  auto run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::prompt_start, 105, 1), at(1));  // only drawn again
  run.on_mark(mark(MarkKind::prompt_end, 108), at(1));
  EXPECT_FALSE(run.finished());
  run.on_mark(mark(MarkKind::command_start, 110), at(1));
  run.on_mark(mark(MarkKind::output_end, 150), at(2));
  run.on_mark(mark(MarkKind::prompt_start, 210, 4), at(3));
  run.on_mark(mark(MarkKind::prompt_end, 220), at(3));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().exit_code, 4);
  EXPECT_EQ(run.result().output_end, 150U);
}

ExecRun stopping(AtDeadline how) {
  ExecOptions options;
  options.completion = Completion::shell_marks;
  options.deadline = at(1000);
  options.at_deadline = how;
  ExecRun run(options);
  run.on_typed(100, at(0));
  run.on_mark(mark(MarkKind::command_start, 110), at(10));
  run.on_tick(at(1000));
  return run;
}

TEST(ExecRun, InterruptsAtTheDeadlineAndSaysHowTheCommandEnded) {
  ExecRun run = stopping(AtDeadline::interrupt);
  EXPECT_FALSE(run.finished());
  EXPECT_EQ(run.next_action(), ExecAction::stop);
  EXPECT_EQ(run.next_action(), ExecAction::none);
  run.on_mark(mark(MarkKind::command_end, 150, 130), at(1100));
  run.on_mark(mark(MarkKind::prompt_end, 170), at(1110));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::timeout);
  EXPECT_EQ(run.result().exit_code, 130);
  EXPECT_EQ(run.result().output_end, 150U);
}

TEST(ExecRun, LeavesACommandThatDoesNotEndByTheInterrupt) {
  ExecRun run = stopping(AtDeadline::interrupt);
  EXPECT_EQ(run.next_action(), ExecAction::stop);
  EXPECT_EQ(run.next_wake(), at(3000));
  run.on_tick(at(2999));
  EXPECT_FALSE(run.finished());
  EXPECT_EQ(run.next_action(), ExecAction::none);
  run.on_tick(at(3000));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::timeout);
  EXPECT_EQ(run.result().exit_code, std::nullopt);
}

TEST(ExecRun, KillsWhatDoesNotEndByTheInterruptAndWhatComesAfterIt) {
  ExecRun run = stopping(AtDeadline::kill);
  EXPECT_EQ(run.next_action(), ExecAction::stop);
  EXPECT_EQ(run.next_wake(), at(1500));
  run.on_tick(at(1500));
  EXPECT_EQ(run.next_action(), ExecAction::kill);
  EXPECT_EQ(run.next_wake(), at(1600));
  run.on_tick(at(1600));
  EXPECT_EQ(run.next_action(), ExecAction::kill);
  run.on_mark(mark(MarkKind::command_end, 150, 137), at(1620));
  run.on_tick(at(1700));
  EXPECT_EQ(run.next_action(), ExecAction::none);
  run.on_mark(mark(MarkKind::prompt_end, 170), at(1710));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::timeout);
  EXPECT_EQ(run.result().exit_code, 137);
}

TEST(ExecRun, WaitsOnForTheNextCommandOfALineWhileSomethingWorks) {
  ExecRun run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_start, 110), at(10));
  run.on_mark(mark(MarkKind::command_end, 150, 0), at(20));
  EXPECT_FALSE(run.about_to_settle(at(519)));
  ASSERT_TRUE(run.about_to_settle(at(520)));
  run.keep_settling(at(520));
  run.on_tick(at(520));
  ASSERT_FALSE(run.finished());
  EXPECT_EQ(run.next_wake(), at(620));
  run.on_mark(mark(MarkKind::command_start, 160), at(600));
  run.on_tick(at(700));
  ASSERT_FALSE(run.finished());
  run.on_mark(mark(MarkKind::command_end, 190, 4), at(800));
  run.on_mark(mark(MarkKind::prompt_end, 210), at(810));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().exit_code, 4);
  EXPECT_EQ(run.result().output_begin, 120U);
  EXPECT_EQ(run.result().output_end, 190U);
}

TEST(ExecRun, AnEndAtTheDeadlineMayBeThatOfTheFirstOfSeveralCommands) {
  for (const bool another : {false, true}) {
    ExecRun run = typed(Completion::shell_marks);
    run.on_mark(mark(MarkKind::command_start, 110), at(10));
    run.on_mark(mark(MarkKind::command_end, 150, 3), at(9'900));
    EXPECT_EQ(run.next_wake(), at(10'400));
    run.on_tick(at(10'000));
    ASSERT_FALSE(run.finished());
    if (another) run.on_mark(mark(MarkKind::command_start, 160), at(10'100));
    run.on_tick(at(10'400));
    ASSERT_TRUE(run.finished());
    EXPECT_EQ(run.result().status, another ? ExecStatus::timeout : ExecStatus::completed);
    EXPECT_EQ(run.result().exit_code, another ? std::nullopt : std::optional<int>(3));
  }
}

TEST(ExecRun, DoesNotWaitForAPromptForEver) {
  ExecRun run = typed(Completion::shell_marks);
  run.on_mark(mark(MarkKind::command_start, 110), at(10));
  run.on_mark(mark(MarkKind::command_end, 150, 3), at(20));
  for (int ms = 520; ms < 20'000 && run.about_to_settle(at(ms)); ms += 100) run.keep_settling(at(ms));
  run.on_tick(at(10'020));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::completed);
  EXPECT_EQ(run.result().exit_code, 3);
}

TEST(ExecRun, GivesUpOnWhatCannotBeKilled) {
  ExecRun run = stopping(AtDeadline::kill);
  for (int ms = 1500; ms < 6000; ms += 100) run.on_tick(at(ms));
  EXPECT_FALSE(run.finished());
  run.on_tick(at(6000));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::timeout);
}

TEST(ExecRun, SaysThatTheShellEndedByTheInterrupt) {
  ExecRun run = stopping(AtDeadline::interrupt);
  run.on_exit(200, 1, at(1100));
  ASSERT_TRUE(run.finished());
  EXPECT_EQ(run.result().status, ExecStatus::shell_exited);
}

TEST(EchoEnd, IsAfterTheLineEditorLeft) {
  EXPECT_EQ(echo_end("echo )\r\n\x1b[?2004l\rbash: syntax error"), 17U);
  EXPECT_EQ(echo_end("echo )\x1b[?2004l\r\r\nzsh: parse error"), 17U);
  EXPECT_EQ(echo_end("echo )"), 6U);
}
