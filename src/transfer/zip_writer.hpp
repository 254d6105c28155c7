#pragma once
// A zip archive (PKWARE APPNOTE 6.3.10) as it is sent: files as they are, sizes and checksums behind each, and what is
// over 4 GiB in the form of zip64. Bytes in, bytes out; nothing of a file is kept.
#include <cstdint>
#include <string>
#include <string_view>

namespace duotty::transfer {

class ZipWriter {
 public:
  struct Entry {
    std::string name;  ///< with / between its parts, folders without one at the end
    bool folder = false;
    std::uint32_t mode = 0;    ///< permission bits; 0: not known
    std::int64_t mtime_s = 0;  ///< since 1970
    std::uint64_t most = 0;    ///< bytes that will be added, or fewer
  };

  /// What comes before the contents of a file; all there is of a folder.
  std::string begin(const Entry& entry);
  /// Counts bytes that are sent as they are.
  void add(std::string_view bytes);
  /// What comes behind the contents of a file.
  std::string end();
  /// What comes behind everything.
  std::string finish() const;

  std::uint64_t entries() const noexcept { return entries_; }

 private:
  void list(std::uint64_t size);

  Entry entry_;
  bool wide_ = false;
  std::uint32_t crc_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t sent_ = 0;   ///< of the whole archive
  std::uint64_t begun_ = 0;  ///< where the entry begins
  std::uint64_t entries_ = 0;
  std::string listing_;
};

/// A name as one part of a path in an archive, which no system takes for anything else.
std::string archive_name(std::string_view name);

}  // namespace duotty::transfer
