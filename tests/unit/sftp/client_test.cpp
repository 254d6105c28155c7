// The client with OpenSSH's own server.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <duotty/sftp/client.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "run_task.hpp"
#include "sftp_peers.hpp"
#include "temporary_folder.hpp"

namespace duotty::sftp {
namespace {

using base::Errc;
using tests::run_task;
using tests::TemporaryFolder;

Task<bool> run_with_server(Task<> (*test)(Client&, std::string), std::string folder) {
  auto executor = co_await core::asio::this_coro::executor;
  RealServer server;
  Client client(executor, server.take());
  auto started = co_await client.start();
  EXPECT_TRUE(started) << started.error().message();
  co_await test(client, std::move(folder));
  co_await client.stop();
  co_return static_cast<bool>(started);
}

/// Runs a test against the real server.
bool with_server(Task<> (*test)(Client&, std::string), const std::string& folder) {
  return run_task(run_with_server(test, folder));
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::string noise(std::size_t size) {
  std::mt19937_64 random(7);
  std::string out;
  while (out.size() < size) {
    const auto word = random();
    out.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  out.resize(size);
  return out;
}

Task<> folders(Client& client, std::string folder) {
  auto made = co_await client.mkdir(folder + "/sub", 0700);
  EXPECT_TRUE(made);
  auto again = co_await client.mkdir(folder + "/sub", 0700);
  EXPECT_EQ(again.error().code(), Errc::io);
  write_file(folder + "/sub/file", "12345");
  std::filesystem::create_symlink("file", folder + "/sub/link");
  auto listed = co_await client.list(folder + "/sub", 10);
  EXPECT_TRUE(listed && listed->complete && listed->entries.size() == 2);
  auto cut = co_await client.list(folder + "/sub", 1);
  EXPECT_TRUE(cut && !cut->complete && cut->entries.size() == 1);
  auto file = co_await client.stat(folder + "/sub/link");
  EXPECT_TRUE(file && file->size == 5U && S_ISREG(*file->mode));
  auto link = co_await client.lstat(folder + "/sub/link");
  EXPECT_TRUE(link && S_ISLNK(*link->mode));
  auto target = co_await client.readlink(folder + "/sub/link");
  EXPECT_EQ(target.value(), "file");
  auto real = co_await client.realpath(folder + "/sub/../sub/link");
  EXPECT_EQ(real.value(), std::filesystem::canonical(folder + "/sub/file").string());
  auto full = co_await client.rmdir(folder + "/sub");
  EXPECT_FALSE(full);
  auto gone = co_await client.remove(folder + "/sub/link");
  EXPECT_TRUE(gone && std::filesystem::exists(folder + "/sub/file"));
  auto none = co_await client.stat(folder + "/nothing");
  EXPECT_EQ(none.error().code(), Errc::not_found);
  EXPECT_NE(none.error().message().find("/nothing"), std::string::npos);
  auto space = co_await client.space(folder);
  EXPECT_TRUE(space && space->blocks > 0 && space->block_size > 0);
}

TEST(Client, HandlesFoldersLinksAndNames) {
  const TemporaryFolder folder;
  EXPECT_TRUE(with_server(folders, folder.string()));
}

Task<> renames(Client& client, std::string folder) {
  write_file(folder + "/a", "a");
  write_file(folder + "/b", "b");
  auto refused = co_await client.rename(folder + "/a", folder + "/b", false);
  EXPECT_FALSE(refused);
  EXPECT_EQ(read_file(folder + "/b"), "b");
  auto done = co_await client.rename(folder + "/a", folder + "/b", true);
  EXPECT_TRUE(done && read_file(folder + "/b") == "a");
  Attributes mode;
  mode.mode = 0600;
  auto changed = co_await client.set_attributes(folder + "/b", mode);
  EXPECT_TRUE(changed);
  auto seen = co_await client.stat(folder + "/b");
  EXPECT_EQ(*seen->mode & 07777, 0600U);
}

TEST(Client, RenamesAndChangesModes) {
  const TemporaryFolder folder;
  EXPECT_TRUE(with_server(renames, folder.string()));
}

constexpr std::size_t kLarge = 9'000'001;

Task<> copies(Client& client, std::string folder) {
  const std::string bytes = noise(kLarge);
  auto handle = co_await client.open(folder + "/up", open_flag::write | open_flag::create | open_flag::exclusive, 0640);
  EXPECT_TRUE(handle);
  Upload upload(client, *handle, 0);
  for (std::size_t at = 0; at < bytes.size(); at += 1'000'000) {
    std::string piece = bytes.substr(at, 1'000'000);
    auto written = co_await upload.write(std::move(piece));
    EXPECT_TRUE(written);
  }
  auto finished = co_await upload.finish();
  EXPECT_TRUE(finished);
  auto synced = co_await client.sync(*handle);
  EXPECT_TRUE(synced);
  auto closed = co_await client.close(*handle);
  EXPECT_TRUE(closed);
  EXPECT_TRUE(read_file(folder + "/up") == bytes);

  auto taken = co_await client.open(folder + "/up", open_flag::write | open_flag::create | open_flag::exclusive, 0640);
  EXPECT_EQ(taken.error().code(), Errc::conflict);

  auto source = co_await client.open(folder + "/up", open_flag::read, 0);
  EXPECT_TRUE(source);
  for (const auto& [from, to] : {std::pair<std::uint64_t, std::uint64_t>(0, ~std::uint64_t{0}),
                                 {1'000'003, 5'000'000},
                                 {kLarge - 5, kLarge + 5},
                                 {kLarge + 5, kLarge + 10}}) {
    Download download(client, *source, from, to);
    std::string got;
    for (;;) {
      auto piece = co_await download.next();
      EXPECT_TRUE(piece) << piece.error().message();
      if (!piece || piece->empty()) break;
      got += *piece;
    }
    EXPECT_TRUE(got == (from > kLarge ? std::string() : bytes.substr(from, to - from))) << from;
  }
  client.drop(*source);
}

TEST(Client, CopiesLargeFilesBothWays) {
  const TemporaryFolder folder;
  EXPECT_TRUE(with_server(copies, folder.string()));
}

Task<> full_disk(Client& client, std::string) {
  auto handle = co_await client.open("/dev/full", open_flag::write, 0);
  EXPECT_TRUE(handle);
  Upload upload(client, *handle, 0);
  std::string piece(10'000'000, 'x');
  auto written = co_await upload.write(piece);
  auto finished = co_await upload.finish();
  EXPECT_FALSE(finished);
  auto more = co_await upload.write(std::move(piece));
  EXPECT_EQ(more.error().code(), Errc::io);
}

TEST(Client, TellsOfAWriteThatFailed) {
  EXPECT_TRUE(with_server(full_disk, {}));
}

Task<bool> many_at_once() {
  auto executor = co_await core::asio::this_coro::executor;
  RealServer server;
  Client client(executor, server.take());
  auto started = co_await client.start();
  int good = 0;
  {
    core::Scope scope(executor);
    core::Event done(executor);
    struct Counter {
      static Task<> one(Client& client, int& good, core::Event& done) {
        auto seen = co_await client.stat("/");
        good += seen ? 1 : 1000;
        done.notify();
      }
    };
    for (int i = 0; i < 200; ++i) scope.spawn("stat", Counter::one(client, good, done));
    while (good < 200) co_await done.wait();
    co_await scope.stop();
  }
  co_await client.stop();
  auto after = co_await client.stat("/");
  co_return good == 200 && after.error().code() == Errc::unreachable && !client.alive();
}

TEST(Client, KeepsManyRequestsApartAndEndsWithItsConnection) {
  EXPECT_TRUE(run_task(many_at_once()));
}

Task<bool> killed() {
  auto executor = co_await core::asio::this_coro::executor;
  RealServer server;
  Client client(executor, server.take());
  auto started = co_await client.start();
  ::kill(server.pid(), SIGKILL);
  auto seen = co_await client.stat("/");
  co_await client.stop();
  co_return seen.error().code() == Errc::unreachable;
}

TEST(Client, FailsWhenTheServerDies) {
  EXPECT_TRUE(run_task(killed()));
}

}  // namespace
}  // namespace duotty::sftp
