#include <duotty/files/atomic_write.hpp>

#include <duotty/base/fnv.hpp>
#include <duotty/base/part_name.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/files/paths.hpp>

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;

constexpr int kMostNames = 1000;

/// For the name of a part: the same for the same upload, and of the characters that every system takes.
std::string word_of(std::string_view text) {
  const std::uint64_t hash = base::fnv1a(text);
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(hash >> (8 * i) & 0xff);
  return base::hex_encode(bytes);
}

/// "a/report.tar.gz" as "a/report (2).tar.gz".
std::string numbered(const std::string& path, int number) {
  const auto slash = path.rfind('/');
  auto dot = path.find('.', slash + 2);
  if (dot == std::string::npos) dot = path.size();
  return path.substr(0, dot) + " (" + std::to_string(number) + ")" + path.substr(dot);
}

Error exists(const std::string& path) {
  return {Errc::conflict, shown(path) + " exists already. Say what to do with conflict: overwrite, rename or skip.",
          "path"};
}

}  // namespace

Conflict conflict_of(std::string_view word) {
  if (word == "overwrite") return Conflict::overwrite;
  if (word == "rename") return Conflict::rename;
  return word == "skip" ? Conflict::skip : Conflict::fail;
}

Task<Result<>> AtomicWrite::look() {
  there_.reset();
  auto info = co_await system_->stat(path_, false);
  if (info && info->kind == Kind::link && !request_.follow) {
    co_return Error(Errc::conflict, shown(path_) + " is a link, and nothing is written through it. Remove it first.",
                    "path");
  }
  if (info && info->kind == Kind::link) {
    // A link stays one: what it leads to is replaced.
    auto real = co_await system_->resolve(path_, true);
    if (real) info = co_await system_->stat(*real, false);
    const base::Errc code = !real ? real.error().code() : !info ? info.error().code() : Errc::internal;
    if (code == Errc::not_found) {
      co_return Error(Errc::conflict, shown(path_) + " is a link that leads nowhere. Remove it first.", "path");
    }
    if (!real) co_return real.error();
    path_ = std::move(*real);
  }
  if (!info && info.error().code() == Errc::not_found) co_return Result<>();
  if (!info) co_return info.error();
  if (info->kind == Kind::folder) co_return Error(Errc::invalid_params, shown(path_) + " is a folder.", "path");
  if (info->kind != Kind::file) co_return Error(Errc::invalid_params, shown(path_) + " is no regular file.", "path");
  there_ = *info;
  co_return Result<>();
}

Result<> AtomicWrite::check() const {
  if (!request_.if_match.empty()) {
    if (!there_) return Error(Errc::conflict, shown(path_) + " is not there any more.", "if_match");
    if (there_->etag() == request_.if_match) return {};
    return Error(Errc::conflict, shown(path_) + " has changed since it was read. Read it again before writing.",
                 "if_match");
  }
  if (there_ && request_.conflict == Conflict::fail) return exists(path_);
  return {};
}

Task<Result<>> AtomicWrite::open_part(std::uint64_t& have) {
  const std::string id = request_.upload_id.empty() ? base::make_id() : word_of(request_.upload_id + '\n' + path_);
  part_ = inside(folder_of(path_), base::part_name(id));
  // Nobody else reads it before it has the permissions of its place.
  const bool later = there_ || request_.marks.mode;
  const std::uint32_t mode = later ? 0600U : 0666U;
  if (!request_.upload_id.empty()) {
    auto part = co_await system_->stat(part_, false);
    size_ = part && part->kind == Kind::file ? part->size : 0;
    if (request_.resume_up_to) request_.offset = size_ <= *request_.resume_up_to ? size_ : 0;
    if (request_.offset != size_ && request_.offset != 0) {
      have = size_;
      co_return Error(Errc::conflict,
                      "The upload has " + std::to_string(size_) + " bytes so far. Go on from there, or begin at 0.",
                      "offset");
    }
    if (part && request_.offset == 0) {
      auto gone = co_await system_->remove(part_);
      if (!gone) co_return gone;
    }
    size_ = request_.offset;
  }
  auto file = co_await system_->open(part_, size_ == 0 ? Open::create : Open::resume, mode);
  if (!file && file.error().code() == Errc::not_found) {
    co_return Error(Errc::not_found, "There is no folder " + shown(folder_of(path_)) + ".", "path");
  }
  if (!file) co_return file.error();
  file_ = std::move(*file);
  co_return Result<>();
}

