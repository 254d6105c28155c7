#include <algorithm>
#include <duotty/base/plain_text.hpp>
#include <duotty/files/content_range.hpp>
#include <duotty/files/paths.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <duotty/transfer/archive.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "copier.hpp"
#include "zip_writer.hpp"

namespace duotty::transfer {
namespace {

using base::Errc;
using base::Error;
using files::inside;
using files::Kind;
using files::kPiece;
using files::name_of;
using files::shown;

constexpr std::size_t kMostPaths = 1000;
constexpr int kMostDepth = 1200;
/// Each is remembered until the end.
constexpr std::uint64_t kMostInArchive = 500'000;
constexpr std::size_t kReason = 200;
constexpr const char* kLeftOut = "_left_out.txt";

/// What goes into the archive, and under which name.
struct Item {
  std::string path;
  std::string name;
  files::Info info;
  int depth = 0;
};

/// A name that no other has yet.
std::string unique(const std::string& name, std::set<std::string>& taken) {
  std::string out = name;
  for (int i = 2; !taken.insert(out).second; ++i) out = name + " (" + std::to_string(i) + ")";
  return out;
}

/// What was asked for, looked at.
Task<Result<std::vector<Item>>> gather(files::FileSystem& system, const http::Request& request) {
  std::vector<Item> items;
  std::set<std::string> names;
  for (const auto& [key, value] : request.query) {
    if (key != "path") continue;
    if (items.size() >= kMostPaths)
      co_return Error(Errc::invalid_params, "At most 1000 paths go into one archive.", "path");
    auto full = co_await system.resolve(value, true);
    if (!full) co_return full.error();
    auto info = co_await system.stat(*full, true);
    if (!info) co_return info.error();
    if (info->kind != Kind::file && info->kind != Kind::folder) {
      co_return Error(Errc::invalid_params, shown(value) + " is no regular file.", "path");
    }
    const std::string name = *full == "/" ? "files" : archive_name(name_of(*full));
    items.push_back({*full, unique(name, names), *info, 0});
  }
  if (items.empty()) co_return Error(Errc::invalid_params, "Say which folder: ?path=/...", "path");
  co_return items;
}

/// Writes the archive. What ends it early leaves it visibly broken: it throws.
class Sending {
 public:
  Sending(std::shared_ptr<files::FileSystem> system, http::ResponseStream& stream, std::function<bool()> still_valid)
      : system_(std::move(system)), stream_(stream), still_valid_(std::move(still_valid)) {}

  /// False when the client has gone.
  Task<bool> all(std::vector<Item> items) {
    while (!items.empty()) {
      Item item = std::move(items.back());
      items.pop_back();
      if (zip_.entries() >= kMostInArchive) throw std::runtime_error("too much for one archive");
      const bool folder = item.info.kind == Kind::folder;
      auto going = folder ? this->folder(std::move(item), items) : file(std::move(item));
      if (!co_await std::move(going)) co_return false;
    }
    if (!left_out_.empty() && !co_await tell_left_out()) co_return false;
    co_return co_await send(zip_.finish());
  }

 private:
  static ZipWriter::Entry entry_of(const Item& item) {
    ZipWriter::Entry entry;
    entry.name = item.name;
    entry.folder = item.info.kind == Kind::folder;
    entry.mode = item.info.mode;
    entry.mtime_s = item.info.mtime_ns / 1'000'000'000;
    entry.most = item.info.size;
    return entry;
  }

  Task<bool> send(std::string bytes) {
    if (!still_valid_()) throw std::runtime_error("the token was revoked");
    auto sent = co_await stream_.write(bytes);
    co_return sent.has_value();
  }

  void leave_out(const std::string& name, const std::string& why) {
    left_out_ += base::clean_line(name, files::kMostPath) + ": " + base::clean_line(why, kReason) + "\n";
  }

  /// One that cannot be had for itself is named in the archive; with the connection gone there is no archive.
  void miss(const Item& item, const Error& error) {
    if (error.code() != Errc::denied && error.code() != Errc::not_found && error.code() != Errc::invalid_params) {
      throw std::runtime_error(error.message());
    }
    leave_out(item.name, error.message());
  }

