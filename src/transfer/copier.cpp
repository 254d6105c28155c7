#include "copier.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/base/part_name.hpp>
#include <duotty/files/paths.hpp>
#include <ranges>

namespace duotty::transfer {
namespace {

using base::Errc;
using base::Error;
using core::asio::experimental::awaitable_operators::operator&&;
using files::inside;
using files::Kind;
using files::kPiece;
using files::shown;

/// Files that are found before they are copied.
constexpr std::size_t kAhead = 20'000;
/// Folders within folders that are gone into.
constexpr int kMostDepth = 1200;
/// A larger file is brought to the disk for itself when it is one of many.
constexpr std::uint64_t kLarge = std::uint64_t{8} << 20;

/// What goes on failing for every file that follows.
bool breaks_off(Errc code) {
  return code == Errc::closed || code == Errc::unreachable || code == Errc::timeout || code == Errc::protocol ||
         code == Errc::unauthenticated;
}

/// Permissions without those that give away somebody's rights.
std::optional<std::uint32_t> mode_of(const files::Info& info) {
  return info.mode == 0 ? std::nullopt : std::optional(info.mode & 0777U);
}

}  // namespace

bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

/// What one file adds to the tally; in the end its total is what was copied of it.
class Copier::Counted {
 public:
  Counted(Tally& tally, std::uint64_t expected) : tally_(tally), expected_(expected) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { tally_.bytes_total = tally_.bytes_total - std::min(tally_.bytes_total, expected_) + counted_; }
  void add(std::uint64_t bytes) {
    counted_ += bytes;
    tally_.bytes += bytes;
  }