Task<Result<std::unique_ptr<AtomicWrite>>> AtomicWrite::begin(std::shared_ptr<FileSystem> system, WriteRequest request,
                                                              std::uint64_t& have) {
  auto self = std::make_unique<AtomicWrite>(std::move(system), std::move(request));
  auto full = co_await self->system_->resolve(self->request_.path, false);
  if (!full) co_return full.error();
  self->path_ = std::move(*full);
  auto looked = co_await self->look();
  if (!looked) co_return looked.error();
  if (self->there_ && self->request_.conflict == Conflict::skip) {
    self->skipped_ = true;
    co_return self;
  }
  if (auto good = self->check(); !good) co_return good.error();
  if (self->request_.upload_id.empty() && self->request_.offset != 0) {
    co_return Error(Errc::invalid_params, "An offset needs the upload_id of the upload that goes on there.", "offset");
  }
  auto opened = co_await self->open_part(have);
  if (!opened) co_return opened.error();
  co_return self;
}

Task<Result<>> AtomicWrite::write(std::string bytes) {
  const std::size_t count = bytes.size();
  auto written = co_await file_->write(std::move(bytes));
  if (!written) co_return cannot(written.error());
  size_ += count;
  co_return written;
}

/// About the file that is wanted, not about its part.
Error AtomicWrite::cannot(const Error& error) {
  full_ = full_ || error.code() == Errc::io;
  return {error.code(), base::replace_all(error.message(), shown(part_), shown(path_)), error.field()};
}

/// Gives the part its name. Whoever made a file of that name meanwhile keeps it, unless it may be written over.
Task<Result<>> AtomicWrite::place() {
  const bool over = !request_.if_match.empty() || request_.conflict == Conflict::overwrite;
  const std::string wanted = path_;
  for (int number = 1; number <= kMostNames; ++number) {
    if (number > 1 || !there_ || over) {
      auto moved = co_await system_->rename(part_, path_, over);
      if (moved || moved.error().code() != Errc::conflict) co_return moved;
      if (request_.conflict != Conflict::rename) co_return exists(path_);
    }
    path_ = numbered(wanted, number);
  }
  co_return exists(wanted);
}

Task<Result<>> AtomicWrite::finish() {
  if (there_ && !request_.marks.mode) {
    Marks kept;
    kept.mode = there_->mode;
    auto marked = co_await file_->mark(kept);
    if (!marked) co_return marked;
  }
  if (!request_.marks.empty()) {
    auto marked = co_await file_->mark(request_.marks);  // some places have no permissions, or no times
    static_cast<void>(marked);
  }
  if (request_.sync) co_return co_await file_->sync();
  co_return co_await file_->flush();
}

Task<Result<Written>> AtomicWrite::commit() {
  auto finished = co_await finish();
  if (!finished) co_return cannot(finished.error());
  file_.reset();
  if (!request_.if_match.empty()) {
    auto looked = co_await look();
    if (!looked) co_return looked.error();
    if (auto good = check(); !good) co_return good.error();
  }
  const bool created = !there_ || request_.conflict == Conflict::rename;
  auto placed = co_await place();
  if (!placed) co_return placed.error();
  part_.clear();
  auto info = co_await system_->stat(path_, false);
  if (!info) co_return info.error();
  co_return Written{path_, *info, created, false};
}

Task<> AtomicWrite::abandon() {
  if (file_ && !request_.upload_id.empty()) {
    auto flushed = co_await file_->flush();  // as much as can be kept
    if (!flushed) static_cast<void>(cannot(flushed.error()));
  }
  file_.reset();
  // A disk that is full must not stay so for a part, unless that is to be gone on with.
  const bool useless = full_ && request_.resume_up_to.value_or(0) == 0;
  if (!part_.empty() && (request_.upload_id.empty() || useless)) {
    auto gone = co_await system_->remove(part_);
    static_cast<void>(gone);
  }
}

Task<> AtomicWrite::discard() {
  request_.upload_id.clear();
  co_await abandon();
}

}  // namespace duotty::files
