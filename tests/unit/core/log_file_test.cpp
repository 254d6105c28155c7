#include <duotty/core/log.hpp>
#include <duotty/core/log_file.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "temporary_folder.hpp"

namespace duotty::core {
namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class LogFile : public testing::Test {
 protected:
  LogFile() {
    path = folder + "/log";
    set_log_file(path);
  }
  ~LogFile() override {
    set_log_file("");
  }

  tests::TemporaryFolder temporary;
  const std::string folder = temporary.string();
  std::string path;
};

TEST_F(LogFile, HasOneLineAnEventThatOnlyItsUserReads) {
  write_log_file(LogLevel::warning, "first\nwith \x1b[31m and \x7f");
  write_log_file(LogLevel::error, "second");
  EXPECT_THAT(contents(path),
              testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}[+-][0-9]{4} "
                                    "warning first\\\\x0awith \\\\x1b\\[31m and \\\\x7f\n.* error second\n"));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(LogFile, IsMadePrivateAgain) {
  write_log_file(LogLevel::info, "x");
  ::chmod(path.c_str(), 0644);
  write_log_file(LogLevel::info, "y");
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(LogFile, IsNotWrittenThroughALink) {
  fs::create_symlink(folder + "/elsewhere", path);
  write_log_file(LogLevel::info, "x");
  EXPECT_FALSE(fs::exists(folder + "/elsewhere"));
}

TEST_F(LogFile, DoesNotWaitForAReaderOfAPipe) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  write_log_file(LogLevel::info, "x");
  EXPECT_TRUE(fs::is_fifo(path));
}

TEST_F(LogFile, CutsWhatIsTooLong) {
  write_log_file(LogLevel::info, std::string(3 * kLogTextBytes, 'x'));
  EXPECT_LT(fs::file_size(path), kLogTextBytes + 100);
}

TEST_F(LogFile, IsRenamedWhenItIsFullAndTheOldestGoes) {
  const std::string text(kLogTextBytes, 'x');
  const std::size_t in_one = kLogFileBytes / kLogTextBytes;
  for (std::size_t i = 0; i < (kLogFilesKept + 3) * in_one; ++i) write_log_file(LogLevel::info, text);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    ++files;
    EXPECT_LT(entry.file_size(), kLogFileBytes + kLogTextBytes + 100) << entry.path();
  }
  EXPECT_EQ(files, kLogFilesKept + 1U);
  EXPECT_EQ(older_log_files(path), (std::vector<std::string>{path + ".3", path + ".2", path + ".1"}));
  for (const std::string& older : older_log_files(path)) EXPECT_TRUE(fs::exists(older)) << older;
}

TEST_F(LogFile, LosesNoLineOfSeveralWritersWhileItIsRenamed) {
  // A little more than one file in all, so that it is renamed once while all of them write.
  constexpr int kWriters = 4;
  const std::size_t each = (kLogFileBytes + kLogFileBytes / 2) / kWriters / 1024;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([each] {
      for (std::size_t i = 0; i < each; ++i) write_log_file(LogLevel::info, std::string(1024, 'x'));
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(lines_in(contents(path)) + lines_in(contents(path + ".1")), each * kWriters);
  EXPECT_FALSE(fs::exists(path + ".2"));
}

TEST_F(LogFile, GetsWhatIsLogged) {
  const LogLevel before = log_level();
  set_log_level(LogLevel::warning);
  testing::internal::CaptureStderr();
  log_info("quiet");
  log_warning("loud {}", 1);
  set_log_level(before);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::EndsWith(" warning loud 1\n"));
  EXPECT_THAT(contents(path), testing::EndsWith(" warning loud 1\n"));
  EXPECT_EQ(lines_in(contents(path)), 1U);
}

}  // namespace
}  // namespace duotty::core
