#include "shell_file.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/files/paths.hpp>

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;

/// Of dd.
constexpr std::uint64_t kBlock = 65536;
/// What goes with a request: less than a shell of its own costs.
constexpr std::size_t kSmall = 65536;

std::string octal(std::uint32_t mode) {
  std::string out = "0";
  for (const int shift : {9, 6, 3, 0}) out += static_cast<char>('0' + (mode >> shift & 7));
  return out;
}

}  // namespace

Task<Result<>> mark_path(Shells& shells, std::string path, Marks marks) {
  std::string mode = marks.mode ? octal(*marks.mode & 07777) : std::string();
  std::string time = marks.mtime_ns ? touch_time(*marks.mtime_ns) : std::string();
  if (mode.empty() && time.empty()) co_return Result<>();
  auto done = co_await shells.done(request_of("f_mark", path, mode, time), path);
  if (!done) co_return done.error();
  co_return Result<>();
}

ShellFile::ShellFile(std::shared_ptr<Shells> shells, std::string path, Found found, bool reads)
    : shells_(std::move(shells)), path_(std::move(path)), found_(found), reads_(reads), end_(found.info.size) {}

Task<Result<Info>> ShellFile::stat() {
  if (std::exchange(fresh_, false)) co_return found_.info;
  auto line = co_await shells_->done(request_of("f_stat", reads_ ? "-L" : "", path_), path_);
  if (!line) co_return line.error();
  const auto found = parse_found(base::trim(*line), now_s());
  if (!found) co_return Error(Errc::protocol, "The host does not say what " + shown(path_) + " is.");
  co_return found->info;
}

/// Another file may have got the name since.
Result<> ShellFile::check(std::string_view line) const {
  const auto found = parse_found(line, now_s());
  if (found && found->node == found_.node && found->info.kind == Kind::file) return {};
  return Error(Errc::io, shown(path_) + " is another file by now. Open it again.", "path");
}

Task<Result<std::string>> ShellFile::read(std::uint64_t offset, std::size_t size) {
  fresh_ = false;
  std::string out;
  while (out.size() < size) {
    auto piece = co_await read_some(offset + out.size(), size - out.size());
    if (!piece) co_return piece;
    if (piece->empty()) break;
    if (out.empty()) {
      out = std::move(*piece);
      if (out.size() < size) out.reserve(size);
    } else {
      out += *piece;
    }
  }
  co_return out;
}

Task<Result<std::string>> ShellFile::read_some(std::uint64_t offset, std::size_t size) {
  if (reader_ && offset != read_to_) reader_.reset();
  if (!reader_) {
    const bool goes_on = offset > 0 && offset == read_to_;
    const bool listed = found_.info.size > 0;
    const std::uint64_t rest = found_.info.size - std::min(offset, found_.info.size);
    if (listed && rest == 0) co_return std::string();
    if (listed && (rest <= kSmall || (size <= kSmall && !goes_on))) co_return co_await read_piece(offset, size);
    if (!listed && offset == 0) {
      // What the kernel makes up has no size, and comes in pieces of any length.
      auto piece = co_await read_piece(0, kSmall);
      if (!piece || piece->empty()) co_return piece;
    }
    auto opened = co_await open_reader(offset);
    if (!opened) co_return opened.error();
    read_to_ = offset;
  }
  co_return co_await read_on(size);
}

Task<Result<std::string>> ShellFile::read_piece(std::uint64_t offset, std::size_t size) {
  size = std::min(size, kSmall);
  const std::uint64_t block = offset / kBlock;
  const std::uint64_t blocks = (offset + size + kBlock - 1) / kBlock - block;
  auto body =
      co_await shells_->done(request_of("f_piece", path_, std::to_string(block), std::to_string(blocks)), path_);
  if (!body) co_return body.error();
  const auto line = body->find('\n');
  if (line == std::string::npos) co_return Error(Errc::protocol, "The host does not say what " + shown(path_) + " is.");
  if (auto same = check(std::string_view(*body).substr(0, line)); !same) co_return same.error();
  const std::size_t before = line + 1 + static_cast<std::size_t>(offset % kBlock);
  std::string out = before < body->size() ? body->substr(before, size) : std::string();
  read_to_ = offset + out.size();
  co_return out;
}

