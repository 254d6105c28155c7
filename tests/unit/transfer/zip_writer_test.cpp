// Archives as other programs read them.
#include "zip_writer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "temporary_folder.hpp"

namespace duotty::transfer {
namespace {

ZipWriter::Entry entry(std::string name, std::uint64_t most = 0) {
  ZipWriter::Entry out;
  out.name = std::move(name);
  out.mode = 0640;
  out.mtime_s = 1'700'000'000;
  out.most = most;
  return out;
}

std::string stored(ZipWriter& zip, const ZipWriter::Entry& what, const std::string& bytes) {
  std::string out = zip.begin(what);
  zip.add(bytes);
  return out + bytes + zip.end();
}

/// What Python's zipfile says of the archive: a line for each entry, then "good" when every checksum is right.
std::string read_back(const std::string& archive) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder.file("a.zip"), std::ios::binary) << archive;
  std::ofstream(folder.file("read.py"))
      << "import sys, zipfile\n"
         "z = zipfile.ZipFile(sys.argv[1])\n"
         "for i in z.infolist():\n"
         "  print(i.filename, i.file_size, oct(i.external_attr >> 16), i.date_time[0])\n"
         "print('bad' if z.testzip() else 'good')\n";
  const std::string line =
      "python3 '" + folder.file("read.py") + "' '" + folder.file("a.zip") + "' > '" + folder.file("out") + "' 2>&1";
  EXPECT_EQ(std::system(line.c_str()), 0);
  std::ifstream out(folder.file("out"));
  return {std::istreambuf_iterator<char>(out), {}};
}

TEST(ZipWriter, MakesWhatOthersRead) {
  ZipWriter zip;
  ZipWriter::Entry folder = entry("tree");
  folder.folder = true;
  folder.mode = 0755;
  std::string bytes = zip.begin(folder);
  bytes += stored(zip, entry("tree/a.txt", 6), "hello\n");
  bytes += stored(zip, entry("tree/\xe4\xbd\xa0", 0), "");
  bytes += zip.finish();
  EXPECT_EQ(read_back(bytes),
            "tree/ 0 0o40755 2023\ntree/a.txt 6 0o100640 2023\ntree/\xe4\xbd\xa0 0 0o100640 2023\ngood\n");
}

TEST(ZipWriter, SaysSizesOfLargeFilesInEightBytes) {
  ZipWriter zip;
  // That many are announced; what is there counts.
  std::string bytes = stored(zip, entry("large", std::uint64_t{5} << 30), "few");
  bytes += zip.finish();
  EXPECT_EQ(read_back(bytes), "large 3 0o100640 2023\ngood\n");
}

TEST(ZipWriter, HasMoreEntriesThanSixteenBitsCount) {
  ZipWriter zip;
  std::string bytes;
  for (int i = 0; i < 70'000; ++i) bytes += stored(zip, entry("f" + std::to_string(i)), "");
  bytes += zip.finish();
  const std::string said = read_back(bytes);
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 70'001);
  EXPECT_TRUE(said.ends_with("good\n"));
}

TEST(ZipWriter, TakesTimesThatItsFormatCannotSay) {
  ZipWriter zip;
  ZipWriter::Entry old = entry("old");
  old.mtime_s = -1;
  std::string bytes = stored(zip, old, "");
  bytes += zip.finish();
  EXPECT_EQ(read_back(bytes), "old 0 0o100640 1980\ngood\n");
}

TEST(ArchiveName, LeadsNowhere) {
  EXPECT_EQ(archive_name("..\\..\\evil"), ".._.._evil");
  EXPECT_EQ(archive_name(".."), "_");
  EXPECT_EQ(archive_name("a\nb"), "a_b");
  EXPECT_EQ(archive_name("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(archive_name("plain name.txt"), "plain name.txt");
}

}  // namespace
}  // namespace duotty::transfer
