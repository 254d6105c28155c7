#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <duotty/store/block_store.hpp>
#include <filesystem>

#include "run_task.hpp"
#include "temporary_folder.hpp"
#include "with_store.hpp"

namespace duotty::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr BlockLimits kNoLimits{.days = 0, .count = 0, .bytes = 0};

/// Stands in for the cleaning of terminal output: drops what is no text.
std::string clean(std::string_view raw, int, int) {
  std::string out;
  for (const char c : raw) {
    if (c == '\n' || static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}

class OutputSearch : public ::testing::Test {
 protected:
  /// Runs `body` with a store on the test's file, and stops the store.
  template <class Body>
  void with_store(Body body, BlockLimits limits = kNoLimits) {
    tests::with_store<BlockStore>(body, folder_.file("duotty.db"), limits, &clean);
  }

 private:
  tests::TemporaryFolder folder_;
};

BlockRow row(std::uint64_t seq, const std::string& command, const std::string& status = "completed") {
  BlockRow made;
  made.key = {"t", seq};
  made.by = "human";
  made.command = command;
  made.started_at = 1'000'000 + static_cast<std::int64_t>(seq);
  made.status = status;
  if (status != "running") made.ended_at = made.started_at + 5;
  return made;
}

void put(BlockStore& store, std::uint64_t seq, const std::string& command, const std::string& output) {
  BlockRow made = row(seq, command);
  made.output_end = output.size();
  store.put(made);
  store.put_output({"t", seq}, {{0, output}});
}

BlockQuery words(const std::string& text) {
  BlockQuery query;
  query.text = text;
  query.in_output = true;
  return query;
}

std::vector<std::string> texts(const base::Result<std::vector<FoundBlock>>& rows) {
  std::vector<std::string> out;
  if (!rows) return {rows.error().message()};
  for (const auto& one : *rows)
    out.push_back(one.command + (one.found_in == FoundIn::output ? " <" : " >") + one.excerpt);
  return out;
}

TEST_F(OutputSearch, FindsWordsOfTheOutputAndSaysInWhichLine) {
  with_store([](BlockStore& store) -> core::Task<> {
    put(store, 1, "make",
        "one\nld: \x1b"
        "undefined reference to `main'\nthree\n");
    put(store, 2, "echo undefined", "undefined\n");
    put(store, 3, "ls", "nothing\n");
    auto query = words("UNDEFINED");
    auto rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), ElementsAre("echo undefined >", "make <ld: undefined reference to `main'"));
    query.in_command = false;
    rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), ElementsAre("echo undefined <undefined", "make <ld: undefined reference to `main'"));
    query = words("undefined");
    query.in_output = false;
    rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), ElementsAre("echo undefined >"));
  });
  with_store([](BlockStore& store) -> core::Task<> {
    auto query = words("reference main");
    auto rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), ElementsAre("make <ld: undefined reference to `main'"));
  });
}

TEST_F(OutputSearch, AllWordsMustBeInOnePlace) {
  with_store([](BlockStore& store) -> core::Task<> {
    put(store, 1, "cat notes", "apple\npear\n");
    auto query = words("cat apple");
    auto rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), IsEmpty());
    query = words("pear apple");
    rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), ElementsAre("cat notes <pear"));
  });
}

TEST_F(OutputSearch, ShortWordsQuotesAndPatternsAreOrdinaryText) {
  with_store([](BlockStore& store) -> core::Task<> {
    put(store, 1, "one", "a 错误 in \"the\" file\n");
    put(store, 2, "two", "100% done\n");
    for (const char* text : {"错误", "\"the\"", "in", "\"the\" 错误", "a"}) {
      auto query = words(text);
      auto rows = co_await store.find(query);
      EXPECT_THAT(texts(rows), ElementsAre("one <a 错误 in \"the\" file")) << text;
    }
    for (const char* text : {"0%", "100% d", "done"}) {
      auto query = words(text);
      auto rows = co_await store.find(query);
      EXPECT_THAT(texts(rows), ElementsAre("two <100% done")) << text;
    }
    for (const char* text : {"%%", "__", "th_", "* OR done", "NOT", "\"", "NEAR(a b)"}) {
      auto query = words(text);
      query.in_command = false;
      auto rows = co_await store.find(query);
      EXPECT_EQ(texts(rows).size(), std::string(text) == "\"" ? 1u : 0u) << text;
    }
  });
}

