#include "files_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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
  context_.console.err("\r" + progress_line(name_, done, size_, seconds, context_.environment.columns) + "\x1b[K");
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

Task<Result<std::string>> fetch(Context& context, Remote& remote, There from, std::string label, TakePiece take) {
  std::string etag;
  std::unique_ptr<Progress> progress;
  for (std::int64_t offset = 0;;) {
    Json params = from.params();
    params["offset"] = offset;
    params["length"] = kPiece;
    params["encoding"] = "base64";
    auto piece = co_await remote.call("files.read", std::move(params), {});
    if (!piece) co_return piece.error();
    if (!progress)
      progress = std::make_unique<Progress>(context, label, static_cast<double>(integer_of(*piece, "size")));
    if (!etag.empty() && etag != text_of(*piece, "etag")) {
      co_return Error(Errc::conflict, from.path + " was changed while it was read. Get it again.");
    }
    etag = text_of(*piece, "etag");
    auto bytes = base::base64_decode(text_of(*piece, "data_b64"));
    if (!bytes) co_return Error(Errc::protocol, "The server sent no base64.");
    if (auto taken = take(*bytes); !taken) co_return taken.error();
    const auto next = integer_of(*piece, "next_offset");
    if (!flag_of(*piece, "has_more") || next <= offset) co_return etag;
    offset = next;
    progress->at(static_cast<double>(offset));
  }
}

Task<Result<std::uint64_t>> download(Context& context, Remote& remote, There from, std::string to, std::string label,
                                     Kept kept) {
  // Beside its place until it is whole.
  const std::string part = to + ".duotty-" + base::make_id() + ".part";
  base::UniqueFd file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) co_return cannot("write", to);
  struct Remove {
    const std::string& path;
    ~Remove() { ::unlink(path.c_str()); }
  } const remove{part};
  std::uint64_t bytes = 0;
  const TakePiece take = [&](std::string_view piece) -> Result<> {
    bytes += piece.size();
    return core::write_all(file.get(), piece) ? Result<>() : cannot("write", to);
  };
  auto fetched = co_await fetch(context, remote, std::move(from), std::move(label), take);
  if (!fetched) co_return fetched.error();
  if (auto marked = keep(file.get(), to, kept); !marked) co_return marked.error();
  if (::fsync(file.get()) != 0 || ::rename(part.c_str(), to.c_str()) != 0) co_return cannot("write", to);
  co_return bytes;
}

Task<Result<Json>> upload(Context& context, Remote& remote, std::string from, There to, UploadHow how) {
  const base::UniqueFd file(::open(from.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) co_return cannot("read", from);
  if (!S_ISREG(status.st_mode)) co_return Error(Errc::invalid_params, from + " is no regular file.");
  // The same for the same file, so that trying again clears away what an attempt before has left.
  const std::string id = fmt::format("upload-{:x}-{:x}", status.st_dev, status.st_ino);
  Progress progress(context, how.label.empty() ? name_of(from) : how.label, static_cast<double>(status.st_size));
  std::string bytes(kPiece, '\0');
  for (std::int64_t offset = 0;;) {
    auto got = read_piece(file.get(), bytes, from);
    if (!got) co_return got.error();
    const bool last = *got < kPiece;
    Json params = to.params();
    params["upload_id"] = id;
    params["offset"] = offset;
    params["data_b64"] = base::base64_encode(std::string_view(bytes).substr(0, *got));
    params["conflict"] = how.conflict;
    if (!how.if_match.empty()) params["if_match"] = how.if_match;
    if (last && how.kept.mtime) params["mtime"] = *how.kept.mtime;
    if (last && how.kept.mode) params["mode"] = fmt::format("{:04o}", *how.kept.mode & 0777);
    params["last"] = last;
    auto done = co_await remote.call("files.upload", std::move(params), {});
    if (!done || last) co_return done;
    offset += static_cast<std::int64_t>(*got);
    progress.at(static_cast<double>(offset));
  }
}

}  // namespace duotty::cli
