// The promise: `kill -9` of the worker at any moment, under full-speed output, costs no byte, no process, no exit code.
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <sstream>

#include "keeper_harness.hpp"
#include "keeper_pattern.hpp"

namespace duotty::pty::test {
namespace {

constexpr int kTerminals = 3;
constexpr std::uint64_t kLines = 1'500'000;  // 24 MB each
constexpr int kKills = 40;

/// Follows the verifying workers; each line they say is checked against what earlier ones said.
class Follower {
 public:
  /// One report of the current worker; false when it has ended.
  bool follow(const base::UniqueFd& control) {
    const std::string text = receive(control);
    if (text.empty()) return false;
    std::istringstream words(text);
    std::string what;
    std::string id;
    words >> what;
    if (what == "worker") {
      words >> worker;
    } else if (what == "progress") {
      ++progress;
    } else if (what == "spawned" || what == "adopted") {
      pid_t pid = 0;
      words >> id >> pid;
      const auto [at, fresh] = pids.emplace(id, pid);
      EXPECT_EQ(at->second, pid) << id << " is another process";
      if (what == "adopted") {
        ++adopted;
        EXPECT_THAT(text, testing::EndsWith("meta of " + id));
      }
    } else if (what == "exited") {
      std::uint64_t code = 0;
      std::uint64_t bytes = 0;
      words >> id >> code >> bytes;
      EXPECT_EQ(code, 42U) << text;
      EXPECT_EQ(bytes, kLines * kLineBytes) << text;
      ended.insert(id);
    } else {
      ADD_FAILURE() << text;
    }
    return true;
  }

  pid_t worker = 0;
  int progress = 0;
  int adopted = 0;
  std::map<std::string, pid_t> pids;
  std::set<std::string> ended;
};

TEST(KeeperKill, NoByteIsLostOrDoubledWhateverTheMoment) {
  const TempDir dir;
  const Control control(dir / "control");
  Process keeper({kStub, "keeper", dir / "state", dir / "run", "1", "1000", kStub, "verify", dir / "control",
                  std::to_string(kTerminals), std::to_string(kLines)});
  std::mt19937 random(20240607);
  Follower follower;
  int kills = 0;
  while (follower.ended.size() < kTerminals) {
    const base::UniqueFd worker = control.accept();
    ASSERT_TRUE(worker);
    // Until some reports have come, and then a little further: any instruction may be its last.
    const int until = follower.progress + static_cast<int>(random() % 4);
    bool up = true;
    while (up && follower.ended.size() < kTerminals &&
           (kills >= kKills || follower.progress < until || follower.worker == 0))
      up = follower.follow(worker);
    if (follower.ended.size() == kTerminals) break;
    ASSERT_TRUE(up) << "the worker ended by itself";
    const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 3000);
    while (std::chrono::steady_clock::now() < moment) continue;
    ASSERT_EQ(::kill(follower.worker, SIGKILL), 0);
    follower.worker = 0;
    ++kills;
    while (follower.follow(worker)) continue;  // what it could still say
    follower.worker = 0;
  }
  EXPECT_EQ(kills, kKills) << "the output ended too early for the test to mean anything";
  EXPECT_GT(follower.adopted, kTerminals);
  EXPECT_EQ(follower.pids.size(), static_cast<std::size_t>(kTerminals));
  keeper.signal(SIGTERM);
  EXPECT_EQ(keeper.wait(), 0);
}

}  // namespace
}  // namespace duotty::pty::test
