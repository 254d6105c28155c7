#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <duotty/store/audit_store.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "run_task.hpp"
#include "temporary_folder.hpp"
#include "with_store.hpp"

namespace duotty::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr AuditLimits kNoLimits{.days = 0, .count = 0};

/// The folder of one test, with the database in it.
struct Folder : tests::TemporaryFolder {
  std::string file() const { return TemporaryFolder::file("audit.db"); }
};

template <class Body>
void with_store(const std::string& file, AuditLimits limits, Body body) {
  tests::with_store<AuditStore>(body, file, limits);
}

AuditRow row(const std::string& who, const std::string& method, const std::string& terminal = {},
             const std::string& outcome = "ok") {
  AuditRow made;
  made.at = 1'000'000;
  made.kind = "token";
  made.who = who;
  made.surface = "http";
  made.method = method;
  made.terminal = terminal;
  made.outcome = outcome;
  return made;
}

std::vector<std::string> methods(const base::Result<std::vector<AuditRow>>& rows) {
  std::vector<std::string> out;
  if (!rows) return {rows.error().message()};
  for (const auto& one : *rows) out.push_back(one.method);
  return out;
}

/// The complaint of SQLite about one statement by another hand, or empty.
std::string tamper(const std::string& file, const char* sql) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  char* said = nullptr;
  sqlite3_exec(handle, sql, nullptr, nullptr, &said);
  const std::string out = said ? said : "";
  sqlite3_free(said);
  sqlite3_close(handle);
  return out;
}

TEST(AuditStore, KeepsEveryColumnOverARestart) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](AuditStore& store) -> core::Task<> {
    AuditRow one = row("token:ci", "terminal.exec", "k3x9");
    one.duration_ms = 17;
    one.owner = "team";
    one.source = "203.0.113.9";
    one.client = "curl/8";
    one.terminal_name = "build";
    one.status = "completed";
    one.exit_code = 3;
    store.put(one, [](AuditRow& made) {
      made.digest = "abc";
      made.bytes = 42;
    });
    co_return;
  });
  with_store(folder.file(), kNoLimits, [](AuditStore& store) -> core::Task<> {
    AuditQuery all;
    auto rows = co_await store.find(all);
    EXPECT_TRUE(rows.has_value());
    if (!rows || rows->size() != 1) co_return;
    const AuditRow& one = rows->front();
    EXPECT_EQ(one.id, 1);
    EXPECT_EQ(one.at, 1'000'000);
    EXPECT_EQ(one.duration_ms, 17);
    EXPECT_EQ(one.kind, "token");
    EXPECT_EQ(one.who, "token:ci");
    EXPECT_EQ(one.owner, "team");
    EXPECT_EQ(one.surface, "http");
    EXPECT_EQ(one.source, "203.0.113.9");
    EXPECT_EQ(one.client, "curl/8");
    EXPECT_EQ(one.terminal, "k3x9");
    EXPECT_EQ(one.terminal_name, "build");
    EXPECT_EQ(one.digest, "abc");
    EXPECT_EQ(one.bytes, 42);
    EXPECT_EQ(one.outcome, "ok");
    EXPECT_EQ(one.status, "completed");
    EXPECT_EQ(one.exit_code, 3);
  });
  struct stat info {};
  ASSERT_EQ(::stat(folder.file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(AuditStore, FindsByEveryCondition) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](AuditStore& store) -> core::Task<> {
    store.put(row("token:ci", "terminal.exec", "a"));
    store.put(row("token:cinema", "terminal.input", "b", "denied"));
    store.put(row("agent", "tokens.create"));
    store.put(row("agent", "terminal.create", "a", "limit_reached"));
    const auto found = [&store](AuditQuery query) { return store.find(std::move(query)); };
    AuditQuery query;
    auto rows = co_await found(query);
    EXPECT_THAT(methods(rows), ElementsAre("terminal.create", "tokens.create", "terminal.input", "terminal.exec"));
    query.who = "token:ci";
    rows = co_await found(query);
    EXPECT_THAT(methods(rows), ElementsAre("terminal.exec"));
    query.who = "token";
    rows = co_await found(query);
    EXPECT_THAT(methods(rows), ElementsAre("terminal.input", "terminal.exec"));
    query.who = "' OR 1=1 --";
    rows = co_await found(query);
    EXPECT_THAT(methods(rows), IsEmpty());
    query = {};
    query.method = "terminal.";
    query.outcome = "failed";
    rows = co_await found(query);
    EXPECT_THAT(methods(rows), ElementsAre("terminal.create", "terminal.input"));
    query = {};
    query.terminal = "a";
    query.oldest_first = true;
    query.limit = 1;
    rows = co_await found(query);
    EXPECT_THAT(methods(rows), ElementsAre("terminal.exec"));
    query.after_id = rows->back().id;
    rows = co_await found(query);
    EXPECT_THAT(methods(rows), ElementsAre("terminal.create"));
    query = {};
    query.before_id = 2;
    rows = co_await found(query);
    EXPECT_THAT(methods(rows), ElementsAre("terminal.exec"));
    query = {};
    query.since = 1'000'001;
    rows = co_await found(query);
    EXPECT_THAT(methods(rows), IsEmpty());
  });
}

