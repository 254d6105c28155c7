// Removing a folder with all that is in it. Every folder is opened by its name in the open one around it, and never as
// a link: what is put in its place meanwhile is removed itself or fails, and what it leads to stays.
#include <dirent.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <duotty/base/random.hpp>
#include <utility>
#include <vector>

#include "local_place.hpp"

namespace duotty::files {
namespace {

using base::UniqueFd;

/// Folders within folders that are gone into at once: each takes a descriptor. What is deeper is moved up first.
constexpr std::size_t kMostDepth = 250;

/// The names in an open folder; nothing when it cannot be read.
std::optional<std::vector<std::string>> names_in(int fd) {
  const int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* folder = copy < 0 ? nullptr : ::fdopendir(copy);
  if (folder == nullptr) {
    if (copy >= 0) ::close(copy);
    return std::nullopt;
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(folder);
  return names;
}

class Remover {
 public:
  void remove(int folder, const std::string& name, const std::string& path, std::size_t depth) {
    if (::unlinkat(folder, name.c_str(), 0) == 0) {
      ++done.removed;
      return;
    }
    if (errno != EISDIR && errno != EPERM) return fail(path, errno);
    const int refused = errno;
    const UniqueFd inner(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner) return fail(path, errno == ENOTDIR || errno == ELOOP ? refused : errno);
    if (depth >= kMostDepth) return move_up(folder, name, path);
    if (depth == 0) top_ = inner.get();
    const auto names = names_in(inner.get());
    if (!names) return fail(path, errno);
    for (const std::string& one : *names) remove(inner.get(), one, path + "/" + one, depth + 1);
    while (depth == 0 && !deeper_.empty()) {
      const auto [moved, was] = std::move(deeper_.back());
      deeper_.pop_back();
      remove(top_, moved, was, 1);
    }
    if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0) {
      ++done.removed;
    } else {
      fail(path, errno);
    }
  }

  Removal done;

 private:
  void move_up(int folder, const std::string& name, const std::string& path) {
    std::string moved = ".duotty-" + base::make_id() + ".gone";
    if (::renameat(folder, name.c_str(), top_, moved.c_str()) != 0) return fail(path, errno);
    deeper_.emplace_back(std::move(moved), path);
  }
  void fail(const std::string& path, int error) { done.fail(path, std::strerror(error)); }

  int top_ = -1;                                             ///< the folder that is removed
  std::vector<std::pair<std::string, std::string>> deeper_;  ///< in it, and where they were
};

}  // namespace

Removal remove_folder(const Place& place) {
  Remover remover;
  remover.remove(place.folder.get(), place.name, place.path, 0);
  return std::move(remover.done);
}

}  // namespace duotty::files
