// The worker's comings and goings: crash, restart, refusal, and what the next one finds.
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <boost/asio/bind_cancellation_slot.hpp>

#include "keeper_harness.hpp"
#include "keeper_pattern.hpp"

namespace duotty::pty::test {
namespace {

using testing::ElementsAre;

TEST(KeeperWorker, TheNextOneFindsEveryTerminalAsItWas) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  SpawnRequest asked = Keeper::request("t1", {"/bin/sh", "-c", "echo one; while read line; do echo \"<$line>\"; done"});
  asked.meta = "first";
  asked.size = {100, 40};
  PtyHandle before = keeper.spawn(std::move(asked));
  const PtyHandle second = keeper.shell("t2", "exit 7");
  ASSERT_TRUE(keeper.shows(before, "one"));
  ASSERT_TRUE(keeper.exited("t2"));
  EXPECT_FALSE(before.ring.set_parsed(3));
  EXPECT_TRUE(keeper.client_->set_meta("t1", "changed"));
  keeper.kill_worker();

  ASSERT_TRUE(keeper.enter());
  ASSERT_EQ(keeper.connected_.terminals.size(), 2U);
  EXPECT_EQ(keeper.connected_.keeper_pid, keeper.process_.pid());
  const Adopted& t1 = keeper.connected_.terminals[0];
  EXPECT_EQ(t1.pty.id, "t1");
  EXPECT_EQ(t1.pty.pid, before.pid);
  EXPECT_EQ(t1.meta, "changed");
  EXPECT_EQ(t1.size, (Size{100, 40}));
  EXPECT_EQ(t1.pty.ring.parsed(), 3U);
  EXPECT_FALSE(t1.exited);
  EXPECT_EQ(Keeper::output(t1.pty), "one\r\n");
  const Adopted& t2 = keeper.connected_.terminals[1];
  ASSERT_TRUE(t2.exited);
  EXPECT_EQ(t2.exited->code, 7);
  EXPECT_EQ(t2.size, Size());
  EXPECT_FALSE(t2.pty.master) << "nobody holds that terminal any more";

  ASSERT_EQ(::write(t1.pty.master.get(), "two\n", 4), 4);
  EXPECT_TRUE(keeper.shows(t1.pty, "<two>"));
}

TEST(KeeperWorker, OutputAndExitsOfTheTimeWithoutOneAreNotLost) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  SpawnRequest asked = Keeper::request("t1", {kStub, "writer", "60000"});
  asked.ring_capacity = 1 << 20;
  const PtyHandle pty = keeper.spawn(std::move(asked));
  keeper.kill_worker();
  // Far beyond what the keeper reads ahead of a living worker; this process only looks.
  ASSERT_TRUE(eventually([&] { return pty.ring.head() == 60000 * kLineBytes; }));
  ASSERT_TRUE(eventually([&] { return !alive(pty.pid); }));
  ASSERT_TRUE(keeper.enter());
  ASSERT_EQ(keeper.connected_.terminals.size(), 1U);
  const Adopted& adopted = keeper.connected_.terminals[0];
  EXPECT_EQ(first_wrong(0, Keeper::output(adopted.pty)), std::string::npos);
  EXPECT_TRUE(adopted.exited || keeper.exited("t1"));
}

TEST(KeeperWorker, IsReplacedByTheBinaryOnDiskOnHangUpAndOnRequest) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  EXPECT_EQ(keeper.tag_, "v1");
  const PtyHandle pty = keeper.shell("t1", "read x");
  keeper.write_worker("v2");
  keeper.process_.signal(SIGHUP);
  ASSERT_TRUE(keeper.enter());
  EXPECT_EQ(keeper.tag_, "v2");
  keeper.write_worker("v3");
  keeper.client_->request_restart();
  ASSERT_TRUE(keeper.run_until([&] { return keeper.control_.has_caller(); }));
  ASSERT_TRUE(keeper.enter());
  EXPECT_EQ(keeper.tag_, "v3");
  ASSERT_EQ(keeper.connected_.terminals.size(), 1U);
  EXPECT_EQ(keeper.connected_.terminals[0].pty.pid, pty.pid);
  EXPECT_TRUE(alive(pty.pid));
}

TEST(KeeperWorker, StashedDescriptorsWaitForTheNextOne) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (keeper.dir_ / "http").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 8), 0);
  ASSERT_TRUE(keeper.client_->stash("http", listener.get()));
  ASSERT_TRUE(keeper.client_->stash("gone", listener.get()));
  keeper.client_->unstash("gone");
  EXPECT_FALSE(keeper.client_->stash("bad", -1));
  EXPECT_FALSE(keeper.client_->stash("", listener.get()));
  const_cast<base::UniqueFd&>(listener).reset();
  keeper.kill_worker();
  // A client that comes while nobody serves is not turned away.
  const base::UniqueFd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_TRUE(keeper.enter());
  ASSERT_EQ(keeper.connected_.stashed.size(), 1U);
  const base::UniqueFd accepted(::accept4(keeper.connected_.stashed.at("http").get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_TRUE(accepted);
}

TEST(KeeperWorker, IsRestartedWhenItEndsByItselfWithoutHavingAskedForIt) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle pty = keeper.shell("t1", "read x");
  keeper.end_worker(0);
  ASSERT_TRUE(keeper.enter());
  keeper.end_worker(9);
  ASSERT_TRUE(keeper.enter());
  EXPECT_EQ(keeper.connected_.terminals.size(), 1U);
  EXPECT_TRUE(alive(pty.pid));
}

