// Writing whole or not at all, over all kinds of file systems.
#include <duotty/files/atomic_write.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <duotty/files/local_files.hpp>
#include <duotty/files/sftp_files.hpp>
#include <duotty/files/shell_files.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "run_task.hpp"
#include "sftp_peers.hpp"
#include "shell_peers.hpp"
#include "temporary_folder.hpp"

namespace duotty::files {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using System = std::shared_ptr<FileSystem>;
using Test = Task<> (*)(System, std::string);

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path) << bytes;
}
std::string get(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::size_t count(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

Task<bool> over_sftp(Test test, std::string folder) {
  auto executor = co_await core::asio::this_coro::executor;
  sftp::RealServer server;
  auto client = std::make_shared<sftp::Client>(executor, server.take());
  auto started = co_await client->start();
  EXPECT_TRUE(started);
  co_await test(std::make_shared<SftpFiles>(client), std::move(folder));
  co_await client->stop();
  co_return true;
}
Task<bool> locally(Test test, std::string folder) {
  LocalOptions options;
  options.roots = [folder] { return std::vector<std::string>{folder}; };
  co_await test(std::make_shared<LocalFiles>(std::move(options)), folder);
  co_return true;
}

Task<bool> by_shell(Test test, std::string folder) {
  auto executor = co_await core::asio::this_coro::executor;
  auto files = std::make_shared<ShellFiles>(executor, open_peer(kShells.front()));
  auto started = co_await files->start();
  EXPECT_TRUE(started);
  co_await test(files, std::move(folder));
  co_return true;
}

/// Runs `test` once with each kind, in a folder of its own.
void all(Test test) {
  for (const auto& [name, run] :
       {std::pair("local", &locally), std::pair("sftp", &over_sftp), std::pair("shell", &by_shell)}) {
    SCOPED_TRACE(name);
    const tests::TemporaryFolder folder;
    EXPECT_TRUE(tests::run_task(run(test, fs::canonical(folder.path()).string())));
  }
}

WriteRequest to(const std::string& path, Conflict conflict) {
  WriteRequest request;
  request.path = path;
  request.conflict = conflict;
  return request;
}

/// The whole way of one write.
Task<Result<Written>> store(System system, WriteRequest request, std::string bytes) {
  std::uint64_t have = 0;
  auto file = co_await AtomicWrite::begin(std::move(system), std::move(request), have);
  if (!file) co_return file.error();
  if ((*file)->skipped()) {
    Written written;
    written.skipped = true;
    co_return written;
  }
  auto written = co_await (*file)->write(std::move(bytes));
  if (!written) co_return written.error();
  auto done = co_await (*file)->commit();
  co_await (*file)->abandon();
  co_return done;
}

Task<> conflicts(System system, std::string folder) {
  const std::string path = folder + "/a.tar.gz";
  auto made = co_await store(system, to(path, Conflict::fail), "one");
  EXPECT_TRUE(made && made->created && made->info.size == 3);
  auto refused = co_await store(system, to(path, Conflict::fail), "two");
  EXPECT_EQ(refused.error().code(), Errc::conflict);
  auto skipped = co_await store(system, to(path, Conflict::skip), "two");
  EXPECT_TRUE(skipped && skipped->skipped && get(path) == "one");
  auto renamed = co_await store(system, to(path, Conflict::rename), "two");
  EXPECT_TRUE(renamed && renamed->path == folder + "/a (1).tar.gz" && get(renamed->path) == "two");
  auto again = co_await store(system, to(path, Conflict::rename), "three");
  EXPECT_TRUE(again && get(folder + "/a (2).tar.gz") == "three");
  ::chmod(path.c_str(), 0640);
  auto over = co_await store(system, to(path, Conflict::overwrite), "four");
  EXPECT_TRUE(over && !over->created && get(path) == "four");
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
  EXPECT_EQ(count(folder), 3U);
}

TEST(AtomicWrite, DoesAboutConflictsWhatItIsTold) {
  all(conflicts);
}

/// As long as it is there, no file of ours or of what we start gets longer than that.
class Room {
 public:
  explicit Room(rlim_t bytes) {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit less{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &less);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_{};
  void (*before_)(int) = SIG_DFL;
};

Task<> no_room(System system, std::string folder) {
  const std::string path = folder + "/file";
  put(path, "old");
  for (const bool goes_on : {false, true}) {
    WriteRequest request = to(path, Conflict::overwrite);
    request.upload_id = "an upload";
    if (goes_on) request.resume_up_to = 1'000'000;
    std::uint64_t have = 0;
    auto file = co_await AtomicWrite::begin(system, request, have);
    EXPECT_TRUE(file);
    auto written = co_await (*file)->write(std::string(1'000'000, 'x'));
    auto flushed = co_await (*file)->flush();
    EXPECT_FALSE(written && flushed);
    co_await (*file)->abandon();
    EXPECT_EQ(get(path), "old");
    EXPECT_EQ(count(folder), goes_on ? 2U : 1U);
  }
}

TEST(AtomicWrite, LeavesNothingOfWhatFoundNoRoom) {
  const Room room(100'000);
  all(no_room);
}

Task<> etags(System system, std::string folder) {
  const std::string path = folder + "/file";
  put(path, "first");
  auto info = co_await system->stat(path, false);
  EXPECT_TRUE(info);
  WriteRequest request = to(path, Conflict::fail);
  request.if_match = info->etag();
  auto good = co_await store(system, request, "second!");
  EXPECT_TRUE(good && get(path) == "second!");
  auto stale = co_await store(system, request, "third");
  EXPECT_EQ(stale.error().code(), Errc::conflict);
  EXPECT_NE(stale.error().message().find("has changed"), std::string::npos);
  fs::remove(path);
  auto gone = co_await store(system, request, "third");
  EXPECT_EQ(gone.error().code(), Errc::conflict);
  EXPECT_EQ(count(folder), 0U);
}

TEST(AtomicWrite, KeepsWhatOthersHaveWrittenMeanwhile) {
  all(etags);
}

Task<> changed_meanwhile(System system, std::string folder) {
  const std::string path = folder + "/file";
  std::uint64_t have = 0;
  auto file = co_await AtomicWrite::begin(system, to(path, Conflict::fail), have);
  EXPECT_TRUE(file);
  auto written = co_await (*file)->write("ours");
  EXPECT_TRUE(written);
  put(path, "theirs");
  auto done = co_await (*file)->commit();
  co_await (*file)->abandon();
  EXPECT_EQ(done.error().code(), Errc::conflict);
  EXPECT_EQ(get(path), "theirs");
  EXPECT_EQ(count(folder), 1U);
}

TEST(AtomicWrite, DoesNotReplaceAFileThatAppearedAtTheEnd) {
  all(changed_meanwhile);
}

Task<> marks(System system, std::string folder) {
  const std::string path = folder + "/file";
  WriteRequest request = to(path, Conflict::overwrite);
  request.marks.mode = 0640;
  request.marks.mtime_ns = std::int64_t{1'600'000'000} * 1'000'000'000;
  request.sync = false;
  auto made = co_await store(system, request, "one");
  EXPECT_TRUE(made && made->info.mode == 0640);
  EXPECT_EQ(made->info.mtime_ns, *request.marks.mtime_ns);
  request.marks = {};
  auto over = co_await store(system, request, "two");
  EXPECT_TRUE(over && over->info.mode == 0640) << "its own permissions stay";
  fs::create_directory(folder + "/sub");
  Marks closed;
  closed.mode = 0500;
  auto marked = co_await system->mark_folder(folder + "/sub", closed);
  EXPECT_TRUE(marked);
  auto info = co_await system->stat(folder + "/sub", false);
  EXPECT_TRUE(info && info->mode == 0500);
}

TEST(AtomicWrite, GivesPermissionsAndTimes) {
  all(marks);
}

Task<> no_link(System system, std::string folder) {
  put(folder + "/target", "kept");
  fs::create_symlink("target", folder + "/link");
  WriteRequest request = to(folder + "/link", Conflict::overwrite);
  request.follow = false;
  auto refused = co_await store(system, request, "new");
  EXPECT_EQ(refused.error().code(), Errc::conflict);
  EXPECT_EQ(get(folder + "/target"), "kept");
  EXPECT_EQ(count(folder), 2U);
}

TEST(AtomicWrite, FollowsNoLinkWhenToldSo) {
  all(no_link);
}

Task<> goes_on(System system, std::string folder) {
  WriteRequest request = to(folder + "/file", Conflict::fail);
  request.upload_id = "an-upload";
  std::uint64_t have = 0;
  auto first = co_await AtomicWrite::begin(system, request, have);
  EXPECT_TRUE(first);
  auto written = co_await (*first)->write("12345");
  EXPECT_TRUE(written);
  co_await (*first)->abandon();
  request.resume_up_to = 8;
  auto second = co_await AtomicWrite::begin(system, request, have);
  EXPECT_TRUE(second && (*second)->size() == 5);
  co_await (*second)->abandon();
  request.resume_up_to = 4;
  auto third = co_await AtomicWrite::begin(system, request, have);
  EXPECT_TRUE(third && (*third)->size() == 0) << "it has more than there can be";
  co_await (*third)->discard();
  EXPECT_EQ(count(folder), 0U);
}

TEST(AtomicWrite, GoesOnWithWhatFits) {
  all(goes_on);
}

Task<> links(System system, std::string folder) {
  put(folder + "/real", "old");
  fs::create_symlink("real", folder + "/link");
  fs::create_symlink("nowhere", folder + "/dangling");
  auto done = co_await store(system, to(folder + "/link", Conflict::overwrite), "new");
  EXPECT_TRUE(done && fs::is_symlink(folder + "/link") && get(folder + "/real") == "new");
  auto lost = co_await store(system, to(folder + "/dangling", Conflict::overwrite), "new");
  EXPECT_EQ(lost.error().code(), Errc::conflict);
  fs::create_directory(folder + "/sub");
  auto directory = co_await store(system, to(folder + "/sub", Conflict::overwrite), "new");
  EXPECT_EQ(directory.error().code(), Errc::invalid_params);
  auto nowhere = co_await store(system, to(folder + "/none/file", Conflict::overwrite), "new");
  EXPECT_EQ(nowhere.error().code(), Errc::not_found);
}

TEST(AtomicWrite, ReplacesWhatALinkLeadsTo) {
  all(links);
}

Task<> resumed(System system, std::string folder) {
  WriteRequest request = to(folder + "/file", Conflict::fail);
  request.upload_id = "upload-1";
  std::uint64_t have = 0;
  {
    auto first = co_await AtomicWrite::begin(system, request, have);
    EXPECT_TRUE(first);
    auto written = co_await (*first)->write("0123");
    EXPECT_TRUE(written);
    co_await (*first)->abandon();
  }
  // What is written runs ahead over SFTP: the part is as long as it is once its file is closed.
  request.offset = 99;
  auto wrong = co_await AtomicWrite::begin(system, request, have);
  EXPECT_EQ(wrong.error().code(), Errc::conflict);
  EXPECT_EQ(wrong.error().field(), "offset");
  EXPECT_EQ(have, 4U);
  request.offset = have;
  auto done = co_await store(system, request, "456");
  EXPECT_TRUE(done && get(folder + "/file") == "0123456");
  EXPECT_EQ(count(folder), 1U);
  WriteRequest anew = to(folder + "/other", Conflict::fail);
  anew.upload_id = "upload-2";
  {
    auto begun = co_await AtomicWrite::begin(system, anew, have);
    auto written = co_await (*begun)->write("old");
    EXPECT_TRUE(written);
    co_await (*begun)->abandon();
  }
  auto fresh = co_await store(system, anew, "new one");
  EXPECT_TRUE(fresh && get(folder + "/other") == "new one");
  anew.upload_id.clear();
  anew.offset = 3;
  auto nameless = co_await AtomicWrite::begin(system, anew, have);
  EXPECT_FALSE(nameless);
}

TEST(AtomicWrite, GoesOnWhereItBrokeOff) {
  all(resumed);
}

Task<> trees(System system, std::string folder) {
  fs::create_directories(folder + "/tree/a/b");
  for (int i = 0; i < 20; ++i) put(folder + "/tree/a/" + std::to_string(i), "x");
  put(folder + "/kept", "kept");
  fs::create_symlink(folder + "/kept", folder + "/tree/link");
  fs::create_symlink(folder, folder + "/tree/a/up");
  auto removal = co_await system->remove_tree(folder + "/tree");
  EXPECT_TRUE(removal && removal->removed == 25 && removal->failed == 0);
  EXPECT_TRUE(!fs::exists(folder + "/tree") && get(folder + "/kept") == "kept");
  auto made = co_await system->mkdir(folder + "/new");
  EXPECT_TRUE(made);
  auto again = co_await system->mkdir(folder + "/new");
  EXPECT_EQ(again.error().code(), Errc::conflict);
  put(folder + "/new/x", "x");
  auto full = co_await system->remove(folder + "/new");
  EXPECT_EQ(full.error().code(), Errc::conflict);
  auto taken = co_await system->rename(folder + "/kept", folder + "/new/x", false);
  EXPECT_EQ(taken.error().code(), Errc::conflict);
  auto listed = co_await system->list(folder, 10);
  EXPECT_TRUE(listed && listed->entries.size() == 2 && listed->entries[0].name == "kept");
}

TEST(FileSystems, AgreeAboutFolders) {
  all(trees);
}

Task<> ranges(System system, std::string folder) {
  std::string bytes;
  for (int i = 0; bytes.size() < 3'000'000; ++i) bytes += std::to_string(i) + "\n";
  put(folder + "/large", bytes);
  auto file = co_await system->open(folder + "/large", Open::read, 0);
  EXPECT_TRUE(file);
  for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{1'234'567}, std::uint64_t{bytes.size() - 10}}) {
    std::string got;
    for (;;) {
      auto piece = co_await (*file)->read(from + got.size(), 300'000);
      EXPECT_TRUE(piece);
      if (!piece || piece->empty()) break;
      got += *piece;
    }
    EXPECT_TRUE(got == bytes.substr(from)) << from;
  }
  auto beyond = co_await (*file)->read(bytes.size() + 5, 10);
  EXPECT_TRUE(beyond && beyond->empty());
}

TEST(FileSystems, AgreeAboutRanges) {
  all(ranges);
}

}  // namespace
}  // namespace duotty::files
