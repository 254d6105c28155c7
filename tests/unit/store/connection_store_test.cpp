#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <duotty/store/connection_store.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "temporary_folder.hpp"

namespace duotty::store {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

struct Folder : tests::TemporaryFolder {
  std::string operator/(const char* name) const { return file(name); }
  /// Every byte of every file.
  std::string bytes() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }
};

template <class Body>
void with_store(const Folder& folder, Body body) {
  boost::asio::io_context loop(1);
  ConnectionStore store(folder / "connections.db", folder / "secrets.key");
  std::exception_ptr error;
  boost::asio::co_spawn(loop, body(store), [&](std::exception_ptr e) { error = e; });
  loop.run();
  if (error) std::rethrow_exception(error);
}

ConnectionStore::Fresh fresh(const std::string& title, const std::string& password = {}) {
  ConnectionStore::Fresh made;
  made.row.title = title;
  made.row.host = title + ".example.org";
  made.row.username = "me";
  made.row.profile = "{}";
  if (!password.empty()) made.secrets[0] = base::Secret(password);
  return made;
}

std::vector<ConnectionStore::Fresh> some() {
  std::vector<ConnectionStore::Fresh> list;
  list.push_back(fresh("beta", "the password of beta"));
  list.push_back(fresh("Alpha", "the password of alpha"));
  list.push_back(fresh("plain"));
  return list;
}

/// What a statement changes in the file, behind the store's back.
void run_sql(const Folder& folder, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "connections.db").c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

core::Task<> expect_filled(ConnectionStore& store) {
  const auto listed = co_await store.list();
  EXPECT_TRUE(listed);
  if (!listed || listed->size() != 3) {
    ADD_FAILURE() << "not three rows";
    co_return;
  }
  EXPECT_EQ((*listed)[0].title, "Alpha");
  EXPECT_EQ((*listed)[1].title, "beta");
  EXPECT_TRUE((*listed)[1].has_secret(ConnectionSecret::password));
  EXPECT_FALSE((*listed)[2].has_secret(ConnectionSecret::password));
  EXPECT_GT((*listed)[0].created_at, 0);
  const auto secrets = co_await store.reveal((*listed)[1].id);
  EXPECT_TRUE(secrets);
  if (secrets) {
    EXPECT_EQ((*secrets)[0]->reveal(), "the password of beta");
  }
}

core::Task<> fill(ConnectionStore& store) {
  auto list = some();
  const auto ids = co_await store.add(std::move(list));
  EXPECT_TRUE(ids) << ids.error().message();
  co_await expect_filled(store);
}

TEST(ConnectionStore, KeepsRowsAndSecretsForTheNextServer) {
  const Folder folder;
  with_store(folder, fill);
  with_store(folder, expect_filled);
  for (const char* name : {"connections.db", "secrets.key"}) {
    struct stat facts {};
    ASSERT_EQ(::stat((folder / name).c_str(), &facts), 0) << name;
    EXPECT_EQ(facts.st_mode & 0777, 0600U) << name;
  }
}

TEST(ConnectionStore, NoSecretStandsInAFile) {
  const Folder folder;
  with_store(folder, fill);
  const std::string bytes = folder.bytes();
  EXPECT_NE(bytes.find("beta.example.org"), std::string::npos);
  EXPECT_EQ(bytes.find("the password"), std::string::npos);
}

TEST(ConnectionStore, NamesAreIdsThenTitlesThenHosts) {
  with_store(Folder(), [](ConnectionStore& store) -> core::Task<> {
    auto list = some();
    list.push_back(fresh("twice"));
    list.push_back(fresh("twice"));
    const auto ids = co_await store.add(std::move(list));
    const auto by_id = co_await store.find((*ids)[0]);
    EXPECT_EQ(by_id->title, "beta");
    const auto by_title = co_await store.find("beta");
    EXPECT_EQ(by_title->id, (*ids)[0]);
    const auto by_host = co_await store.find("plain.example.org");
    EXPECT_EQ(by_host->title, "plain");
    const auto several = co_await store.find("twice");
    EXPECT_EQ(several.error().code(), base::Errc::conflict);
    EXPECT_THAT(several.error().message(), HasSubstr((*ids)[3]));
    const auto none = co_await store.find("nobody");
    EXPECT_EQ(none.error().code(), base::Errc::not_found);
  });
}

