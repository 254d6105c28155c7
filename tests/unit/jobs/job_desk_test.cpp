#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <csignal>
#include <cstdlib>
#include <duotty/jobs/job_desk.hpp>
#include <duotty/pty/keeper_client.hpp>
#include <nlohmann/json.hpp>

#include "memory_ring.hpp"

namespace duotty::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct NoEvents final : session::SessionEvents {
  void on_updated(session::Session&) override {}
  void on_program_exited(session::Session&) override {}
  void on_asked(session::Session&, const std::string&) override {}
  void on_block(session::Session&, const session::CommandBlock&) override {}
  void on_noted(session::Session&, std::string_view, nlohmann::json) override {}
  void on_meta_changed(session::Session&) override {}
  void on_typed(const session::Session&) override {}
  std::chrono::steady_clock::time_point typed_elsewhere(const session::Session&) const override { return {}; }
};

base::UniqueFd one_end() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return {};
  ::close(ends[1]);
  return base::UniqueFd(ends[0]);
}

/// A desk with terminals in which nothing ever gets ready for a command.
WhenOver sets(bool& over) {
  return [&over]() -> core::Task<> {
    over = true;
    co_return;
  };
}

class JobDeskTest : public ::testing::Test {
 protected:
  JobDeskTest() : keeper_(loop_.get_executor(), one_end()), desk_(loop_.get_executor()) {
    desk_.on_news = [this](Job& job) { news_.push_back(job.command() + (job.over() ? " over" : "")); };
  }

  std::shared_ptr<session::Session> terminal(const std::string& id) {
    session::Meta meta;
    meta.id = id;
    meta.shell = "/bin/sh";
    meta.nonce = "0123456789abcdef";
    pty::PtyHandle handle;
    handle.id = id;
    handle.pid = ::getpid();
    handle.master = base::UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    handle.ring = tests::memory_ring();
    return std::make_shared<session::Session>(loop_.get_executor(), std::move(handle), std::move(meta), "", keeper_,
                                              events_, disk_, disk_, "");
  }

  /// A command that waits for its turn as long as it may.
  JobRequest request(const std::shared_ptr<session::Session>& in, const std::string& command,
                     std::chrono::milliseconds patience) {
    JobRequest made;
    made.session = in;
    made.command.text = command;
    made.command.timeout = patience;
    made.command.queue = session::ExecCommand::Queue::anybody;
    made.command.by = "agent:ci";
    return made;
  }

  /// Runs what can run now.
  void run_ready() {
    loop_.restart();
    while (loop_.poll() > 0) {
    }
  }
  void end() {
    boost::asio::co_spawn(loop_, desk_.stop(), boost::asio::detached);
    run_ready();
  }

  std::vector<std::string> ids(const std::string& owner = {}) {
    std::vector<std::string> out;
    for (const auto& job : desk_.list(owner)) out.push_back(job->command());
    return out;
  }

  static constexpr std::chrono::milliseconds kNow{0};
  static constexpr std::chrono::milliseconds kLong{3'600'000};

  boost::asio::io_context loop_{1};
  pty::KeeperClient keeper_;
  NoEvents events_;
  core::Offload disk_;
  JobDesk desk_;
  std::vector<std::string> news_;
};

TEST_F(JobDeskTest, AJobIsFoundOnceItIsKeptAndKeepsItsName) {
  const auto job = desk_.start(request(terminal("t1"), "make", kLong));
  run_ready();
  EXPECT_THAT(ids(), IsEmpty());
  EXPECT_THAT(news_, IsEmpty());
  desk_.keep(job);
  const std::string name = job->id();
  EXPECT_FALSE(name.empty());
  EXPECT_EQ(desk_.find(name, ""), job);
  EXPECT_EQ(desk_.find("another", ""), nullptr);
  EXPECT_FALSE(job->over());
  EXPECT_FALSE(job->typed());
  EXPECT_EQ(job->id(), name);
  EXPECT_THAT(news_, ElementsAre("make"));
  end();
}

