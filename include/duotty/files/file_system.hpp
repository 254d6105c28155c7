#pragma once
// Files as the methods see them, wherever they are: on the server's own machine, or on a host behind SFTP or a shell.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duotty::files {

using base::Result;
using core::Task;

enum class Kind { file, folder, link, other };
/// Its name on the wire.
const char* name(Kind kind) noexcept;

/// What is known of one file.
struct Info {
  Kind kind = Kind::other;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;  ///< since 1970; whole seconds over SFTP
  std::uint32_t mode = 0;     ///< permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;

  /// Changes when the contents do, as far as size and time tell.
  std::string etag() const;
};

/// One entry of a folder.
struct Entry {
  std::string name;  ///< bytes
  Info info;         ///< of the entry itself: links are not followed
};

struct Listing {
  std::vector<Entry> entries;  ///< in the order of their bytes
  bool complete = true;        ///< false: there are more entries
};

/// What became of removing a folder with everything in it.
struct Removal {
  struct Failure {
    std::string path;
    std::string reason;
  };
  std::uint64_t removed = 0;
  std::vector<Failure> failures;  ///< the first ones
  std::uint64_t failed = 0;       ///< all of them

  /// Counts a failure, and keeps it when it is one of the first.
  void fail(std::string path, std::string reason);
};

/// What a file or folder has besides its contents.
struct Marks {
  std::optional<std::uint32_t> mode;     ///< permission bits
  std::optional<std::int64_t> mtime_ns;  ///< since 1970

  bool empty() const noexcept { return !mode && !mtime_ns; }
};

/// An open file. Closed by its end; nothing that was written is sure before sync().
class File {
 public:
  virtual ~File() = default;
  virtual Task<Result<Info>> stat() = 0;
  /// Up to `size` bytes; empty at the end. Reading on where the last piece ended is asked for ahead.
  virtual Task<Result<std::string>> read(std::uint64_t offset, std::size_t size) = 0;
  /// Writes all of it behind what was there when it was opened, and was written since.
  virtual Task<Result<>> write(std::string bytes) = 0;
  /// What was written is in the file.
  virtual Task<Result<>> flush() = 0;
  /// It has these marks. What was written before is in it.
  virtual Task<Result<>> mark(Marks marks) = 0;
  /// Everything is on the disk.
  virtual Task<Result<>> sync() = 0;
};

/// How a file is opened: to be read; made, which fails with conflict when it is there; or written on at its end, which
/// never follows a link.
enum class Open { read, create, resume };

/// Loop thread only. Paths are absolute, or begin with "~" for where one starts. Errors of all calls: not_found, denied
/// (permissions, or outside of what is granted), conflict (it is there already, a folder is not empty), invalid_params
/// (no path, not that kind of thing), io, and those of the connection.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// By what the files are reached, on the wire: "local", "sftp" or "shell".
  virtual const char* way() const noexcept = 0;
  /// The folders that everything else lies in; the first is where one starts.
  virtual Task<Result<std::vector<std::string>>> roots() = 0;
  /// The path in full: of what it leads to when `real`, which must be there; else without looking.
  virtual Task<Result<std::string>> resolve(std::string path, bool real) = 0;
  virtual Task<Result<Info>> stat(std::string path, bool follow) = 0;
  virtual Task<Result<std::string>> link_target(std::string path) = 0;
  virtual Task<Result<Listing>> list(std::string path, std::size_t most) = 0;
  /// Only regular files. `mode`: of a file that is made, less what the umask takes away.
  virtual Task<Result<std::unique_ptr<File>>> open(std::string path, Open how, std::uint32_t mode) = 0;
  virtual Task<Result<>> mkdir(std::string path) = 0;
  /// Gives a folder these marks; links are not followed where that can be had.
  virtual Task<Result<>> mark_folder(std::string path, Marks marks) = 0;
  /// The thing itself, links too; replaces a file at `to` only when `over`.
  virtual Task<Result<>> rename(std::string from, std::string to, bool over) = 0;
  /// A file, a link, or an empty folder.
  virtual Task<Result<>> remove(std::string path) = 0;
  /// A folder and all that is in it; links in it are removed, never followed.
  virtual Task<Result<Removal>> remove_tree(std::string path) = 0;
};

/// What is read or written at once: OpenSSH takes and gives as much, so that pieces are neither cut nor joined.
inline constexpr std::size_t kPiece = std::size_t{255} * 1024;
/// Longest path that is taken.
inline constexpr std::size_t kMostPath = 4096;
/// Entries of a folder that are looked at.
inline constexpr std::size_t kMostEntries = 200'000;
/// Failures that a Removal lists.
inline constexpr std::size_t kMostFailures = 100;

}  // namespace duotty::files
