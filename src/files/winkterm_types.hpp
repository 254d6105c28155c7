#pragma once
// Parameters and results of WinkTerm's methods about the files of a host: its names, its shapes.
#include <duotty/files/file_system.hpp>
#include <duotty/record/codec.hpp>
#include <optional>
#include <string>
#include <vector>

namespace duotty::files {

using record::field;

constexpr const char* kHostDoc = "Id, title or host of the connection.";
constexpr const char* kHostPathDoc = "Path on the host: /..., ~/..., or from the home of its user.";
constexpr const char* kOwnPathDoc = "Path on the server's machine, /... or ~/...";

struct HostPath {
  std::string conn_id;
  std::string path;
  static constexpr auto fields() {
    using T = HostPath;
    return std::tuple{field("conn_id", &T::conn_id, kHostDoc).required().range(1, 255),
                      field("path", &T::path, kHostPathDoc).required().range(1, kMostPath)};
  }
};

struct HostFolder : HostPath {
  static constexpr auto fields() {
    using T = HostPath;
    return std::tuple{field("conn_id", &T::conn_id, kHostDoc).required().range(1, 255),
                      field("path", &T::path, kHostPathDoc).range(0, kMostPath)};
  }
};

struct HostItem {
  std::string name;
  std::string path;
  bool is_dir = false;
  std::optional<std::int64_t> size;
  std::optional<std::string> modified_at;
  std::string permissions;
  static constexpr auto fields() {
    using T = HostItem;
    return std::tuple{field("name", &T::name, "Its name."),
                      field("path", &T::path, "The path in full."),
                      field("is_dir", &T::is_dir, "Whether it is a folder; a link is none."),
                      field("size", &T::size, "Bytes; null for a folder."),
                      field("modified_at", &T::modified_at, "When its contents changed, local time."),
                      field("permissions", &T::permissions, "As ls -l has them.")};
  }
};

struct HostListing {
  std::string path;
  std::optional<std::string> parent_path;
  std::vector<HostItem> items;
  static constexpr auto fields() {
    using T = HostListing;
    return std::tuple{field("path", &T::path, "The folder, without links."),
                      field("parent_path", &T::parent_path, "The folder it is in; null for /."),
                      field("items", &T::items, "Folders first, each by name.")};
  }
};

struct HostText {
  std::string path;
  std::string encoding;
  std::string content;
  std::int64_t size = 0;
  static constexpr auto fields() {
    using T = HostText;
    return std::tuple{field("path", &T::path, "The path in full."),
                      field("encoding", &T::encoding, "What it is written in: utf-8 or gb18030."),
                      field("content", &T::content, "The text."), field("size", &T::size, "Bytes.")};
  }
};

struct HostWrite {
  std::string conn_id;
  std::string path;
  std::string content;
  std::string encoding = "utf-8";
  static constexpr auto fields() {
    using T = HostWrite;
    return std::tuple{field("conn_id", &T::conn_id, kHostDoc).required().range(1, 255),
                      field("path", &T::path, kHostPathDoc).required().range(1, kMostPath),
                      field("content", &T::content, "The whole text.").required().range(0, 1 << 20),
                      field("encoding", &T::encoding, "What to write it in.").one_of("utf-8", "utf-8-sig", "gb18030")};
  }
};

struct HostWritten {
  std::string path;
  std::string encoding;
  std::int64_t size = 0;
  static constexpr auto fields() {
    using T = HostWritten;
    return std::tuple{field("path", &T::path, "The path in full."),
                      field("encoding", &T::encoding, "What it was written in."), field("size", &T::size, "Bytes.")};
  }
};

struct HostUpload {
  std::string conn_id;
  std::string local_path;
  std::string remote_path;
  bool overwrite = false;
  static constexpr auto fields() {
    using T = HostUpload;
    return std::tuple{field("conn_id", &T::conn_id, kHostDoc).required().range(1, 255),
                      field("local_path", &T::local_path, kOwnPathDoc).required().range(1, kMostPath),
                      field("remote_path", &T::remote_path, "Path on the host; in a folder it keeps its name.")
                          .required()
                          .range(1, kMostPath),
                      field("overwrite", &T::overwrite, "Replace a file that is there.")};
  }
};

struct HostDownload {
  std::string conn_id;
  std::string remote_path;
  std::string local_path;
  static constexpr auto fields() {
    using T = HostDownload;
    return std::tuple{field("conn_id", &T::conn_id, kHostDoc).required().range(1, 255),
                      field("remote_path", &T::remote_path, kHostPathDoc).required().range(1, kMostPath),
                      field("local_path", &T::local_path, kOwnPathDoc).required().range(1, kMostPath)};
  }
};

struct HostCopied {
  bool success = true;
  std::string local_path;
  std::string remote_path;
  static constexpr auto fields() {
    using T = HostCopied;
    return std::tuple{field("success", &T::success, "Always true."),
                      field("local_path", &T::local_path, "As it was said."),
                      field("remote_path", &T::remote_path, "The path on the host in full.")};
  }
};

struct HostMade {
  bool success = true;
  std::string path;
  static constexpr auto fields() {
    using T = HostMade;
    return std::tuple{field("success", &T::success, "Always true."),
                      field("path", &T::path, "The folder, without links.")};
  }
};

struct HostPaths {
  std::string conn_id;
  std::vector<std::string> paths;
  static constexpr auto fields() {
    using T = HostPaths;
    return std::tuple{
        field("conn_id", &T::conn_id, kHostDoc).required().range(1, 255),
        field("paths", &T::paths, "Files, links, and folders with all that is in them.").required().range(1, 1000)};
  }
};

struct HostDeleted {
  bool success = true;
  std::vector<std::string> deleted_paths;
  static constexpr auto fields() {
    using T = HostDeleted;
    return std::tuple{field("success", &T::success, "Always true."),
                      field("deleted_paths", &T::deleted_paths, "The paths in full.")};
  }
};

}  // namespace duotty::files
