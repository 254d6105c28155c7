#include "exec_command.hpp"

#include <csignal>
#include <duotty/core/event.hpp>

#include "harness.hpp"

namespace duotty::cli {
namespace {

Json completed(const std::string& output, int code) {
  return {
      {"ok", true},         {"status", "completed"},        {"exit_code", code}, {"stdout", output}, {"alive", true},
      {"truncated", false}, {"total_bytes", output.size()}, {"omitted_bytes", 0}};
}

Harness::Answer runs(std::vector<std::string> pieces, Json result) {
  return [pieces, result](const std::string& method, const Json&, const OnProgress& progress) -> base::Result<Json> {
    if (method == "terminal.create") return Json{{"id", "fresh"}};
    if (method != "terminal.exec") return Json::object();
    for (const auto& piece : pieces) progress({{"output", piece}, {"size", 1}});
    return result;
  };
}

TEST(Exec, ExitsWithTheCommandsExitCode) {
  for (const int code : {0, 1, 2, 127, 255}) {
    Harness harness;
    harness.answer = runs({}, completed("", code));
    EXPECT_EQ(harness.run({"exec", "t", "--", "x"}).status, code);
  }
}

TEST(Exec, PrintsWhatCameLiveAndThenOnlyTheRest) {
  const std::string whole = "one\ntwo\nthree\n";
  for (const std::vector<std::string>& pieces :
       {std::vector<std::string>{}, {"one\n"}, {"one\n", "two\n"}, {"on", "e\nt"}, {whole}}) {
    Harness harness;
    harness.answer = runs(pieces, completed(whole, 0));
    const Outcome outcome = harness.run({"exec", "t", "--", "x"});
    EXPECT_EQ(outcome.out, whole);
    EXPECT_EQ(outcome.err, "");
  }
}

TEST(Exec, PrintsNothingLiveBehindAHoleAndThenAllTheRestOnce) {
  Harness harness;
  harness.answer = [](const std::string& method, const Json&, const OnProgress& progress) -> base::Result<Json> {
    if (method != "terminal.exec") return Json::object();
    progress({{"output", "1\n"}, {"size", 2}});
    progress({{"output", "4\n"}, {"size", 8}, {"gap", true}});
    progress({{"output", "5\n"}, {"size", 10}});
    return completed("1\n2\n3\n4\n5\n6\n", 0);
  };
  const Outcome outcome = harness.run({"exec", "t", "--", "x"});
  EXPECT_EQ(outcome.out, "1\n2\n3\n4\n5\n6\n");
  EXPECT_EQ(outcome.err, "");
}

TEST(Exec, PrintsTheWholeEndWhenLiveOutputWasSkipped) {
  bool diverged = false;
  EXPECT_EQ(rest_of_output("one\nthree\n", completed("one\ntwo\nthree\n", 0), diverged), "two\nthree\n");
  EXPECT_TRUE(diverged);
}

TEST(Exec, TrustsLiveOutputWhenTheResultLacksItsMiddle) {
  bool diverged = false;
  const Json result = {{"stdout", "begin…end\n"}, {"truncated", true}, {"total_bytes", 20}};
  EXPECT_EQ(rest_of_output("begin 0123456789", result, diverged), "end\n");
  EXPECT_FALSE(diverged);
}

TEST(Exec, PrintsTheResultAloneAsJson) {
  Harness harness;
  harness.answer = runs({"a"}, completed("a", 3));
  const Outcome outcome = harness.run({"exec", "t", "--json", "--", "x"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(Json::parse(outcome.out)["exit_code"], 3);
}

TEST(Exec, Exits124AfterTheTimeoutAndSaysThatTheCommandGoesOn) {
  Harness harness;
  Json result = {{"ok", false},          {"status", "running"}, {"exit_code", nullptr},
                 {"stdout", "so far\n"}, {"reason", "timeout"}, {"alive", true}};
  harness.answer = runs({}, result);
  const Outcome outcome = harness.run({"exec", "t", "--timeout", "2", "--", "x"});
  EXPECT_EQ(outcome.status, 124);
  EXPECT_EQ(outcome.out, "so far\n");
  EXPECT_THAT(outcome.err, testing::HasSubstr("after 2 s and goes on"));
}

TEST(Exec, Exits124EvenWhenTheInterruptedCommandHasAnExitCode) {
  const Json result = {{"ok", false}, {"status", "timeout"}, {"exit_code", 130}, {"reason", "timeout"}};
  ExecOptions options;
  options.on_timeout = "interrupt";
  const ExecVerdict verdict = exec_verdict(result, options);
  EXPECT_EQ(verdict.status, 124);
  EXPECT_THAT(verdict.sentence, testing::HasSubstr("was interrupted"));
}

TEST(Exec, PassesStandardInputAndWhereTheCommandRuns) {
  Harness harness;
  harness.input = std::string("a\0b", 3);
  harness.answer = runs({}, completed("", 0));
  const Outcome outcome =
      harness.run({"exec", "t", "--stdin", "--queue", "--isolated", "--background", "2.5", "--", "cat"});
  ASSERT_EQ(outcome.calls.size(), 1U) << outcome.err;
  const Json& params = outcome.calls[0].params;
  EXPECT_EQ(params["stdin_b64"], "YQBi");
  EXPECT_EQ(params["queue"], true);
  EXPECT_EQ(params["isolated"], true);
  EXPECT_EQ(params["background_after"], 2.5);
}

TEST(Exec, Exits124AndNamesTheJobThatGoesOn) {
  const Json result = {{"ok", false},
                       {"status", "running"},
                       {"exit_code", nullptr},
                       {"reason", "background"},
                       {"job_id", "k3x9w2m8q1zz:4"}};
  const ExecVerdict verdict = exec_verdict(result, {});
  EXPECT_EQ(verdict.status, 124);
  EXPECT_THAT(verdict.sentence, testing::HasSubstr("job k3x9w2m8q1zz:4"));
}

TEST(Exec, SaysWhatACommandWaitsFor) {
  const Json result = {{"status", "awaiting_input"},
                       {"exit_code", nullptr},
                       {"reason", "timeout"},
                       {"awaiting", {{"kind", "password"}, {"prompt_text", "Password:\x1b[2J"}}}};
  const ExecVerdict verdict = exec_verdict(result, {});
  EXPECT_EQ(verdict.status, 124);
  EXPECT_THAT(verdict.sentence, testing::HasSubstr("waiting for input: Password:"));
  EXPECT_THAT(verdict.sentence, testing::Not(testing::HasSubstr("\x1b")));
}

TEST(Exec, Exits125WhenTheExitCodeIsUnknown) {
  const Json result = {{"ok", false}, {"status", "incomplete"}, {"exit_code", nullptr}, {"alive", true}};
  const ExecVerdict verdict = exec_verdict(result, {});
  EXPECT_EQ(verdict.status, 125);
  EXPECT_THAT(verdict.sentence, testing::HasSubstr("not known (incomplete)"));
}

TEST(Exec, SaysWhenAnotherLineRanInsteadOfTheCommand) {
  for (const auto& [reason, says] : {std::pair{"line_lost", "Run it again"}, std::pair{"line_changed", "--isolated"}}) {
    const ExecVerdict verdict =
        exec_verdict({{"status", "not_started"}, {"exit_code", nullptr}, {"reason", reason}}, {});
    EXPECT_EQ(verdict.status, 125) << reason;
    EXPECT_THAT(verdict.sentence, testing::HasSubstr(says)) << reason;
  }
}

TEST(Exec, Exits128PlusTheSignalThatEndedTheShell) {
  EXPECT_EQ(exec_verdict({{"exit_code", nullptr}, {"signal", "SIGKILL"}}, {}).status, 137);
  const Json waiting = {{"exit_code", nullptr}, {"status", "not_started"}, {"reason", "busy"}, {"foreground", "make"}};
  const ExecVerdict never = exec_verdict(waiting, {});
  EXPECT_EQ(never.status, 75);
  EXPECT_EQ(never.sentence, "Not run: make has had the terminal for all of the time limit (--timeout).");
  EXPECT_EQ(exec_verdict({{"exit_code", nullptr}, {"signal", "TERM"}}, {}).status, 143);
  EXPECT_EQ(exec_verdict({{"exit_code", nullptr}, {"signal", "SIGNONE"}}, {}).status, 125);
}

TEST(Exec, ExitsWithTheStatusOfTheErrorTable) {
  Harness harness;
  harness.answer = [](const std::string&, const Json&, const OnProgress&) {
    return base::Error(base::Errc::busy, "make runs there.");
  };
  const Outcome outcome = harness.run({"exec", "t", "--", "x"});
  EXPECT_EQ(outcome.status, base::info(base::Errc::busy).exit);
  EXPECT_THAT(outcome.err, testing::StartsWith("duotty: make runs there. Here: --queue"));
}

TEST(Exec, AsksForTheTwoDashesBeforeOptionsOfTheCommand) {
  Harness harness;
  const Outcome outcome = harness.run({"exec", "--new", "ls", "-l"});
  EXPECT_EQ(outcome.status, 64);
  EXPECT_NE(outcome.err.find("stands behind \"--\""), std::string::npos);
  EXPECT_TRUE(outcome.calls.empty());
}

TEST(Exec, RunsInATemporaryTerminalAndClosesIt) {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"exec", "--new", "--", "ls", "-l"}, {"exec", "-", "--", "ls", "-l"}}) {
    Harness harness;
    harness.answer = runs({}, completed("x\n", 7));
    const Outcome outcome = harness.run(args);
    SCOPED_TRACE(testing::PrintToString(args) + outcome.err);
    EXPECT_EQ(outcome.status, 7);
    ASSERT_EQ(outcome.calls.size(), 3U);
    EXPECT_EQ(outcome.calls[0].method, "terminal.create");
    EXPECT_EQ(outcome.calls[0].params["transient"], true);
    EXPECT_EQ(outcome.calls[0].params["user_visible"], false);
    EXPECT_EQ(outcome.calls[0].params["cwd"], "/home/me/src");
    EXPECT_EQ(outcome.calls[1].params["terminal_id"], "fresh");
    EXPECT_EQ(outcome.calls[1].params["command"], "ls -l");
    EXPECT_EQ(outcome.calls[2].method, "terminal.delete");
    EXPECT_EQ(outcome.calls[2].params["terminal_id"], "fresh");
  }
}

/// A command that runs until terminal.signal comes, and raises `first` itself as a person would.
struct Interruptible {
  explicit Interruptible(Harness& harness) {
    harness.slow_answer = [this](std::string method, Json params, OnProgress) { return answer(method, params); };
  }
  Task<base::Result<Json>> answer(std::string method, Json params) {
    if (method == "terminal.create") co_return Json{{"id", "fresh"}};
    if (method == "terminal.signal") {
      signalled = params;
      if (obeys) ended = true;
      if (event) event->notify();
      if (!obeys) ::raise(SIGINT);
      co_return Json::object();
    }
    if (method != "terminal.exec") co_return Json::object();
    core::Event here(co_await core::asio::this_coro::executor);
    event = &here;
    ::raise(first);
    while (!ended) co_await here.wait();
    event = nullptr;
    co_return completed("", 130);
  }
  int first = SIGINT;
  bool obeys = true;
  bool ended = false;
  Json signalled;
  core::Event* event = nullptr;
};

TEST(Exec, PassesTheFirstInterruptToTheCommand) {
  Harness harness;
  Interruptible command(harness);
  const Outcome outcome = harness.run({"exec", "t", "--", "sleep 9"});
  EXPECT_EQ(outcome.status, 130);
  EXPECT_EQ(command.signalled["signal"], "INT");
  EXPECT_EQ(command.signalled["to"], "foreground");
}

TEST(Exec, LeavesTheCommandAloneAtTheSecondInterrupt) {
  Harness harness;
  Interruptible command(harness);
  command.obeys = false;
  EXPECT_EQ(harness.run({"exec", "t", "--", "sleep 9"}).status, 130);
}

TEST(Exec, ClosesItsTemporaryTerminalWhenItIsToldToEnd) {
  Harness harness;
  Interruptible command(harness);
  command.first = SIGTERM;
  const Outcome outcome = harness.run({"exec", "--new", "--", "sleep 9"});
  EXPECT_EQ(outcome.status, 143);
  EXPECT_EQ(outcome.calls.back().method, "terminal.delete");
}

TEST(Exec, EndsWhenNobodyReadsItsOutput) {
  Harness harness;
  harness.reader_gone = true;
  harness.answer = runs({"a\n"}, completed("a\n", 0));
  const Outcome outcome = harness.run({"exec", "--new", "--", "yes"});
  EXPECT_EQ(outcome.status, 128 + SIGPIPE);
  EXPECT_EQ(outcome.calls.back().method, "terminal.delete");
}

}  // namespace
}  // namespace duotty::cli
