#include "files_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <duotty/base/fnv.hpp>
#include <duotty/base/part_name.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/record/json_members.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "files_commands.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using record::integer_of;
using Clock = std::chrono::steady_clock;

/// Bytes that are read or written by one call.
constexpr std::size_t kPiece = std::size_t{512} * 1024;
/// Files of other times than files.upload takes get the present one.
constexpr double kLatest = 9e9;
constexpr auto kRedraw = std::chrono::milliseconds(100);

Result<> keep(int fd, const std::string& path, const Kept& kept) {
  if (kept.mode && ::fchmod(fd, *kept.mode & 0777) != 0) return cannot("set the permissions of", path);
  if (!kept.mtime) return {};
  timespec times[2] = {};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = static_cast<time_t>(*kept.mtime);
  times[1].tv_nsec = static_cast<long>((*kept.mtime - static_cast<double>(times[1].tv_sec)) * 1e9);
  if (::futimens(fd, times) != 0) return cannot("set the time of", path);
  return {};
}

/// Up to a piece; less at the end.
Result<std::size_t> read_piece(int fd, std::string& bytes, const std::string& path) {
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t count = ::read(fd, bytes.data() + got, bytes.size() - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot("read", path);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return got;
}

/// Up to a piece of standard input; less at its end. Meanwhile an interrupt is noticed.
Task<Result<std::string>> input_piece() {
  // The loop cannot watch files and the like, which make nobody wait.
  struct stat status {};
  const bool known = ::fstat(STDIN_FILENO, &status) == 0;
  const bool file = known && !S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode) && ::isatty(STDIN_FILENO) == 0;
  core::asio::posix::stream_descriptor input(co_await core::asio::this_coro::executor);
  if (!file) input.assign(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  std::string bytes(kPiece, '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    if (!file) {
      auto [failed] = co_await input.async_wait(core::asio::posix::descriptor_base::wait_read, core::as_result);
      if (failed) co_return Error(Errc::io, "Cannot read standard input: " + failed.message() + ".");
    }
    const ssize_t count = ::read(STDIN_FILENO, bytes.data() + got, bytes.size() - got);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) co_return cannot("read", "standard input");
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  co_return bytes;
}

}  // namespace

Json There::params() const {
  Json out = {{"path", path}};
  if (!connection.empty()) out["connection_id"] = connection;
  return out;
}

Progress::Progress(Context& context, std::string name, double size)
    : context_(context),
      name_(std::move(name)),
      size_(size),
      shown_(::isatty(STDERR_FILENO) != 0 && !context.globals.quiet && !context.globals.json) {}

Progress::~Progress() {
  if (drawn_) context_.console.err("\r\x1b[K");
}

void Progress::at(double done) {
  const auto now = Clock::now();
  if (!shown_ || now - last_ < kRedraw) return;
  last_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  context_.console.err("\r" + progress_line(name_, before_, done, size_, seconds, context_.environment.columns) +
                       "\x1b[K");
}

std::string name_of(const std::string& path) {
  const auto end = path.find_last_not_of('/');
  if (end == std::string::npos) return path;
  const auto slash = path.rfind('/', end);
  const auto begin = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(begin, end - begin + 1);
}

Error cannot(const std::string& what, const std::string& path) {
  return {Errc::io, "Cannot " + what + " " + path + ": " + std::strerror(errno) + "."};
}

Task<Result<std::string>> fetch(Context& context, Remote& remote, There from, std::string label, TakePiece take,
                                BeginFetch begin) {
  Json params = from.params();
  params["length"] = kPiece;
  params["encoding"] = "base64";
  auto first = co_await remote.call("files.read", std::move(params), {});
  if (!first) co_return first.error();
  std::string etag = text_of(*first, "etag");
  const auto bytes = base::base64_decode(text_of(*first, "data_b64"));
  if (!bytes) co_return Error(Errc::protocol, "The server sent no base64.");
  const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, integer_of(*first, "size")));
  auto here = begin ? begin(etag, size) : Result<std::uint64_t>(0);
  if (!here) co_return here.error();
  auto done = static_cast<std::uint64_t>(bytes->size());
  if (*here >= done) {
    done = *here;
  } else if (auto taken = take(std::string_view(*bytes).substr(static_cast<std::size_t>(*here))); !taken) {
    co_return taken.error();
  }
  if (!flag_of(*first, "has_more") || done == size) co_return etag;
  Progress progress(context, label, static_cast<double>(size));
  progress.from(static_cast<double>(*here));
  const std::uint64_t offset = done;
  const TakePiece take_rest = [&](std::string_view piece) {
    done += piece.size();
    progress.at(static_cast<double>(done));
    return take(piece);
  };
  auto rest = co_await get_content(context.endpoint, from.params(), offset, etag, take_rest);
  if (!rest) co_return rest.error();
  co_return etag;
}