 private:
  Tally& tally_;
  std::uint64_t expected_;
  std::uint64_t counted_ = 0;
};

Copier::Copier(core::asio::any_io_executor executor, const Order& order, Tally& tally, std::set<std::string>& writing,
               std::function<void(std::uint64_t)> on_bytes)
    : order_(order), tally_(tally), writing_(writing), on_bytes_(std::move(on_bytes)), news_(std::move(executor)) {}

void Copier::note(const std::string& path, const Error& error) {
  if (breaks_off(error.code())) {
    if (!broken_) broken_ = error;
    news_.notify();
    return;
  }
  tally_.failures.add(path, error.message());
}

Task<Result<>> Copier::run() {
  auto info = co_await order_.source->stat(order_.from.path, true);
  if (!info) co_return info.error();
  if ((info->kind == Kind::folder) != order_.folder) {
    co_return Error(Errc::conflict, shown(order_.from.path) + " is not what it was. Start the transfer again.", "from");
  }
  if (!order_.folder) {
    const Item item{order_.from.path, order_.to.path, *info};
    tally_.counting = false;
    tally_.files_total = 1;
    tally_.bytes_total = info->size;
    auto copied = co_await copy_file(item);
    if (!copied) tally_.failures.add(item.from, copied.error().message());
    co_return copied;
  }
  const Folder root{order_.from.path, order_.to.path, *info, 0};
  auto entered = co_await enter(root);
  if (!entered) co_return entered;
  auto all = walk(root) && work() && work() && work() && work();
  co_await std::move(all);
  if (broken_) co_return *broken_;
  co_await mark_folders();
  co_return Result<>();
}

/// Makes the folder where it goes, unless one is there already.
Task<Result<>> Copier::enter(const Folder& folder) {
  auto there = co_await order_.target->stat(folder.to, false);
  if (there && there->kind == Kind::folder) {
    if (goes_on()) made_.push_back(folder);
    co_return Result<>();
  }
  if (there && there->kind == Kind::link) {
    co_return Error(Errc::conflict, shown(folder.to) + " is a link, and nothing is written through it.", "to");
  }
  if (there) co_return Error(Errc::conflict, shown(folder.to) + " is there and is no folder.", "to");
  if (there.error().code() != Errc::not_found) co_return there.error();
  auto made = co_await order_.target->mkdir(folder.to);
  if (!made) co_return made;
  ++tally_.folders;
  made_.push_back(folder);
  files::Marks marks;
  marks.mode = mode_of(folder.info);
  if (!marks.mode) co_return Result<>();
  *marks.mode |= 0700U;
  auto marked = co_await order_.target->mark_folder(folder.to, marks);  // not everywhere
  static_cast<void>(marked);
  co_return Result<>();
}

Task<> Copier::walk(Folder root) {
  std::vector<Folder> more;
  co_await look_into(std::move(root), more);
  while (!more.empty() && !broken_) {
    Folder folder = std::move(more.back());
    more.pop_back();
    auto entered = co_await enter(folder);
    if (!entered) {
      note(folder.from, entered.error());
      continue;
    }
    co_await look_into(std::move(folder), more);
  }
  tally_.counting = false;
  news_.notify();
}

Task<> Copier::look_into(Folder folder, std::vector<Folder>& more) {
  auto good = still_good();
  auto listing = co_await order_.source->list(folder.from, files::kMostEntries);
  if (!good || !listing) {
    note(folder.from, good ? listing.error() : good.error());
    co_return;
  }
  if (!listing->complete) tally_.failures.add(folder.from, "It has too many entries: not all of them are copied.");
  for (const files::Entry& entry : listing->entries) {
    while (found_.size() >= kAhead && !broken_) co_await news_.wait();
    if (broken_) co_return;
    take(folder, entry, more);
  }
}

void Copier::take(const Folder& folder, const files::Entry& entry, std::vector<Folder>& more) {
  const std::string from = inside(folder.from, entry.name);
  if (!is_name(entry.name)) {
    tally_.failures.add(from, "That is not the name of a file.");
    return;
  }
  if (entry.info.kind == Kind::file && base::is_part_name(entry.name)) return;
  const std::string to = inside(folder.to, entry.name);
  // What leads back into what is being copied would have no end.
  if (folder.depth >= kMostDepth || to.size() > files::kMostPath) {
    tally_.failures.add(from, "It is too deep.");
    return;
  }
  switch (entry.info.kind) {
    case Kind::folder:
      more.push_back({from, to, entry.info, folder.depth + 1});
      break;
    case Kind::file:
      ++tally_.files_total;
      tally_.bytes_total += entry.info.size;
      found_.push_back({from, to, entry.info});
      news_.notify();
      break;
    case Kind::link:
      tally_.left_out.add(from, "It is a link.");
      break;
    case Kind::other:
      tally_.left_out.add(from, "It is no regular file.");
      break;
  }
}

Task<> Copier::work() {
  for (;;) {
    while (found_.empty() && tally_.counting && !broken_) co_await news_.wait();
    if (broken_ || found_.empty()) co_return;
    const Item item = std::move(found_.front());
    found_.pop_front();
    if (found_.size() == kAhead - 1) news_.notify();
    auto copied = co_await copy_file(item);
    if (!copied) note(item.from, copied.error());
  }
}

/// Two that write the same file would spoil each other's part.
Task<Result<>> Copier::copy_file(const Item& item) {
  const std::string name = order_.to.connection_id + '\n' + item.to;
  if (!writing_.insert(name).second) {
    co_return Error(Errc::conflict, shown(item.to) + " is being written by another transfer.", "to");
  }
  struct Release {
    std::set<std::string>& writing;
    const std::string& name;
    ~Release() { writing.erase(name); }
  } const release{writing_, name};
  tally_.current = item.from;
  co_return co_await copy_claimed(item);
}

/// Whether the file need not be copied.
Task<Result<bool>> Copier::is_there(const Item& item) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (order_.conflict != "skip" && !goes_on()) co_return false;
  auto there = co_await order_.target->stat(item.to, false);
  if (!there && there.error().code() == Errc::not_found) co_return false;
  if (!there) co_return there.error();
  if (order_.conflict == "skip") co_return true;
  co_return there->kind == Kind::file && there->size == item.info.size &&
      there->mtime_ns / kSecond == item.info.mtime_ns / kSecond;
}

files::WriteRequest Copier::request_for(const Item& item, const files::Info& info) const {
  files::WriteRequest request;
  request.path = item.to;
  request.conflict = order_.conflict == "resume" ? files::Conflict::overwrite : files::conflict_of(order_.conflict);
  // The same for the same file as it is now: what there is of it can be gone on with.
  request.upload_id = "transfer\n" + order_.from.connection_id + '\n' + item.from + '\n' + info.etag();
  request.resume_up_to = goes_on() ? info.size : 0;
  request.marks.mode = mode_of(info);
  request.marks.mtime_ns = info.mtime_ns;
  request.follow = !order_.folder;
  request.sync = !order_.folder || info.size >= kLarge;
  return request;
}

