// The end of the keeper: polite, complete, and exclusive while it lives.
#include <gmock/gmock.h>

#include "keeper_harness.hpp"

namespace duotty::pty::test {
namespace {

bool nothing_left(const std::vector<pid_t>& sessions) {
  return std::all_of(sessions.begin(), sessions.end(), [](pid_t session) { return session_members(session).empty(); });
}

TEST(KeeperStop, LeavesNoProcessBehind) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle shell = keeper.spawn("shell", {"/bin/bash", "--norc", "-i"});
  const PtyHandle jobs = keeper.shell("jobs", "sleep 1000 & sleep 1000 & echo up; wait");
  const PtyHandle hard = keeper.spawn("hard", {kStub, "stubborn"});
  const PtyHandle orphan =
      keeper.shell("orphan", "(trap '' HUP TERM; echo armed; sleep 1000; sleep 1000) & read x; exit 0");
  ASSERT_TRUE(keeper.shows(jobs, "up"));
  ASSERT_TRUE(keeper.shows(hard, "second-up"));
  ASSERT_TRUE(keeper.shows(orphan, "armed"));
  ASSERT_EQ(::write(orphan.master.get(), "\n", 1), 1);
  ASSERT_TRUE(keeper.exited("orphan"));
  ASSERT_FALSE(session_members(orphan.pid).empty());
  keeper.process_.signal(SIGTERM);
  EXPECT_EQ(keeper.process_.wait(), 0);
  EXPECT_TRUE(nothing_left({shell.pid, jobs.pid, hard.pid, orphan.pid}));
  EXPECT_FALSE(alive(keeper.worker_pid_));
  EXPECT_FALSE(std::filesystem::exists(keeper.dir_ / "run/pid"));
}

TEST(KeeperStop, HangsUpBeforeItKills) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle polite = keeper.shell(
      "t1", "trap 'echo bye >" + (keeper.dir_ / "bye") + "; exit' HUP; echo up; while :; do sleep 0.05; done");
  const PtyHandle stopped = keeper.shell(
      "t2", "trap 'echo bye >" + (keeper.dir_ / "bye2") + "; exit' HUP; echo up; kill -STOP $$; sleep 100");
  ASSERT_TRUE(keeper.shows(polite, "up"));
  ASSERT_TRUE(keeper.shows(stopped, "up"));
  keeper.process_.signal(SIGINT);
  EXPECT_EQ(keeper.process_.wait(), 0);
  EXPECT_TRUE(std::filesystem::exists(keeper.dir_ / "bye"));
  EXPECT_TRUE(std::filesystem::exists(keeper.dir_ / "bye2"));
}

TEST(KeeperStop, HappensOnTheWorkersRequest) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle pty = keeper.shell("t1", "read x");
  keeper.client_->request_stop();
  EXPECT_EQ(keeper.process_.wait(), 0);
  EXPECT_TRUE(nothing_left({pty.pid}));
}

TEST(KeeperStop, IsImmediateWhenAskedTwice) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle hard = keeper.spawn("hard", {kStub, "stubborn"});
  ASSERT_TRUE(keeper.shows(hard, "second-up"));
  keeper.process_.signal(SIGTERM);
  ASSERT_TRUE(eventually([&] { return !alive(keeper.worker_pid_); }));  // the first one has arrived
  keeper.process_.signal(SIGTERM);
  EXPECT_EQ(keeper.process_.wait(), 0);
  EXPECT_TRUE(nothing_left({hard.pid}));
}

TEST(KeeperStop, ReapsWhatItsTerminalsLeaveBehind) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle pty = keeper.shell("t1", "(sleep 0.05 & ) ; setsid -f sleep 0.05; exit 0");
  ASSERT_TRUE(keeper.exited("t1"));
  // Orphans come to the keeper, and no zombie stays.
  EXPECT_TRUE(eventually([&] {
    std::ifstream children("/proc/" + std::to_string(keeper.process_.pid()) + "/task/" +
                           std::to_string(keeper.process_.pid()) + "/children");
    std::set<pid_t> pids;
    for (pid_t pid = 0; children >> pid;) pids.insert(pid);
    return pids == std::set<pid_t>{keeper.worker_pid_};
  }));
}

TEST(KeeperStop, OneKeeperHoldsAStateDirectory) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle pty = keeper.shell("t1", "read x");
  Process second({kStub, "keeper", keeper.dir_ / "state", keeper.dir_ / "run2", "1", "3", keeper.dir_ / "worker"});
  EXPECT_EQ(second.wait(), kExitRefused);
  EXPECT_TRUE(std::filesystem::exists(keeper.dir_ / "state/terminals/t1/ring"))
      << "the first one's files are untouched";
  EXPECT_TRUE(alive(pty.pid));
}

TEST(KeeperStop, TheNextKeeperClearsWhatAKilledOneLeft) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle pty = keeper.shell("t1", "read x");
  keeper.process_.signal(SIGKILL);
  ASSERT_EQ(keeper.process_.wait(), -SIGKILL);
  keeper.leave();
  EXPECT_TRUE(std::filesystem::exists(keeper.dir_ / "state/terminals/t1"));
  ::kill(keeper.worker_pid_, SIGKILL);
  keeper.start();
  ASSERT_TRUE(keeper.enter());
  EXPECT_TRUE(keeper.connected_.terminals.empty());
  EXPECT_FALSE(std::filesystem::exists(keeper.dir_ / "state/terminals/t1"));
  EXPECT_TRUE(std::filesystem::exists(keeper.dir_ / "state/ended/t1/ring")) << "its output is kept for a while";
}

TEST(KeeperStop, WritesItsPidFile) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  std::ifstream file(keeper.dir_ / "run/pid");
  pid_t pid = 0;
  file >> pid;
  EXPECT_EQ(pid, keeper.process_.pid());
}

}  // namespace
}  // namespace duotty::pty::test
