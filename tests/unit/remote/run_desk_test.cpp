#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/link/spool.hpp>
#include <duotty/remote/run_desk.hpp>
#include <filesystem>

#include "run_folder.hpp"
#include "run_task.hpp"
#include "temporary_folder.hpp"

namespace duotty::remote {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RunDeskTest : public ::testing::Test {
 protected:
  /// What a process has left in its folder; without `end` it was killed.
  void leave(const std::string& id, double asked, std::size_t bytes, std::optional<link::RunEnd> end) {
    const std::string folder = place_.file(id);
    std::filesystem::create_directory(folder);
    jobs::HostJob job;
    job.id = id;
    job.owner = id == "c" ? "team" : "";
    job.asked = asked;
    ASSERT_TRUE(core::replace_file(folder + "/about", encode_about(job), {}));
    link::Spool spool;
    ASSERT_TRUE(spool.open(folder));
    spool.begin(1000);
    for (std::size_t at = 0; at < bytes; at += 1024) spool.add(link::Output::out, std::string(1024, 'x'));
    if (!end) return;
    ASSERT_TRUE(core::replace_file(folder + "/end", link::encode(*end), {}));
  }

  /// Runs `body` with a desk that has found all of it.
  template <class Body>
  void with_desk(RunDeskOptions options, Body body) {
    core::asio::io_context loop;
    core::Offload offload;
    options.directory = place_.string();
    RunDesk desk(loop.get_executor(), options, offload);
    desk.resume();
    auto both = [](RunDesk& one, Body inner) -> core::Task<> {
      co_await inner(one);
      co_await one.stop();
    };
    core::asio::co_spawn(loop, both(desk, body), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    loop.run();
  }

  tests::TemporaryFolder place_;
};

std::vector<std::string> words(const std::vector<jobs::HostJob>& jobs) {
  std::vector<std::string> out;
  for (const auto& job : jobs) out.push_back(job.id + ":" + job.status);
  return out;
}

link::RunEnd ended(int code) {
  link::RunEnd end;
  end.status = link::RunStatus::completed;
  end.code = code;
  end.at_ms = 9000;
  return end;
}

TEST_F(RunDeskTest, FindsWhatEarlierWorkersHaveStarted) {
  leave("a", 1, 2048, ended(3));
  leave("b", 3, 1024, std::nullopt);
  leave("c", 2, 0, ended(0));
  std::filesystem::create_directory(place_.file("rubbish"));
  with_desk({}, [](RunDesk& desk) -> core::Task<> {
    EXPECT_THAT(words(co_await desk.list("")), ElementsAre("b:lost", "c:completed", "a:completed"));
    EXPECT_THAT(words(co_await desk.list("team")), ElementsAre("c:completed"));
    const auto first = co_await desk.find("a", "");
    EXPECT_TRUE(first && first->over && first->exit_code == 3 && first->written[0] == 2048);
    const auto hidden = co_await desk.find("a", "team");
    EXPECT_FALSE(hidden);
    const auto piece = co_await desk.read("b", jobs::Stream::out, 1000, 100);
    EXPECT_EQ(piece.bytes, std::string(24, 'x'));
    EXPECT_FALSE(desk.cancel("a", "TERM"));
    EXPECT_FALSE(desk.cancel("nothing", "TERM"));
  });
  EXPECT_FALSE(std::filesystem::exists(place_.file("rubbish")));
}

TEST_F(RunDeskTest, LetsTheOldestOutputsGoAndThenTheOldestJobs) {
  leave("a", 1, 100 * 1024, ended(1));
  leave("b", 2, 100 * 1024, ended(2));
  leave("c", 3, 100 * 1024, ended(3));
  RunDeskOptions options;
  options.most_kept = 2;
  options.most_bytes = 150 * 1024;
  with_desk(options, [](RunDesk& desk) -> core::Task<> {
    EXPECT_THAT(words(co_await desk.list("")), ElementsAre("c:completed", "b:completed"));
    const auto kept = co_await desk.read("c", jobs::Stream::out, 0, 10);
    EXPECT_EQ(kept.bytes.size(), 10U);
    const auto gone = co_await desk.read("b", jobs::Stream::out, 0, 10);
    EXPECT_THAT(gone.bytes, IsEmpty());
  });
  EXPECT_TRUE(std::filesystem::exists(place_.file("c")));
  EXPECT_FALSE(std::filesystem::exists(place_.file("b")));
  EXPECT_FALSE(std::filesystem::exists(place_.file("a")));
}

TEST_F(RunDeskTest, ForgetsWhatItIsToldToWithItsOutputs) {
  leave("a", 1, 1024, ended(0));
  leave("b", 2, 1024, ended(0));
  with_desk({}, [](RunDesk& desk) -> core::Task<> {
    std::set<std::string> ids = {"a", "nothing"};
    co_await desk.forget(std::move(ids));
    EXPECT_THAT(words(co_await desk.list("")), ElementsAre("b:completed"));
  });
  EXPECT_FALSE(std::filesystem::exists(place_.file("a")));
  EXPECT_TRUE(std::filesystem::exists(place_.file("b")));
}

TEST(RunFolder, ReadsOfWhoAskedForWhatAllOrNothing) {
  jobs::HostJob job;
  job.id = "k";
  job.command = "make\nall";
  job.by = "agent:ci";
  job.asked = 12.5;
  const std::string bytes = encode_about(job);
  const auto read = decode_about(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->command, job.command);
  EXPECT_EQ(read->asked, 12.5);
  EXPECT_FALSE(read->over);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_about(bytes.substr(0, size)));
}

}  // namespace
}  // namespace duotty::remote
