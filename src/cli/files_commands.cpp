#include "files_commands.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/record/json_members.hpp>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "ssh_answers.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using record::integer_of;
using record::text_of;
using Clock = std::chrono::steady_clock;

/// Bytes that are read or written by one call.
constexpr std::size_t kPiece = std::size_t{512} * 1024;
constexpr auto kRedraw = std::chrono::milliseconds(100);

/// Shows on standard error how far a transfer is, when a person looks there.
class Progress {
 public:
  Progress(Context& context, std::string name, double size)
      : context_(context),
        name_(std::move(name)),
        size_(size),
        shown_(::isatty(STDERR_FILENO) != 0 && !context.globals.quiet && !context.globals.json) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() {
    if (drawn_) context_.console.err("\r\x1b[K");
  }

  void at(double done) {
    const auto now = Clock::now();
    if (!shown_ || now - last_ < kRedraw) return;
    last_ = now;
    drawn_ = true;
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    context_.console.err("\r" + progress_line(name_, done, size_, seconds, context_.environment.columns) + "\x1b[K");
  }

 private:
  Context& context_;
  std::string name_;
  double size_;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = Clock::now();
};

std::string name_of(const std::string& path) {
  const auto end = path.find_last_not_of('/');
  if (end == std::string::npos) return path;
  const auto slash = path.rfind('/', end);
  return path.substr(slash == std::string::npos ? 0 : slash + 1,
                     end - (slash == std::string::npos ? 0 : slash + 1) + 1);
}

Json at_path(const FilesOptions& options, const std::string& path) {
  Json params = {{"path", path}};
  if (!options.connection.empty()) params["connection_id"] = options.connection;
  return params;
}

Error cannot(const std::string& what, const std::string& path) {
  return {Errc::io, "Cannot " + what + " " + path + ": " + std::strerror(errno) + "."};
}

Task<int> list(Context& context, Remote& remote, const FilesOptions& options) {
  Json params = at_path(options, options.first);
  params["hidden"] = options.all;
  auto listed = co_await remote.call("files.list", std::move(params), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& one : record::list_of(*listed, "entries")) {
    const std::string kind = text_of(one, "kind");
    const char* mark = kind == "folder" ? "/" : kind == "link" ? "@" : kind == "other" ? "=" : "";
    rows.push_back({{text_of(one, "mode"), ""},
                    {kind == "file" ? byte_count(static_cast<double>(integer_of(one, "size"))) : "", ""},
                    {base::replace_all(text_of(one, "modified").substr(0, 16), "T", " "), "2"},
                    {visible_line(text_of(one, "name")) + mark, kind == "folder" ? "1" : ""}});
  }
  if (rows.empty()) {
    context.say("The folder is empty.");
  } else {
    print_table(context, {"MODE", "SIZE", "MODIFIED (UTC)", "NAME"}, rows);
  }
  if (flag_of(*listed, "truncated")) context.console.note("There is more in it than is shown.");
  co_return exit_status::ok;
}

/// Reads a file there from its beginning to its end and gives each piece to `take`.
Task<base::Result<>> fetch(Context& context, Remote& remote, const FilesOptions& options,
                           const std::function<base::Result<>(std::string_view)>& take) {
  std::string etag;
  std::unique_ptr<Progress> progress;
  for (std::int64_t offset = 0;;) {
    Json params = at_path(options, options.first);
    params["offset"] = offset;
    params["length"] = kPiece;
    params["encoding"] = "base64";
    auto piece = co_await remote.call("files.read", std::move(params), {});
    if (!piece) co_return piece.error();
    if (!progress) {
      const auto size = static_cast<double>(integer_of(*piece, "size"));
      progress = std::make_unique<Progress>(context, name_of(options.first), size);
    }
    if (!etag.empty() && etag != text_of(*piece, "etag")) {
      co_return Error(Errc::conflict, options.first + " was changed while it was read. Get it again.");
    }
    etag = text_of(*piece, "etag");
    auto bytes = base::base64_decode(text_of(*piece, "data_b64"));
    if (!bytes) co_return Error(Errc::protocol, "The server sent no base64.");
    if (auto taken = take(*bytes); !taken) co_return taken;
    const auto next = integer_of(*piece, "next_offset");
    if (!flag_of(*piece, "has_more") || next <= offset) co_return base::Result<>();
    offset = next;
    progress->at(static_cast<double>(offset));
  }
}

Task<int> cat(Context& context, Remote& remote, const FilesOptions& options) {
  const std::function<base::Result<>(std::string_view)> take = [&context](std::string_view bytes) {
    context.console.out(bytes);
    return base::Result<>();
  };
  auto done = co_await fetch(context, remote, options, take);
  if (!done) co_return context.fail(done.error());
  co_return exit_status::ok;
}

