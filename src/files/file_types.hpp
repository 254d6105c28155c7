#pragma once
// Parameters and results of the methods about files.
#include <duotty/files/file_system.hpp>
#include <duotty/record/codec.hpp>

namespace duotty::files {

using record::field;

struct Written;

inline constexpr int kMostRead = 1 << 20;
/// So many bytes in base64.
inline constexpr int kMostBase64 = kMostRead / 3 * 4 + 4;

constexpr const char* kPathDoc = "Absolute path, or ~/... from where one starts.";
constexpr const char* kConnectionDoc = "Id, title or host of an SSH connection; absent: the server's own machine.";

struct RootsParams {
  std::string connection_id;
  static constexpr auto fields() {
    return std::tuple{field("connection_id", &RootsParams::connection_id, kConnectionDoc).range(0, 64)};
  }
};

struct RootsResult {
  std::vector<std::string> roots;
  std::string via;
  static constexpr auto fields() {
    return std::tuple{
        field("roots", &RootsResult::roots, "Folders that may be used; ~ stands for the first."),
        field("via", &RootsResult::via, "How they are reached: local, sftp, or shell on a host that has no SFTP.")};
  }
};

struct FileInfo {
  std::string name;
  std::optional<std::string> name_b64;
  std::string kind;
  std::int64_t size = 0;
  std::string modified;
  double mtime = 0;
  std::string mode;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::optional<std::string> target;
  std::optional<std::string> target_kind;
  static constexpr auto fields() {
    using T = FileInfo;
    return std::tuple{
        field("name", &T::name, "Its name; what is no UTF-8 in it stands as U+FFFD."),
        field("name_b64", &T::name_b64, "The bytes of a name that is no UTF-8; such a file cannot be named here.")
            .omit_empty(),
        field("kind", &T::kind, "file, folder, link or other."),
        field("size", &T::size, "Bytes."),
        field("modified", &T::modified, "When its contents changed, in UTC."),
        field("mtime", &T::mtime, "The same in seconds since 1970."),
        field("mode", &T::mode, "Permissions in octal: 0644."),
        field("uid", &T::uid, "Owner."),
        field("gid", &T::gid, "Group."),
        field("target", &T::target, "What a link says (files.stat).").omit_empty(),
        field("target_kind", &T::target_kind, "What a link leads to, as far as that may be seen (files.stat).")
            .omit_empty()};
  }
};

struct ListParams {
  std::string path;
  std::string connection_id;
  bool hidden = true;
  int limit = 2000;
  static constexpr auto fields() {
    using T = ListParams;
    return std::tuple{field("path", &T::path, kPathDoc).required().range(1, kMostPath),
                      field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64),
                      field("hidden", &T::hidden, "Also names that begin with a dot."),
                      field("limit", &T::limit, "Most entries to return.").range(1, 50'000)};
  }
};

struct ListResult {
  std::string path;
  std::vector<FileInfo> entries;
  bool truncated = false;
  static constexpr auto fields() {
    using T = ListResult;
    return std::tuple{field("path", &T::path, "The folder in full."),
                      field("entries", &T::entries, "By name. Links are not followed."),
                      field("truncated", &T::truncated, "There are more than `limit`.")};
  }
};

struct PathParams {
  std::string path;
  std::string connection_id;
  static constexpr auto fields() {
    using T = PathParams;
    return std::tuple{field("path", &T::path, kPathDoc).required().range(1, kMostPath),
                      field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64)};
  }
};

struct StatResult {
  std::string path;
  FileInfo info;
  std::string etag;
  static constexpr auto fields() {
    using T = StatResult;
    return std::tuple{field("path", &T::path, "The path in full."), field("info", &T::info, "The file itself."),
                      field("etag", &T::etag, "Changes when the contents do; for `if_match`.")};
  }
};

struct ReadParams {
  std::string path;
  std::string connection_id;
  std::int64_t offset = 0;
  int length = kMostRead;
  std::string encoding = "auto";
  static constexpr auto fields() {
    using T = ReadParams;
    return std::tuple{
        field("path", &T::path, kPathDoc).required().range(1, kMostPath),
        field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64),
        field("offset", &T::offset, "First byte.").range(0, 9e15),
        field("length", &T::length, "Most bytes to read.").range(1, kMostRead),
        field("encoding", &T::encoding, "What the text is in; auto: UTF-8, UTF-16 by its mark, else base64.")
            .one_of("auto", "utf-8", "latin-1", "utf-16", "utf-16le", "utf-16be", "gb18030", "base64")};
  }
};

