#pragma once
// A file that is replaced whole or not at all: written beside its place and put there at the end. One that names its
// upload can be gone on with later.
#include <duotty/files/file_system.hpp>

namespace duotty::files {

/// What to do about a file that is there already.
enum class Conflict { fail, overwrite, rename, skip };
/// Of its name on the wire; `fail` for others.
Conflict conflict_of(std::string_view word);

struct WriteRequest {
  std::string path;
  Conflict conflict = Conflict::fail;
  std::string if_match;   ///< the etag that the file must still have; empty: any
  std::string upload_id;  ///< whose part is kept when it breaks off; empty: nobody's
  std::uint64_t offset = 0;
  /// Instead of `offset`: goes on with the part of that upload when it has at most so many bytes, else begins anew.
  std::optional<std::uint64_t> resume_up_to;
  Marks marks;  ///< what the file gets where that can be done; without a mode the file that was there keeps its own
  bool follow = true;  ///< false: a link at `path` is a conflict
  bool sync = true;    ///< it is on the disk before it takes its place
};

struct Written {
  std::string path;
  Info info;
  bool created = false;  ///< there was nothing
  bool skipped = false;  ///< there was something, and it stays
};

class AtomicWrite {
 public:
  /// For begin().
  AtomicWrite(std::shared_ptr<FileSystem> system, WriteRequest request)
      : system_(std::move(system)), request_(std::move(request)) {}
  /// Errors: conflict (it is there; it has changed; the part has another length: have() tells then), and those of the
  /// file system.
  static Task<Result<std::unique_ptr<AtomicWrite>>> begin(std::shared_ptr<FileSystem> system, WriteRequest request,
                                                          std::uint64_t& have);
  /// Nothing is to be written: what is there stays.
  bool skipped() const noexcept { return skipped_; }
  /// Bytes that are there, those of an earlier attempt included.
  std::uint64_t size() const noexcept { return size_; }
  Task<Result<>> write(std::string bytes);
  /// What was written so far is in the part, to be gone on with later.
  Task<Result<>> flush() { return file_->flush(); }
  /// Everything is written: puts it in its place.
  Task<Result<Written>> commit();
  /// Lets go: what was written goes, or stays to be gone on with. Nothing stays of what found no room.
  Task<> abandon();
  /// Lets go, and what was written goes.
  Task<> discard();
  /// Where it is written until it is whole.
  const std::string& part() const noexcept { return part_; }

 private:
  Task<Result<>> look();
  Result<> check() const;
  Task<Result<>> open_part(std::uint64_t& have);
  Task<Result<>> finish();
  Task<Result<>> place();
  base::Error cannot(const base::Error& error);

  std::shared_ptr<FileSystem> system_;
  WriteRequest request_;
  std::string path_;
  std::string part_;
  std::optional<Info> there_;
  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
  bool skipped_ = false;
  bool full_ = false;  ///< something could not be written
};

}  // namespace duotty::files
