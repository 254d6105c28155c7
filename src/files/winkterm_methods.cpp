#include "winkterm_methods.hpp"

#include <algorithm>
#include <duotty/base/local_time.hpp>
#include <duotty/base/text.hpp>
#include <duotty/files/atomic_write.hpp>
#include <duotty/files/paths.hpp>

#include "text_codec.hpp"
#include "winkterm_types.hpp"

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;
using rpc::Call;
using rpc::Json;
using Place = std::shared_ptr<FileSystem>;

constexpr std::size_t kMostText = std::size_t{1} << 20;
constexpr std::size_t kMostItems = 100'000;  ///< WinkTerm's own limit
/// Of what is deleted, in the event log.
constexpr std::size_t kMostTold = 5;

void tell(Services& s, const Call& call, const char* action, Json fields) {
  fields["by"] = call.caller.name;
  if (s.tell) s.tell(action, std::move(fields));
}

/// The same error, about another parameter.
Error about(const Error& error, const char* field) {
  return {error.code(), error.message(), field};
}

/// A path on the host in full; what does not begin with / or ~ is below the home.
Task<Result<std::string>> path_there(FileSystem& host, std::string path, bool real) {
  path = std::string(base::trim(path));
  if (path.empty()) co_return Error(Errc::invalid_params, "Say which path.", "path");
  if (path.front() != '/' && path.front() != '~') path.insert(0, "~/");
  co_return co_await host.resolve(std::move(path), real);
}

std::string permissions_of(const Info& info) {
  constexpr const char* kBits = "rwxrwxrwx";
  std::string out(1, info.kind == Kind::folder ? 'd' : info.kind == Kind::link ? 'l' : '-');
  if (info.kind == Kind::other) out = "?";
  for (unsigned i = 0; i < 9; ++i) out += (info.mode >> (8 - i) & 1U) != 0 ? kBits[i] : '-';
  const auto mark = [&](unsigned bit, std::size_t at, char letter) {
    if ((info.mode & bit) == 0) return;
    out[at] = out[at] == 'x' ? letter : static_cast<char>(letter - 'a' + 'A');
  };
  mark(04000, 3, 's');
  mark(02000, 6, 's');
  mark(01000, 9, 't');
  return out;
}

HostItem item_of(const std::string& folder, const Entry& entry) {
  HostItem item;
  item.name = base::to_valid_utf8(entry.name);
  item.path = inside(folder, item.name);
  item.is_dir = entry.info.kind == Kind::folder;
  if (!item.is_dir) item.size = static_cast<std::int64_t>(entry.info.size);
  if (entry.info.mtime_ns > 0) {
    // Whole seconds, as Python writes them.
    const std::int64_t seconds = entry.info.mtime_ns / 1'000'000'000;
    item.modified_at = base::iso_time(static_cast<double>(seconds)).substr(0, 19);
  }
  item.permissions = permissions_of(entry.info);
  return item;
}

Task<Result<HostListing>> list(Services& s, Call& call, HostFolder p) {
  auto host = co_await s.places->find(call, std::move(p.conn_id));
  if (!host) co_return host.error();
  if (p.path.empty()) p.path = "~";
  auto full = co_await path_there(**host, std::move(p.path), true);
  if (!full) co_return full.error();
  auto info = co_await (*host)->stat(*full, true);
  if (!info) co_return info.error();
  if (info->kind != Kind::folder) co_return Error(Errc::invalid_params, shown(*full) + " is no folder.", "path");
  auto found = co_await (*host)->list(*full, kMostItems);
  if (!found) co_return found.error();
  if (!found->complete) {
    co_return Error(Errc::limit_reached, shown(*full) + " has more than 100000 entries.", "path");
  }
  HostListing out;
  out.path = base::to_valid_utf8(*full);
  if (*full != "/") out.parent_path = base::to_valid_utf8(folder_of(*full));
  for (const Entry& entry : found->entries) out.items.push_back(item_of(*full, entry));
  std::stable_sort(out.items.begin(), out.items.end(), [](const HostItem& a, const HostItem& b) {
    if (a.is_dir != b.is_dir) return a.is_dir;
    return base::to_lower(a.name) < base::to_lower(b.name);
  });
  co_return out;
}