TEST(AuditStore, RefusesToChangeOrRemoveARow) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](AuditStore& store) -> core::Task<> {
    store.put(row("agent", "one"));
    store.put(row("agent", "two"));
    co_return;
  });
  for (const char* sql :
       {"UPDATE audit SET who = 'nobody'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 2",
        "DELETE FROM audit_mark", "UPDATE audit_mark SET pruned_to = -1", "REPLACE INTO audit_mark VALUES (2, 9)",
        "INSERT OR REPLACE INTO audit SELECT 1, at, duration_ms, kind, 'nobody', owner, surface, source, client,"
        " method, terminal, terminal_name, digest, bytes, outcome, status, exit_code FROM audit WHERE id = 2"}) {
    EXPECT_FALSE(tamper(folder.file(), sql).empty()) << sql;
  }
  EXPECT_THAT(tamper(folder.file(), "DELETE FROM audit"), HasSubstr("append-only"));
  with_store(folder.file(), kNoLimits, [](AuditStore& store) -> core::Task<> {
    AuditQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(methods(rows), ElementsAre("two", "one"));
  });
}

TEST(AuditStore, PrunesTheOldestByNumberAndByAge) {
  Folder folder;
  with_store(folder.file(), kNoLimits, [](AuditStore& store) -> core::Task<> {
    for (const char* name : {"a", "b", "c", "d"}) store.put(row("agent", name));
    AuditQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(methods(rows), SizeIs(4));
    AuditLimits two{.days = 0, .count = 2};
    store.set_limits(two);
    store.put(row("agent", "e"));
    rows = co_await store.find(all);
    EXPECT_THAT(methods(rows), ElementsAre("e", "d"));
    AuditRow young = row("agent", "f");
    young.at =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    AuditLimits days{.days = 30, .count = 0};
    store.set_limits(days);
    store.put(young);
    rows = co_await store.find(all);
    EXPECT_THAT(methods(rows), ElementsAre("f"));
    EXPECT_EQ(rows->front().id, 6) << "ids are never given twice";
  });
}

TEST(AuditStore, SetsADamagedFileAside) {
  Folder folder;
  std::ofstream(folder.file()) << std::string(8192, 'x');
  with_store(folder.file(), kNoLimits, [](AuditStore& store) -> core::Task<> {
    store.put(row("agent", "one"));
    AuditQuery all;
    auto rows = co_await store.find(all);
    EXPECT_THAT(methods(rows), ElementsAre("one"));
  });
  int aside = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    aside += file.path().filename().string().find("audit.db.damaged-") == 0 ? 1 : 0;
  }
  EXPECT_EQ(aside, 1);
}

TEST(AuditStore, TellsOfRowsItCouldNotWrite) {
  Folder folder;
  const std::string file = (folder.path() / "missing" / "audit.db").string();
  with_store(file, kNoLimits, [&folder](AuditStore& store) -> core::Task<> {
    store.put(row("agent", "one"));
    store.put(row("agent", "two"));
    AuditQuery all;
    auto rows = co_await store.find(all);
    EXPECT_FALSE(rows.has_value());
    std::filesystem::create_directory(folder.path() / "missing");
    store.put(row("agent", "three"));
    rows = co_await store.find(all);
    EXPECT_THAT(methods(rows), ElementsAre("three", "audit.lost"));
    EXPECT_EQ(rows->back().bytes, 2);
  });
}

}  // namespace
}  // namespace duotty::store