struct ReadResult {
  std::string path;
  std::string encoding;
  std::optional<std::string> text;
  std::optional<std::string> data_b64;
  std::int64_t size = 0;
  std::int64_t offset = 0;
  std::int64_t next_offset = 0;
  bool has_more = false;
  std::string etag;
  static constexpr auto fields() {
    using T = ReadResult;
    return std::tuple{
        field("path", &T::path, "The path in full."),
        field("encoding", &T::encoding, "What the text is in; base64: it is no text, or was asked for so."),
        field("text", &T::text, "The text, as UTF-8.").omit_empty(),
        field("data_b64", &T::data_b64, "The bytes, with encoding base64.").omit_empty(),
        field("size", &T::size, "Bytes of the whole file."),
        field("offset", &T::offset, "Where this begins."),
        field("next_offset", &T::next_offset, "Where to go on; a character is never cut in two."),
        field("has_more", &T::has_more, "Whether there is anything at `next_offset`."),
        field("etag", &T::etag, "Of the file as it was read; for `if_match`.")};
  }
};

struct WriteParams {
  std::string path;
  std::string connection_id;
  std::optional<std::string> text;
  std::optional<std::string> data_b64;
  std::string encoding = "utf-8";
  std::string conflict = "overwrite";
  std::string if_match;
  static constexpr auto fields() {
    using T = WriteParams;
    return std::tuple{
        field("path", &T::path, kPathDoc).required().range(1, kMostPath),
        field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64),
        field("text", &T::text, "The whole text.").range(0, kMostRead),
        field("data_b64", &T::data_b64, "Or the bytes.").range(0, kMostBase64),
        field("encoding", &T::encoding, "What to write the text in.")
            .one_of("utf-8", "latin-1", "utf-16", "utf-16le", "utf-16be", "gb18030"),
        field("conflict", &T::conflict, "When the file is there: overwrite, fail, rename the new one, or skip.")
            .one_of("overwrite", "fail", "rename", "skip"),
        field("if_match", &T::if_match, "Only when the file still has this etag; else conflict.").range(0, 64)};
  }
};

struct WriteResult {
  std::string path;
  std::int64_t size = 0;
  std::string etag;
  bool created = false;
  bool skipped = false;
  bool complete = true;
  std::int64_t offset = 0;
  static constexpr auto fields() {
    using T = WriteResult;
    return std::tuple{field("path", &T::path, "Where it was written."),
                      field("size", &T::size, "Bytes of the file."),
                      field("etag", &T::etag, "Of the file as it is now."),
                      field("created", &T::created, "There was no such file before."),
                      field("skipped", &T::skipped, "There was one, and it stays."),
                      field("complete", &T::complete, "False: an upload that has more to come."),
                      field("offset", &T::offset, "Bytes that have arrived.")};
  }
};

/// What became of a write, as its caller is told.
WriteResult write_result(const Written& written);

struct UploadParams {
  std::string path;
  std::string connection_id;
  std::string upload_id;
  std::int64_t offset = 0;
  std::string data_b64;
  bool last = false;
  std::string conflict = "fail";
  std::string if_match;
  std::optional<double> mtime;
  std::optional<std::string> mode;
  static constexpr auto fields() {
    using T = UploadParams;
    return std::tuple{
        field("path", &T::path, kPathDoc).required().range(1, kMostPath),
        field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64),
        field("upload_id", &T::upload_id, "A name of the client's own for this upload; the same for all its pieces.")
            .required()
            .range(8, 64),
        field("offset", &T::offset, "Where this piece begins; 0 begins anew.").range(0, 9e15),
        field("data_b64", &T::data_b64, "The bytes of this piece.").range(0, kMostBase64),
        field("last", &T::last, "The file is complete with this piece and takes its place."),
        field("conflict", &T::conflict, "When the file is there: fail, overwrite, rename the new one, or skip.")
            .one_of("fail", "overwrite", "rename", "skip"),
        field("if_match", &T::if_match, "Only when the file still has this etag; else conflict.").range(0, 64),
        field("mtime", &T::mtime, "With the last piece: when its contents changed, in seconds since 1970.")
            .range(0, 9e9),
        field("mode", &T::mode, "With the last piece: its permissions in octal, like 0644.").range(1, 4)};
  }
};

