#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/files/atomic_write.hpp>
#include <duotty/files/methods.hpp>
#include <duotty/files/paths.hpp>
#include <duotty/rpc/registrar.hpp>

#include "file_types.hpp"
#include "text_codec.hpp"
#include "winkterm_methods.hpp"

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;
using rpc::Call;
using rpc::Scope;

std::string octal(std::uint32_t mode) {
  std::string out;
  for (const int shift : {9, 6, 3, 0}) out += static_cast<char>('0' + (mode >> shift & 7));
  return out;
}

FileInfo file_info(const std::string& name, const Info& info) {
  FileInfo out;
  out.name = base::to_valid_utf8(name);
  if (out.name != name) out.name_b64 = base::base64_encode(name);
  out.kind = files::name(info.kind);
  out.size = static_cast<std::int64_t>(info.size);
  out.modified = base::utc_time(info.mtime_ns / 1'000'000);
  out.mtime = static_cast<double>(info.mtime_ns) / 1e9;
  out.mode = octal(info.mode);
  out.uid = info.uid;
  out.gid = info.gid;
  return out;
}

Task<Result<RootsResult>> roots(Services& s, Call& call, RootsParams p) {
  auto system = co_await s.places->find(call, std::move(p.connection_id));
  if (!system) co_return system.error();
  auto found = co_await (*system)->roots();
  if (!found) co_return found.error();
  RootsResult result;
  result.via = (*system)->way();
  for (const std::string& root : *found) result.roots.push_back(base::to_valid_utf8(root));
  co_return result;
}

Task<Result<ListResult>> list(Services& s, Call& call, ListParams p) {
  auto system = co_await s.places->find(call, std::move(p.connection_id));
  if (!system) co_return system.error();
  auto full = co_await (*system)->resolve(p.path, false);
  if (!full) co_return full.error();
  const auto limit = static_cast<std::size_t>(p.limit);
  // Hidden ones are left out of what is found, so more has to be.
  auto found = co_await (*system)->list(*full, p.hidden ? limit : kMostEntries);
  if (!found) co_return found.error();
  ListResult result;
  result.path = base::to_valid_utf8(*full);
  result.truncated = !found->complete;
  for (const Entry& entry : found->entries) {
    if (!p.hidden && entry.name.starts_with('.')) continue;
    if (result.entries.size() >= limit) {
      result.truncated = true;
      break;
    }
    result.entries.push_back(file_info(entry.name, entry.info));
  }
  co_return result;
}

Task<Result<StatResult>> stat(Services& s, Call& call, PathParams p) {
  auto system = co_await s.places->find(call, std::move(p.connection_id));
  if (!system) co_return system.error();
  auto full = co_await (*system)->resolve(std::move(p.path), false);
  if (!full) co_return full.error();
  auto info = co_await (*system)->stat(*full, false);
  if (!info) co_return info.error();
  StatResult result;
  result.path = base::to_valid_utf8(*full);
  result.info = file_info(*full == "/" ? *full : name_of(*full), *info);
  result.etag = info->etag();
  if (info->kind == Kind::link) {
    auto target = co_await (*system)->link_target(*full);
    if (target) result.info.target = base::to_valid_utf8(*target);
    auto behind = co_await (*system)->stat(*full, true);
    if (behind) {
      result.info.target_kind = files::name(behind->kind);
      result.etag = behind->etag();
    }
  }
  co_return result;
}

