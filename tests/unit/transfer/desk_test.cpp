// Copies between real places: this machine and OpenSSH's sftp-server.
#include <duotty/transfer/desk.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <duotty/files/local_files.hpp>
#include <duotty/files/sftp_files.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "copier.hpp"
#include "run_task.hpp"
#include "sftp_peers.hpp"
#include "temporary_folder.hpp"

namespace duotty::transfer {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using System = std::shared_ptr<files::FileSystem>;

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
std::string get(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
struct stat status_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status;
}
std::string noise(std::size_t size) {
  std::string out(size, '\0');
  std::uint64_t state = 1;
  for (char& c : out) c = static_cast<char>((state = state * 6364136223846793005U + 1442695040888963407U) >> 56);
  return out;
}

/// What a test works on: a desk, both kinds of places, a folder.
struct Bench {
  core::asio::any_io_executor executor;
  Desk& desk;
  System local;
  System remote;
  std::string folder;

  std::string at(const std::string& name) const { return folder + "/" + name; }
  Order order(const std::string& from, const std::string& to) const {
    Order out;
    out.source = local;
    out.target = remote;
    out.from.path = at(from);
    out.to = {"remote", at(to)};
    out.folder = fs::is_directory(out.from.path);
    return out;
  }
  Task<std::shared_ptr<Transfer>> done(Order order) const {
    auto started = co_await desk.start(std::move(order));
    EXPECT_TRUE(started);
    const auto transfer = *started;
    while (!transfer->over()) co_await transfer->news(time_point::max());
    co_return transfer;
  }
};
using Test = Task<> (*)(const Bench&);

Task<bool> with_bench(Test test, std::string folder) {
  auto executor = co_await core::asio::this_coro::executor;
  sftp::RealServer server;
  auto client = std::make_shared<sftp::Client>(executor, server.take());
  auto started = co_await client->start();
  EXPECT_TRUE(started);
  files::LocalOptions options;
  options.roots = [folder] { return std::vector<std::string>{folder}; };
  Desk desk(executor, {});
  const Bench bench{executor, desk, std::make_shared<files::LocalFiles>(std::move(options)),
                    std::make_shared<files::SftpFiles>(client), folder};
  co_await test(bench);
  co_await desk.stop();
  co_await client->stop();
  co_return true;
}

void run(Test test) {
  const tests::TemporaryFolder folder;
  EXPECT_TRUE(tests::run_task(with_bench(test, fs::canonical(folder.path()).string())));
}

Task<> tree(const Bench& bench) {
  fs::create_directories(bench.at("a/sub/deep"));
  put(bench.at("a/one"), "one");
  put(bench.at("a/sub/two\nlines"), std::string(300'000, 'x'));
  put(bench.at("a/sub/deep/empty"), "");
  ::chmod(bench.at("a/one").c_str(), 0750);
  ::chmod(bench.at("a/sub").c_str(), 0500);
  fs::create_symlink("/etc/passwd", bench.at("a/link"));
  EXPECT_EQ(::mkfifo(bench.at("a/pipe").c_str(), 0600), 0);
  const timespec times[2] = {{1'600'000'000, 0}, {1'600'000'000, 5}};
  EXPECT_EQ(::utimensat(AT_FDCWD, bench.at("a/one").c_str(), times, 0), 0);
  Order order = bench.order("a", "b");
  order.checksum = true;
  const auto transfer = co_await bench.done(std::move(order));
  const Tally& tally = transfer->tally();
  EXPECT_EQ(transfer->state(), State::done);
  EXPECT_EQ(tally.files, 3U);
  EXPECT_EQ(tally.files_total, 3U);
  EXPECT_EQ(tally.bytes, 300'003U);
  EXPECT_EQ(tally.bytes_total, 300'003U);
  EXPECT_EQ(tally.left_out.count, 2U);
  EXPECT_EQ(get(bench.at("b/sub/two\nlines")).size(), 300'000U);
  EXPECT_EQ(status_of(bench.at("b/one")).st_mode & 07777, 0750U);
  EXPECT_EQ(status_of(bench.at("b/one")).st_mtime, 1'600'000'000);
  EXPECT_EQ(status_of(bench.at("b/sub")).st_mode & 07777, 0500U);
  EXPECT_FALSE(fs::exists(fs::symlink_status(bench.at("b/link"))));
  ::chmod(bench.at("a/sub").c_str(), 0700);
  ::chmod(bench.at("b/sub").c_str(), 0700);
}

TEST(Transfer, CopiesAFolderWithPermissionsAndTimesAndWithoutLinks) {
  run(tree);
}

Task<> conflicts(const Bench& bench) {
  put(bench.at("from"), "new");
  put(bench.at("to"), "old");
  auto refused = co_await bench.done(bench.order("from", "to"));
  EXPECT_EQ(refused->state(), State::failed);
  EXPECT_EQ(refused->error()->code(), Errc::conflict);
  Order order = bench.order("from", "to");
  order.conflict = "skip";
  auto skipped = co_await bench.done(order);
  EXPECT_EQ(skipped->tally().skipped, 1U);
  EXPECT_EQ(get(bench.at("to")), "old");
  order.conflict = "rename";
  auto renamed = co_await bench.done(order);
  EXPECT_EQ(renamed->tally().written, bench.at("to (1)"));
  order.conflict = "overwrite";
  auto over = co_await bench.done(order);
  EXPECT_EQ(over->state(), State::done);
  EXPECT_EQ(get(bench.at("to")), "new");
  order.conflict = "resume";
  auto same = co_await bench.done(order);
  EXPECT_EQ(same->tally().skipped, 1U);
  EXPECT_EQ(same->tally().bytes, 0U);
}

TEST(Transfer, DoesAboutConflictsWhatItIsTold) {
  run(conflicts);
}

Task<> cancelled(const Bench& bench) {
  const std::string bytes = noise(40 << 20);
  put(bench.at("from"), bytes);
  auto started = co_await bench.desk.start(bench.order("from", "to"));
  EXPECT_TRUE(started);
  const auto first = *started;
  while (first->tally().bytes < 8 << 20) co_await first->news(time_point::max());
  EXPECT_TRUE(bench.desk.cancel(*first));
  while (!first->over()) co_await first->news(time_point::max());
  EXPECT_EQ(first->state(), State::cancelled);
  EXPECT_FALSE(bench.desk.cancel(*first));
  EXPECT_FALSE(fs::exists(bench.at("to")));
  Order order = bench.order("from", "to");
  order.conflict = "resume";
  order.checksum = true;
  std::uint64_t moved = 0;
  auto again = co_await bench.desk.start(std::move(order));
  EXPECT_TRUE(again);
  while (!(*again)->over()) {
    co_await (*again)->news(time_point::max());
    if (moved == 0) moved = (*again)->tally().bytes;
  }
  EXPECT_EQ((*again)->state(), State::done);
  EXPECT_GT(moved, std::uint64_t{2} << 20) << "it began anew";
  EXPECT_TRUE(get(bench.at("to")) == bytes);
  std::size_t count = 0;
  for (const auto& one : fs::directory_iterator(bench.folder)) count += one.is_regular_file() ? 1 : 0;
  EXPECT_EQ(count, 2U) << "a part is left";
}

TEST(Transfer, LeavesAPartThatIsGoneOnWith) {
  run(cancelled);
}

Task<> traps(const Bench& bench) {
  fs::create_directories(bench.at("a/sub"));
  fs::create_directories(bench.at("a/other"));
  fs::create_directories(bench.at("outside"));
  put(bench.at("a/sub/file"), "evil");
  put(bench.at("a/other/file"), "good");
  put(bench.at("a/plain"), "evil");
  put(bench.at("outside/victim"), "victim");
  fs::create_directories(bench.at("b"));
  fs::create_directory_symlink(bench.at("outside"), bench.at("b/sub"));
  fs::create_symlink(bench.at("outside/victim"), bench.at("b/plain"));
  Order order = bench.order("a", "b");
  order.conflict = "overwrite";
  auto transfer = co_await bench.done(std::move(order));
  EXPECT_EQ(transfer->state(), State::incomplete);
  EXPECT_EQ(transfer->tally().failures.count, 2U);
  EXPECT_EQ(get(bench.at("b/other/file")), "good");
  EXPECT_EQ(get(bench.at("outside/victim")), "victim");
  EXPECT_FALSE(fs::exists(bench.at("outside/file")));
}

TEST(Transfer, WritesThroughNoLink) {
  run(traps);
}

Task<> lines(const Bench& bench) {
  const std::string bytes(4 << 20, 'x');
  std::vector<std::shared_ptr<Transfer>> all;
  for (int i = 0; i < 6; ++i) {
    put(bench.at("from" + std::to_string(i)), bytes);
    auto started = co_await bench.desk.start(bench.order("from" + std::to_string(i), "to" + std::to_string(i)));
    EXPECT_TRUE(started);
    all.push_back(*started);
  }
  EXPECT_TRUE(bench.desk.cancel(*all.back()));
  std::size_t most = 0;
  for (const auto& one : all) {
    while (!one->over()) {
      std::size_t running = 0;
      for (const auto& other : all) running += other->state() == State::running ? 1 : 0;
      most = std::max(most, running);
      co_await one->news(time_point::max());
    }
  }
  EXPECT_LE(most, Desk::kRunning);
  EXPECT_EQ(all.back()->state(), State::cancelled);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)]->state(), State::done) << i;
  EXPECT_EQ(bench.desk.list("").size(), 6U);
  EXPECT_TRUE(bench.desk.list("somebody").empty());
  EXPECT_EQ(bench.desk.find(all[0]->id(), "somebody"), nullptr);
}

TEST(Desk, RunsAFewAtATime) {
  run(lines);
}

Task<> taken_away(const Bench& bench) {
  put(bench.at("from"), std::string(4 << 20, 'x'));
  Order order = bench.order("from", "to");
  auto asked = std::make_shared<int>(0);
  order.still_good = [asked]() -> Result<> {
    return ++*asked < 3 ? Result<>() : Result<>(Error(Errc::unauthenticated, "Gone."));
  };
  auto transfer = co_await bench.done(std::move(order));
  EXPECT_EQ(transfer->state(), State::failed);
  EXPECT_EQ(transfer->error()->code(), Errc::unauthenticated);
  EXPECT_FALSE(fs::exists(bench.at("to")));
}

TEST(Transfer, EndsWithTheRightToIt) {
  run(taken_away);
}

TEST(Meter, ForgetsWhatWasLongAgo) {
  Meter meter;
  const time_point begin{};
  const auto second = std::chrono::seconds(1);
  meter.add(0, begin);
  for (int i = 1; i <= 20; ++i) meter.add(1000, begin + i * second);
  EXPECT_NEAR(meter.rate(begin + 20 * second), 1000, 100);
  for (int i = 21; i <= 60; ++i) meter.add(10, begin + i * second);
  EXPECT_NEAR(meter.rate(begin + 60 * second), 10, 5);
}

TEST(Names, ThatAreNoneAreRefused) {
  for (const char* bad : {"", ".", "..", "a/b"}) EXPECT_FALSE(is_name(bad)) << bad;
  EXPECT_FALSE(is_name(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_name("a\nb"));
  EXPECT_TRUE(is_name("..."));
}

}  // namespace
}  // namespace duotty::transfer