TEST_F(JobDeskTest, WhoKeepsARecordHearsOfTheEnd) {
  const auto job = desk_.start(request(terminal("t1"), "make", kNow));
  desk_.keep(job);
  run_ready();
  ASSERT_TRUE(job->over());
  ASSERT_TRUE(job->result().has_value());
  EXPECT_EQ(job->result()->status, "not_started");
  EXPECT_THAT(news_, ElementsAre("make", "make over"));
  end();
}

TEST_F(JobDeskTest, TheNewestComeFirstAndEachOwnerSeesItsOwn) {
  const auto in = terminal("t1");
  for (const char* owner : {"", "ci", "ops", "ci"}) {
    auto asked = request(in, std::string("by ") + owner, kLong);
    asked.owner = owner;
    desk_.keep(desk_.start(std::move(asked)));
  }
  EXPECT_THAT(ids(), ElementsAre("by ci", "by ops", "by ci", "by "));
  EXPECT_THAT(ids("ci"), ElementsAre("by ci", "by ci"));
  const auto other = desk_.list("ops").front();
  EXPECT_EQ(desk_.find(other->id(), "ci"), nullptr);
  EXPECT_EQ(desk_.find(other->id(), "ops"), other);
  end();
}

TEST_F(JobDeskTest, ACallerWhoLeavesTakesBackWhatWasNotTyped) {
  bool over = false;
  auto asked = request(terminal("t1"), "make", kLong);
  asked.when_over = sets(over);
  const auto job = desk_.start(std::move(asked));
  run_ready();
  { const JobCaller caller(job); }
  run_ready();
  ASSERT_TRUE(job->over());
  ASSERT_FALSE(job->result().has_value());
  EXPECT_EQ(job->result().error().code(), base::Errc::cancelled);
  EXPECT_TRUE(over);
  end();
}

TEST_F(JobDeskTest, TheEndOfTheWorkerIsNotTheEndOfTheCommand) {
  bool over = false;
  auto asked = request(terminal("t1"), "make", kLong);
  asked.when_over = sets(over);
  const auto job = desk_.start(std::move(asked));
  desk_.keep(job);
  run_ready();
  end();
  EXPECT_FALSE(over);
  EXPECT_FALSE(job->over());
  EXPECT_THAT(news_, ElementsAre("make"));
}

TEST_F(JobDeskTest, WhatIsOverCannotBeCancelled) {
  const auto job = desk_.start(request(terminal("t1"), "make", kNow));
  desk_.keep(job);
  run_ready();
  const auto sent = desk_.cancel(*job, SIGINT);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), base::Errc::conflict);
  EXPECT_FALSE(job->cancelled());
  end();
}

TEST_F(JobDeskTest, TheVerdictIsWhatWasWrittenWhenItWasTyped) {
  const auto verdict = std::make_shared<std::string>();
  auto asked = request(terminal("t1"), "rm -rf /", kLong);
  asked.verdict = verdict;
  const auto job = desk_.start(std::move(asked));
  EXPECT_EQ(job->verdict(), "");
  *verdict = "{}";
  EXPECT_EQ(job->verdict(), "{}");
  EXPECT_EQ(desk_.start(request(terminal("t2"), "true", kLong))->verdict(), "");
  end();
}

TEST_F(JobDeskTest, TheLastThousandThatAreOverAreKept) {
  const auto in = terminal("t1");
  desk_.keep(desk_.start(request(terminal("t2"), "runs", kLong)));
  for (std::size_t i = 0; i < JobDesk::kKept + 5; ++i) {
    const auto job = desk_.start(request(in, std::to_string(i), kNow));
    run_ready();
    ASSERT_TRUE(job->over());
    desk_.keep(job);
  }
  const auto kept = ids();
  ASSERT_EQ(kept.size(), JobDesk::kKept + 1);
  EXPECT_EQ(kept.back(), "runs");
  EXPECT_EQ(kept[kept.size() - 2], "5");
  end();
}

TEST_F(JobDeskTest, ACommandOfAnEarlierWorkerIsOverWhenItsTerminalRunsItNoMore) {
  bool over = false;
  desk_.watch(terminal("t1"), 4, sets(over));
  run_ready();
  EXPECT_TRUE(over);
  end();
}

}  // namespace
}  // namespace duotty::jobs