/// What was read, as the answer gives it.
Result<> put_contents(const ReadParams& p, const std::string& bytes, ReadResult& result) {
  std::string encoding = p.encoding;
  if (encoding == "auto") {
    encoding = encoding_of(bytes);
    // Beyond the beginning a mark is none: only UTF-8 tells itself.
    if (encoding.empty() || (p.offset > 0 && encoding != "utf-8")) encoding = "base64";
  }
  if (encoding != "base64") {
    auto decoded = decode_text(bytes, encoding);
    const bool stuck = decoded && decoded->used == 0 && !bytes.empty();
    if (decoded && !stuck) {
      result.encoding = encoding;
      result.text = std::move(decoded->text);
      result.next_offset = p.offset + static_cast<std::int64_t>(decoded->used);
      return {};
    }
    if (p.encoding != "auto") {
      return stuck ? Error(Errc::invalid_params, "A character is longer than that. Ask for more bytes.", "length")
                   : decoded.error();
    }
  }
  result.encoding = "base64";
  result.data_b64 = base::base64_encode(bytes);
  result.next_offset = p.offset + static_cast<std::int64_t>(bytes.size());
  return {};
}

Task<Result<ReadResult>> read(Services& s, Call& call, ReadParams p) {
  auto system = co_await s.places->find(call, std::move(p.connection_id));
  if (!system) co_return system.error();
  auto full = co_await (*system)->resolve(p.path, false);
  if (!full) co_return full.error();
  auto file = co_await (*system)->open(*full, Open::read, 0);
  if (!file) co_return file.error();
  auto info = co_await (*file)->stat();
  if (!info) co_return info.error();
  auto bytes = co_await (*file)->read(static_cast<std::uint64_t>(p.offset), static_cast<std::size_t>(p.length));
  if (!bytes) co_return bytes.error();
  ReadResult result;
  result.path = base::to_valid_utf8(*full);
  result.size = static_cast<std::int64_t>(info->size);
  result.offset = p.offset;
  result.etag = info->etag();
  if (auto put = put_contents(p, *bytes, result); !put) co_return put.error();
  const std::int64_t end = p.offset + static_cast<std::int64_t>(bytes->size());
  // A cut character at the very end will not be whole by asking again.
  result.has_more =
      end < result.size || (result.next_offset < end && bytes->size() == static_cast<std::size_t>(p.length));
  co_return result;
}

Result<std::string> bytes_of(const WriteParams& p) {
  if (p.text.has_value() == p.data_b64.has_value()) {
    return Error(Errc::invalid_params, "Send text or data_b64, one of them.", "text");
  }
  if (p.text) return p.encoding == "utf-8" ? Result<std::string>(*p.text) : encode_text(*p.text, p.encoding);
  auto bytes = base::base64_decode(*p.data_b64);
  if (!bytes) return Error(Errc::invalid_params, "data_b64 is no base64: " + bytes.error().message(), "data_b64");
  return bytes;
}

/// Writes one piece and, when it is the last, puts the file in its place.
Task<Result<WriteResult>> write_piece(Services& s, Call& call, std::string connection, WriteRequest request,
                                      std::string bytes, bool last) {
  auto system = co_await s.places->find(call, std::move(connection));
  if (!system) co_return system.error();
  std::uint64_t have = 0;
  const bool resumes = request.offset > 0;
  auto writing = co_await AtomicWrite::begin(std::move(*system), std::move(request), have);
  if (!writing) {
    if (resumes && writing.error().field() == "offset") {
      call.details = std::make_shared<const rpc::Json>(rpc::Json{{"offset", have}});
    }
    co_return writing.error();
  }
  AtomicWrite& file = **writing;
  WriteResult result;
  if (file.skipped()) {
    result.skipped = true;
    co_return result;
  }
  auto written = co_await file.write(std::move(bytes));
  if (written && last) {
    auto done = co_await file.commit();
    if (done) co_return write_result(*done);
    written = done.error();
  } else if (written) {
    written = co_await file.flush();
  }
  co_await file.abandon();
  if (!written) co_return written.error();
  result.complete = false;
  result.size = result.offset = static_cast<std::int64_t>(file.size());
  co_return result;
}

Task<Result<WriteResult>> write(Services& s, Call& call, WriteParams p) {
  auto bytes = bytes_of(p);
  if (!bytes) co_return bytes.error();
  WriteRequest request;
  request.path = p.path;
  request.conflict = conflict_of(p.conflict);
  request.if_match = p.if_match;
  auto result = co_await write_piece(s, call, std::move(p.connection_id), std::move(request), std::move(*bytes), true);
  if (result && result->skipped) result->path = p.path;
  co_return result;
}

