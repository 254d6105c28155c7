#include "local_place.hpp"

#include <linux/openat2.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/files/paths.hpp>
#include <filesystem>

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;
using base::UniqueFd;

/// Somebody renames folders while the kernel resolves: it says so, and is asked again.
constexpr int kTries = 64;

std::optional<std::string> real_path(const std::string& path) {
  char* text = ::realpath(path.c_str(), nullptr);
  if (text == nullptr) return std::nullopt;
  std::string out(text);
  std::free(text);
  return out;
}

bool is_below(const std::string& path, const std::string& folder) {
  if (folder == "/") return path.starts_with('/');
  return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

/// A root and the way from it to a path.
struct Split {
  std::string root;
  std::string rest;  ///< "." for the root itself
};

std::optional<Split> split(const Grant& grant, const std::string& path) {
  std::optional<Split> best;
  for (const std::string& root : grant.roots) {
    if (!is_below(path, root) || (best && best->root.size() >= root.size())) continue;
    std::string rest = path.substr(std::min(path.size(), root == "/" ? 1 : root.size() + 1));
    best = Split{root, rest.empty() ? "." : std::move(rest)};
  }
  return best;
}

Error outside(const Grant& grant, std::string_view path) {
  if (grant.roots.empty()) {
    return {Errc::denied, "No folder is granted to clients. Name some in file_roots of the settings.", "path"};
  }
  return {Errc::denied,
          shown(path) + " is outside of what is granted: " + base::join(grant.roots, ", ") +
              ". Name a path there, or add its folder to file_roots of the settings.",
          "path"};
}

Grant with_real_roots(Grant grant) {
  for (std::string& root : grant.roots) root = real_path(root).value_or(root);
  return grant;
}

/// A path that leads to nothing: the first part of it that leads anywhere says whether that may be told.
Error lost(const Grant& grant, const std::string& path, int error) {
  for (std::filesystem::path part(path); part != part.root_path(); part = part.parent_path()) {
    const auto real = real_path(part.string());
    if (real) return split(with_real_roots(grant), *real) ? error_of(error, path) : outside(grant, path);
  }
  return outside(grant, path);
}

/// Each step opened by itself, none of them a link: for kernels without openat2.
int walk(int root, const std::string& rest, int flags) {
  UniqueFd at(::fcntl(root, F_DUPFD_CLOEXEC, 3));
  const auto steps = base::split(rest, '/');
  for (std::size_t i = 0; i < steps.size() && at; ++i) {
    const std::string step(steps[i]);
    const bool last = i + 1 == steps.size();
    const int how = last ? flags | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW;
    at.reset(::openat(at.get(), step.c_str(), how | O_CLOEXEC));
  }
  struct stat status {};
  if (at && (flags & O_NOFOLLOW) == 0 && ::fstat(at.get(), &status) == 0 && S_ISLNK(status.st_mode)) {
    errno = ELOOP;  // O_PATH opens a link where another open would refuse
    return -1;
  }
  return at.release();
}

/// `links`: as openat2 has them, beneath the root; else none at all.
int open_below(const Grant& grant, const Split& way, int flags, bool links) {
  const UniqueFd root(::open(way.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return -1;
  if (grant.openat2) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (links ? 0U : RESOLVE_NO_SYMLINKS);
    for (int i = 0; i < kTries; ++i) {
      const auto fd = static_cast<int>(::syscall(SYS_openat2, root.get(), way.rest.c_str(), &how, sizeof how));
      if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) {
        if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return fd;
        break;
      }
    }
  }
  // A walk meets links only when the path was not real, or is not any more.
  return walk(root.get(), way.rest, flags);
}

Result<> check_open(const Grant& grant, const std::string& real) {
  for (const std::string& closed : grant.closed) {
    if (is_below(real, closed)) {
      return Error(Errc::denied, shown(real) + " is the server's own and not for clients.", "path");
    }
  }
  return {};
}

}  // namespace

std::string path_of(int fd) {
  char text[PATH_MAX];
  const std::string name = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(name.c_str(), text, sizeof text);
  return size <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
}

