#include <sys/stat.h>

#include <algorithm>
#include <duotty/files/paths.hpp>
#include <duotty/files/sftp_files.hpp>
#include <tuple>

#include "sftp_removal.hpp"

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;

Info info_of(const sftp::Attributes& attributes) {
  Info info;
  const std::uint32_t mode = attributes.mode.value_or(S_IFREG);
  info.kind = S_ISREG(mode) ? Kind::file : S_ISDIR(mode) ? Kind::folder : S_ISLNK(mode) ? Kind::link : Kind::other;
  info.size = attributes.size.value_or(0);
  if (attributes.times) info.mtime_ns = std::int64_t{attributes.times->second} * 1'000'000'000;
  info.mode = mode & 07777;
  if (attributes.owner) std::tie(info.uid, info.gid) = *attributes.owner;
  return info;
}

sftp::Attributes attributes_of(const Marks& marks) {
  sftp::Attributes out;
  if (marks.mode) out.mode = *marks.mode & 07777;
  // 32 bits of seconds are what version 3 has; another time is none.
  const std::int64_t second = marks.mtime_ns.value_or(-1) / 1'000'000'000;
  if (marks.mtime_ns && *marks.mtime_ns >= 0 && second <= UINT32_MAX) {
    out.times = std::pair(static_cast<std::uint32_t>(second), static_cast<std::uint32_t>(second));
  }
  return out;
}

Error no_file(const std::string& path, Kind kind) {
  return {Errc::invalid_params, shown(path) + (kind == Kind::folder ? " is a folder." : " is no regular file."),
          "path"};
}

class SftpFile final : public File {
 public:
  SftpFile(std::shared_ptr<sftp::Client> client, sftp::Handle handle, std::uint64_t end)
      : client_(std::move(client)), handle_(std::move(handle)), end_(end) {}
  ~SftpFile() override { client_->drop(handle_); }

  Task<Result<Info>> stat() override {
    auto attributes = co_await client_->fstat(handle_);
    if (!attributes) co_return attributes.error();
    co_return info_of(*attributes);
  }

  Task<Result<std::string>> read(std::uint64_t offset, std::size_t size) override {
    if (!reading_ || read_to_ != offset) {
      reading_ = std::make_unique<sftp::Download>(*client_, handle_, offset, UINT64_MAX);
      kept_.clear();
      taken_ = 0;
      read_to_ = offset;
    }
    std::string out;
    while (out.size() < size) {
      if (taken_ == kept_.size()) {
        auto piece = co_await reading_->next();
        if (!piece) {
          reading_.reset();
          co_return piece.error();
        }
        if (piece->empty()) break;
        kept_ = std::move(*piece);
        taken_ = 0;
        if (out.empty() && kept_.size() <= size) {
          // Mostly just what was asked for: no byte of it is copied.
          out = std::exchange(kept_, {});
          continue;
        }
      }
      out.reserve(size);
      const std::size_t count = std::min(size - out.size(), kept_.size() - taken_);
      out.append(kept_, taken_, count);
      taken_ += count;
    }
    read_to_ += out.size();
    co_return out;
  }

  Task<Result<>> write(std::string bytes) override {
    if (!writing_) writing_ = std::make_unique<sftp::Upload>(*client_, handle_, end_);
    co_return co_await writing_->write(std::move(bytes));
  }

  Task<Result<>> flush() override {
    if (!writing_) co_return Result<>();
    co_return co_await writing_->finish();
  }

  Task<Result<>> mark(Marks marks) override {
    auto written = co_await flush();
    if (!written || marks.empty()) co_return written;
    const auto attributes = attributes_of(marks);
    co_return co_await client_->set_attributes(handle_, attributes);
  }

  Task<Result<>> sync() override {
    auto written = co_await flush();
    if (!written) co_return written;
    co_return co_await client_->sync(handle_);
  }

 private:
  std::shared_ptr<sftp::Client> client_;
  sftp::Handle handle_;
  std::uint64_t end_;
  std::uint64_t read_to_ = 0;
  std::string kept_;       ///< read ahead of what was asked for
  std::size_t taken_ = 0;  ///< of that
  std::unique_ptr<sftp::Download> reading_;
  std::unique_ptr<sftp::Upload> writing_;
};

}  // namespace

Task<Result<std::string>> SftpFiles::home() {
  if (home_.empty()) {
    auto real = co_await client_->realpath(".");
    if (!real) co_return real.error();
    home_ = std::move(*real);
  }
  co_return home_;
}

Task<Result<std::vector<std::string>>> SftpFiles::roots() {
  auto start = co_await home();
  if (!start) co_return start.error();
  std::vector<std::string> out = {std::move(*start)};
  if (out.front() != "/") out.emplace_back("/");
  co_return out;
}

Task<Result<std::string>> SftpFiles::resolve(std::string path, bool real) {
  std::string start;
  if (begins_at_home(path)) {
    auto found = co_await home();
    if (!found) co_return found.error();
    start = std::move(*found);
  }
  auto full = absolute_path(path, start);
  if (!full || !real) co_return full;
  co_return co_await client_->realpath(std::move(*full));
}

Task<Result<Info>> SftpFiles::stat(std::string path, bool follow) {
  auto full = co_await resolve(std::move(path), false);
  if (!full) co_return full.error();
  auto asked = follow ? client_->stat(*full) : client_->lstat(*full);
  auto attributes = co_await std::move(asked);
  if (!attributes) co_return attributes.error();
  co_return info_of(*attributes);
}