bool looks_binary(std::string_view bytes) {
  const auto sample = bytes.substr(0, 8192);
  if (sample.find('\0') != std::string_view::npos) return true;
  const auto odd = std::count_if(sample.begin(), sample.end(), [](char c) {
    return static_cast<unsigned char>(c) < 32 && c != '\t' && c != '\n' && c != '\r';
  });
  return odd * 5 > static_cast<std::ptrdiff_t>(sample.size());
}

Task<Result<HostText>> read(Services& s, Call& call, HostPath p) {
  auto host = co_await s.places->find(call, std::move(p.conn_id));
  if (!host) co_return host.error();
  auto full = co_await path_there(**host, std::move(p.path), false);
  if (!full) co_return full.error();
  auto file = co_await (*host)->open(*full, Open::read, 0);
  if (!file) co_return file.error();
  std::string bytes;
  while (bytes.size() <= kMostText) {
    auto piece = co_await (*file)->read(bytes.size(), kMostText + 1 - bytes.size());
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    bytes += *piece;
  }
  if (bytes.size() > kMostText) {
    co_return Error(Errc::invalid_params, shown(*full) + " is longer than 1 MiB. files.read takes it in pieces.",
                    "path");
  }
  if (looks_binary(bytes)) {
    co_return Error(Errc::invalid_params, shown(*full) + " is no text. files.read gives its bytes.", "path");
  }
  HostText out;
  out.path = base::to_valid_utf8(*full);
  out.size = static_cast<std::int64_t>(bytes.size());
  out.encoding = "utf-8";
  out.content = std::move(bytes);
  if (base::is_utf8(out.content)) co_return out;
  out.encoding = "gb18030";
  auto decoded = decode_text(out.content, out.encoding);
  if (!decoded || decoded->used != out.content.size()) {
    co_return Error(Errc::invalid_params, shown(*full) + " is neither utf-8 nor gb18030.", "path");
  }
  out.content = std::move(decoded->text);
  co_return out;
}

/// Writes bytes, or what another file has, at `path`.
Task<Result<>> store(Place place, std::string path, bool overwrite, std::string bytes, File* from) {
  WriteRequest request;
  request.path = std::move(path);
  request.conflict = overwrite ? Conflict::overwrite : Conflict::fail;
  std::uint64_t have = 0;
  auto writing = co_await AtomicWrite::begin(std::move(place), std::move(request), have);
  if (!writing) co_return writing.error();
  AtomicWrite& file = **writing;
  Result<> written;
  std::uint64_t copied = bytes.size();
  if (!bytes.empty()) written = co_await file.write(std::move(bytes));
  while (written && from != nullptr) {
    auto piece = co_await from->read(copied, kPiece);
    if (!piece) written = piece.error();
    if (!piece || piece->empty()) break;
    copied += piece->size();
    written = co_await file.write(std::move(*piece));
  }
  if (written) {
    auto done = co_await file.commit();
    if (done) co_return Result<>();
    written = done.error();
  }
  co_await file.abandon();
  co_return written;
}

Task<Result<HostWritten>> write(Services& s, Call& call, HostWrite p) {
  const bool marked = p.encoding == "utf-8-sig";
  auto bytes = p.encoding == "gb18030" ? encode_text(p.content, p.encoding) : Result<std::string>(p.content);
  if (!bytes) co_return about(bytes.error(), "content");
  if (marked) bytes->insert(0, "\xef\xbb\xbf");
  if (bytes->size() > kMostText) {
    co_return Error(Errc::invalid_params, "A text of more than 1 MiB goes to files.upload.", "content");
  }
  if (p.path.ends_with('/')) co_return Error(Errc::invalid_params, "Name a file, not a folder.", "path");
  auto host = co_await s.places->find(call, p.conn_id);
  if (!host) co_return host.error();
  auto full = co_await path_there(**host, std::move(p.path), false);
  if (!full) co_return full.error();
  HostWritten out;
  out.path = base::to_valid_utf8(*full);
  out.encoding = p.encoding;
  out.size = static_cast<std::int64_t>(bytes->size());
  auto stored = co_await store(*host, *full, true, std::move(*bytes), nullptr);
  if (!stored) co_return stored.error();
  tell(s, call, "ssh_file_write", {{"connection_id", p.conn_id}, {"path", out.path}, {"bytes", out.size}});
  co_return out;
}

