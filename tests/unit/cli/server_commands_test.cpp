#include "server_commands.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "harness.hpp"
#include "temporary_folder.hpp"

namespace duotty::cli {
namespace {

const base::Error kNobody(base::Errc::unreachable, "No duotty server answers. Start one with: duotty serve");

class ServerCommands : public testing::Test {
 protected:
  ServerCommands() {
    harness.paths.pid_file = folder_ + "/duotty.pid";
    harness.paths.config_file = folder_ + "/config.json";
    harness.answer = [this](const std::string& method, const Json&, const OnProgress&) { return serve(method); };
  }
  ~ServerCommands() override {
    if (child > 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }

  base::Result<Json> serve(const std::string& method) {
    if (method == "server.restart") ++worker;
    if (method == "server.stop") harness.unreachable = kNobody;
    if (method != "server.info") return Json{{"success", true}};
    return Json{{"version", "1.2.3"},   {"urls", {"unix:/x.sock", "http://127.0.0.1:3000"}},
                {"keeper_pid", 40},     {"worker_pid", worker},
                {"uptime_seconds", 65}, {"terminals", 2},
                {"name", "box"}};
  }
  /// A process that waits for a signal, as the keeper in the pid file.
  void start_keeper() {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    child = ::fork();
    if (child == 0) {
      ::signal(SIGTERM, SIG_DFL);
      ::signal(SIGHUP, SIG_DFL);
      if (::write(ready[1], "x", 1) != 1) ::_exit(1);
      while (true) ::pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
    std::ofstream(harness.paths.pid_file) << child << "\n";
  }

  Harness harness;
  tests::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.string();
  int worker = 41;
  pid_t child = 0;
};

TEST_F(ServerCommands, StatusSaysWhereTheServerIs) {
  const Outcome outcome = harness.run({"status"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out,
            "duotty 1.2.3 is running as box.\n"
            "  url        unix:/x.sock\n"
            "  url        http://127.0.0.1:3000\n"
            "  terminals  2\n"
            "  uptime     1 min 5 s\n"
            "  processes  keeper 40, worker 41\n");
  const Json json = Json::parse(harness.run({"status", "--json"}).out);
  EXPECT_EQ(json["running"], true);
  EXPECT_EQ(json["worker_pid"], 41);
  EXPECT_EQ(harness.run({"status", "--health"}).out, "");
}

TEST_F(ServerCommands, StatusIs3WhenNobodyAnswers) {
  harness.unreachable = kNobody;
  const Outcome outcome = harness.run({"status"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::HasSubstr("duotty serve"));
  const Outcome health = harness.run({"status", "--health"});
  EXPECT_EQ(health.status, 3);
  EXPECT_EQ(health.err, "");
  EXPECT_EQ(Json::parse(harness.run({"status", "--json"}).out)["running"], false);
}

TEST_F(ServerCommands, StatusNamesAProcessThatRunsButDoesNotAnswer) {
  harness.unreachable = kNobody;
  start_keeper();
  const Outcome outcome = harness.run({"status"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, testing::HasSubstr("Process " + std::to_string(child) + " runs but does not answer"));
}

TEST_F(ServerCommands, StatusIsARefusalAndNotAbsenceWhenTheTokenIsWrong) {
  harness.unreachable = base::Error(base::Errc::unauthenticated, "Wrong token.");
  EXPECT_EQ(harness.run({"status"}).status, base::info(base::Errc::unauthenticated).exit);
}

TEST_F(ServerCommands, StopAsksAndWaitsUntilNobodyAnswers) {
  const Outcome outcome = harness.run({"stop"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.only().method, "server.stop");
  EXPECT_EQ(outcome.out, "The server has stopped.\n");
}

TEST_F(ServerCommands, StopSignalsTheProcessOfTheFileWhenNobodyAnswers) {
  harness.unreachable = kNobody;
  start_keeper();
  EXPECT_EQ(harness.run({"stop"}).status, 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  child = 0;
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST_F(ServerCommands, StopSaysWhenTheServerStaysAlive) {
  harness.answer = [](const std::string&, const Json&, const OnProgress&) { return Json::object(); };
  const Outcome outcome = harness.run({"stop", "--timeout", "0"});
  EXPECT_EQ(outcome.status, base::info(base::Errc::timeout).exit);
  EXPECT_THAT(outcome.err, testing::HasSubstr("still runs"));
}

TEST_F(ServerCommands, StopAndRestartAre3WithoutAServer) {
  harness.unreachable = kNobody;
  EXPECT_EQ(harness.run({"stop"}).status, 3);
  EXPECT_EQ(harness.run({"restart"}).status, 3);
}

TEST_F(ServerCommands, RestartWaitsForAnotherWorker) {
  const Outcome outcome = harness.run({"restart"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, testing::HasSubstr("process 42"));
  EXPECT_EQ(outcome.calls[1].method, "server.restart");
}

TEST_F(ServerCommands, RestartSaysWhenNoNewWorkerComes) {
  harness.answer = [this](const std::string& method, const Json&, const OnProgress&) {
    return method == "server.info" ? serve(method) : base::Result<Json>(Json::object());
  };
  EXPECT_EQ(harness.run({"restart", "--timeout", "0"}).status, base::info(base::Errc::timeout).exit);
}

TEST_F(ServerCommands, OpenPrintsTheAddress) {
  EXPECT_EQ(harness.run({"open"}).out, "http://127.0.0.1:3000\n");
  EXPECT_EQ(Json::parse(harness.run({"open", "--json"}).out),
            Json({{"url", "http://127.0.0.1:3000"}, {"opened", false}}));
}

TEST_F(ServerCommands, OpenShowsTheAddressWhereThereIsADisplay) {
  std::ofstream(folder_ + "/xdg-open") << "#!/bin/sh\nprintf %s \"$1\" > " << folder_ << "/shown\n";
  std::filesystem::permissions(folder_ + "/xdg-open", std::filesystem::perms::owner_all);
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", (folder_ + ":" + path).c_str(), 1);
  harness.environment.variables["DISPLAY"] = ":0";
  const Outcome outcome = harness.run({"open", "--json"});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(Json::parse(outcome.out)["opened"], true);
  EXPECT_GT(::wait(nullptr), 0);
  std::string shown;
  std::getline(std::ifstream(folder_ + "/shown"), shown);
  EXPECT_EQ(shown, "http://127.0.0.1:3000");
}

TEST_F(ServerCommands, OpenSaysWhenThereIsNoPort) {
  harness.answer = [](const std::string&, const Json&, const OnProgress&) { return Json{{"urls", {"unix:/x.sock"}}}; };
  EXPECT_EQ(harness.run({"open"}).status, base::info(base::Errc::not_configured).exit);
}

TEST_F(ServerCommands, LoginTriesTheServerAndSavesIt) {
  EXPECT_EQ(harness.run({"login", "--url", "http://box:3000", "--token", "secret"}).status, 0);
  const auto saved = load_login(login_file(harness.paths));
  ASSERT_TRUE(saved && *saved);
  EXPECT_EQ((*saved)->url, "http://box:3000");
  EXPECT_EQ((*saved)->token.reveal(), "secret");
  EXPECT_EQ(harness.run({"logout"}).status, 0);
  EXPECT_FALSE(*load_login(login_file(harness.paths)));
  EXPECT_THAT(harness.run({"logout"}).out, testing::HasSubstr("no saved login"));
}

TEST_F(ServerCommands, LoginReadsTheTokenFromStandardInput) {
  harness.input = "secret\n";
  const Outcome outcome = harness.run({"login", "--url", "http://box:3000", "--token", "-"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ((*load_login(login_file(harness.paths)))->token.reveal(), "secret");
  EXPECT_THAT(outcome.out + outcome.err, testing::Not(testing::HasSubstr("secret")));
}

TEST_F(ServerCommands, LoginSavesNothingThatDoesNotWork) {
  harness.unreachable = kNobody;
  EXPECT_NE(harness.run({"login", "--url", "http://box:3000", "--token", "t"}).status, 0);
  EXPECT_FALSE(*load_login(login_file(harness.paths)));
  EXPECT_EQ(harness.run({"login", "--url", "http://box:3000", "--token", "t", "--no-check"}).status, 0);
  EXPECT_TRUE(*load_login(login_file(harness.paths)));
}

TEST_F(ServerCommands, LoginAsksForAnAddress) {
  EXPECT_EQ(harness.run({"login", "--token", "t"}).status, exit_status::usage);
  EXPECT_EQ(harness.run({"login", "--url", "box", "--token", "t"}).status, exit_status::usage);
}

TEST(PidFile, IsBelievedOnlyWhenItsProcessLives) {
  const std::string path = testing::TempDir() + "/duotty-pid-test";
  const auto with = [&](const std::string& text) {
    std::ofstream(path) << text;
    return running_pid(path);
  };
  EXPECT_EQ(with(std::to_string(::getpid()) + "\n"), ::getpid());
  for (const char* text : {"", "x", "-1", "0", "1", "99999999999999999999", "2147483646"})
    EXPECT_EQ(with(text), 0) << text;
  const pid_t ended = ::fork();
  if (ended == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(with(std::to_string(ended)), 0) << "ended, not reaped";
  ::waitpid(ended, nullptr, 0);
  std::filesystem::remove(path);
  EXPECT_EQ(running_pid(path), 0);
}

}  // namespace
}  // namespace duotty::cli