Task<int> get(Context& context, Remote& remote, const FilesOptions& options) {
  if (options.second == "-") co_return co_await cat(context, remote, options);
  std::string target = options.second.empty() ? name_of(options.first) : options.second;
  struct stat there {};
  bool exists = ::stat(target.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) {
    target += "/" + name_of(options.first);
    exists = ::lstat(target.c_str(), &there) == 0;
  }
  if (exists && !options.force) {
    co_return context.fail({Errc::conflict, target + " exists already. Name another file, or say --force."});
  }
  // Beside its place until it is whole.
  const std::string part = target + ".duotty-" + base::make_id() + ".part";
  base::UniqueFd file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) co_return context.fail(cannot("write", target));
  struct Remove {
    const std::string& path;
    ~Remove() { ::unlink(path.c_str()); }
  } const remove{part};
  std::uint64_t bytes = 0;
  const std::function<base::Result<>(std::string_view)> take = [&](std::string_view piece) -> base::Result<> {
    bytes += piece.size();
    return core::write_all(file.get(), piece) ? base::Result<>() : cannot("write", target);
  };
  auto done = co_await fetch(context, remote, options, take);
  if (!done) co_return context.fail(done.error());
  if (::fsync(file.get()) != 0 || ::rename(part.c_str(), target.c_str()) != 0) {
    co_return context.fail(cannot("write", target));
  }
  if (context.globals.json) {
    context.print_json({{"path", target}, {"size", bytes}});
  } else {
    context.say(target + ", " + byte_count(static_cast<double>(bytes)));
  }
  co_return exit_status::ok;
}

/// The path there: a folder gets the name that the file has here.
Task<std::string> target_of(Remote& remote, const FilesOptions& options) {
  const std::string name = name_of(options.first);
  if (options.second.empty()) co_return "~/" + name;
  if (options.second.ends_with('/')) co_return options.second + name;
  auto info = co_await remote.call("files.stat", at_path(options, options.second), {});
  const bool folder = info && (text_of(record::member_of(*info, "info"), "kind") == "folder" ||
                               text_of(record::member_of(*info, "info"), "target_kind") == "folder");
  co_return folder ? options.second + "/" + name : options.second;
}

Task<int> put(Context& context, Remote& remote, const FilesOptions& options) {
  const base::UniqueFd file(::open(options.first.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) co_return context.fail(cannot("read", options.first));
  if (!S_ISREG(status.st_mode)) co_return context.fail({Errc::invalid_params, options.first + " is no regular file."});
  const std::string target = co_await target_of(remote, options);
  // The same for the same file, so that trying again clears away what an attempt before has left.
  const std::string id = fmt::format("upload-{:x}-{:x}", status.st_dev, status.st_ino);
  Progress progress(context, name_of(options.first), static_cast<double>(status.st_size));
  std::string bytes(kPiece, '\0');
  for (std::int64_t offset = 0;;) {
    std::size_t got = 0;
    while (got < kPiece) {
      const ssize_t count = ::read(file.get(), bytes.data() + got, kPiece - got);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) co_return context.fail(cannot("read", options.first));
      if (count == 0) break;
      got += static_cast<std::size_t>(count);
    }
    Json params = at_path(options, target);
    params["upload_id"] = id;
    params["offset"] = offset;
    params["data_b64"] = base::base64_encode(std::string_view(bytes).substr(0, got));
    params["conflict"] = options.force ? "overwrite" : "fail";
    params["last"] = got < kPiece;
    auto done = co_await remote.call("files.upload", std::move(params), {});
    if (!done) co_return context.fail(done.error());
    offset += static_cast<std::int64_t>(got);
    progress.at(static_cast<double>(offset));
    if (got == kPiece) continue;
    if (context.globals.json) {
      context.print_json(*done);
    } else {
      context.say(visible_line(text_of(*done, "path")) + ", " + byte_count(static_cast<double>(offset)));
    }
    co_return exit_status::ok;
  }
}

Task<int> remove_path(Context& context, Remote& remote, const FilesOptions& options) {
  Json params = at_path(options, options.first);
  params["recursive"] = options.recursive;
  auto done = co_await remote.call("files.remove", std::move(params), {});
  if (!done) co_return context.fail(done.error());
  const auto failed = integer_of(*done, "failed");
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    for (const auto& one : record::list_of(*done, "failures")) {
      context.console.note(text_of(one, "path") + ": " + text_of(one, "reason"));
    }
    context.say("Removed " + std::to_string(integer_of(*done, "removed")) + ".");
  }
  co_return failed == 0 ? exit_status::ok : base::info(Errc::io).exit;
}

}  // namespace

std::string progress_line(const std::string& name, double done, double size, double seconds, int columns) {
  const double part = size > 0 ? std::min(1.0, done / size) : 0;
  const double rate = seconds > 0 ? done / seconds : 0;
  const std::string left = rate > 0 && size > done ? short_duration((size - done) / rate) + " left" : "";
  const std::string facts =
      fmt::format(" {:3.0f}%  {:>10}  {:>10}/s  {}", part * 100, byte_count(done), byte_count(rate), left);
  const int room = columns - static_cast<int>(facts.size()) - 1;
  if (room < 12) return fit(visible_line(name) + facts, std::max(columns - 1, 1));
  const int bar = std::clamp(room / 2, 4, 30);
  const int full = static_cast<int>(part * bar);
  return fit(visible_line(name), room - bar - 3) + " [" + std::string(static_cast<std::size_t>(full), '=') +
         std::string(static_cast<std::size_t>(bar - full), ' ') + "]" + facts;
}

Task<int> files_command(Context& context, Remote& server, FilesOptions options) {
  Answering remote(context, server);
  if (options.action == "ls") co_return co_await list(context, remote, options);
  if (options.action == "get") co_return co_await get(context, remote, options);
  if (options.action == "put") co_return co_await put(context, remote, options);
  if (options.action == "cat") co_return co_await cat(context, remote, options);
  co_return co_await remove_path(context, remote, options);
}

}  // namespace duotty::cli
