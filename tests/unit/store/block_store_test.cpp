#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <duotty/store/block_store.hpp>

#include <filesystem>
#include <fstream>

#include "run_task.hpp"
#include "temporary_folder.hpp"
#include "with_store.hpp"

namespace duotty::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr BlockLimits kNoLimits{.days = 0, .count = 0, .bytes = 0};

BlockRow row(const std::string& terminal, std::uint64_t seq, const std::string& command) {
  BlockRow made;
  made.key = {terminal, seq};
  made.by = "human";
  made.command = command;
  made.cwd = "/home/me/project";
  made.started_at = 1'000'000 + static_cast<std::int64_t>(seq);
  made.ended_at = made.started_at + 5;
  made.exit_code = 0;
  made.status = "completed";
  made.output_end = 10;
  return made;
}

std::vector<std::string> commands(const base::Result<std::vector<FoundBlock>>& rows) {
  std::vector<std::string> out;
  if (!rows) return {rows.error().message()};
  for (const auto& one : *rows) out.push_back(one.command);
  return out;
}

core::Task<base::Result<std::vector<OutputPiece>>> output_of(BlockStore& store, std::uint64_t seq) {
  BlockKey key{"t", seq};
  co_return co_await store.output(std::move(key));
}

/// The folder of one test, with the database in it.
struct Folder : tests::TemporaryFolder {
  std::string file() const { return TemporaryFolder::file("duotty.db"); }
};

template <class Body>
void with_store(const std::string& file, BlockLimits limits, Body body) {
  tests::with_store<BlockStore>(body, file, limits);
}

TEST(BlockStore, KeepsRowsOverARestart) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    store.put(row("one", 1, "make test"));
    store.put(row("one", 2, "git status"));
    store.put(row("two", 1, "make install"));
    co_return;
  });
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    BlockQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(commands(rows), ElementsAre("make install", "git status", "make test"));
    EXPECT_EQ(rows->at(2).key.seq, 1u);
    EXPECT_EQ(rows->at(2).started_at, 1'000'001);
    EXPECT_EQ(rows->at(2).ended_at, 1'000'006);
    EXPECT_EQ(rows->at(2).exit_code, 0);
    BlockQuery one;
    one.terminal = "one";
    one.before_seq = 2;
    rows = co_await store.find(one);
    EXPECT_THAT(commands(rows), ElementsAre("make test"));
  });
  struct stat info {};
  ASSERT_EQ(::stat(folder.file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(BlockStore, TheSameBlockToldAgainIsOneRowAndKeepsItsFirstTimes) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    BlockRow running = row("t", 7, "sleep 5");
    running.status = "running";
    running.by = "agent:ci";
    running.ended_at.reset();
    running.exit_code.reset();
    store.put(running);
    BlockRow ended = row("t", 7, "");
    ended.started_at = 2'000'000;  // a fold that was run again knows neither the time nor who it was
    ended.ended_at = 2'000'001;
    ended.exit_code = 3;
    store.put(ended);
    ended.exit_code = 9;
    ended.ended_at = 3'000'000;
    store.put(ended);
    BlockQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(commands(rows), ElementsAre("sleep 5"));
    EXPECT_EQ(rows->at(0).started_at, 1'000'007);
    EXPECT_EQ(rows->at(0).ended_at, 2'000'001);
    EXPECT_EQ(rows->at(0).exit_code, 3);
    EXPECT_EQ(rows->at(0).by, "agent:ci");
  });
}