/// Where a file called `name` goes on the host.
Task<Result<std::string>> destination(FileSystem& host, std::string path, const std::string& name) {
  const bool folder = base::trim(path).ends_with('/');
  auto full = co_await path_there(host, std::move(path), false);
  if (!full) co_return full;
  auto there = co_await host.stat(*full, true);
  if (folder || (there && there->kind == Kind::folder)) co_return inside(*full, name);
  co_return full;
}

Task<Result<HostCopied>> upload(Services& s, Call& call, HostUpload p) {
  auto own = co_await s.places->find(call, "");
  if (!own) co_return own.error();
  auto source = co_await (*own)->resolve(p.local_path, false);
  if (!source) co_return about(source.error(), "local_path");
  auto file = co_await (*own)->open(*source, Open::read, 0);
  if (!file) {
    const bool missing = file.error().code() == Errc::not_found;
    co_return Error(missing ? Errc::invalid_params : file.error().code(), file.error().message(), "local_path");
  }
  auto host = co_await s.places->find(call, p.conn_id);
  if (!host) co_return host.error();
  auto target = co_await destination(**host, std::move(p.remote_path), name_of(*source));
  if (!target) co_return about(target.error(), "remote_path");
  auto stored = co_await store(*host, *target, p.overwrite, {}, file->get());
  if (!stored && stored.error().code() == Errc::conflict && !p.overwrite) {
    co_return Error(Errc::conflict, shown(*target) + " exists already. Say overwrite to replace it.", "remote_path");
  }
  if (!stored) co_return about(stored.error(), "remote_path");
  HostCopied out{true, std::move(p.local_path), base::to_valid_utf8(*target)};
  tell(s, call, "ssh_file_upload", {{"connection_id", p.conn_id}, {"remote_path", out.remote_path}});
  co_return out;
}

/// Makes the folders that `path` is to be in.
Task<Result<>> make_parents(FileSystem& place, const std::string& path) {
  std::vector<std::string> missing;
  for (std::string at = path; (at.erase(std::max<std::size_t>(1, at.rfind('/')))).size() > 1;) {
    auto there = co_await place.stat(at, true);
    if (there) break;
    if (there.error().code() != Errc::not_found) co_return there.error();
    missing.push_back(at);
  }
  for (; !missing.empty(); missing.pop_back()) {
    auto made = co_await place.mkdir(missing.back());
    if (!made && made.error().code() != Errc::conflict) co_return made;
  }
  co_return Result<>();
}

Task<Result<HostCopied>> download(Services& s, Call& call, HostDownload p) {
  auto own = co_await s.places->find(call, "");
  if (!own) co_return own.error();
  auto target = co_await (*own)->resolve(p.local_path, false);
  if (!target) co_return about(target.error(), "local_path");
  auto host = co_await s.places->find(call, p.conn_id);
  if (!host) co_return host.error();
  auto source = co_await path_there(**host, std::move(p.remote_path), false);
  if (!source) co_return about(source.error(), "remote_path");
  auto file = co_await (*host)->open(*source, Open::read, 0);
  if (!file) co_return about(file.error(), "remote_path");
  auto ready = co_await make_parents(**own, *target);
  if (!ready) co_return about(ready.error(), "local_path");
  auto stored = co_await store(*own, *target, true, {}, file->get());
  if (!stored) co_return about(stored.error(), "local_path");
  HostCopied out{true, std::move(p.local_path), base::to_valid_utf8(*source)};
  tell(s, call, "ssh_file_download", {{"connection_id", p.conn_id}, {"remote_path", out.remote_path}});
  co_return out;
}

Task<Result<HostMade>> mkdir(Services& s, Call& call, HostPath p) {
  auto host = co_await s.places->find(call, std::move(p.conn_id));
  if (!host) co_return host.error();
  auto full = co_await path_there(**host, std::move(p.path), false);
  if (!full) co_return full.error();
  auto made = co_await (*host)->mkdir(*full);
  if (!made) co_return made.error();
  auto real = co_await (*host)->resolve(*full, true);
  if (!real) co_return real.error();
  co_return HostMade{true, base::to_valid_utf8(*real)};
}

Json failures_of(const Removal& removal) {
  Json out = Json::array();
  for (const auto& one : removal.failures) {
    out.push_back({{"path", base::to_valid_utf8(one.path)}, {"reason", base::to_valid_utf8(one.reason)}});
  }
  return out;
}