Task<Result<WriteResult>> upload(Services& s, Call& call, UploadParams p) {
  auto marks = marks_of(p.mtime, p.mode);
  if (!marks) co_return marks.error();
  auto bytes = base::base64_decode(p.data_b64);
  if (!bytes) co_return Error(Errc::invalid_params, "data_b64 is no base64: " + bytes.error().message(), "data_b64");
  WriteRequest request;
  request.path = p.path;
  request.conflict = conflict_of(p.conflict);
  request.if_match = p.if_match;
  request.marks = *marks;
  request.upload_id = call.caller.name + '\n' + p.upload_id;
  request.offset = static_cast<std::uint64_t>(p.offset);
  auto result =
      co_await write_piece(s, call, std::move(p.connection_id), std::move(request), std::move(*bytes), p.last);
  if (result && result->path.empty()) result->path = p.path;
  co_return result;
}

Task<Result<DoneResult>> mkdir(Services& s, Call& call, PathParams p) {
  auto system = co_await s.places->find(call, std::move(p.connection_id));
  if (!system) co_return system.error();
  auto full = co_await (*system)->resolve(std::move(p.path), false);
  if (!full) co_return full.error();
  auto made = co_await (*system)->mkdir(*full);
  if (!made) co_return made.error();
  DoneResult result{base::to_valid_utf8(*full)};
  co_return result;
}

Task<Result<DoneResult>> rename(Services& s, Call& call, RenameParams p) {
  auto system = co_await s.places->find(call, std::move(p.connection_id));
  if (!system) co_return system.error();
  auto to = co_await (*system)->resolve(std::move(p.to), false);
  if (!to) co_return Error(to.error().code(), to.error().message(), "to");
  auto moved = co_await (*system)->rename(std::move(p.path), *to, p.overwrite);
  if (!moved) co_return moved.error();
  DoneResult result{base::to_valid_utf8(*to)};
  co_return result;
}

Task<Result<RemoveResult>> remove(Services& s, Call& call, RemoveParams p) {
  auto system = co_await s.places->find(call, std::move(p.connection_id));
  if (!system) co_return system.error();
  auto full = co_await (*system)->resolve(std::move(p.path), false);
  if (!full) co_return full.error();
  RemoveResult result;
  result.path = base::to_valid_utf8(*full);
  if (!p.recursive) {
    auto gone = co_await (*system)->remove(std::move(*full));
    if (!gone) co_return gone.error();
    result.removed = 1;
    co_return result;
  }
  auto removal = co_await (*system)->remove_tree(std::move(*full));
  if (!removal) co_return removal.error();
  result.removed = static_cast<std::int64_t>(removal->removed);
  result.failed = static_cast<std::int64_t>(removal->failed);
  for (const auto& one : removal->failures) {
    result.failures.push_back({base::to_valid_utf8(one.path), base::to_valid_utf8(one.reason)});
  }
  co_return result;
}

void add_readers(rpc::Registrar<Services>& table) {
  table.call(
      "files.roots", roots,
      {.http = {"GET", "/api/files/roots"}, .scope = Scope::files, .about = "The folders whose files may be used."});
  table.call("files.list", list,
             {.http = {"GET", "/api/files/list"},
              .scope = Scope::files,
              .about = "What is in a folder.",
              .example = R"({"path": "~/project"})"});
  table.call("files.stat", stat,
             {.http = {"GET", "/api/files/stat"},
              .scope = Scope::files,
              .about = "What is known of one file, folder or link.",
              .example = R"({"path": "~/project/Makefile"})"});
  table.call("files.read", read,
             {.http = {"GET", "/api/files/read"},
              .scope = Scope::files,
              .about = "Reads a text, or bytes as base64, up to 1 MiB at a time. Whole files of any size come from "
                       "GET /api/files/content.",
              .example = R"({"path": "~/project/notes.txt"})"});
}