/// Of GET /api/files/content.
struct ContentParams {
  std::string path;
  std::string connection_id;
  static constexpr auto fields() {
    using T = ContentParams;
    return std::tuple{field("path", &T::path, kPathDoc).required().range(1, kMostPath),
                      field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64)};
  }
};

/// Of PUT /api/files/content.
struct StoreParams {
  std::string path;
  std::string connection_id;
  std::string conflict = "fail";
  std::string if_match;
  std::optional<std::int64_t> size;
  std::string upload_id;
  std::int64_t offset = 0;
  std::optional<double> mtime;
  std::optional<std::string> mode;
  static constexpr auto fields() {
    using T = StoreParams;
    return std::tuple{
        field("path", &T::path, kPathDoc).required().range(1, kMostPath),
        field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64),
        field("conflict", &T::conflict, "When the file is there: fail, overwrite, rename the new one, or skip.")
            .one_of("fail", "overwrite", "rename", "skip"),
        field("if_match", &T::if_match, "Only when the file still has this etag; else conflict.").range(0, 64),
        field("size", &T::size, "Bytes of the whole file: what comes short of it does not take its place.")
            .range(0, 9e15),
        field("upload_id", &T::upload_id,
              "A name of the client's own: what has arrived is kept when the connection breaks.")
            .range(8, 64),
        field("offset", &T::offset,
              "Where the body begins, with upload_id; 0 begins anew. A wrong one is a conflict, whose details have the "
              "right one.")
            .range(0, 9e15),
        field("mtime", &T::mtime, "When its contents changed, in seconds since 1970.").range(0, 9e9),
        field("mode", &T::mode, "Its permissions in octal, like 0644.").range(1, 4)};
  }
};

/// What a file gets besides its contents. Errors: invalid_params.
Result<Marks> marks_of(const std::optional<double>& mtime, const std::optional<std::string>& mode);

struct DoneResult {
  std::string path;
  static constexpr auto fields() { return std::tuple{field("path", &DoneResult::path, "The path in full.")}; }
};

struct RenameParams {
  std::string path;
  std::string to;
  std::string connection_id;
  bool overwrite = false;
  static constexpr auto fields() {
    using T = RenameParams;
    return std::tuple{field("path", &T::path, kPathDoc).required().range(1, kMostPath),
                      field("to", &T::to, "The new path.").required().range(1, kMostPath),
                      field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64),
                      field("overwrite", &T::overwrite, "Replace a file that is at `to`.")};
  }
};

struct RemoveParams {
  std::string path;
  std::string connection_id;
  bool recursive = false;
  static constexpr auto fields() {
    using T = RemoveParams;
    return std::tuple{field("path", &T::path, kPathDoc).required().range(1, kMostPath),
                      field("connection_id", &T::connection_id, kConnectionDoc).range(0, 64),
                      field("recursive", &T::recursive, "A folder with all that is in it. Links are never followed.")};
  }
};

struct RemoveFailure {
  std::string path;
  std::string reason;
  static constexpr auto fields() {
    return std::tuple{field("path", &RemoveFailure::path, "What could not be removed."),
                      field("reason", &RemoveFailure::reason, "Why.")};
  }
};

struct RemoveResult {
  std::string path;
  std::int64_t removed = 0;
  std::int64_t failed = 0;
  std::vector<RemoveFailure> failures;
  static constexpr auto fields() {
    using T = RemoveResult;
    return std::tuple{field("path", &T::path, "The path in full."), field("removed", &T::removed, "Files and folders."),
                      field("failed", &T::failed, "Files and folders that could not be removed."),
                      field("failures", &T::failures, "The first hundred of those.")};
  }
};

}  // namespace duotty::files
