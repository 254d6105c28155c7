#include "ended_files.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

using namespace duotty::pty;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// A state directory that is removed with the test.
class EndedFiles : public testing::Test {
 protected:
  /// A terminal's folder with a ring of `bytes`, last used `ago` before now.
  void leave(const std::string& id, std::size_t bytes, std::chrono::seconds ago) const {
    const fs::path folder = state_ / "terminals" / id;
    fs::create_directories(folder);
    std::ofstream(folder / "ring") << std::string(bytes, 'x');
    fs::last_write_time(folder / "ring", now_ - ago);
  }
  std::set<std::string> kept() const {
    std::set<std::string> names;
    if (!fs::exists(state_ / "ended")) return names;
    for (const auto& entry : fs::directory_iterator(state_ / "ended")) names.insert(entry.path().filename());
    return names;
  }
  void keep(fs::file_time_type at) const { keep_ended(state_, at); }
  void prune(fs::file_time_type at, const EndedLimits& limits) const { prune_ended(state_, at, limits); }

  duotty::tests::TemporaryFolder temporary_;
  const fs::path state_ = temporary_.path();
  fs::file_time_type now_ = fs::file_time_type::clock::now();
};

using Names = std::set<std::string>;

}  // namespace

TEST_F(EndedFiles, ADeadKeepersTerminalsAreKeptAndTheirPlaceIsFree) {
  leave("a", 10, 5s);
  leave("b", 10, 9s);
  fs::create_directories(state_ / "terminals/empty");
  keep(now_);
  EXPECT_EQ(kept(), (Names{"a", "b"}));
  EXPECT_FALSE(fs::exists(state_ / "terminals"));
  EXPECT_TRUE(fs::exists(state_ / "ended/a/ring"));
  struct stat st {};
  ASSERT_EQ(::stat((state_ / "ended").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700U);
  keep(now_);  // nothing was left: nothing happens
  EXPECT_EQ(kept(), (Names{"a", "b"}));
}

TEST_F(EndedFiles, NothingLeftMakesNoFolder) {
  keep(now_);
  prune(now_, {});
  EXPECT_FALSE(fs::exists(state_ / "ended"));
}

TEST_F(EndedFiles, OnlyTheNewestAreKept) {
  leave("old", 10, 3600s);
  leave("newer", 10, 60s);
  leave("newest", 10, 1s);
  keep(now_);
  prune(now_, {.terminals = 2});
  EXPECT_EQ(kept(), (Names{"newer", "newest"}));
  leave("later", 10, 7200s);
  keep(now_ + 1h);
  prune(now_ + 1h, {.terminals = 2});
  EXPECT_EQ(kept(), (Names{"later", "newest"})) << "what ended later counts as newer, whenever it was used";
}

TEST_F(EndedFiles, WhatIsTooMuchForTheDiskGoesTheOldestFirst) {
  leave("old", 60'000, 3600s);
  leave("new", 60'000, 1s);
  keep(now_);
  prune(now_, {.bytes = 100'000});
  EXPECT_EQ(kept(), (Names{"new"}));
}

TEST_F(EndedFiles, WhatIsTooOldGoes) {
  leave("a", 10, 1s);
  keep(now_);
  prune(now_ + 167h, {});
  EXPECT_EQ(kept(), (Names{"a"}));
  prune(now_ + 169h, {});
  EXPECT_EQ(kept(), Names{});
}