TEST(BlockStore, FindsWordsAnywhereInTheCommand) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    store.put(row("t", 1, "git commit -m \"Fix the parser\""));
    store.put(row("t", 2, "git push"));
    store.put(row("t", 3, "ls -l 100%"));
    store.put(row("t", 4, "echo 你好世界 | wc -c"));
    const auto find = [&store](const char* text) {
      BlockQuery query;
      query.text = text;
      return store.find(std::move(query));
    };
    auto rows = co_await find("COMMIT git");
    EXPECT_THAT(commands(rows), ElementsAre("git commit -m \"Fix the parser\""));
    rows = co_await find("\"fix");
    EXPECT_THAT(commands(rows), ElementsAre("git commit -m \"Fix the parser\""));
    rows = co_await find("gi pu");
    EXPECT_THAT(commands(rows), ElementsAre("git push"));
    rows = co_await find("0%");
    EXPECT_THAT(commands(rows), ElementsAre("ls -l 100%"));
    rows = co_await find("好世界");
    EXPECT_THAT(commands(rows), ElementsAre("echo 你好世界 | wc -c"));
    rows = co_await find("好");
    EXPECT_THAT(commands(rows), ElementsAre("echo 你好世界 | wc -c"));
    rows = co_await find("nothing like that");
    EXPECT_THAT(commands(rows), IsEmpty());
  });
}

TEST(BlockStore, AQueryNamesRowsByWhatTheyAre) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    BlockRow failed = row("t", 1, "false");
    failed.exit_code = 1;
    failed.by = "agent:ci";
    store.put(failed);
    BlockRow elsewhere = row("u", 1, "true");
    elsewhere.cwd = "/home/me/project-two";
    elsewhere.owner = "team";
    elsewhere.by = "agent";
    store.put(elsewhere);
    store.put(row("t", 2, "make"));
    BlockQuery query;
    query.failed = true;
    auto rows = co_await store.find(query);
    EXPECT_THAT(commands(rows), ElementsAre("false"));
    query = {};
    query.cwd = "/home/me/project";
    rows = co_await store.find(query);
    EXPECT_THAT(commands(rows), ElementsAre("make", "false"));
    query = {};
    query.by = "agent";
    rows = co_await store.find(query);
    EXPECT_THAT(commands(rows), ElementsAre("true", "false"));
    query = {};
    query.owner = "team";
    rows = co_await store.find(query);
    EXPECT_THAT(commands(rows), ElementsAre("true"));
    query = {};
    query.limit = 1;
    query.before_id = 3;
    rows = co_await store.find(query);
    EXPECT_THAT(commands(rows), ElementsAre("true"));
  });
}

TEST(BlockStore, OutputComesBackInOrderAndIsStoredOnce) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    store.put(row("t", 1, "cat big"));
    const std::string head(kPiece + 100, 'a');
    const std::vector<OutputPiece> pieces = {{0, head}, {4 * kPiece, "tail"}};
    const BlockKey key{"t", 1};
    store.put_output(key, pieces);
    store.put_output(key, pieces);
    store.put_output(BlockKey{"nowhere", 1}, pieces);
    auto output = co_await store.output(key);
    EXPECT_TRUE(output.has_value());
    if (!output) co_return;
    std::vector<std::uint64_t> begins;
    std::size_t total = 0;
    for (const auto& piece : *output) {
      begins.push_back(piece.begin);
      total += piece.bytes.size();
    }
    EXPECT_THAT(begins, ElementsAre(0, kPiece, 4 * kPiece));
    EXPECT_EQ(total, head.size() + 4);
  });
}

TEST(BlockStore, WhatIsOverTheLimitsGoesOldestFirst) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    for (std::uint64_t seq = 1; seq <= 10; ++seq) store.put(row("t", seq, "command " + std::to_string(seq)));
    co_return;
  });
  with_store(folder.file(), {.days = 0, .count = 3, .bytes = 0}, [](BlockStore& store) -> core::Task<> {
    co_await store.flush();
    BlockQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(commands(rows), ElementsAre("command 10", "command 9", "command 8"));
    BlockQuery gone;
    gone.text = "command 7";
    rows = co_await store.find(gone);
    EXPECT_THAT(commands(rows), IsEmpty());
  });
  with_store(folder.file(), {.days = 1, .count = 0, .bytes = 0}, [](BlockStore& store) -> core::Task<> {
    co_await store.flush();
    BlockQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(commands(rows), IsEmpty()) << "all of them are from 1970";
  });
}

