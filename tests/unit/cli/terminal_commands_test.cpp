#include "terminal_commands.hpp"

#include <csignal>

#include "harness.hpp"

namespace duotty::cli {
namespace {

Harness::Answer always(Json result) {
  return [result](const std::string&, const Json&, const OnProgress&) { return base::Result<Json>(result); };
}

TEST(NewCommand, PrintsTheId) {
  Harness harness;
  harness.answer = always({{"id", "a1b2"}, {"name", ""}});
  EXPECT_EQ(harness.run({"new"}).out, "a1b2\n");
  EXPECT_EQ(Json::parse(harness.run({"new", "--json"}).out)["id"], "a1b2");
}

const Json kTwo = {{"terminals",
                    {{{"id", "abc"},
                      {"name", "build"},
                      {"state", "running"},
                      {"cols", 120},
                      {"rows", 40},
                      {"idle_seconds", 3.5},
                      {"title", ""},
                      {"cwd", "/home/me/src"}},
                     {{"id", "defghi"},
                      {"name", ""},
                      {"state", "exited"},
                      {"exit_code", 2},
                      {"cols", 80},
                      {"rows", 24},
                      {"idle_seconds", 7300},
                      {"title", "evil\x1b]0;x\x07\ntitle"},
                      {"cwd", nullptr}}}}};

TEST(ListCommand, AlignsATableAndLetsNoTitleDriveTheTerminal) {
  Harness harness;
  harness.environment.variables["HOME"] = "/home/me";
  harness.answer = always(kTwo);
  const Outcome outcome = harness.run({"ls"});
  EXPECT_EQ(outcome.out,
            "ID      NAME   STATE     SIZE    IDLE  TITLE/CWD\n"
            "abc     build  running   120x40  3s    ~/src\n"
            "defghi         exited 2  80x24   2h    evil\xef\xbf\xbd]0;x\xef\xbf\xbd title\n");
}

TEST(ListCommand, IsColouredOnTerminalsOnlyAndHonoursNoColor) {
  Harness harness;
  harness.answer = always(kTwo);
  harness.environment.out_is_tty = true;
  EXPECT_THAT(harness.run({"ls"}).out, testing::HasSubstr("\x1b[33mrunning\x1b[0m"));
  harness.environment.variables["NO_COLOR"] = "1";
  EXPECT_THAT(harness.run({"ls"}).out, testing::Not(testing::HasSubstr("\x1b")));
}

TEST(ListCommand, CutsTheLastColumnToTheTerminalsWidth) {
  Harness harness;
  harness.answer = always(kTwo);
  harness.environment.out_is_tty = true;
  harness.environment.variables["NO_COLOR"] = "1";
  harness.environment.columns = 48;
  EXPECT_THAT(harness.run({"ls"}).out, testing::HasSubstr("  /home/me…\n"));
}

TEST(ListCommand, ListsNamesForScripts) {
  Harness harness;
  harness.answer = always(kTwo);
  EXPECT_EQ(harness.run({"ls", "--names"}).out, "build\ndefghi\n");
}

TEST(ListCommand, SaysHowToMakeTheFirstTerminal) {
  Harness harness;
  harness.answer = always({{"terminals", Json::array()}});
  const Outcome outcome = harness.run({"ls"});
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::HasSubstr("duotty new"));
  EXPECT_EQ(harness.run({"ls", "-q"}).err, "");
}

TEST(SendCommand, PrintsWhatCameBackWhenItWaits) {
  Harness harness;
  harness.answer = always({{"ok", true}, {"output", "2"}});
  EXPECT_EQ(harness.run({"send", "t", "1+1"}).out, "");
  EXPECT_EQ(harness.run({"send", "t", "--wait", "1+1"}).out, "2\n");
}

TEST(SendCommand, TypesStandardInputWithoutEnter) {
  Harness harness;
  harness.input = "a\nb\n";
  const auto call = harness.run({"send", "t", "-"}).only();
  EXPECT_EQ(call.params["data"], "a\nb\n");
  EXPECT_EQ(call.params["enter"], false);
}

TEST(ReadCommand, PrintsOutputAndItsLastLines) {
  Harness harness;
  harness.answer = always({{"output", "a\nb\nc"}, {"size", 5}});
  EXPECT_EQ(harness.run({"read", "t"}).out, "a\nb\nc\n");
  EXPECT_EQ(harness.run({"read", "t", "--tail", "2"}).out, "b\nc\n");
  EXPECT_EQ(harness.run({"read", "t", "--tail", "0"}).out, "");
}

TEST(ReadCommand, LastLinesCountsLines) {
  EXPECT_EQ(last_lines("", 3), "");
  EXPECT_EQ(last_lines("a\n", 1), "a\n");
  EXPECT_EQ(last_lines("a\nb\n", 1), "b\n");
  EXPECT_EQ(last_lines("a\nb\n", 9), "a\nb\n");
  EXPECT_EQ(last_lines("\n\n", 1), "\n");
}

TEST(ReadCommand, PrintsMatchesLikeGrepAndFailsWithoutOne) {
  Harness harness;
  harness.answer = always({{"output", ""},
                           {"grep",
                            {{"match_count", 1},
                             {"matches",
                              {{{"line_no", 4}, {"line", "before"}, {"match", false}},
                               {{"line_no", 5}, {"line", "error"}, {"match", true}}}}}}});
  const Outcome found = harness.run({"read", "t", "--grep", "error", "-C", "1"});
  EXPECT_EQ(found.out, "4-before\n5:error\n");
  EXPECT_EQ(found.status, 0);
  harness.answer = always({{"output", ""}, {"grep", {{"match_count", 0}, {"matches", Json::array()}}}});
  EXPECT_EQ(harness.run({"read", "t", "--grep", "x"}).status, 1);
}

TEST(ReadCommand, FollowsFromWhereTheSnapshotEnded) {
  Harness harness;
  harness.answer = [](const std::string& method, const Json& params, const OnProgress& progress) -> base::Result<Json> {
    if (method == "terminal.snapshot") return Json{{"output", "old "}, {"size", 4}};
    EXPECT_EQ(params["since"], 4);
    progress({{"event", "output"}, {"text", "new\n"}, {"size", 8}});
    progress({{"event", "heartbeat"}, {"text", ""}, {"size", 8}});
    progress({{"event", "end"}, {"text", "terminal closed"}, {"size", 8}});
    return Json{{"event", "end"}};
  };
  EXPECT_EQ(harness.run({"read", "t", "--follow"}).out, "old new\n");
}

TEST(ReadCommand, EndsWithTheSignalThatInterruptsIt) {
  Harness harness;
  harness.slow_answer = [](std::string method, Json, OnProgress) -> Task<base::Result<Json>> {
    if (method == "terminal.snapshot") co_return Json{{"output", ""}, {"size", 0}};
    core::Event never(co_await core::asio::this_coro::executor);
    ::raise(SIGINT);
    while (true) co_await never.wait();
  };
  EXPECT_EQ(harness.run({"read", "t", "--follow"}).status, 130);
}

TEST(WaitCommand, SaysWhatEndedTheWait) {
  Harness harness;
  harness.answer = always({{"reason", "pattern"}, {"match", "listening on 3000"}});
  EXPECT_EQ(harness.run({"wait", "t", "--pattern", "listening"}).out, "pattern: listening on 3000\n");
  harness.answer = always({{"reason", "prompt"}, {"exit_code", 2}});
  EXPECT_EQ(harness.run({"wait", "t", "--prompt"}).out, "prompt (exit code 2)\n");
  EXPECT_EQ(harness.run({"wait", "t", "--prompt", "-q"}).out, "");
}

TEST(WaitCommand, Exits124WhenTheTimeIsOver) {
  Harness harness;
  harness.answer = always({{"reason", "timeout"}});
  const Outcome outcome = harness.run({"wait", "t", "--prompt", "--timeout", "1500"});
  EXPECT_EQ(outcome.status, 124);
  EXPECT_THAT(outcome.err, testing::HasSubstr("in 1 s"));
  EXPECT_EQ(harness.run({"wait", "t", "--prompt", "--json"}).status, 124);
}

TEST(ScreenCommand, PrintsTheTextWithoutTheEmptyRowsBelowIt) {
  Harness harness;
  harness.answer = always({{"text", "$ ls\na  b\n\n\n"}});
  EXPECT_EQ(harness.run({"screen", "t"}).out, "$ ls\na  b\n");
}

TEST(CloseCommand, GoesOnAfterAFailureAndReturnsItsStatus) {
  Harness harness;
  harness.answer = [](const std::string&, const Json& params, const OnProgress&) -> base::Result<Json> {
    if (params["terminal_id"] == "b") return base::Error(base::Errc::terminal_not_found, "No terminal \"b\".");
    return Json{{"success", true}};
  };
  const Outcome outcome = harness.run({"close", "a", "b", "c"});
  EXPECT_EQ(outcome.status, base::info(base::Errc::terminal_not_found).exit);
  EXPECT_EQ(outcome.out, "closed a\nclosed c\n");
  EXPECT_EQ(outcome.err, "duotty: No terminal \"b\".\n");
}

TEST(Errors, AreJsonWithJson) {
  Harness harness;
  harness.answer = [](const std::string&, const Json&, const OnProgress&) {
    return base::Error(base::Errc::denied, "No.", "x");
  };
  const Outcome outcome = harness.run({"ls", "--json"});
  EXPECT_EQ(outcome.status, base::info(base::Errc::denied).exit);
  const Json error = Json::parse(outcome.err);
  EXPECT_EQ(error["error"]["code"], "denied");
  EXPECT_EQ(error["error"]["field"], "x");
}

TEST(Errors, HaveTheExitStatusOfTheirRow) {
  for (const auto code : {base::Errc::invalid_params, base::Errc::terminal_not_found, base::Errc::busy,
                          base::Errc::timeout, base::Errc::denied, base::Errc::unreachable, base::Errc::internal}) {
    Harness harness;
    harness.unreachable = base::Error(code, "x");
    EXPECT_EQ(harness.run({"ls"}).status, base::info(code).exit);
  }
}

TEST(Errors, CannotDriveTheTerminal) {
  Harness harness;
  harness.unreachable = base::Error(base::Errc::io, "a\x1b[2Jb");
  EXPECT_EQ(harness.run({"ls"}).err, "duotty: a\xef\xbf\xbd[2Jb\n");
}

}  // namespace
}  // namespace duotty::cli
