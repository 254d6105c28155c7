#include <duotty/core/replace_file.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "temporary_folder.hpp"

namespace duotty::core {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

mode_t mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

/// Files cannot grow beyond this while it lives, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

class ReplaceFile : public testing::Test {
 protected:
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder)) out.insert(entry.path().filename());
    return out;
  }

  tests::TemporaryFolder temporary;
  const std::string folder = temporary.string();
  const std::string path = temporary.file("file");
};

TEST_F(ReplaceFile, MakesAFileWithItsModeWhateverTheUmaskIs) {
  const mode_t before = ::umask(0077);
  const auto made = replace_file(path, "one", {.mode = 0644});
  ::umask(before);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(text_of(path), "one");
  EXPECT_EQ(mode_of(path), 0644U);
  ASSERT_TRUE(replace_file(path, "", {.synced = false}));
  EXPECT_EQ(text_of(path), "");
  EXPECT_EQ(mode_of(path), 0600U) << "the mode of the options, not of the old file";
  EXPECT_EQ(names(), std::set<std::string>{"file"});
}

TEST_F(ReplaceFile, KeepsTheModeOfAFileOnlyWhenAsked) {
  ASSERT_TRUE(replace_file(path, "one", {.mode = 0640}));
  ASSERT_TRUE(replace_file(path, "two", {.mode = 0600, .keeps_mode = true}));
  EXPECT_EQ(text_of(path), "two");
  EXPECT_EQ(mode_of(path), 0640U);
  ASSERT_TRUE(replace_file(folder + "/other", "new", {.mode = 0604, .keeps_mode = true}));
  EXPECT_EQ(mode_of(folder + "/other"), 0604U);
}

TEST_F(ReplaceFile, IsAnotherFileSoThatReadersKeepWhatTheyHaveOpened) {
  ASSERT_TRUE(replace_file(path, "one", {}));
  std::ifstream reader(path);
  ASSERT_TRUE(replace_file(path, "two", {}));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "one");
  EXPECT_EQ(text_of(path), "two");
}

TEST_F(ReplaceFile, ALinkIsReplacedByTheFile) {
  std::ofstream(folder + "/target") << "not ours";
  fs::create_symlink("target", path);
  ASSERT_TRUE(replace_file(path, "ours", {}));
  EXPECT_FALSE(fs::is_symlink(path));
  EXPECT_EQ(text_of(path), "ours");
  EXPECT_EQ(text_of(folder + "/target"), "not ours");
}

TEST_F(ReplaceFile, ALinkStaysALinkWhenItIsFollowed) {
  fs::create_directory(folder + "/real");
  fs::create_symlink("real/file", path);
  ASSERT_TRUE(replace_file(path, "through a link to nothing", {.follows = true}));
  EXPECT_EQ(text_of(folder + "/real/file"), "through a link to nothing");
  fs::create_symlink(path, folder + "/second");
  ASSERT_TRUE(replace_file(folder + "/second", "through two", {.follows = true}));
  EXPECT_EQ(text_of(folder + "/real/file"), "through two");
  EXPECT_TRUE(fs::is_symlink(path) && fs::is_symlink(folder + "/second"));
  EXPECT_EQ(names(), (std::set<std::string>{"file", "real", "second"}));
}

TEST_F(ReplaceFile, LinksInACircleAreAnError) {
  fs::create_symlink("other", path);
  fs::create_symlink("file", folder + "/other");
  const auto failed = replace_file(path, "text", {.follows = true});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "Cannot write " + path + ": Too many levels of symbolic links.");
  EXPECT_EQ(names(), (std::set<std::string>{"file", "other"}));
}

TEST_F(ReplaceFile, AFullDiskLeavesTheOldFileAndNothingBesideIt) {
  ASSERT_TRUE(replace_file(path, "the old text", {}));
  for (const bool shared : {false, true}) {
    const FullDisk full(4096);
    const auto failed = replace_file(path, std::string(100'000, 'x'), {.mode = 0644, .shared = shared});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), base::Errc::io);
    EXPECT_TRUE(failed.error().message().starts_with("Cannot write " + path + ": ")) << failed.error().message();
  }
  EXPECT_EQ(text_of(path), "the old text");
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(names(), std::set<std::string>{"file"});
}

TEST_F(ReplaceFile, AMissingFolderAndAFolderInThePlaceAreErrors) {
  const auto missing = replace_file(folder + "/none/file", "text", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message(), "Cannot write " + folder + "/none/file: No such file or directory.");
  fs::create_directory(path);
  EXPECT_FALSE(replace_file(path, "text", {}));
  EXPECT_TRUE(fs::is_directory(path));
  EXPECT_EQ(names(), std::set<std::string>{"file"});
}

TEST_F(ReplaceFile, WhatACrashLeftIsNotInTheWay) {
  std::ofstream(path + ".new") << "half of a long text";
  ASSERT_TRUE(replace_file(path, "whole", {}));
  EXPECT_EQ(text_of(path), "whole");
  EXPECT_EQ(names(), std::set<std::string>{"file"});
}

TEST_F(ReplaceFile, ASharedFileLeavesTheFilesOfOthersAlone) {
  std::ofstream(path + ".new") << "of somebody else";
  ASSERT_TRUE(replace_file(path, "ours", {.shared = true}));
  EXPECT_EQ(text_of(path), "ours");
  EXPECT_EQ(text_of(path + ".new"), "of somebody else");
  EXPECT_EQ(names(), (std::set<std::string>{"file", "file.new"}));
}

TEST_F(ReplaceFile, BytesAreWrittenAsTheyAre) {
  std::string bytes(300'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  ASSERT_TRUE(replace_file(path, bytes, {}));
  EXPECT_EQ(text_of(path), bytes);
}

}  // namespace
}  // namespace duotty::core