namespace {

/// A file here before it is whole: beside its place, under a name that says of what it is a part.
class Part {
 public:
  explicit Part(std::string to) : to_(std::move(to)) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() {
    if (!keeps_ && !path_.empty()) ::unlink(path_.c_str());
  }
  /// How much of it is there.
  Result<std::uint64_t> open(const std::string& source, std::uint64_t size) {
    path_ = beside(fmt::format("{:016x}", base::fnv1a(source + '\n' + to_)));
    file_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    struct stat status {};
    const bool usable = file_ && ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0 && ::fstat(file_.get(), &status) == 0 &&
                        S_ISREG(status.st_mode);
    if (!usable) {
      // Somebody else fetches the same, or has the name.
      path_ = beside(base::make_id());
      file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      if (!file_) {
        path_.clear();
        return cannot("write", to_);
      }
    }
    auto have = usable ? static_cast<std::uint64_t>(status.st_size) : 0;
    if (have > size) have = 0;
    const auto end = static_cast<off_t>(have);
    if (::ftruncate(file_.get(), end) != 0 || ::lseek(file_.get(), end, SEEK_SET) != end) return cannot("write", to_);
    return written_ = have;
  }
  Result<> write(std::string_view piece) {
    written_ += piece.size();
    return core::write_all(file_.get(), piece) ? Result<>() : cannot("write", to_);
  }
  /// Leaves it to the next attempt, when there is enough of it.
  bool keep() { return keeps_ = written_ > kPiece; }
  Result<std::uint64_t> finish(const Kept& kept) {
    if (auto marked = cli::keep(file_.get(), to_, kept); !marked) return marked.error();
    if (::fsync(file_.get()) != 0 || ::rename(path_.c_str(), to_.c_str()) != 0) return cannot("write", to_);
    keeps_ = true;
    return written_;
  }

 private:
  std::string beside(const std::string& word) const {
    const auto slash = to_.rfind('/');
    return to_.substr(0, slash == std::string::npos ? 0 : slash + 1) + base::part_name(word);
  }

  std::string to_;
  std::string path_;
  base::UniqueFd file_;
  std::uint64_t written_ = 0;
  bool keeps_ = false;
};

/// Whether an attempt failed for want of the other side: what arrived is good.
bool broke_off(Errc code) {
  return code == Errc::closed || code == Errc::unreachable || code == Errc::timeout || code == Errc::protocol ||
         code == Errc::cancelled;
}

Error to_go_on(const Error& error) {
  return {error.code(), error.message() + " What has arrived is kept: the same command goes on with it.",
          error.field()};
}

}  // namespace

Task<Result<std::uint64_t>> download(Context& context, Remote& remote, There from, std::string to, std::string label,
                                     Kept kept) {
  Part part(std::move(to));
  const std::string source = context.endpoint.name() + '\n' + from.connection + '\n' + from.path + '\n';
  const BeginFetch begin = [&](const std::string& etag, std::uint64_t size) { return part.open(source + etag, size); };
  const TakePiece take = [&](std::string_view piece) { return part.write(piece); };
  auto fetched = co_await fetch(context, remote, std::move(from), std::move(label), take, begin);
  if (fetched) co_return part.finish(kept);
  if (broke_off(fetched.error().code()) && part.keep()) co_return to_go_on(fetched.error());
  co_return fetched.error();
}

