// What a program started by the keeper sees, and what the worker learns of it.
#include <gmock/gmock.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <duotty/pty/tty.hpp>

#include "keeper_harness.hpp"
#include "keeper_pattern.hpp"

namespace duotty::pty::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class KeeperTerminals : public testing::Test {
 protected:
  KeeperTerminals() { entered_ = keeper_.enter(); }
  void SetUp() override { ASSERT_TRUE(entered_); }
  void type(const PtyHandle& pty, const std::string& text) {
    EXPECT_EQ(::write(pty.master.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  Keeper keeper_;
  bool entered_ = false;
};

TEST_F(KeeperTerminals, DeliverOutputAndThenTheExitCode) {
  const PtyHandle pty = keeper_.shell("t1", "echo hello; exit 3");
  ASSERT_TRUE(keeper_.exited("t1"));
  EXPECT_EQ(Keeper::output(pty), "hello\r\n");
  EXPECT_EQ(keeper_.exits_["t1"][0].code, 3);
  EXPECT_FALSE(keeper_.exits_["t1"][0].signal);
  EXPECT_GT(keeper_.exits_["t1"][0].max_rss_kib, 0U);
}

TEST_F(KeeperTerminals, DeliverTheSignalThatEndedTheProgram) {
  keeper_.shell("t1", "kill -9 $$");
  ASSERT_TRUE(keeper_.exited("t1"));
  EXPECT_EQ(keeper_.exits_["t1"][0].signal, SIGKILL);
  EXPECT_FALSE(keeper_.exits_["t1"][0].code);
}

TEST_F(KeeperTerminals, HaveEverythingInTheRingBeforeTheExitIsTold) {
  for (int i = 0; i < 20; ++i) {
    const std::string id = "t" + std::to_string(i);
    const PtyHandle pty = keeper_.spawn(id, {kStub, "writer", "600"});
    ASSERT_TRUE(keeper_.exited(id));
    ASSERT_EQ(pty.ring.head(), 600 * kLineBytes);
    EXPECT_EQ(first_wrong(0, Keeper::output(pty)), std::string::npos);
    keeper_.client_->forget(id);
  }
}

TEST_F(KeeperTerminals, TakeInputAndRunInTheirOwnSessionOnTheirOwnTerminal) {
  const PtyHandle pty =
      keeper_.shell("t1", "read line; echo \"got:$line\"; echo ids $(ps -o sid=,pgid=,tpgid= -p $$); tty; exit");
  EXPECT_EQ(::getsid(pty.pid), pty.pid);
  type(pty, "abc\n");
  ASSERT_TRUE(keeper_.exited("t1"));
  const std::string pid = std::to_string(pty.pid);
  EXPECT_THAT(Keeper::output(pty), HasSubstr("got:abc\r\n"));
  EXPECT_THAT(Keeper::output(pty), HasSubstr("ids " + pid + " " + pid));
  EXPECT_THAT(Keeper::output(pty), HasSubstr("/dev/pts/"));
}

TEST_F(KeeperTerminals, HaveTheSizeTheyAskedForAndUtf8Input) {
  SpawnRequest asked =
      Keeper::request("t1", {"/bin/sh", "-c", "stty size; stty -a | grep -o '.iutf8'; stty -a | grep -o ' [-]*echo '"});
  asked.size = {132, 43};
  const PtyHandle pty = keeper_.spawn(std::move(asked));
  EXPECT_EQ(get_size(pty.master.get()).value(), (Size{132, 43}));
  ASSERT_TRUE(keeper_.exited("t1"));
  EXPECT_EQ(Keeper::output(pty), "43 132\r\n iutf8\r\n echo \r\n");
}

TEST_F(KeeperTerminals, TellTheProgramWhenTheSizeChanges) {
  const PtyHandle pty =
      keeper_.spawn("t1", {"/bin/bash", "-c", "trap 'stty size; exit' WINCH; echo up; while :; do read -t 1; done"});
  ASSERT_TRUE(keeper_.shows(pty, "up"));
  ASSERT_TRUE(set_size(pty.master.get(), {100, 30}));
  EXPECT_TRUE(keeper_.shows(pty, "30 100"));
}

TEST_F(KeeperTerminals, GiveTheProgramNoDescriptorBeyondTheThree) {
  const PtyHandle pty = keeper_.spawn("t1", {kStub, "fds"});
  ASSERT_TRUE(keeper_.exited("t1"));
  std::istringstream lines(Keeper::output(pty));
  std::set<std::string> numbers;
  for (std::string line; std::getline(lines, line);) {
    numbers.insert(line.substr(0, line.find(':')));
    EXPECT_THAT(line.substr(line.find(':') + 1), StartsWith("/dev/pts/"));
  }
  EXPECT_EQ(numbers, (std::set<std::string>{"0", "1", "2"}));
}

TEST_F(KeeperTerminals, GiveTheProgramExactlyItsEnvironment) {
  SpawnRequest asked = Keeper::request("t1", {"/usr/bin/env"});
  asked.env = {"ONE=1", "TWO=two words"};
  const PtyHandle pty = keeper_.spawn(std::move(asked));
  ASSERT_TRUE(keeper_.exited("t1"));
  EXPECT_EQ(Keeper::output(pty), "ONE=1\r\nTWO=two words\r\n");
}

TEST_F(KeeperTerminals, GiveTheProgramDefaultSignalsAndTheUsersLimits) {
  // The keeper ignores and blocks signals, allows itself no core file, and raises its limit of open files.
  const PtyHandle pty = keeper_.shell(
      "t1", "grep -E '^Sig(Blk|Ign):' /proc/self/status; umask; echo files $(ulimit -n) core $(ulimit -c)");
  ASSERT_TRUE(keeper_.exited("t1"));
  const mode_t mask = ::umask(0);
  ::umask(mask);
  rlimit files{};
  rlimit core{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_CORE, &core);
  char expected[32];
  std::snprintf(expected, sizeof expected, "%04o", mask);
  const auto shown = [](rlim_t limit, rlim_t unit) {
    return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit / unit);
  };
  EXPECT_EQ(Keeper::output(pty), "SigBlk:\t0000000000000000\r\nSigIgn:\t0000000000000000\r\n" + std::string(expected) +
                                     "\r\nfiles " + shown(files.rlim_cur, 1) + " core " + shown(core.rlim_cur, 512) +
                                     "\r\n");
}

TEST_F(KeeperTerminals, LookAProgramWithoutASlashUpInTheGivenPath) {
  SpawnRequest asked = Keeper::request("t1", {"duotty-test-program", "x"});
  asked.env = {"PATH=/nowhere:" + (keeper_.dir_ / "bin") + ":/bin"};
  std::filesystem::create_directory(keeper_.dir_ / "bin");
  std::ofstream(keeper_.dir_ / "bin/duotty-test-program") << "#!/bin/sh\necho found $1\n";
  ::chmod((keeper_.dir_ / "bin/duotty-test-program").c_str(), 0755);
  const PtyHandle pty = keeper_.spawn(std::move(asked));
  ASSERT_TRUE(keeper_.exited("t1"));
  EXPECT_EQ(Keeper::output(pty), "found x\r\n");
}

TEST_F(KeeperTerminals, SayWhyAProgramCannotBeStarted) {
  const auto fails = [this](SpawnRequest asked) {
    const auto handle = keeper_.try_spawn(std::move(asked));
    return handle ? std::string("started") : handle.error().message();
  };
  EXPECT_EQ(fails(Keeper::request("a", {"/no/such/program"})),
            "Cannot run the command /no/such/program: No such file or directory.");
  EXPECT_EQ(fails(Keeper::request("b", {"no-such-program"})),
            "Cannot run the command no-such-program: No such file or directory.");
  EXPECT_EQ(fails(Keeper::request("c", {"/etc/passwd"})), "Cannot run the command /etc/passwd: Permission denied.");
  SpawnRequest lost = Keeper::request("d", {"/bin/sh"});
  lost.cwd = "/no/such/place";
  EXPECT_EQ(fails(lost), "Cannot start in /no/such/place: No such file or directory.");
  EXPECT_FALSE(std::filesystem::exists(keeper_.dir_ / "state/terminals/a"));
  // Nothing is left of them: the ids are free, and no process waits to be reaped.
  const PtyHandle pty = keeper_.shell("a", "exit 0");
  EXPECT_TRUE(keeper_.exited("a"));
  EXPECT_TRUE(keeper_.exits_.size() == 1);
}

TEST_F(KeeperTerminals, RefuseATakenId) {
  const PtyHandle pty = keeper_.shell("t1", "read x");
  const auto again = keeper_.try_spawn(Keeper::request("t1", {"/bin/sh"}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), base::Errc::conflict);
  EXPECT_TRUE(alive(pty.pid));
}

TEST_F(KeeperTerminals, RefuseAnEnvironmentThatDoesNotFit) {
  SpawnRequest asked = Keeper::request("t1", {"/bin/sh"});
  asked.env = {"A=" + std::string(70'000, 'x')};
  const auto handle = keeper_.try_spawn(std::move(asked));
  ASSERT_FALSE(handle);
  EXPECT_EQ(handle.error().code(), base::Errc::too_large);
}

TEST_F(KeeperTerminals, KeepTheirRingInAPrivateFileOrInMemory) {
  const PtyHandle filed = keeper_.shell("filed", "echo secret; read x");
  SpawnRequest asked = Keeper::request("memory", {"/bin/sh", "-c", "echo hi; read x"});
  asked.history = History::memory;
  const PtyHandle memory = keeper_.spawn(std::move(asked));
  ASSERT_TRUE(keeper_.shows(filed, "secret"));
  ASSERT_TRUE(keeper_.shows(memory, "hi"));
  struct stat st {};
  ASSERT_EQ(::stat((keeper_.dir_ / "state/terminals/filed/ring").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600U);
  EXPECT_LT(st.st_blocks * 512, 1 << 20) << "pages are committed as they are used";
  ASSERT_EQ(::stat((keeper_.dir_ / "state/terminals/filed").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700U);
  EXPECT_FALSE(std::filesystem::exists(keeper_.dir_ / "state/terminals/memory"));
}

TEST_F(KeeperTerminals, AreForgottenWithTheirProcessesAndFiles) {
  const PtyHandle pty = keeper_.shell("t1", "sleep 1000 & echo up; wait");
  ASSERT_TRUE(keeper_.shows(pty, "up"));
  const auto members = session_members(pty.pid);
  EXPECT_EQ(members.size(), 2U);
  keeper_.client_->forget("t1");
  EXPECT_TRUE(eventually([&] { return session_members(pty.pid).empty() && ::kill(pty.pid, 0) != 0; }));
  EXPECT_FALSE(std::filesystem::exists(keeper_.dir_ / "state/terminals/t1"));
  EXPECT_TRUE(keeper_.exits_.empty());
  const PtyHandle again = keeper_.shell("t1", "echo again");
  EXPECT_TRUE(keeper_.shows(again, "again"));
}

TEST_F(KeeperTerminals, ThatIgnorePolitenessAreKilledWhenForgotten) {
  const PtyHandle pty = keeper_.spawn("t1", {kStub, "stubborn"});
  ASSERT_TRUE(keeper_.shows(pty, "first-up"));
  ASSERT_TRUE(keeper_.shows(pty, "second-up"));
  EXPECT_EQ(session_members(pty.pid).size(), 2U);
  keeper_.client_->forget("t1");
  EXPECT_TRUE(eventually([&] { return session_members(pty.pid).empty(); }));
}

TEST_F(KeeperTerminals, GetSignalsInTheForegroundTheGroupOrTheWholeTree) {
  const PtyHandle job =
      keeper_.spawn("job", {"/bin/bash", "-c", "set -m; trap 'echo shell-int' INT; sleep 1000; echo after:$?; read x"});
  ASSERT_TRUE(eventually([&] {
    const auto group = foreground_group(job.master.get());
    return group && *group != job.pid;
  }));
  keeper_.client_->signal("job", SIGTERM, SignalTarget::foreground);
  EXPECT_TRUE(keeper_.shows(job, "after:143"));

  const PtyHandle group = keeper_.shell("group", "trap 'echo group-usr1' USR1; echo up; while :; do sleep 0.05; done");
  ASSERT_TRUE(keeper_.shows(group, "up"));
  keeper_.client_->signal("group", SIGUSR1, SignalTarget::group);
  EXPECT_TRUE(keeper_.shows(group, "group-usr1"));

  const PtyHandle tree = keeper_.spawn(
      "tree", {"/bin/bash", "-c", "set -m; sleep 1000 & setsid -f sleep 2000; setsid sleep 3000 & echo up; wait"});
  ASSERT_TRUE(keeper_.shows(tree, "up"));
  ASSERT_TRUE(eventually([&] { return session_members(tree.pid).size() >= 2; }));
  keeper_.client_->signal("tree", SIGKILL, SignalTarget::tree);
  EXPECT_TRUE(keeper_.exited("tree"));
  EXPECT_EQ(keeper_.exits_["tree"][0].signal, SIGKILL);
  EXPECT_TRUE(eventually([&] { return session_members(tree.pid).empty(); }));
}

TEST_F(KeeperTerminals, TellTheExitOfTheShellWhileABackgroundJobGoesOnWriting) {
  const std::string go = keeper_.dir_ / "go";
  const PtyHandle pty = keeper_.shell(
      "t1", "(trap '' HUP; echo armed; while [ ! -e '" + go + "' ]; do sleep 0.02; done; echo late) & read x; exit 5");
  ASSERT_TRUE(keeper_.shows(pty, "armed"));
  type(pty, "\n");
  ASSERT_TRUE(keeper_.exited("t1"));
  EXPECT_EQ(keeper_.exits_["t1"][0].code, 5);
  EXPECT_EQ(Keeper::output(pty).find("late"), std::string::npos);
  std::ofstream(go) << "now";
  EXPECT_TRUE(keeper_.shows(pty, "late"));
}

TEST_F(KeeperTerminals, GoOnWhenAProgramClosesItsTerminalAndOpensItAgain) {
  const PtyHandle pty = keeper_.shell("t1", "exec 0<&- 1>&- 2>&-; sleep 0.2; exec >/dev/tty; echo back; exit 0");
  EXPECT_TRUE(keeper_.shows(pty, "back"));
  EXPECT_TRUE(keeper_.exited("t1"));
}

TEST_F(KeeperTerminals, AreReadNoFurtherThanTheWorkerKeepsUp) {
  SpawnRequest asked = Keeper::request("t1", {kStub, "writer", "1000000"});
  asked.ring_capacity = 1 << 20;
  PtyHandle pty = keeper_.spawn(std::move(asked));
  ASSERT_TRUE(keeper_.run_until([&] { return pty.ring.head() == kReadAhead; }));
  // The writer is held: it waits in its write, and nothing more arrives.
  ASSERT_TRUE(eventually([&] { return process_info(pty.pid).value().state == 'S'; }));
  EXPECT_EQ(pty.ring.head(), kReadAhead);
  Offset at = 0;
  while (at < 1'000'000 * kLineBytes) {
    ASSERT_LE(pty.ring.head() - at, kReadAhead);
    const Offset to = pty.ring.head();
    if (to == at) {
      const int before = keeper_.outputs_["t1"];
      if (pty.ring.arm_and_recheck()) continue;
      ASSERT_TRUE(keeper_.run_until([&] { return keeper_.outputs_["t1"] > before; }));
      continue;
    }
    ASSERT_EQ(first_wrong(at, pty.ring.copy(at, to)), std::string::npos);
    at = to;
    const bool parsed = pty.ring.set_parsed(to);
    const bool floor = pty.ring.set_floor(to);
    if (parsed || floor) keeper_.client_->resume("t1");
  }
  EXPECT_TRUE(keeper_.exited("t1"));
  EXPECT_EQ(keeper_.exits_["t1"][0].code, 42);
  EXPECT_EQ(at, 1'000'000 * kLineBytes);
}

TEST_F(KeeperTerminals, AreReadUpToTheFloorEvenWhenTheWorkerHasParsedAll) {
  SpawnRequest asked = Keeper::request("t1", {kStub, "writer", "10000"});
  asked.ring_capacity = 16 * 1024;
  PtyHandle pty = keeper_.spawn(std::move(asked));
  ASSERT_TRUE(keeper_.run_until([&] { return pty.ring.head() == 16 * 1024; }));
  EXPECT_FALSE(pty.ring.set_parsed(16 * 1024));
  ASSERT_TRUE(eventually([&] { return process_info(pty.pid).value().state == 'S'; }));
  EXPECT_EQ(pty.ring.head(), 16 * 1024U) << "what the floor protects is not overwritten";
  EXPECT_EQ(first_wrong(0, pty.ring.copy(0, 16 * 1024)), std::string::npos);
  ASSERT_TRUE(pty.ring.set_floor(4096));
  keeper_.client_->resume("t1");
  ASSERT_TRUE(keeper_.run_until([&] { return pty.ring.head() == 20 * 1024; }));
  EXPECT_EQ(first_wrong(4096, pty.ring.copy(4096, 20 * 1024)), std::string::npos);
}

TEST_F(KeeperTerminals, AreNotifiedOfOnlyWhileTheWorkerIsArmed) {
  PtyHandle pty = keeper_.shell("t1", "while read line; do echo \"<$line>\"; done");
  type(pty, "one\n");
  ASSERT_TRUE(keeper_.shows(pty, "<one>"));
  EXPECT_EQ(keeper_.outputs_["t1"], 0);
  EXPECT_FALSE(pty.ring.set_parsed(pty.ring.head()));
  ASSERT_FALSE(pty.ring.arm_and_recheck());
  type(pty, "two\n");
  EXPECT_TRUE(keeper_.run_until([&] { return keeper_.outputs_["t1"] == 1; }));
}

TEST_F(KeeperTerminals, SayWhetherTheyEchoAndWhoWaitsForInput) {
  const PtyHandle pty =
      keeper_.shell("t1", "echo up; stty -echo; echo quiet; read secret; stty echo raw; echo raw; cat");
  ASSERT_TRUE(keeper_.shows(pty, "quiet"));
  EXPECT_FALSE(echo_on(pty.master.get()));
  EXPECT_TRUE(canonical(pty.master.get()));
  EXPECT_TRUE(eventually([&] {
    const auto process = foreground_process(pty.master.get());
    return process && process->pid == pty.pid && process->waiting != InputWait::no;
  }));
  const auto info = process_info(pty.pid);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->session, pty.pid);
  EXPECT_EQ(info->cwd, "/");
  EXPECT_EQ(info->argv.at(0), "/bin/sh");
  type(pty, "x\n");
  ASSERT_TRUE(keeper_.shows(pty, "raw"));
  EXPECT_TRUE(eventually([&] { return !canonical(pty.master.get()) && echo_on(pty.master.get()); }));
}

TEST_F(KeeperTerminals, SayWhetherTheirProgramHasTakenItsInputAndWaitsForMore) {
  const PtyHandle reads = keeper_.shell("reads", "echo up; exec cat");
  ASSERT_TRUE(keeper_.shows(reads, "up"));
  EXPECT_TRUE(eventually([&] { return waits_for_input(reads.master.get()); }));
  type(reads, "taken\n");
  ASSERT_TRUE(keeper_.shows(reads, "taken\r\ntaken"));
  EXPECT_TRUE(eventually([&] { return waits_for_input(reads.master.get()); }));

  // It does not read, and then there is something that it has not read either.
  const PtyHandle sleeps = keeper_.shell("sleeps", "echo up; exec sleep 1000");
  ASSERT_TRUE(keeper_.shows(sleeps, "up"));
  EXPECT_TRUE(eventually([&] { return process_info(sleeps.pid).value().comm == "sleep"; }));
  EXPECT_FALSE(waits_for_input(sleeps.master.get()));

  // It reads, but not its terminal: a command substitution.
  const PtyHandle substitutes = keeper_.shell("substitutes", "echo up; x=$(sleep 1000)");
  ASSERT_TRUE(keeper_.shows(substitutes, "up"));
  EXPECT_TRUE(eventually([&] { return process_info(substitutes.pid).value().state == 'S'; }));
  EXPECT_FALSE(waits_for_input(substitutes.master.get()));

  const PtyHandle stopped = keeper_.shell("stopped", "echo up; exec cat");
  ASSERT_TRUE(keeper_.shows(stopped, "up"));
  EXPECT_TRUE(eventually([&] { return waits_for_input(stopped.master.get()); }));
  ASSERT_EQ(::kill(stopped.pid, SIGSTOP), 0);
  EXPECT_TRUE(eventually([&] { return process_info(stopped.pid).value().state == 'T'; }));
  type(stopped, "unread\n");
  EXPECT_FALSE(waits_for_input(stopped.master.get()));
  ASSERT_EQ(::kill(stopped.pid, SIGCONT), 0);
  EXPECT_TRUE(keeper_.shows(stopped, "unread\r\nunread"));
}

TEST_F(KeeperTerminals, AreManyAtOnce) {
  std::vector<PtyHandle> handles;
  for (int i = 0; i < 60; ++i) {
    const std::string id = "t" + std::to_string(i);
    handles.push_back(keeper_.shell(id, "echo " + id + "; exit " + std::to_string(i)));
  }
  for (int i = 0; i < 60; ++i) {
    const std::string id = "t" + std::to_string(i);
    ASSERT_TRUE(keeper_.exited(id));
    EXPECT_EQ(keeper_.exits_[id][0].code, i);
    EXPECT_EQ(Keeper::output(handles[static_cast<std::size_t>(i)]), id + "\r\n");
  }
}

}  // namespace
}  // namespace duotty::pty::test