TEST(KeeperWorker, ThatKeepsCrashingIsGivenUp) {
  Keeper keeper(3);
  ASSERT_TRUE(keeper.enter());
  const PtyHandle pty = keeper.shell("t1", "read x");
  keeper.kill_worker();
  ASSERT_TRUE(keeper.enter());
  keeper.kill_worker();
  ASSERT_TRUE(keeper.enter());
  keeper.kill_worker();
  EXPECT_EQ(keeper.process_.wait(), kExitCrashing);
  EXPECT_FALSE(alive(pty.pid));
}

TEST(KeeperWorker, ThatRefusesItsConfigurationEndsTheKeeperWhenNothingIsLost) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  keeper.end_worker(kExitRefused);
  EXPECT_EQ(keeper.process_.wait(), kExitRefused);
}

TEST(KeeperWorker, ThatRefusesItsConfigurationDoesNotCostTheTerminals) {
  Keeper keeper(3);
  ASSERT_TRUE(keeper.enter());
  const PtyHandle pty = keeper.shell("t1", "read x");
  for (int i = 0; i < 5; ++i) {
    keeper.end_worker(kExitRefused);
    ASSERT_TRUE(keeper.enter());
  }
  EXPECT_TRUE(alive(pty.pid));
}

TEST(KeeperWorker, CannotBeStartedWhileItsBinaryIsMissingAndIsWhenItIsBack) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  std::filesystem::rename(keeper.dir_ / "worker", keeper.dir_ / "away");
  keeper.process_.signal(SIGHUP);
  ASSERT_TRUE(eventually([&] { return !alive(keeper.worker_pid_); }));
  std::filesystem::rename(keeper.dir_ / "away", keeper.dir_ / "worker");
  EXPECT_TRUE(keeper.enter());
}

TEST(KeeperWorker, ThatBreaksTheProtocolIsReplaced) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  const PtyHandle pty = keeper.shell("t1", "read x");
  keeper.leave();
  // Take the next worker's socket by hand and talk nonsense.
  ::kill(keeper.worker_pid_, SIGKILL);
  for (const std::string& nonsense :
       {std::string("\xFF\xFF garbage", 10), std::string(1, '\0'), std::string(60'000, 'x')}) {
    const base::UniqueFd relay = keeper.control_.accept();
    ASSERT_TRUE(relay);
    base::UniqueFd socket;
    receive(relay, &socket);
    ASSERT_TRUE(socket);
    ASSERT_GT(::send(socket.get(), nonsense.data(), nonsense.size(), MSG_NOSIGNAL), 0);
  }
  ASSERT_TRUE(keeper.enter());
  EXPECT_EQ(keeper.connected_.terminals.size(), 1U);
  EXPECT_TRUE(alive(pty.pid));
}

TEST(KeeperWorker, AStartThatNobodyWaitsForAnyMoreIsForgotten) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  {
    boost::asio::io_context other(1);
    boost::asio::cancellation_signal cancel;
    bool ended = false;
    boost::asio::co_spawn(
        keeper.io_, keeper.client_->spawn(Keeper::request("t1", {"/bin/sh", "-c", "read x"})),
        boost::asio::bind_cancellation_slot(cancel.slot(),
                                            [&](std::exception_ptr, const base::Result<PtyHandle>&) { ended = true; }));
    keeper.io_.restart();
    keeper.io_.poll_one();  // the request is sent
    cancel.emit(boost::asio::cancellation_type::terminal);
    ASSERT_TRUE(keeper.run_until([&] { return ended; }));
  }
  const PtyHandle pty = keeper.shell("t2", "exit 0");
  ASSERT_TRUE(keeper.exited("t2"));
  EXPECT_TRUE(eventually([&] {
    keeper.io_.restart();
    keeper.io_.poll();
    return !std::filesystem::exists(keeper.dir_ / "state/terminals/t1");
  }));
}

TEST(KeeperWorker, LearnsThatTheKeeperIsGone) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  keeper.process_.signal(SIGKILL);
  EXPECT_TRUE(keeper.run_until([&] { return keeper.lost_; }));
  const auto handle = keeper.try_spawn(Keeper::request("t1", {"/bin/sh"}));
  ASSERT_FALSE(handle);
  EXPECT_EQ(handle.error().code(), base::Errc::closed);
}

TEST(KeeperWorker, ReadingSlowlyDoesNotHoldTheKeeperUp) {
  Keeper keeper;
  ASSERT_TRUE(keeper.enter());
  // This loop does not run meanwhile: the keeper has to keep what it would tell.
  std::vector<PtyHandle> handles;
  for (int i = 0; i < 20; ++i) handles.push_back(keeper.shell("t" + std::to_string(i), "read x; exit 0"));
  for (int round = 0; round < 2000; ++round) {
    for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(keeper.client_->set_meta("t0", std::string(3000, *name)));
  }
  for (const PtyHandle& handle : handles) ASSERT_EQ(::write(handle.master.get(), "\n", 1), 1);
  for (const PtyHandle& handle : handles) ASSERT_TRUE(eventually([&] { return !alive(handle.pid); }));
  for (const PtyHandle& handle : handles) ASSERT_TRUE(keeper.exited(handle.id));
  EXPECT_TRUE(keeper.client_->set_meta("t0", "last"));
  keeper.shell("barrier", "read x");  // requests are answered in order
  keeper.kill_worker();
  ASSERT_TRUE(keeper.enter());
  EXPECT_EQ(keeper.connected_.terminals[0].meta, "last");
}

}  // namespace
}  // namespace duotty::pty::test