TEST(BlockStore, OutputsGoBeforeCommandsWhenTheFileIsTooLarge) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    for (std::uint64_t seq = 1; seq <= 100; ++seq) {
      store.put(row("t", seq, "command " + std::to_string(seq)));
      std::vector<OutputPiece> pieces = {{0, std::string(kPiece, 'x')}};
      store.put_output({"t", seq}, std::move(pieces));
    }
    co_return;
  });
  const auto before = std::filesystem::file_size(folder.file());
  with_store(folder.file(), {.days = 0, .count = 0, .bytes = 12 << 20}, [](BlockStore& store) -> core::Task<> {
    BlockQuery all;
    all.limit = 1000;
    co_await store.flush();
    auto rows = co_await store.find(all);
    EXPECT_EQ(rows->size(), 100u);
    auto oldest = co_await output_of(store, 1);
    EXPECT_TRUE(oldest->empty());
    auto newest = co_await output_of(store, 100);
    EXPECT_EQ(newest->size(), 1u);
  });
  EXPECT_LT(std::filesystem::file_size(folder.file()), before / 2);
}

TEST(BlockStore, RemovesWhatAQueryNamesWithItsOutput) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    store.put(row("t", 1, "echo secret"));
    store.put_output({"t", 1}, {{0, "secret"}});
    store.put(row("t", 2, "echo public"));
    BlockQuery query;
    query.text = "secret";
    auto removed = co_await store.remove(query);
    EXPECT_EQ(*removed, 1);
    auto output = co_await output_of(store, 1);
    EXPECT_TRUE(output->empty());
    BlockQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(commands(rows), ElementsAre("echo public"));
  });
}

TEST(BlockStore, MarksAsLostWhatRanInTerminalsThatAreGone) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    for (const char* terminal : {"gone", "alive"}) {
      BlockRow running = row(terminal, 1, terminal);
      running.status = "running";
      store.put(running);
    }
    store.close_missing({"alive"});
    BlockQuery query;
    query.status = "lost";
    auto rows = co_await store.find(query);
    EXPECT_THAT(commands(rows), ElementsAre("gone"));
  });
}

TEST(BlockStore, WhatIsPutInARowIsFoundAtOnce) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    BlockQuery all;
    for (std::uint64_t seq = 1; seq <= 50; ++seq) {
      store.put(row("t", seq, "one of many"));
      if (seq % 7 != 0) continue;
      auto rows = co_await store.find(all);
      EXPECT_TRUE(rows.has_value());
      EXPECT_EQ(rows->size(), seq);
    }
  });
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    BlockQuery all;
    auto rows = co_await store.find(all);
    EXPECT_EQ(commands(rows).size(), 50U);
  });
}

TEST(BlockStore, WhatIsPutWhileTheWriterRestsReachesTheFileByItself) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [&folder](BlockStore& store) -> core::Task<> {
    BlockStore reader(co_await boost::asio::this_coro::executor, folder.file(), kNoLimits);
    BlockQuery all;
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
      store.put(row("t", seq, "seen from outside"));
      for (std::size_t seen = 0; seen < seq;) {
        auto rows = co_await reader.find(all);
        if (rows) seen = rows->size();
      }
    }
    co_await reader.stop();
  });
}

TEST(BlockStore, ADamagedFileIsSetAsideAndANewOneBegun) {
  Folder folder;
  std::ofstream(folder.file()) << std::string(10'000, '#');
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    store.put(row("t", 1, "after"));
    BlockQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(commands(rows), ElementsAre("after"));
  });
  int aside = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    aside += entry.path().string().find(".damaged-") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(aside, 1);
}

TEST(BlockStore, AnUnusableDatabaseIsSaidAndNothingElseFails) {
  Folder folder;
  std::filesystem::create_directory(folder.file());
  with_store(folder.file(), kNoLimits, [](BlockStore& store) -> core::Task<> {
    store.put(row("t", 1, "nowhere to go"));
    BlockQuery all;
    auto rows = co_await store.find(all);
    EXPECT_FALSE(rows.has_value());
    EXPECT_EQ(rows.error().code(), base::Errc::io);
  });
}

}  // namespace
}  // namespace duotty::store