TEST(ConnectionStore, ChangesKeepWhatTheyDoNotName) {
  with_store(Folder(), [](ConnectionStore& store) -> core::Task<> {
    co_await fill(store);
    ConnectionStore::Change retitle = [](ConnectionRow& row, ConnectionSecrets& secrets) -> base::Result<> {
      row.title = "gamma";
      secrets[2] = base::Secret("a passphrase");
      return {};
    };
    const auto changed = co_await store.change("beta", std::move(retitle));
    EXPECT_EQ(changed->title, "gamma");
    EXPECT_TRUE(changed->has_secret(ConnectionSecret::passphrase));
    const auto secrets = co_await store.reveal("gamma");
    EXPECT_EQ((*secrets)[0]->reveal(), "the password of beta");
    EXPECT_EQ((*secrets)[2]->reveal(), "a passphrase");
    ConnectionStore::Change clear = [](ConnectionRow&, ConnectionSecrets& to) -> base::Result<> {
      to[0] = base::Secret();
      return {};
    };
    const auto cleared = co_await store.change("gamma", std::move(clear));
    EXPECT_FALSE(cleared->has_secret(ConnectionSecret::password));
    ConnectionStore::Change refuse = [](ConnectionRow& row, ConnectionSecrets&) -> base::Result<> {
      row.title = "never";
      return base::Error(base::Errc::denied, "No.");
    };
    const auto refused = co_await store.change("gamma", std::move(refuse));
    EXPECT_EQ(refused.error().code(), base::Errc::denied);
    const auto removed = co_await store.remove("gamma");
    EXPECT_EQ(removed->title, "gamma");
    const auto again = co_await store.remove("gamma");
    EXPECT_EQ(again.error().code(), base::Errc::not_found);
  });
}

core::Task<> expect_unreadable(ConnectionStore& store) {
  const auto secrets = co_await store.reveal("beta");
  EXPECT_FALSE(secrets);
  if (!secrets) {
    EXPECT_THAT(secrets.error().message(), HasSubstr("cannot be read"));
  }
}

TEST(ConnectionStore, ASecretIsReadInItsOwnRowOnly) {
  for (const char* sql :
       {"UPDATE connection SET password = (SELECT password FROM connection WHERE title = 'Alpha') WHERE title = 'beta'",
        "UPDATE connection SET passphrase = password WHERE title = 'beta'",
        "UPDATE connection SET id = 'another' WHERE title = 'beta'",
        "UPDATE connection SET password = x'01' WHERE title = 'beta'",
        "UPDATE connection SET password = CAST(password || x'00' AS BLOB) WHERE title = 'beta'"}) {
    const Folder folder;
    with_store(folder, fill);
    run_sql(folder, sql);
    with_store(folder, expect_unreadable);
  }
}

TEST(ConnectionStore, WithoutItsKeyNothingIsRead) {
  const Folder folder;
  with_store(folder, fill);
  std::filesystem::rename(folder / "secrets.key", folder / "moved");
  with_store(folder, expect_unreadable);
  EXPECT_FALSE(std::filesystem::exists(folder / "secrets.key")) << "reading has made another key";
  std::ofstream(folder / "secrets.key") << std::string(32, 'x');
  ASSERT_EQ(::chmod((folder / "secrets.key").c_str(), 0600), 0);
  with_store(folder, expect_unreadable);
}

TEST(ConnectionStore, AKeyThatOthersCanReadIsRefused) {
  const Folder folder;
  with_store(folder, fill);
  ASSERT_EQ(::chmod((folder / "secrets.key").c_str(), 0640), 0);
  with_store(folder, [](ConnectionStore& store) -> core::Task<> {
    const auto secrets = co_await store.reveal("beta");
    EXPECT_EQ(secrets.error().code(), base::Errc::denied);
    EXPECT_THAT(secrets.error().message(), HasSubstr("chmod 600"));
    std::vector<ConnectionStore::Fresh> one;
    one.push_back(fresh("new", "secret"));
    const auto added = co_await store.add(std::move(one));
    EXPECT_EQ(added.error().code(), base::Errc::denied);
    const auto listed = co_await store.list();
    EXPECT_THAT(*listed, SizeIs(3)) << "a row without its secret was kept";
  });
}

}  // namespace
}  // namespace duotty::store
