#include <gtest/gtest.h>
#include <sys/stat.h>
#include <duotty/store/event_mark.hpp>
#include <duotty/store/event_store.hpp>

#include <filesystem>
#include <fstream>

#include "temporary_folder.hpp"
#include "with_store.hpp"

namespace duotty::store {
namespace {

/// The folder of one test, with the database in it.
struct Folder : tests::TemporaryFolder {
  std::string file(const char* name = "events.db") const { return TemporaryFolder::file(name); }
};

struct Seen {
  KeptEvents kept;
  std::uint64_t written = 0;
  bool whole = true;
};

/// One worker: loads, writes events with these ids, stops.
Seen visit(const std::string& file, const std::vector<std::uint64_t>& ids, std::size_t keep = 100) {
  Seen seen;
  const auto work = [&](EventStore& store) -> core::Task<> {
    store.on_written = [&](std::uint64_t id, bool kept) {
      seen.written = id;
      seen.whole = seen.whole && kept;
    };
    auto kept = co_await store.load();
    if (kept) seen.kept = std::move(*kept);
    for (const auto id : ids) store.put({id, "body " + std::to_string(id)});
  };
  tests::with_store<EventStore>(work, file, keep);
  return seen;
}

TEST(EventStore, GivesTheNextWorkerWhatItsOwnWrote) {
  const Folder folder;
  const auto first = visit(folder.file(), {1, 2, 3});
  EXPECT_EQ(first.written, 3U);
  EXPECT_TRUE(first.whole);
  EXPECT_TRUE(first.kept.rows.empty());
  const auto second = visit(folder.file(), {});
  ASSERT_EQ(second.kept.rows.size(), 3U);
  EXPECT_EQ(second.kept.rows[2].id, 3U);
  EXPECT_EQ(second.kept.rows[2].body, "body 3");
  EXPECT_FALSE(second.kept.epoch.empty());
  EXPECT_EQ(second.kept.epoch, first.kept.epoch);
  struct stat st {};
  ASSERT_EQ(::stat(folder.file().c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600U);
}

TEST(EventStore, KeepsTheNewest) {
  const Folder folder;
  std::vector<std::uint64_t> ids(3000);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = i + 1;
  visit(folder.file(), ids, 10);
  const auto kept = visit(folder.file(), {}, 10).kept;
  ASSERT_EQ(kept.rows.size(), 10U);
  EXPECT_EQ(kept.rows.front().id, 2991U);
}

TEST(EventStore, BeginsAnotherEpochWhenItsFileIsDamaged) {
  const Folder folder;
  const auto first = visit(folder.file(), {1, 2});
  std::filesystem::resize_file(folder.file(), 1000);
  const auto second = visit(folder.file(), {3});
  EXPECT_TRUE(second.kept.rows.empty());
  EXPECT_NE(second.kept.epoch, first.kept.epoch);
  EXPECT_TRUE(second.whole);
}

TEST(EventStore, SaysWhatItCouldNotKeep) {
  const Folder folder;
  const auto seen = visit(folder.file("missing/events.db"), {1, 2});
  EXPECT_EQ(seen.written, 2U);
  EXPECT_FALSE(seen.whole);
}

TEST(EventMark, IsReadAsItWasWritten) {
  const Folder folder;
  EXPECT_FALSE(read_event_mark(folder.file("id")).has_value());
  ASSERT_TRUE(write_event_mark(folder.file("id"), {.id = 12345, .epoch = "word", .state = "boot"}));
  ASSERT_TRUE(write_event_mark(folder.file("id"), {.id = 7, .epoch = "w", .state = "stopped"}));
  const auto mark = read_event_mark(folder.file("id"));
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->id, 7U);
  EXPECT_EQ(mark->epoch, "w");
  EXPECT_EQ(mark->state, "stopped");
}

TEST(EventMark, GoesOnExactlyWhereNothingWasLostAndBeyondEverythingGivenOtherwise) {
  const EventMark running{.id = 4096, .epoch = "w", .state = "boot"};
  EXPECT_EQ(last_given(std::nullopt, 5, "w", "boot"), 5U);
  EXPECT_EQ(last_given(running, 3500, "w", "boot"), 3500U);
  EXPECT_EQ(last_given(running, 3500, "other", "boot"), 4096U);      // the file is another one
  EXPECT_EQ(last_given(running, 3500, "w", "another boot"), 4096U);  // the machine may have lost what was written
  EXPECT_EQ(last_given(running, 900, "w", "boot"), 4096U);           // the file is an older copy
  EXPECT_EQ(last_given(EventMark{.id = 2048, .epoch = "-", .state = "boot"}, 1500, "w", "boot"), 2048U);
  EXPECT_EQ(last_given(EventMark{.id = 1500, .epoch = "w", .state = "stopped"}, 1500, "w", "boot"), 1500U);
  EXPECT_EQ(last_given(EventMark{.id = 1500, .epoch = "w", .state = "stopped"}, 0, "x", "boot"), 1500U);
  EXPECT_EQ(last_given(EventMark{.id = 1500, .epoch = "", .state = ""}, 0, "x", "boot"), 1500U);  // of an older version
}

}  // namespace
}  // namespace duotty::store