void add_writers(rpc::Registrar<Services>& table) {
  table.call("files.write", write,
             {.http = {"POST", "/api/files/write"},
              .scope = Scope::files,
              .about = "Writes a file of up to 1 MiB, whole or not at all; permissions stay. With `if_match` it fails "
                       "with conflict when the file has changed since it was read. Larger ones go to "
                       "PUT /api/files/content or through files.upload.",
              .example = R"({"path": "~/project/notes.txt", "text": "done\n"})",
              .mutates = true});
  table.call("files.upload", upload,
             {.http = {"POST", "/api/files/upload"},
              .scope = Scope::files,
              .about = "Writes a file of any size in pieces of up to 1 MiB. It takes its place with the last one; one "
                       "that broke off goes on where it was: the error's details have the offset.",
              .example = R"({"path": "~/disk.img", "upload_id": "disk-1700000000", "offset": 0, "data_b64": "AAAA"})",
              .mutates = true});
  table.call("files.mkdir", mkdir,
             {.http = {"POST", "/api/files/mkdir"},
              .scope = Scope::files,
              .about = "Makes a folder in one that is there.",
              .example = R"({"path": "~/project/out"})",
              .mutates = true});
  table.call("files.rename", rename,
             {.http = {"POST", "/api/files/rename"},
              .scope = Scope::files,
              .about = "Renames or moves a file, folder or link.",
              .example = R"({"path": "~/a.txt", "to": "~/b.txt"})",
              .mutates = true});
  table.call("files.remove", remove,
             {.http = {"POST", "/api/files/remove"},
              .scope = Scope::files,
              .about = "Removes a file, a link, an empty folder, or with `recursive` a folder and all that is in it; "
                       "then the answer says what could not be removed.",
              .example = R"({"path": "~/project/out", "recursive": true})",
              .mutates = true});
}

template <class P>
std::shared_ptr<const rpc::Json> query_of() {
  return std::make_shared<const rpc::Json>(record::schema<P>(record::Role::parameters));
}

/// What Content serves.
void add_content(rpc::Table& table) {
  rpc::Route get{
      "files.content",
      {.verb = "GET", .path = kContentPath, .media = "application/octet-stream"},
      rpc::Scope::files,
      "Sends a file of any size as it is, with Content-Length and ETag. Range, If-Range and If-None-Match are "
      "understood.",
      query_of<ContentParams>()};
  rpc::Route put{
      "files.store",
      {.verb = "PUT", .path = kContentPath},
      rpc::Scope::files,
      "Stores the body as a file, whatever its size, whole or not at all. 201: it is new; 202: kept, and not "
      "yet complete.",
      query_of<StoreParams>(),
      "application/octet-stream",
      std::make_shared<const rpc::Json>(record::schema<WriteResult>(record::Role::result))};
  table.add(std::move(get));
  table.add(std::move(put));
}

}  // namespace

Task<Result<std::shared_ptr<FileSystem>>> LocalPlaces::find(rpc::Call& call, std::string connection_id) {
  if (connection_id.empty()) co_return local_;
  if (!call.caller.has(Scope::ssh)) {
    co_return Error(Errc::denied,
                    "\"" + call.caller.name + "\" lacks the scope \"ssh\" that files of a connection need.",
                    "connection_id");
  }
  if (!remote_) {
    co_return Error(Errc::ssh_unavailable, "This server has no SSH: only the files of its own machine can be used.",
                    "connection_id");
  }
  co_return co_await remote_(call, std::move(connection_id));
}

void add_methods(rpc::Table& table, Services* services) {
  rpc::Registrar<Services> rows(table, services);
  add_readers(rows);
  add_writers(rows);
  add_winkterm_methods(rows);
  add_content(table);
}

}  // namespace duotty::files