  Task<bool> folder(Item item, std::vector<Item>& more) {
    auto listing = co_await system_->list(item.path, files::kMostEntries);
    if (!listing) {
      miss(item, listing.error());
      co_return true;
    }
    if (!listing->complete) leave_out(item.name, "It has too many entries.");
    std::set<std::string> names;
    const std::size_t begin = more.size();
    for (const files::Entry& entry : listing->entries) {
      const std::string name = item.name + "/" + unique(archive_name(entry.name), names);
      const bool plain = entry.info.kind == Kind::file || entry.info.kind == Kind::folder;
      if (!is_name(entry.name) || !plain || item.depth >= kMostDepth) {
        leave_out(name, entry.info.kind == Kind::link ? "It is a link."
                        : !plain                      ? "It is no regular file."
                                                      : "It is too deep.");
        continue;
      }
      more.push_back({inside(item.path, entry.name), name, entry.info, item.depth + 1});
    }
    std::reverse(more.begin() + static_cast<std::ptrdiff_t>(begin), more.end());
    co_return co_await send(zip_.begin(entry_of(item)));
  }

  Task<bool> file(Item item) {
    auto file = co_await system_->open(item.path, files::Open::read, 0);
    Result<files::Info> info = Error();
    if (file) info = co_await (*file)->stat();
    if (!file || !info) {
      miss(item, file ? info.error() : file.error());
      co_return true;
    }
    item.info = *info;
    if (!co_await send(zip_.begin(entry_of(item)))) co_return false;
    // What is written to it meanwhile is not in it.
    for (std::uint64_t at = 0; at < info->size;) {
      auto piece =
          co_await (*file)->read(at, static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, info->size - at)));
      if (!piece) throw std::runtime_error(piece.error().message());
      if (piece->empty()) throw std::runtime_error("a file became shorter while it was sent");
      at += piece->size();
      zip_.add(*piece);
      if (!co_await send(std::move(*piece))) co_return false;
    }
    co_return co_await send(zip_.end());
  }

  Task<bool> tell_left_out() {
    ZipWriter::Entry entry;
    entry.name = kLeftOut;
    entry.most = left_out_.size();
    std::string bytes = zip_.begin(entry);
    zip_.add(left_out_);
    bytes += left_out_;
    bytes += zip_.end();
    co_return co_await send(std::move(bytes));
  }

  std::shared_ptr<files::FileSystem> system_;
  http::ResponseStream& stream_;
  std::function<bool()> still_valid_;
  ZipWriter zip_;
  std::string left_out_;
};

}  // namespace

http::HeadVerdict Archive::on_head(http::Request& head) {
  http::HeadVerdict verdict;
  verdict.body_limit = 0;
  auto caller = auth_.admit(head, http::Access::ui);
  if (!caller) {
    verdict.refuse = http::error_response(caller.error());
    return verdict;
  }
  if (head.method != "GET" && head.method != "HEAD") {
    verdict.refuse = http::error_response({Errc::method_not_allowed, std::string(kArchivePath) + " takes GET, HEAD."});
    verdict.refuse->headers.set("Allow", "GET, HEAD");
    return verdict;
  }
  head.caller = std::move(*caller);
  if (head.caller.has(rpc::Scope::files)) return verdict;
  const Error error(Errc::denied, "\"" + head.caller.name + "\" lacks the scope \"files\" that this needs.");
  if (witness_)
    witness_->refused(*table_.find("files.read"), http::make_call(head, "http"), rpc::Json::object(), error);
  verdict.refuse = http::error_response(error);
  return verdict;
}

core::Task<> Archive::handle(http::Request request, http::Responder& responder) {
  rpc::Call call = http::make_call(request, "http");
  const std::string connection(request.parameter("connection_id").value_or(std::string_view()));
  auto system = co_await places_.find(call, connection);
  Result<std::vector<Item>> items = Error();
  if (system) items = co_await gather(**system, request);
  if (!system || !items) {
    const Error error = system ? items.error() : system.error();
    http::Response refused = http::error_response(error);
    if (call.details) refused.body = record::to_text(rpc::error_body(error, call.details.get()));
    co_await responder.respond(std::move(refused));
    co_return;
  }
  const std::string name = items->size() == 1 ? items->front().name : "files";
  http::Response head;
  head.headers.set("Content-Type", "application/zip");
  head.headers.set("Content-Disposition", files::attachment(name + ".zip"));
  auto stream = co_await responder.start_stream(std::move(head));
  if (!stream || request.method == "HEAD") co_return;
  const auto still_valid = [this, &request] { return auth_.still_valid(request.caller); };
  Sending sending(std::move(*system), **stream, still_valid);
  std::reverse(items->begin(), items->end());
  co_await sending.all(std::move(*items));
}

}  // namespace duotty::transfer