namespace {

/// What an earlier attempt has left there of a file of that size; nothing to do when the call has settled it.
struct Arrived {
  std::uint64_t bytes = 0;
  std::optional<Json> skipped;
};
Task<Result<Arrived>> look_for_part(Remote& remote, Json params, std::uint64_t size) {
  params["offset"] = size;
  params["data_b64"] = "";
  auto told = co_await remote.call("files.upload", std::move(params), {});
  Arrived out;
  if (told) {
    out.bytes = size;
    if (flag_of(*told, "skipped")) out.skipped = std::move(*told);
    co_return out;
  }
  const Json* details = remote.details_of(told.error());
  if (details == nullptr || !details->contains("offset")) co_return told.error();
  const auto bytes = integer_of(*details, "offset");
  if (bytes > 0 && static_cast<std::uint64_t>(bytes) < size) out.bytes = static_cast<std::uint64_t>(bytes);
  co_return out;
}

}  // namespace

Task<Result<Json>> upload(Context& context, Remote& remote, std::string from, There to, UploadHow how) {
  const base::UniqueFd file(::open(from.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) co_return cannot("read", from);
  if (!S_ISREG(status.st_mode)) co_return Error(Errc::invalid_params, from + " is no regular file.");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  // The same for the same file, as long as it does not change.
  const std::string version = fmt::format("{}.{:09}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  Json params = to.params();
  params["upload_id"] = fmt::format("upload-{:x}-{:x}-{:x}", status.st_dev, status.st_ino,
                                    base::fnv1a(version + '\n' + std::to_string(size)));
  params["conflict"] = how.conflict;
  if (!how.if_match.empty()) params["if_match"] = how.if_match;
  if (how.kept.mtime && *how.kept.mtime >= 0 && *how.kept.mtime <= kLatest) params["mtime"] = *how.kept.mtime;
  if (how.kept.mode) params["mode"] = fmt::format("{:04o}", *how.kept.mode & 0777);
  Arrived there;
  if (size > kPiece) {
    auto found = co_await look_for_part(remote, params, size);
    if (!found) co_return found.error();
    if (found->skipped) co_return std::move(*found->skipped);
    there = std::move(*found);
  }
  if (::lseek(file.get(), static_cast<off_t>(there.bytes), SEEK_SET) < 0) co_return cannot("read", from);
  std::string bytes(kPiece, '\0');
  auto got = read_piece(file.get(), bytes, from);
  if (!got) co_return got.error();
  bytes.resize(*got);
  // The first piece as a call: whatever the host asks, and whether it may be there at all, is settled before the rest
  // goes.
  const bool last = *got < kPiece;
  Json first = params;
  first["offset"] = there.bytes;
  first["data_b64"] = base::base64_encode(bytes);
  first["last"] = last;
  auto begun = co_await remote.call("files.upload", std::move(first), {});
  if (!begun || last || flag_of(*begun, "skipped")) co_return begun;
  std::uint64_t done = there.bytes + *got;
  const auto whole = std::max(size, done);
  params["offset"] = done;
  params["size"] = whole;
  Progress progress(context, how.label.empty() ? name_of(from) : how.label, static_cast<double>(whole));
  progress.from(static_cast<double>(there.bytes));
  const GivePiece give = [&]() -> Result<std::string> {
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, whole - done)), '\0');
    auto count = read_piece(file.get(), piece, from);
    if (!count) return count.error();
    piece.resize(*count);
    done += piece.size();
    progress.at(static_cast<double>(done));
    return piece;
  };
  const std::uint64_t rest = whole - done;
  auto sent = co_await put_content(context.endpoint, std::move(params), rest, give);
  if (!sent && broke_off(sent.error().code())) co_return to_go_on(sent.error());
  co_return sent;
}

Task<Result<Json>> upload_input(Context& context, Remote& remote, There to, UploadHow how) {
  Json params = to.params();
  params["upload_id"] = "upload-" + base::make_id();
  params["conflict"] = how.conflict;
  Progress progress(context, name_of(to.path), 0);
  std::uint64_t done = 0;
  for (;;) {
    auto bytes = co_await input_piece();
    if (!bytes) co_return bytes.error();
    const bool last = bytes->size() < kPiece;
    params["offset"] = done;
    params["data_b64"] = base::base64_encode(*bytes);
    params["last"] = last;
    done += bytes->size();
    auto sent = co_await remote.call("files.upload", params, {});
    if (!sent || last || flag_of(*sent, "skipped")) co_return sent;
    progress.at(static_cast<double>(done));
  }
}

}  // namespace duotty::cli
