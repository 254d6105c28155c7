#include <gtest/gtest.h>

#include <duotty/link/run.hpp>
#include <duotty/link/spool.hpp>
#include <filesystem>

#include "temporary_folder.hpp"

namespace duotty::link {
namespace {

constexpr SpoolSize kSmall{100'000, 200'000};

std::string pattern(std::size_t from, std::size_t count) {
  std::string out(count, '\0');
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<char>((from + i) * 31 + (from + i) / 251);
  return out;
}

class SpoolTest : public ::testing::Test {
 protected:
  SpoolTest() { std::filesystem::create_directory(folder_); }

  /// All of an output that is kept, checked byte for byte; how much that is.
  std::uint64_t read_all(Output output) {
    std::uint64_t at = 0;
    std::uint64_t kept = 0;
    for (;;) {
      const SpoolPiece piece = read_spool(folder_, output, at, 30'000, kSmall);
      if (piece.bytes.empty()) return kept;
      EXPECT_GE(piece.begin, at);
      EXPECT_EQ(piece.bytes, pattern(piece.begin, piece.bytes.size()));
      at = piece.begin + piece.bytes.size();
      kept += piece.bytes.size();
    }
  }

  tests::TemporaryFolder place_;
  std::string folder_ = place_.file("run");
  Spool spool_{kSmall};
};

TEST_F(SpoolTest, KeepsAllOfAnOutputThatFits) {
  ASSERT_TRUE(spool_.open(folder_));
  EXPECT_EQ(read_all(Output::out), 0U);
  for (std::size_t at = 0; at < 220'000; at += 20'000) spool_.add(Output::out, pattern(at, 20'000));
  spool_.add(Output::err, pattern(0, 7));
  EXPECT_EQ(read_all(Output::out), 220'000U);
  EXPECT_EQ(read_all(Output::err), 7U);
  const auto meter = read_meter(folder_);
  ASSERT_TRUE(meter);
  EXPECT_EQ(meter->total[0], 220'000U);
  EXPECT_EQ(meter->begun_ms, 0U);
  EXPECT_EQ(read_spool(folder_, Output::out, 500'000, 10, kSmall).begin, 220'000U);
}

TEST_F(SpoolTest, KeepsTheBeginningAndTheEndOfALongOne) {
  ASSERT_TRUE(spool_.open(folder_));
  constexpr std::size_t kTotal = 5'000'000;
  for (std::size_t at = 0; at < kTotal; at += 50'000) {
    spool_.add(Output::out, pattern(at, 50'000));
    if (at % 1'000'000 == 0) read_all(Output::out);
  }
  const SpoolPiece end = read_spool(folder_, Output::out, 1'000'000, 1'000'000, kSmall);
  EXPECT_EQ(end.begin + end.bytes.size(), kTotal);
  EXPECT_GE(end.bytes.size(), 200'000U - Spool::kPiece);
  EXPECT_EQ(read_all(Output::out), 100'000U + end.bytes.size());
  EXPECT_LE(spool_bytes(folder_), 320'000U);
}

TEST_F(SpoolTest, SaysOfOutputsThatAreNotThereThatThereAreNone) {
  EXPECT_FALSE(read_meter(folder_));
  EXPECT_TRUE(read_spool(folder_, Output::err, 5, 10).bytes.empty());
  ASSERT_TRUE(spool_.open(folder_));
  Spool second;
  EXPECT_FALSE(second.open(folder_)) << "two would write over each other";
}

TEST(RunFiles, AreReadAsTheyWereWrittenAndNotAtAllWhenTheyAreDamaged) {
  RunPlan plan{"make\nall", 1500, "xterm", 100, 30};
  const auto read = decode_plan(encode(plan));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->command, plan.command);
  EXPECT_EQ(read->timeout_ms, 1500U);
  EXPECT_EQ(read->rows, 30);
  RunEnd end{RunStatus::cancelled, -1, "TERM", "It was sent SIGTERM.", 77};
  const std::string bytes = encode(end);
  const auto ended = decode_end(bytes);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status, RunStatus::cancelled);
  EXPECT_EQ(ended->signal, "TERM");
  EXPECT_EQ(name(ended->status), "cancelled");
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_end(bytes.substr(0, size)));
  EXPECT_FALSE(decode_end(bytes + "x"));
}

}  // namespace
}  // namespace duotty::link
