#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/store/block_store.hpp>
#include <filesystem>

#include "run_task.hpp"
#include "temporary_folder.hpp"
#include "with_store.hpp"

namespace duotty::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JobStore : public ::testing::Test {
 protected:
  /// Runs `body` with a store on the test's file, and stops the store.
  template <class Body>
  void with_store(Body body) {
    tests::with_store<BlockStore>(body, folder_.file("duotty.db"), BlockLimits{});
  }

 private:
  tests::TemporaryFolder folder_;
};

/// One moment for all rows: those of the same job have been asked for once.
std::int64_t now_ms() {
  static const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  return now.count();
}

JobRow job(const std::string& name, std::uint64_t seq) {
  JobRow made;
  made.job = name;
  made.key = {"t", seq};
  made.by = "agent:ci";
  made.command = "make " + name;
  made.asked_at = now_ms();
  made.status = "running";
  return made;
}

BlockRow block(std::uint64_t seq, const std::string& status) {
  BlockRow made;
  made.key = {"t", seq};
  made.command = "make";
  made.started_at = now_ms();
  made.status = status;
  if (status == "completed") made.ended_at = made.started_at + 7;
  if (status == "completed") made.exit_code = 3;
  return made;
}

std::vector<std::string> names(const base::Result<std::vector<StoredJob>>& jobs) {
  std::vector<std::string> out;
  if (!jobs) return {jobs.error().message()};
  for (const auto& one : *jobs) out.push_back(one.job + ":" + one.status + "/" + one.block_status);
  return out;
}

TEST_F(JobStore, KeepsWhereACommandOnAHostRanAndWhatEndedIt) {
  with_store([](BlockStore& store) -> core::Task<> {
    JobRow row = job("a", 0);
    row.key = {};
    row.connection = "c1";
    store.put_job(row);
    row.status = "cancelled";
    row.signal = "TERM";
    row.ended_at = row.asked_at + 5;
    store.put_job(row);
    JobQuery all;
    const auto jobs = co_await store.jobs(all);
    EXPECT_THAT(names(jobs), ElementsAre("a:cancelled/"));
    EXPECT_EQ(jobs->front().connection, "c1");
    EXPECT_EQ(jobs->front().signal, "TERM");
    BlockQuery everything;
    co_await store.remove(everything);
    EXPECT_THAT(names(co_await store.jobs(all)), IsEmpty());
  });
}

TEST_F(JobStore, KeepsJobsOverARestartWithTheLatestOfTheirStates) {
  with_store([](BlockStore& store) -> core::Task<> {
    store.put_job(job("a", 0));
    store.put_job(job("b", 2));
    JobRow over = job("a", 1);
    over.status = "completed";
    over.exit_code = 4;
    over.ended_at = over.asked_at + 9;
    over.verdict = "{\"rule\":\"x\"}";
    store.put_job(over);
    co_return;
  });
  with_store([](BlockStore& store) -> core::Task<> {
    JobQuery all;
    auto jobs = co_await store.jobs(all);
    EXPECT_THAT(names(jobs), ElementsAre("b:running/", "a:completed/"));
    const StoredJob& a = jobs->at(1);
    EXPECT_EQ(a.key.seq, 1u);
    EXPECT_EQ(a.exit_code, 4);
    EXPECT_EQ(a.ended_at, a.asked_at + 9);
    EXPECT_EQ(a.verdict, "{\"rule\":\"x\"}");
    EXPECT_EQ(a.by, "agent:ci");
    EXPECT_FALSE(a.cancelled);
  });
}

TEST_F(JobStore, TheRowOfTheCommandTellsOfAnEndThatNobodySaw) {
  with_store([](BlockStore& store) -> core::Task<> {
    store.put(block(1, "running"));
    store.put_job(job("a", 1));
    store.put(block(2, "running"));
    store.put_job(job("b", 2));
    store.put_job(job("queued", 0));
    co_return;
  });
  with_store([](BlockStore& store) -> core::Task<> {
    store.put(block(1, "completed"));
    JobQuery one;
    one.job = "a";
    auto jobs = co_await store.jobs(one);
    EXPECT_THAT(names(jobs), ElementsAre("a:running/completed"));
    EXPECT_EQ(jobs->at(0).block_exit_code, 3);
    EXPECT_TRUE(jobs->at(0).block_ended_at.has_value());
    store.close_missing({});
    JobQuery all;
    jobs = co_await store.jobs(all);
    EXPECT_THAT(names(jobs), ElementsAre("queued:running/", "b:running/lost", "a:running/completed"));
  });
}

TEST_F(JobStore, JobsAreSelectedByTerminalAndOwner) {
  with_store([](BlockStore& store) -> core::Task<> {
    JobRow other = job("other", 1);
    other.key.terminal = "u";
    store.put_job(other);
    JobRow owned = job("owned", 2);
    owned.owner = "ci";
    store.put_job(owned);
    JobQuery query;
    query.terminal = "u";
    auto jobs = co_await store.jobs(query);
    EXPECT_THAT(names(jobs), ElementsAre("other:running/"));
    query.terminal.clear();
    query.owner = "ci";
    jobs = co_await store.jobs(query);
    EXPECT_THAT(names(jobs), ElementsAre("owned:running/"));
    query.owner = "nobody";
    jobs = co_await store.jobs(query);
    EXPECT_THAT(names(jobs), IsEmpty());
  });
}

TEST_F(JobStore, AJobGoesWithItsCommand) {
  with_store([](BlockStore& store) -> core::Task<> {
    store.put(block(1, "completed"));
    store.put(block(2, "completed"));
    store.put_job(job("a", 1));
    store.put_job(job("b", 2));
    store.put_job(job("queued", 0));
    BlockQuery first;
    first.terminal = "t";
    first.seq = 1;
    auto removed = co_await store.remove(first);
    EXPECT_EQ(*removed, 1);
    JobQuery all;
    auto jobs = co_await store.jobs(all);
    EXPECT_THAT(names(jobs), ElementsAre("queued:running/", "b:running/completed"));
    BlockQuery everything;
    removed = co_await store.remove(everything);
    EXPECT_EQ(*removed, 1);
    jobs = co_await store.jobs(all);
    EXPECT_THAT(names(jobs), IsEmpty());
  });
}

TEST_F(JobStore, TheLastThousandAreKept) {
  with_store([](BlockStore& store) -> core::Task<> {
    for (std::size_t i = 0; i < kJobsKept + 5; ++i) store.put_job(job("j" + std::to_string(i), i + 1));
    JobQuery all;
    all.limit = 5000;
    auto jobs = co_await store.jobs(all);
    EXPECT_EQ(jobs->size(), kJobsKept);
    EXPECT_EQ(jobs->back().job, "j5");
  });
}

}  // namespace
}  // namespace duotty::store