Task<Result<>> ShellFile::open_reader(std::uint64_t offset) {
  std::string line;
  auto reader = co_await shells_->stream(request_of("f_read", path_, std::to_string(offset / kBlock)), line);
  if (!reader) {
    if (reader.error().code() != Errc::unreachable) co_return reader.error();
    // It also ends when the file cannot be opened: somebody else can tell.
    auto readable = co_await shells_->done(request_of("f_readable", path_), path_);
    co_return readable ? reader.error() : readable.error();
  }
  if (auto same = check(line); !same) co_return same;
  reader_ = std::move(*reader);
  skip_ = offset % kBlock;
  co_return Result<>();
}

Task<Result<std::string>> ShellFile::read_on(std::size_t size) {
  int status = 0;
  for (;;) {
    auto piece = co_await reader_->data(skip_ > 0 ? static_cast<std::size_t>(skip_) : size, status);
    if (piece && !piece->empty() && skip_ > 0) {
      skip_ -= piece->size();
      continue;
    }
    if (piece) read_to_ += piece->size();
    if (!piece || (piece->empty() && status != 0)) reader_.reset();
    if (piece && piece->empty() && status != 0) {
      co_return Error(Errc::io, shown(path_) + " cannot be read to its end on the host.");
    }
    co_return piece;
  }
}

Task<Result<>> ShellFile::write(std::string bytes) {
  fresh_ = false;
  if (failed_) co_return *failed_;
  if (!writer_ && kept_.size() + bytes.size() <= kSmall) {
    kept_ += bytes;
    co_return Result<>();
  }
  Result<> done;
  if (!writer_) done = co_await open_writer();
  if (done && !kept_.empty()) done = co_await send(std::exchange(kept_, {}));
  if (done) done = co_await send(std::move(bytes));
  if (!done) failed_ = done.error();
  co_return done;
}

Task<Result<>> ShellFile::open_writer() {
  std::string line;
  auto writer = co_await shells_->stream(request_of("f_write", path_), line);
  if (!writer) {
    if (writer.error().code() != Errc::unreachable) co_return writer.error();
    auto writable = co_await shells_->done(request_of("f_writable", path_), path_);
    co_return writable ? writer.error() : writable.error();
  }
  if (auto same = check(line); !same) co_return same;
  writer_ = std::move(*writer);
  co_return Result<>();
}

Task<Result<>> ShellFile::send(std::string bytes) {
  const std::size_t size = bytes.size();
  auto sent = co_await writer_->send(std::move(bytes));
  if (sent) {
    end_ += size;
    co_return sent;
  }
  // The writer may have said why it has ended, as a disk that is full.
  auto why = co_await finish_writer();
  co_return why ? sent : why;
}

/// Everything that was sent is in the file, or what the writer says to it.
Task<Result<>> ShellFile::finish_writer() {
  const auto writer = std::exchange(writer_, nullptr);
  writer->end_input();
  ShellAnswer end;
  for (;;) {
    auto piece = co_await writer->data(kSmall, end.status);
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    end.body += *piece;
    if (end.body.size() > kSmall) break;
  }
  if (end.status != 0) co_return error_of(end, path_);
  co_return Result<>();
}

Task<Result<>> ShellFile::print() {
  const std::string bytes = std::exchange(kept_, {});
  auto said = co_await shells_->done(print_request(path_, bytes), path_);
  if (!said) co_return said.error();
  const std::string_view all = base::trim(*said);
  const auto line = all.substr(all.rfind('\n') + 1);
  if (auto same = check(line); !same) co_return same;
  end_ += bytes.size();
  if (parse_found(line, now_s())->info.size == end_) co_return Result<>();
  ShellAnswer short_of{static_cast<int>(Verdict::words), std::string(all.substr(0, all.size() - line.size()))};
  if (short_of.body.empty()) short_of.body = "not all of it was written";
  co_return error_of(short_of, path_);
}

Task<Result<>> ShellFile::flush() {
  if (failed_) co_return *failed_;
  Result<> done;
  if (writer_) {
    done = co_await finish_writer();
  } else if (!kept_.empty()) {
    done = co_await print();
  }
  if (!done) failed_ = done.error();
  co_return done;
}

Task<Result<>> ShellFile::mark(Marks marks) {
  auto written = co_await flush();
  if (!written) co_return written;
  co_return co_await mark_path(*shells_, path_, marks);
}

Task<Result<>> ShellFile::sync() {
  auto written = co_await flush();
  if (!written) co_return written;
  auto done = co_await shells_->done(request_of("f_sync", path_), path_, kLater);
  if (!done) co_return done.error();
  co_return Result<>();
}

}  // namespace duotty::files
