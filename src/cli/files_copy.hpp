#pragma once
// One file from here to there or back, in pieces, with its progress.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "content_wire.hpp"
#include "context.hpp"

namespace duotty::cli {

/// A path behind the server.
struct There {
  std::string connection;  ///< empty: the server's own machine
  std::string path;

  /// The parameters that name it.
  Json params() const;
};

/// What a file keeps of its source.
struct Kept {
  std::optional<double> mtime;        ///< seconds since 1970
  std::optional<std::uint32_t> mode;  ///< permission bits
};

/// Shows on standard error how far a copy is, when a person looks there.
class Progress {
 public:
  Progress(Context& context, std::string name, double size);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();
  /// So much was there already.
  void from(double done) { before_ = done; }
  void at(double done);

 private:
  Context& context_;
  std::string name_;
  double size_;
  double before_ = 0;
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// The last part of a path.
std::string name_of(const std::string& path);
/// An error of the operating system, about a path here.
base::Error cannot(const std::string& what, const std::string& path);

/// Told the etag and the size of a file before its first piece is taken; answers how much of it is here already.
using BeginFetch = std::function<base::Result<std::uint64_t>(const std::string& etag, std::uint64_t size)>;

/// Reads a file there to its end and gives each piece to `take`; the answer is its etag. `begin` may be empty. Error
/// conflict when it was changed meanwhile.
Task<base::Result<std::string>> fetch(Context& context, Remote& remote, There from, std::string label, TakePiece take,
                                      BeginFetch begin);
/// A file there into exactly that path here, whole or not at all, over what is there; its length. What arrived stays
/// beside its place when the connection breaks, and the next attempt goes on with it.
Task<base::Result<std::uint64_t>> download(Context& context, Remote& remote, There from, std::string to,
                                           std::string label, Kept kept);

struct UploadHow {
  std::string conflict = "fail";  ///< as files.upload has it
  std::string if_match;
  std::string label;  ///< for progress; empty: the name of the file
  Kept kept;
};
/// A file here into a path there; what files.upload answered to the last piece. It goes on with what an earlier attempt
/// has brought there, as long as the file here is the same.
Task<base::Result<Json>> upload(Context& context, Remote& remote, std::string from, There to, UploadHow how);
/// Standard input until its end, likewise.
Task<base::Result<Json>> upload_input(Context& context, Remote& remote, There to, UploadHow how);

}  // namespace duotty::cli