Task<Result<std::string>> SftpFiles::link_target(std::string path) {
  auto full = co_await resolve(std::move(path), false);
  if (!full) co_return full.error();
  co_return co_await client_->readlink(std::move(*full));
}

Task<Result<Listing>> SftpFiles::list(std::string path, std::size_t most) {
  auto full = co_await resolve(std::move(path), false);
  if (!full) co_return full.error();
  auto names = co_await client_->list(std::move(*full), kMostEntries);
  if (!names) co_return names.error();
  Listing listing;
  listing.complete = names->complete && names->entries.size() <= most;
  for (sftp::Name& one : names->entries) {
    listing.entries.push_back({std::move(one.name), info_of(one.attributes)});
  }
  std::sort(listing.entries.begin(), listing.entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  if (listing.entries.size() > most) listing.entries.resize(most);
  co_return listing;
}

Task<Result<std::unique_ptr<File>>> SftpFiles::open(std::string path, Open how, std::uint32_t mode) {
  auto full = co_await resolve(std::move(path), false);
  if (!full) co_return full.error();
  std::uint64_t end = 0;
  if (how != Open::create) {
    // A pipe or a device is not opened at all: that alone may do something, or wait for ever.
    auto asked = how == Open::read ? client_->stat(*full) : client_->lstat(*full);
    auto there = co_await std::move(asked);
    if (!there) co_return there.error();
    const Info info = info_of(*there);
    if (info.kind != Kind::file) co_return no_file(*full, info.kind);
    end = info.size;
  }
  const std::uint32_t flags =
      how == Open::read
          ? sftp::open_flag::read
          : sftp::open_flag::write | (how == Open::create ? sftp::open_flag::create | sftp::open_flag::exclusive : 0U);
  auto handle = co_await client_->open(std::move(*full), flags, mode);
  if (!handle) co_return handle.error();
  std::unique_ptr<File> file = std::make_unique<SftpFile>(client_, std::move(*handle), end);
  co_return file;
}

Task<Result<>> SftpFiles::mkdir(std::string path) {
  auto full = co_await resolve(std::move(path), false);
  if (!full) co_return full.error();
  auto made = co_await client_->mkdir(*full, 0777);
  if (!made && made.error().code() == Errc::not_found) {
    co_return Error(Errc::not_found, "There is no folder " + shown(folder_of(*full)) + ".", "path");
  }
  if (made || made.error().code() != Errc::io) co_return made;
  auto there = co_await client_->lstat(*full);
  if (!there) co_return made;
  co_return Error(Errc::conflict, shown(*full) + " exists already.", "path");
}

Task<Result<>> SftpFiles::mark_folder(std::string path, Marks marks) {
  auto full = co_await resolve(std::move(path), false);
  if (!full) co_return full.error();
  const auto attributes = attributes_of(marks);
  co_return co_await client_->set_attributes(std::move(*full), attributes);
}

Task<Result<>> SftpFiles::rename(std::string from, std::string to, bool over) {
  auto source = co_await resolve(std::move(from), false);
  if (!source) co_return source.error();
  auto target = co_await resolve(std::move(to), false);
  if (!target) co_return target.error();
  const bool posix = client_->version().has("posix-rename@openssh.com");
  if (over && !posix) {
    // Not in one step, as nothing else can be had: for a moment there is neither.
    auto gone = co_await client_->remove(*target);
    if (!gone && gone.error().code() != Errc::not_found) co_return gone;
  }
  auto done = co_await client_->rename(*source, *target, over && posix);
  if (done || over || done.error().code() != Errc::io) co_return done;
  auto there = co_await client_->lstat(*target);
  if (!there) co_return done;
  co_return Error(Errc::conflict, shown(*target) + " exists already.", "to");
}

Task<Result<>> SftpFiles::remove(std::string path) {
  auto full = co_await resolve(std::move(path), false);
  if (!full) co_return full.error();
  auto there = co_await client_->lstat(*full);
  if (!there) co_return there.error();
  if (info_of(*there).kind != Kind::folder) co_return co_await client_->remove(std::move(*full));
  auto gone = co_await client_->rmdir(*full);
  if (gone || gone.error().code() != Errc::io) co_return gone;
  auto inside = co_await client_->list(*full, 1);
  if (!inside || inside->entries.empty()) co_return gone;
  co_return Error(Errc::conflict, shown(*full) + " is not empty. Remove what is in it first.", "path");
}

Task<Result<Removal>> SftpFiles::remove_tree(std::string path) {
  auto full = co_await resolve(std::move(path), false);
  if (!full) co_return full.error();
  auto start = co_await home();
  if (!start) co_return start.error();
  if (*full == "/" || *full == *start) co_return Error(Errc::denied, shown(*full) + " stays.", "path");
  auto there = co_await client_->lstat(*full);
  if (!there) co_return there.error();
  if (info_of(*there).kind == Kind::folder) {
    SftpRemoval removal(*client_);
    co_return co_await removal.run(std::move(*full));
  }
  Removal removal;
  auto gone = co_await client_->remove(*full);
  if (gone) ++removal.removed;
  if (!gone && !client_->alive()) co_return gone.error();
  if (!gone) removal.fail(*full, gone.error().message());
  co_return removal;
}

}  // namespace duotty::files
