#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <duotty/core/replace_file.hpp>
#include <duotty/files/local_files.hpp>
#include <duotty/files/paths.hpp>

#include "local_place.hpp"

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;
using base::UniqueFd;
using Shared = std::shared_ptr<const UniqueFd>;

const char* kind_words(const struct stat& status) {
  return S_ISDIR(status.st_mode) ? " is a folder." : " is no regular file.";
}

Result<Info> stat_at(const Grant& grant, const std::string& path, bool follow) {
  auto fd = open_there(grant, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
  if (!fd) return fd.error();
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) return error_of(errno, path);
  return info_of(status);
}

/// Opened again for reading only once it is known to be a regular file: opening a device or a pipe does something.
Result<Shared> open_to_read(const Grant& grant, const std::string& path) {
  auto fd = open_there(grant, path, O_PATH);
  if (!fd) return fd.error();
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) return error_of(errno, path);
  if (!S_ISREG(status.st_mode)) return Error(Errc::invalid_params, shown(path) + kind_words(status), "path");
  UniqueFd file(::open(("/proc/self/fd/" + std::to_string(fd->get())).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return error_of(errno, path);
  return std::make_shared<const UniqueFd>(std::move(file));
}

Result<Shared> open_to_write(const Grant& grant, const std::string& path, Open how, std::uint32_t mode) {
  auto place = place_of(grant, path);
  if (!place) return place.error();
  const int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (how == Open::create ? O_CREAT | O_EXCL : 0);
  UniqueFd file(::openat(place->folder.get(), place->name.c_str(), flags, mode & 0777));
  if (!file) return error_of(errno, path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return error_of(errno, path);
  if (!S_ISREG(status.st_mode)) return Error(Errc::invalid_params, shown(path) + kind_words(status), "path");
  ::lseek(file.get(), 0, SEEK_END);
  return std::make_shared<const UniqueFd>(std::move(file));
}

Result<std::string> read_some(int fd, const std::string& path, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count = ::pread(fd, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_of(errno, path);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

Result<> mark_open(int fd, const std::string& path, const Marks& marks) {
  if (marks.mode && ::fchmod(fd, *marks.mode & 07777) != 0) return error_of(errno, path);
  if (!marks.mtime_ns) return {};
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t nanoseconds = (*marks.mtime_ns % kSecond + kSecond) % kSecond;
  timespec times[2] = {};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = static_cast<time_t>((*marks.mtime_ns - nanoseconds) / kSecond);
  times[1].tv_nsec = static_cast<long>(nanoseconds);
  if (::futimens(fd, times) != 0) return error_of(errno, path);
  return {};
}

class LocalFile final : public File {
 public:
  LocalFile(core::Offload& offload, Shared fd, std::string path)
      : offload_(offload), fd_(std::move(fd)), path_(std::move(path)) {}

  Task<Result<Info>> stat() override {
    auto work = [fd = fd_, path = path_]() -> Result<Info> {
      struct stat status {};
      if (::fstat(fd->get(), &status) != 0) return error_of(errno, path);
      return info_of(status);
    };
    co_return co_await offload_.run(std::move(work));
  }
  Task<Result<std::string>> read(std::uint64_t offset, std::size_t size) override {
    if (offset > static_cast<std::uint64_t>(INT64_MAX) - size) co_return std::string();
    auto work = [fd = fd_, path = path_, offset, size] { return read_some(fd->get(), path, offset, size); };
    co_return co_await offload_.run(std::move(work));
  }
  Task<Result<>> write(std::string bytes) override {
    auto work = [fd = fd_, path = path_, bytes = std::move(bytes)] {
      return core::write_all(fd->get(), bytes) ? Result<>() : Result<>(error_of(errno, path));
    };
    co_return co_await offload_.run(std::move(work));
  }
  Task<Result<>> flush() override { co_return Result<>(); }
  Task<Result<>> mark(Marks marks) override {
    auto work = [fd = fd_, path = path_, marks] { return mark_open(fd->get(), path, marks); };
    co_return co_await offload_.run(std::move(work));
  }
  Task<Result<>> sync() override {
    auto work = [fd = fd_, path = path_] {
      return ::fsync(fd->get()) == 0 ? Result<>() : Result<>(error_of(errno, path));
    };
    co_return co_await offload_.run(std::move(work));
  }

 private:
  core::Offload& offload_;
  Shared fd_;
  std::string path_;
};

Result<Listing> list_at(const Grant& grant, const std::string& path, std::size_t most) {
  auto fd = open_there(grant, path, O_RDONLY | O_DIRECTORY);
  if (!fd) return fd.error();
  const int number = fd->get();
  DIR* folder = ::fdopendir(number);
  if (folder == nullptr) return error_of(errno, path);
  static_cast<void>(fd->release());
  std::vector<std::string> names;
  Listing listing;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() >= kMostEntries) {
      listing.complete = false;
      break;
    }
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  for (std::string& name : names) {
    if (listing.entries.size() >= most) {
      listing.complete = false;
      break;
    }
    struct stat status {};
    if (::fstatat(number, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    listing.entries.push_back({std::move(name), info_of(status)});
  }
  ::closedir(folder);
  return listing;
}

Result<> make_folder(const Grant& grant, const std::string& path) {
  auto place = place_of(grant, path);
  if (!place) return place.error();
  if (::mkdirat(place->folder.get(), place->name.c_str(), 0777) != 0) return error_of(errno, path);
  return {};
}

Result<> mark_folder_at(const Grant& grant, const std::string& path, const Marks& marks) {
  auto fd = open_there(grant, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd) return fd.error();
  return mark_open(fd->get(), path, marks);
}

Result<> rename_at(const Grant& grant, const std::string& from, const std::string& to, bool over) {
  auto source = place_of(grant, from);
  if (!source) return source.error();
  auto target = place_of(grant, to);
  if (!target) return target.error();
  if (auto whole = check_whole(grant, source->path); !whole) return whole;
  const int folders[] = {source->folder.get(), target->folder.get()};
  const unsigned flags = over ? 0U : RENAME_NOREPLACE;
  if (::renameat2(folders[0], source->name.c_str(), folders[1], target->name.c_str(), flags) == 0) return {};
  int error = errno;
  if (!over && error == EINVAL) {  // a file system that cannot promise it: the best that can be had
    struct stat status {};
    if (::fstatat(folders[1], target->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return error_of(EEXIST, to);
    if (::renameat(folders[0], source->name.c_str(), folders[1], target->name.c_str()) == 0) return {};
    error = errno;
  }
  return error_of(error, error == ENOENT || error == EXDEV ? from : to);
}

Result<> remove_at(const Grant& grant, const std::string& path) {
  auto place = place_of(grant, path);
  if (!place) return place.error();
  if (auto whole = check_whole(grant, place->path); !whole) return whole;
  if (::unlinkat(place->folder.get(), place->name.c_str(), 0) == 0) return {};
  if (errno == EISDIR && ::unlinkat(place->folder.get(), place->name.c_str(), AT_REMOVEDIR) == 0) return {};
  return error_of(errno, path);
}

Result<Removal> remove_tree_at(const Grant& grant, const std::string& path) {
  auto place = place_of(grant, path);
  if (!place) return place.error();
  if (auto whole = check_whole(grant, place->path); !whole) return whole.error();
  struct stat status {};
  if (::fstatat(place->folder.get(), place->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return error_of(errno, path);
  }
  return remove_folder(*place);
}

Result<std::string> target_of(const Grant& grant, const std::string& path) {
  auto place = place_of(grant, path);
  if (!place) return place.error();
  char text[PATH_MAX];
  const ssize_t size = ::readlinkat(place->folder.get(), place->name.c_str(), text, sizeof text);
  if (size < 0) return error_of(errno, path);
  return std::string(text, static_cast<std::size_t>(size));
}

Result<std::string> resolve_at(const Grant& grant, const std::string& path, bool real) {
  if (!real) return full_path(grant, path);
  auto fd = open_there(grant, path, O_PATH);
  if (!fd) return fd.error();
  return path_of(fd->get());
}

}  // namespace

Task<Result<std::vector<std::string>>> LocalFiles::roots() {
  co_return options_.roots();
}

Task<Result<std::string>> LocalFiles::resolve(std::string path, bool real) {
  auto work = [grant = grant(), path = std::move(path), real] { return resolve_at(grant, path, real); };
  co_return co_await offload_.run(std::move(work));
}

Task<Result<Info>> LocalFiles::stat(std::string path, bool follow) {
  auto work = [grant = grant(), path = std::move(path), follow] { return stat_at(grant, path, follow); };
  co_return co_await offload_.run(std::move(work));
}

Task<Result<std::string>> LocalFiles::link_target(std::string path) {
  auto work = [grant = grant(), path = std::move(path)] { return target_of(grant, path); };
  co_return co_await offload_.run(std::move(work));
}

Task<Result<Listing>> LocalFiles::list(std::string path, std::size_t most) {
  auto work = [grant = grant(), path = std::move(path), most] { return list_at(grant, path, most); };
  co_return co_await offload_.run(std::move(work));
}

Task<Result<std::unique_ptr<File>>> LocalFiles::open(std::string path, Open how, std::uint32_t mode) {
  auto work = [grant = grant(), path, how, mode] {
    return how == Open::read ? open_to_read(grant, path) : open_to_write(grant, path, how, mode);
  };
  auto opened = co_await offload_.run(std::move(work));
  if (!opened) co_return opened.error();
  std::unique_ptr<File> file = std::make_unique<LocalFile>(offload_, std::move(*opened), std::move(path));
  co_return file;
}

Task<Result<>> LocalFiles::mkdir(std::string path) {
  auto work = [grant = grant(), path = std::move(path)] { return make_folder(grant, path); };
  co_return co_await offload_.run(std::move(work));
}

Task<Result<>> LocalFiles::mark_folder(std::string path, Marks marks) {
  auto work = [grant = grant(), path = std::move(path), marks] { return mark_folder_at(grant, path, marks); };
  co_return co_await offload_.run(std::move(work));
}

Task<Result<>> LocalFiles::rename(std::string from, std::string to, bool over) {
  auto work = [grant = grant(), from = std::move(from), to = std::move(to), over] {
    return rename_at(grant, from, to, over);
  };
  co_return co_await offload_.run(std::move(work));
}

Task<Result<>> LocalFiles::remove(std::string path) {
  auto work = [grant = grant(), path = std::move(path)] { return remove_at(grant, path); };
  co_return co_await offload_.run(std::move(work));
}

Task<Result<Removal>> LocalFiles::remove_tree(std::string path) {
  auto work = [grant = grant(), path = std::move(path)] { return remove_tree_at(grant, path); };
  co_return co_await removing_.run(std::move(work));
}

}  // namespace duotty::files
