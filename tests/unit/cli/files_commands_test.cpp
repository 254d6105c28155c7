#include "files_commands.hpp"

#include <gtest/gtest.h>

namespace duotty::cli {
namespace {

constexpr double kMiB = 1024.0 * 1024;

TEST(ProgressLine, SaysHowFarHowFastAndHowLong) {
  const std::string line = progress_line("disk.img", 0, 25 * kMiB, 100 * kMiB, 5, 100);
  for (const char* part : {"disk.img", "25%", "25 MiB", "5.0 MiB/s", "15s left", "[=", " ]"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  }
}

TEST(ProgressLine, FitsEveryWidth) {
  const std::string name(300, 'n');
  for (int columns = 1; columns < 200; ++columns) {
    EXPECT_LT(progress_line(name, 0, 1e9, 3e12, 100, columns).size(), static_cast<std::size_t>(columns) + 4) << columns;
  }
}

TEST(ProgressLine, StandsWhatMakesNoSense) {
  EXPECT_NE(progress_line("empty", 0, 0, 0, 0, 80).find("0%"), std::string::npos);
  EXPECT_NE(progress_line("grown", 0, 5e6, 1e6, 1, 80).find("100%"), std::string::npos);
  EXPECT_EQ(progress_line("\x1b[2Jname", 0, 1, 2, 1, 80).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace duotty::cli