Task<Result<>> Copier::copy_claimed(const Item& item) {
  Counted counted(tally_, item.info.size);
  auto there = co_await is_there(item);
  if (!there) co_return there.error();
  if (*there) {
    // What would have been copied over anything else was copied by an earlier worker.
    const bool ours = order_.again && order_.conflict != "skip" && order_.conflict != "resume";
    ++(ours ? tally_.files : tally_.skipped);
    if (ours) counted.add(item.info.size), tally_.written = item.to;
    co_return Result<>();
  }
  auto source = co_await order_.source->open(item.from, files::Open::read, 0);
  if (!source) co_return source.error();
  auto info = co_await (*source)->stat();
  if (!info) co_return info.error();
  files::WriteRequest request = request_for(item, *info);
  std::uint64_t have = 0;
  auto begun = co_await files::AtomicWrite::begin(order_.target, std::move(request), have);
  if (!begun) co_return begun.error();
  files::AtomicWrite& file = **begun;
  if (file.skipped()) {
    ++tally_.skipped;
    co_return Result<>();
  }
  std::optional<Checksum> sum;
  if (order_.checksum) sum.emplace();
  auto filled = co_await fill(**source, *info, file, counted, sum ? &*sum : nullptr);
  if (filled && sum) filled = co_await file.flush();
  if (filled && sum) filled = co_await verify(file.part(), *sum);
  if (filled) {
    auto done = co_await file.commit();
    if (done && done->info.size == info->size) {
      ++tally_.files;
      tally_.written = done->path;
      co_return Result<>();
    }
    filled = done ? Error(Errc::conflict, shown(item.to) + " has not the length of its source. Copy it again.")
                  : done.error();
  }
  if (filled.error().code() == Errc::conflict) {
    co_await file.discard();
  } else {
    co_await file.abandon();
  }
  co_return filled;
}

Task<Result<>> Copier::fill(files::File& source, const files::Info& info, files::AtomicWrite& file, Counted& counted,
                            Checksum* sum) {
  std::uint64_t at = file.size();
  bool grown = false;
  counted.add(at);
  if (sum != nullptr && at > 0) {
    auto begin = co_await sum_up(source, at, *sum);
    if (!begin) co_return begin;
  }
  for (;;) {
    if (auto good = still_good(); !good) co_return good;
    auto piece = co_await source.read(at, kPiece);
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    const std::size_t size = piece->size();
    // It would be in vain, and what has no end (files of /proc say that they are empty) would fill the disk.
    grown = at > info.size || size > info.size - at;
    if (grown) break;
    if (sum != nullptr) co_await sum->add(offload_, *piece);
    auto written = co_await file.write(std::move(*piece));
    if (!written) co_return written;
    at += size;
    counted.add(size);
    on_bytes_(size);
  }
  auto after = co_await source.stat();
  if (!after) co_return after.error();
  if (!grown && at == info.size && after->etag() == info.etag()) co_return Result<>();
  co_return Error(Errc::conflict,
                  grown && after->size == info.size
                      ? "It is longer than it says, as files of the system are. It is not copied."
                      : "It was changed while it was copied. Copy it again.",
                  "from");
}

/// Adds what is before `end`.
Task<Result<>> Copier::sum_up(files::File& file, std::uint64_t end, Checksum& sum) {
  for (std::uint64_t at = 0; at < end;) {
    if (auto good = still_good(); !good) co_return good;
    auto piece = co_await file.read(at, static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, end - at)));
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return Result<>();
    at += piece->size();
    co_await sum.add(offload_, *piece);
  }
  co_return Result<>();
}

Task<Result<>> Copier::verify(const std::string& part, Checksum& sum) {
  auto file = co_await order_.target->open(part, files::Open::read, 0);
  if (!file) co_return file.error();
  struct Checking {
    int& count;
    ~Checking() { --count; }
  } const checking{++tally_.checking};
  Checksum written;
  auto added = co_await sum_up(**file, UINT64_MAX, written);
  if (!added) co_return added;
  if (written.value() == sum.value()) co_return Result<>();
  co_return Error(Errc::conflict, "The checksum of what was written is not that of its source. Copy it again.", "to");
}

/// At the end, as writing into a folder changes its time, and may need more than its permissions.
Task<> Copier::mark_folders() {
  for (const auto& folder : std::ranges::reverse_view(made_)) {
    files::Marks marks;
    marks.mode = mode_of(folder.info);
    marks.mtime_ns = folder.info.mtime_ns;
    auto marked = co_await order_.target->mark_folder(folder.to, marks);
    static_cast<void>(marked);
  }
}

}  // namespace duotty::transfer
