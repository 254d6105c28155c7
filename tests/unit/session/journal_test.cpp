// The journal on disk: what a worker that is killed in the middle of a record leaves.
#include "journal.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace duotty::session {
namespace {

class JournalOnDisk : public testing::Test {
 protected:
  std::string path() const { return directory_ + "/journal.0"; }

  static JournalRecord insert(std::uint64_t offset, std::string bytes) {
    JournalRecord record;
    record.kind = JournalRecord::Kind::insert;
    record.offset = offset;
    record.moved_rows = -2;
    record.bytes = std::move(bytes);
    return record;
  }

  tests::TemporaryFolder temporary_;
  const std::string directory_ = temporary_.string();
};

TEST_F(JournalOnDisk, GoesOnBehindARecordThatWasTorn) {
  Journal first(directory_);
  EXPECT_TRUE(first.open(0).empty());
  first.append(insert(10, "one"));
  first.append(insert(20, "two"));
  const auto whole = std::filesystem::file_size(path());
  for (std::uintmax_t torn = 1; torn < whole / 2; ++torn) {
    std::filesystem::resize_file(path(), whole - torn);
    Journal second(directory_);
    const auto kept = second.open(0);
    ASSERT_EQ(kept.size(), 1U) << "cut by " << torn;
    second.append(insert(20, "two"));
    Journal third(directory_);
    const auto records = third.open(0);
    ASSERT_EQ(records.size(), 2U) << "cut by " << torn;
    EXPECT_EQ(records[0].bytes, "one");
    EXPECT_EQ(records[1].bytes, "two");
    EXPECT_EQ(records[1].offset, 20U);
    EXPECT_EQ(records[1].moved_rows, -2);
    EXPECT_EQ(std::filesystem::file_size(path()), whole);
  }
}

TEST_F(JournalOnDisk, ReadsBackSizesAndStopsAtWhatIsNoRecord) {
  JournalRecord resize;
  resize.offset = 1ULL << 40;
  resize.cols = 1000;
  resize.rows = 1;
  const std::string bytes = encode_record(resize) + encode_record(insert(5, std::string("\0x", 2)));
  std::size_t whole = 0;
  const auto records = decode_records(bytes + std::string(40, '\xff'), &whole);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(whole, bytes.size());
  EXPECT_EQ(records[0].offset, 1ULL << 40);
  EXPECT_EQ(records[0].cols, 1000);
  EXPECT_EQ(records[1].bytes, std::string("\0x", 2));
}

}  // namespace
}  // namespace duotty::session
