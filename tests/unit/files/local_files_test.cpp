// The server's own files, with kernels that have openat2 and without it. What lies outside of the roots stays
// untouched.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <duotty/files/local_files.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "run_task.hpp"
#include "temporary_folder.hpp"

namespace duotty::files {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using tests::run_task;

class LocalFilesTest : public testing::TestWithParam<bool> {
 protected:
  LocalFilesTest() {
    fs::create_directories(root + "/sub");
    fs::create_directories(outside + "/deep");
    put(root + "/file", "inside");
    put(root + "/sub/inner", "inner");
    put(outside + "/secret", "secret");
    put(outside + "/deep/secret", "secret");
    LocalOptions options;
    options.roots = [this] { return roots; };
    options.closed = {root + "/closed"};
    options.openat2 = GetParam();
    files = std::make_unique<LocalFiles>(std::move(options));
  }

  static void put(const std::string& path, const std::string& bytes) { std::ofstream(path) << bytes; }
  static std::string get(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static Task<Result<std::string>> contents(LocalFiles& files, std::string path) {
    auto file = co_await files.open(path, Open::read, 0);
    if (!file) co_return file.error();
    co_return co_await (*file)->read(0, 1000);
  }
  Result<std::string> read(const std::string& path) { return run_task(contents(*files, path)); }
  static Errc code(const Result<std::string>& result) { return result ? Errc::internal : result.error().code(); }

  const tests::TemporaryFolder folder;
  const std::string base = fs::canonical(folder.path()).string();
  const std::string root = base + "/root";
  const std::string outside = base + "/outside";
  std::vector<std::string> roots = {root};
  std::unique_ptr<LocalFiles> files;
};

TEST_P(LocalFilesTest, ReadsWhatIsInside) {
  EXPECT_EQ(read(root + "/file").value(), "inside");
  EXPECT_EQ(read("~/sub/inner").value(), "inner");
  EXPECT_EQ(read(root + "//sub/./../sub/inner").value(), "inner");
  EXPECT_EQ(code(read(root + "/nothing")), Errc::not_found);
  EXPECT_EQ(code(read(root + "/sub")), Errc::invalid_params);
  EXPECT_EQ(code(read("file")), Errc::invalid_params);
  EXPECT_EQ(code(read(std::string("/a\0b", 4))), Errc::invalid_params);
  EXPECT_EQ(code(read(root + "/" + std::string(5000, 'x'))), Errc::invalid_params);
  EXPECT_EQ(code(read(root + "/" + std::string(300, 'x'))), Errc::invalid_params);
}

TEST_P(LocalFilesTest, NoPathLeadsOut) {
  for (const std::string& path : {outside + "/secret", root + "/../outside/secret", root + "/sub/../../outside/secret",
                                  std::string("/etc/passwd"), root + "x", std::string("~/../outside/secret")}) {
    EXPECT_EQ(code(read(path)), Errc::denied) << path;
  }
}

TEST_P(LocalFilesTest, NoLinkLeadsOut) {
  fs::create_symlink(outside + "/secret", root + "/absolute");
  fs::create_symlink("../outside/secret", root + "/relative");
  fs::create_symlink("../outside", root + "/folder");
  fs::create_symlink("folder/deep", root + "/chain");
  fs::create_symlink("/proc/self/root", root + "/magic");
  for (const char* name : {"/absolute", "/relative", "/folder/secret", "/folder/deep/secret", "/chain/secret",
                           "/magic/etc/passwd", "/folder/nothing"}) {
    EXPECT_EQ(code(read(root + name)), Errc::denied) << name;
  }
  const auto refused = [&](auto task) {
    auto result = run_task(std::move(task));
    return !result && result.error().code() == Errc::denied;
  };
  EXPECT_TRUE(refused(files->list(root + "/folder", 10)));
  EXPECT_TRUE(refused(files->stat(root + "/absolute", true)));
  EXPECT_TRUE(refused(files->mkdir(root + "/folder/new")));
  EXPECT_TRUE(refused(files->remove(root + "/folder/secret")));
  EXPECT_TRUE(refused(files->remove_tree(root + "/folder/deep")));
  EXPECT_TRUE(refused(files->rename(root + "/file", root + "/folder/file", true)));
  EXPECT_TRUE(refused(files->rename(root + "/folder/secret", root + "/got", true)));
  EXPECT_TRUE(refused(files->open(root + "/folder/new", Open::create, 0600)));
  EXPECT_TRUE(refused(files->resolve(root + "/absolute", true)));
  EXPECT_EQ(run_task(files->stat(root + "/absolute", false)).value().kind, Kind::link);
  EXPECT_EQ(get(outside + "/secret"), "secret");
  EXPECT_TRUE(fs::exists(root + "/file") && !fs::exists(outside + "/new"));
}

TEST_P(LocalFilesTest, LinksWithinAreFollowed) {
  fs::create_symlink(root + "/file", root + "/absolute");
  fs::create_symlink("../file", root + "/sub/relative");
  fs::create_symlink(root + "/sub", root + "/folder");
  EXPECT_EQ(read(root + "/absolute").value(), "inside");
  EXPECT_EQ(read(root + "/sub/relative").value(), "inside");
  EXPECT_EQ(read(root + "/folder/inner").value(), "inner");
  EXPECT_EQ(run_task(files->resolve(root + "/folder/inner", true)).value(), root + "/sub/inner");
  EXPECT_EQ(code(run_task(files->resolve(root + "/folder/none", true))), Errc::not_found);
  EXPECT_TRUE(run_task(files->mkdir(root + "/folder/made")));
  EXPECT_TRUE(fs::is_directory(root + "/sub/made"));
}

TEST_P(LocalFilesTest, ARootMayBeReachedByALink) {
  fs::create_symlink("root", base + "/alias");
  roots = {base + "/alias"};
  EXPECT_EQ(read(base + "/alias/file").value(), "inside");
  EXPECT_EQ(read(root + "/file").value(), "inside");
  EXPECT_EQ(code(read(outside + "/secret")), Errc::denied);
}

TEST_P(LocalFilesTest, WithoutRootsNothingIsGranted) {
  roots = {};
  EXPECT_EQ(code(read(root + "/file")), Errc::denied);
  EXPECT_EQ(code(read("~/file")), Errc::denied);
}

TEST_P(LocalFilesTest, WhatIsClosedStaysSo) {
  fs::create_directories(root + "/closed/keys");
  put(root + "/closed/keys/key", "key");
  fs::create_symlink("closed/keys/key", root + "/key");
  EXPECT_EQ(code(read(root + "/closed/keys/key")), Errc::denied);
  EXPECT_EQ(code(read(root + "/key")), Errc::denied);
  EXPECT_FALSE(run_task(files->list(root + "/closed", 10)));
  EXPECT_FALSE(run_task(files->rename(root + "/closed", root + "/open", false)));
  EXPECT_FALSE(run_task(files->remove_tree(root + "/closed")));
  fs::create_directories(root + "/around");
  EXPECT_FALSE(run_task(files->rename(root + "/file", root + "/closed/file", false)));
  EXPECT_TRUE(fs::exists(root + "/closed/keys/key"));
}

TEST_P(LocalFilesTest, TheRootsThemselvesStay) {
  EXPECT_FALSE(run_task(files->remove_tree(root)));
  EXPECT_FALSE(run_task(files->rename(root, base + "/other", false)));
  EXPECT_TRUE(fs::exists(root + "/file"));
}

TEST_P(LocalFilesTest, PipesAndDevicesAreNotOpened) {
  ASSERT_EQ(::mkfifo((root + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(code(read(root + "/pipe")), Errc::invalid_params);
  EXPECT_FALSE(run_task(files->open(root + "/pipe", Open::resume, 0)));
  EXPECT_FALSE(run_task(files->open(root + "/sub", Open::resume, 0)));
}

TEST_P(LocalFilesTest, ListsInOrderWithoutFollowing) {
  fs::create_symlink(outside, root + "/a-link");
  const auto listed = run_task(files->list(root, 10));
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->entries.size(), 3U);
  EXPECT_EQ(listed->entries[0].name, "a-link");
  EXPECT_EQ(listed->entries[0].info.kind, Kind::link);
  EXPECT_EQ(listed->entries[1].info.size, 6U);
  EXPECT_EQ(listed->entries[2].info.kind, Kind::folder);
  const auto cut = run_task(files->list(root, 1));
  EXPECT_TRUE(cut && cut->entries.size() == 1 && !cut->complete);
}

TEST_P(LocalFilesTest, RenamesWithoutLosingAnything) {
  put(root + "/other", "other");
  EXPECT_EQ(run_task(files->rename(root + "/file", root + "/other", false)).error().code(), Errc::conflict);
  EXPECT_EQ(get(root + "/other"), "other");
  EXPECT_TRUE(run_task(files->rename(root + "/file", root + "/other", true)));
  EXPECT_EQ(get(root + "/other"), "inside");
  EXPECT_EQ(run_task(files->remove(root + "/sub")).error().code(), Errc::conflict);
  EXPECT_TRUE(run_task(files->remove(root + "/sub/inner")));
  EXPECT_TRUE(run_task(files->remove(root + "/sub")));
}

TEST_P(LocalFilesTest, RemovesTreesButNeverBehindLinks) {
  fs::create_directories(root + "/tree/a/b/c");
  for (int i = 0; i < 300; ++i) put(root + "/tree/a/" + std::to_string(i), "x");
  fs::create_symlink(outside, root + "/tree/a/link");
  fs::create_symlink(outside + "/secret", root + "/tree/file");
  const auto removal = run_task(files->remove_tree(root + "/tree"));
  ASSERT_TRUE(removal);
  EXPECT_EQ(removal->removed, 306U);
  EXPECT_EQ(removal->failed, 0U);
  EXPECT_FALSE(fs::exists(root + "/tree"));
  EXPECT_EQ(get(outside + "/secret"), "secret");
  fs::create_symlink(outside, root + "/link");
  EXPECT_TRUE(run_task(files->remove_tree(root + "/link")));
  EXPECT_TRUE(fs::exists(outside + "/deep/secret"));
}

TEST_P(LocalFilesTest, RemovesTreesOfAnyDepth) {
  fs::create_directory(root + "/top");
  int at = ::open((root + "/top").c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 1200; ++i) {
    ASSERT_EQ(::mkdirat(at, "d", 0700), 0);
    ASSERT_EQ(::symlinkat(outside.c_str(), at, "link"), 0);
    const int inner = ::openat(at, "d", O_RDONLY | O_DIRECTORY);
    ::close(std::exchange(at, inner));
  }
  ::close(at);
  auto removal = run_task(files->remove_tree(root + "/top"));
  ASSERT_TRUE(removal);
  EXPECT_EQ(removal->removed, 2401U);
  EXPECT_EQ(removal->failed, 0U);
  EXPECT_FALSE(fs::exists(root + "/top"));
  EXPECT_EQ(get(outside + "/secret"), "secret");
}

TEST_P(LocalFilesTest, TellsWhatItCouldNotRemove) {
  if (::geteuid() == 0) {
    // For root only what is in use resists: the folder below which something is closed.
    fs::create_directories(root + "/closed");
    EXPECT_FALSE(run_task(files->remove_tree(root + "/closed")));
    return;
  }
  fs::create_directories(root + "/tree/fixed");
  put(root + "/tree/fixed/file", "x");
  put(root + "/tree/free", "x");
  ::chmod((root + "/tree/fixed").c_str(), 0500);
  const auto removal = run_task(files->remove_tree(root + "/tree"));
  ::chmod((root + "/tree/fixed").c_str(), 0700);
  ASSERT_TRUE(removal);
  EXPECT_EQ(removal->removed, 1U);
  EXPECT_EQ(removal->failed, 3U);
  EXPECT_EQ(removal->failures.front().path, root + "/tree/fixed/file");
}

TEST_P(LocalFilesTest, AFolderThatBecomesALinkLeadsNowhere) {
  std::atomic<bool> stop = false;
  std::thread attacker([&] {
    while (!stop) {
      std::error_code ignored;
      fs::rename(root + "/sub", root + "/aside", ignored);
      fs::create_directory_symlink(outside, root + "/sub", ignored);
      fs::remove(root + "/sub", ignored);
      fs::rename(root + "/aside", root + "/sub", ignored);
    }
  });
  put(outside + "/inner", "secret");
  for (int i = 0; i < 300; ++i) {
    const auto got = read(root + "/sub/inner");
    if (got) {
      EXPECT_EQ(*got, "inner");
    }
    static_cast<void>(run_task(files->mkdir(root + "/sub/made")));
    static_cast<void>(run_task(files->remove_tree(root + "/sub/deep")));
  }
  stop = true;
  attacker.join();
  EXPECT_FALSE(fs::exists(outside + "/made"));
  EXPECT_TRUE(fs::exists(outside + "/deep/secret"));
}

TEST_P(LocalFilesTest, ATreeWhoseFoldersBecomeLinksMeanwhileTakesNothingElseAlong) {
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 50; ++i) {
      fs::create_directories(root + "/tree/" + std::to_string(i) + "/deep");
      put(root + "/tree/" + std::to_string(i) + "/deep/file", "x");
    }
    std::atomic<bool> stop = false;
    std::thread attacker([&] {
      while (!stop) {
        for (int i = 49; i >= 0 && !stop; --i) {
          std::error_code ignored;
          const std::string name = root + "/tree/" + std::to_string(i);
          fs::rename(name, name + "x", ignored);
          fs::create_directory_symlink(outside, name, ignored);
        }
      }
    });
    static_cast<void>(run_task(files->remove_tree(root + "/tree")));
    stop = true;
    attacker.join();
    ASSERT_TRUE(fs::exists(outside + "/deep/secret") && fs::exists(outside + "/secret"));
    fs::remove_all(root + "/tree");
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, LocalFilesTest, testing::Bool(),
                         [](const auto& given) { return given.param ? "WithOpenat2" : "WithoutOpenat2"; });

}  // namespace
}  // namespace duotty::files
