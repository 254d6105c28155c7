#pragma once
// Opening things below granted folders. Blocking; for a thread of its own.
#include <fcntl.h>
#include <sys/stat.h>

#include <duotty/base/unique_fd.hpp>
#include <duotty/files/local_files.hpp>
#include <string>
#include <string_view>

namespace duotty::files {

/// A name in an open folder.
struct Place {
  base::UniqueFd folder;
  std::string name;
  std::string path;  ///< of the thing, without links before its last part
};

/// The path in full, without "." and ".."; "~" is the first root. Errors: invalid_params, denied when it is outside of
/// every root.
Result<std::string> full_path(const Grant& grant, std::string_view path);
/// Opens what is there. `flags` as open(2), with O_NOFOLLOW for a link itself; never makes anything. Links are followed
/// as long as they stay within the roots.
Result<base::UniqueFd> open_there(const Grant& grant, const std::string& path, int flags);
/// The folder that `path` is in, and its name there; the thing itself need not exist.
Result<Place> place_of(const Grant& grant, const std::string& path);
/// Where a descriptor's thing lies now, as the kernel names it.
std::string path_of(int fd);
/// Error denied when `path` is closed, or something closed lies in it.
Result<> check_whole(const Grant& grant, const std::string& path);
/// The sentence for `error` about `path`.
base::Error error_of(int error, const std::string& path);
/// What stat(2) says.
Info info_of(const struct stat& status);
/// Removes the folder at `place` and all in it, without ever following a link.
Removal remove_folder(const Place& place);

}  // namespace duotty::files