TEST_F(OutputSearch, AnExcerptOfALongLineIsCutAroundTheWord) {
  with_store([](BlockStore& store) -> core::Task<> {
    std::string line;
    for (int i = 0; i < 300; ++i) line += "é";
    put(store, 1, "long", line + " needle " + line + "\n");
    auto query = words("needle");
    auto rows = co_await store.find(query);
    const std::string excerpt = rows->at(0).excerpt;
    EXPECT_NE(excerpt.find("needle"), std::string::npos);
    EXPECT_LT(excerpt.size(), 220u);
    EXPECT_TRUE(excerpt.starts_with("...é")) << excerpt;
    EXPECT_TRUE(excerpt.ends_with("é...")) << excerpt;
  });
}

TEST_F(OutputSearch, WhatWasReadWithoutAnEchoIsNeverFoundByItsOutput) {
  with_store([](BlockStore& store) -> core::Task<> {
    store.put(row(1, "login", "running"));
    store.put_secret({"t", 1});
    put(store, 1, "login", "welcome hunter2\n");
    // The note comes late: a part of the output is stored already.
    put(store, 2, "passwd", "hunter2 again\n");
    store.put_secret({"t", 2});
    BlockRow told = row(3, "sudo -S id");
    told.secret = true;
    store.put(told);
    store.put_output({"t", 3}, {{0, "hunter2 too\n"}});
    auto query = words("hunter2");
    auto rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), IsEmpty());
    query = words("passwd");
    rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), ElementsAre("passwd >"));
    BlockKey second{"t", 2};
    auto output = co_await store.output(std::move(second));
    EXPECT_EQ(output->at(0).bytes, "hunter2 again\n");
  });
}

TEST_F(OutputSearch, ARunningCommandIsSearchedOnceItsBeginningIsFinal) {
  with_store([](BlockStore& store) -> core::Task<> {
    store.put(row(1, "tail -f log", "running"));
    store.put_output({"t", 1}, {{0, "early\n"}});
    auto query = words("early");
    auto rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), IsEmpty());
    store.put_output({"t", 1}, {{0, "early\n" + std::string(kSearchedRaw, 'x')}});
    rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), ElementsAre("tail -f log <early"));
    BlockRow ended = row(1, "tail -f log");
    store.put(ended);
    rows = co_await store.find(query);
    EXPECT_EQ(rows->size(), 1u);
  });
}

TEST_F(OutputSearch, TheTextGoesWithItsCommandAndWithItsOutput) {
  with_store([](BlockStore& store) -> core::Task<> {
    put(store, 1, "one", "needle one\n");
    put(store, 2, "two", "needle two\n");
    BlockQuery first;
    first.terminal = "t";
    first.seq = 1;
    auto removed = co_await store.remove(first);
    EXPECT_EQ(*removed, 1);
    auto query = words("needle");
    auto rows = co_await store.find(query);
    EXPECT_THAT(texts(rows), ElementsAre("two <needle two"));
  });
}

TEST_F(OutputSearch, TheQuotaTakesTheTextsOfOldOutputsToo) {
  BlockLimits limits = kNoLimits;
  limits.bytes = 2 << 20;
  with_store(
      [](BlockStore& store) -> core::Task<> {
        std::string noise;
        for (int i = 0; i < 600; ++i) {
          noise.clear();
          for (int j = 0; j < 800; ++j) noise += std::to_string((i * 7919 + j * 104729) % 999983) + " ";
          put(store, static_cast<std::uint64_t>(i + 1), "run " + std::to_string(i),
              "needle" + std::to_string(i) + " " + noise);
          if (i % 50 == 0) co_await store.flush();
        }
        co_await store.flush();
      },
      limits);
  with_store(
      [](BlockStore& store) -> core::Task<> {
        co_await store.flush();
        auto query = words("needle0");
        auto rows = co_await store.find(query);
        EXPECT_THAT(texts(rows), IsEmpty());
        query = words("needle599");
        rows = co_await store.find(query);
        EXPECT_EQ(rows->size(), 1u);
        // Outputs go before commands, and no more of them than must.
        BlockQuery all;
        all.limit = 1000;
        rows = co_await store.find(all);
        EXPECT_EQ(rows->size(), 600u);
        query = words("needle");
        query.limit = 1000;
        rows = co_await store.find(query);
        EXPECT_GT(rows->size(), 20u);
      },
      limits);
}

}  // namespace
}  // namespace duotty::store