Error error_of(int error, const std::string& path) {
  const std::string thing = shown(path);
  switch (error) {
    case ENOENT:
      return {Errc::not_found, "There is no " + thing + ".", "path"};
    case EACCES:
    case EPERM:
    case EROFS:
      return {Errc::denied, thing + ": " + std::strerror(error) + ".", "path"};
    case EEXIST:
      return {Errc::conflict, thing + " exists already.", "path"};
    case ENOTEMPTY:
      return {Errc::conflict, thing + " is not empty. Remove what is in it first.", "path"};
    case ENOTDIR:
      return {Errc::invalid_params, thing + ": a part of it is no folder.", "path"};
    case EISDIR:
      return {Errc::invalid_params, thing + " is a folder.", "path"};
    case ELOOP:
      return {Errc::denied, thing + " is a link, or leads through one that cannot be followed.", "path"};
    case EXDEV:
      return {Errc::invalid_params, thing + ": it cannot be moved to another file system. Copy it.", "path"};
    case EINVAL:
      return {Errc::invalid_params, thing + ": this cannot be done.", "path"};
    case ENAMETOOLONG:
      return {Errc::invalid_params, thing + ": the name is too long.", "path"};
    default:
      return {Errc::io, thing + ": " + std::strerror(error) + "."};
  }
}

Info info_of(const struct stat& status) {
  Info info;
  info.kind = S_ISREG(status.st_mode)   ? Kind::file
              : S_ISDIR(status.st_mode) ? Kind::folder
              : S_ISLNK(status.st_mode) ? Kind::link
                                        : Kind::other;
  info.size = static_cast<std::uint64_t>(status.st_size);
  info.mtime_ns = status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
  info.mode = status.st_mode & 07777;
  info.uid = status.st_uid;
  info.gid = status.st_gid;
  return info;
}

Result<std::string> full_path(const Grant& grant, std::string_view path) {
  if (begins_at_home(path) && grant.roots.empty()) return outside(grant, path);
  auto absolute = absolute_path(path, grant.roots.empty() ? std::string() : grant.roots.front());
  if (!absolute) return absolute;
  std::string& text = *absolute;
  if (split(grant, text)) return absolute;
  // A root that is itself reached through a link has two names.
  for (const std::string& root : grant.roots) {
    const auto real = real_path(root);
    if (real && is_below(text, *real)) return root + text.substr(*real == "/" ? 0 : real->size());
  }
  return outside(grant, text);
}

Result<UniqueFd> open_there(const Grant& grant, const std::string& path, int flags) {
  auto full = full_path(grant, path);
  if (!full) return full.error();
  // openat2(2) takes nothing with O_PATH that has no meaning there.
  if ((flags & O_PATH) == 0) flags |= O_NONBLOCK | O_NOCTTY;
  UniqueFd fd(open_below(grant, *split(grant, *full), flags, true));
  // A link by an absolute path, or a walk that met one: what it leads to may still be granted.
  if (!fd && (errno == EXDEV || errno == ELOOP || errno == ENOTDIR)) {
    const std::string whole = (flags & O_NOFOLLOW) != 0 ? std::filesystem::path(*full).parent_path().string() : *full;
    auto real = real_path(whole);
    if (!real) return lost(grant, *full, errno);
    if ((flags & O_NOFOLLOW) != 0) *real += "/" + std::filesystem::path(*full).filename().string();
    const Grant resolved = with_real_roots(grant);
    const auto way = split(resolved, *real);
    if (!way) return outside(grant, *full);
    fd.reset(open_below(resolved, *way, flags, false));
  }
  if (!fd) return error_of(errno, *full);
  if (auto open = check_open(grant, path_of(fd.get())); !open) return open.error();
  return fd;
}

Result<Place> place_of(const Grant& grant, const std::string& path) {
  auto full = full_path(grant, path);
  if (!full) return full.error();
  const std::filesystem::path whole(*full);
  const auto is_root = [&](const std::string& root) { return root == *full; };
  if (std::any_of(grant.roots.begin(), grant.roots.end(), is_root)) {
    return Error(Errc::denied, shown(*full) + " is a granted folder itself and stays.", "path");
  }
  auto folder = open_there(grant, whole.parent_path().string(), O_PATH | O_DIRECTORY);
  if (!folder) return folder.error();
  Place place;
  place.name = whole.filename().string();
  place.path = path_of(folder->get());
  if (!place.path.ends_with('/')) place.path += '/';
  place.path += place.name;
  place.folder = std::move(*folder);
  if (auto open = check_open(grant, place.path); !open) return open.error();
  return place;
}

Result<> check_whole(const Grant& grant, const std::string& path) {
  for (const std::string& closed : grant.closed) {
    if (!is_below(closed, path) && !is_below(path, closed)) continue;
    return Error(Errc::denied, shown(path) + " holds what is the server's own and stays.", "path");
  }
  return {};
}

}  // namespace duotty::files