/// Deletes one path with all that is below it. What went wrong goes to `details`.
Task<Result<std::string>> delete_one(FileSystem& host, std::string path, Json& details) {
  auto full = co_await path_there(host, std::move(path), false);
  if (!full) co_return about(full.error(), "paths");
  auto removal = co_await host.remove_tree(*full);
  if (!removal) co_return about(removal.error(), "paths");
  if (removal->failed == 0) co_return base::to_valid_utf8(*full);
  details["failures"] = failures_of(*removal);
  co_return Error(Errc::io, "Not everything in " + shown(*full) + " could be deleted.", "paths");
}

Task<Result<HostDeleted>> delete_paths(Services& s, Call& call, HostPaths p) {
  auto host = co_await s.places->find(call, p.conn_id);
  if (!host) co_return host.error();
  HostDeleted out;
  Json details = Json::object();
  Result<> all;
  for (std::string& path : p.paths) {
    auto deleted = co_await delete_one(**host, std::move(path), details);
    if (!deleted) {
      all = deleted.error();
      break;
    }
    out.deleted_paths.push_back(std::move(*deleted));
  }
  Json told = Json::array();
  for (std::size_t i = 0; i < std::min(kMostTold, out.deleted_paths.size()); ++i) told.push_back(out.deleted_paths[i]);
  if (!told.empty()) tell(s, call, "ssh_paths_delete", {{"connection_id", p.conn_id}, {"paths", std::move(told)}});
  if (all) co_return out;
  details["deleted_paths"] = out.deleted_paths;
  call.details = std::make_shared<const Json>(std::move(details));
  co_return all.error();
}

/// As WinkTerm has them: what a method does not know is ignored.
rpc::Spec spec_of(const char* verb, const char* path, const char* about, const char* example, bool mutates) {
  rpc::Spec spec;
  spec.http = {verb, path};
  spec.scope = rpc::Scope::files;
  spec.extra = rpc::Extra::ignore;
  spec.about = about;
  spec.example = example;
  spec.mutates = mutates;
  return spec;
}

}  // namespace

void add_winkterm_methods(rpc::Registrar<Services>& table) {
  constexpr const char* kAt = "/api/agent/ssh/{conn_id}/files/content";
  table.call("ssh.files.list", list,
             spec_of("GET", "/api/agent/ssh/{conn_id}/files",
                     "What is in a folder of a host, as WinkTerm answers it. files.list has more.",
                     R"({"conn_id": "web", "path": "/etc"})", false));
  table.call("ssh.files.read", read,
             spec_of("GET", kAt, "A text of a host, up to 1 MiB, as WinkTerm answers it. files.read has more.",
                     R"({"conn_id": "web", "path": "/etc/hostname"})", false));
  table.call("ssh.files.write", write,
             spec_of("PUT", kAt,
                     "Writes a text of up to 1 MiB on a host, whole or not at all. files.write can keep what others "
                     "wrote meanwhile.",
                     R"({"conn_id": "web", "path": "notes.txt", "content": "done\n"})", true));
  table.call("ssh.upload", upload,
             spec_of("POST", "/api/agent/ssh/{conn_id}/upload", "Copies a file of the server's machine to a host.",
                     R"({"conn_id": "web", "local_path": "~/site.tar", "remote_path": "/srv/"})", true));
  table.call("ssh.download", download,
             spec_of("POST", "/api/agent/ssh/{conn_id}/download",
                     "Copies a file of a host to the server's machine, over what is there.",
                     R"({"conn_id": "web", "remote_path": "/var/log/syslog", "local_path": "~/logs/syslog"})", true));
  table.call("ssh.mkdir", mkdir,
             spec_of("POST", "/api/agent/ssh/{conn_id}/directories", "Makes a folder on a host.",
                     R"({"conn_id": "web", "path": "/srv/new"})", true));
  table.call("ssh.delete_paths", delete_paths,
             spec_of("DELETE", "/api/agent/ssh/{conn_id}/paths",
                     "Deletes files and folders of a host with all that is in them; links are deleted, never followed. "
                     "It ends at the first that cannot be deleted: the error's details have what was.",
                     R"({"conn_id": "web", "paths": ["/srv/old"]})", true));
}

}  // namespace duotty::files
