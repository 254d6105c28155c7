#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <duotty/base/random.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/replace_file.hpp>
#include <filesystem>
#include <optional>

namespace duotty::core {
namespace {

constexpr int kMostLinks = 40;  // as the kernel

/// What `path` leads to; a link to nothing leads to what it names. Nothing for links in a circle.
std::optional<std::string> behind_links(const std::string& path) {
  std::filesystem::path place = path;
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code none;
    const std::filesystem::path next = std::filesystem::read_symlink(place, none);
    if (none) return place.string();
    place = place.parent_path() / next;
  }
  return std::nullopt;
}

base::Error not_written(const std::string& path, int reason) {
  return {base::Errc::io, "Cannot write " + path + ": " + std::strerror(reason) + "."};
}

bool write_fresh(const std::string& fresh, std::string_view text, mode_t mode, bool synced) {
  const base::UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  return fd && write_all(fd.get(), text) && ::fchmod(fd.get(), mode) == 0 && (!synced || ::fsync(fd.get()) == 0);
}

}  // namespace

base::Result<> replace_file(const std::string& path, std::string_view text, const ReplaceOptions& options) {
  const auto place = options.follows ? behind_links(path) : path;
  if (!place) return not_written(path, ELOOP);
  const std::string& target = *place;
  const std::string fresh = target + "." + (options.shared ? base::make_id() : "new");
  struct stat now {};
  const bool keeps = options.keeps_mode && ::stat(target.c_str(), &now) == 0;
  // What a crash has left of an earlier one.
  if (!options.shared) ::unlink(fresh.c_str());
  if (write_fresh(fresh, text, keeps ? now.st_mode & 0777 : options.mode, options.synced) &&
      ::rename(fresh.c_str(), target.c_str()) == 0) {
    return {};
  }
  const int reason = errno;
  ::unlink(fresh.c_str());
  return not_written(path, reason);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      if (::poll(&ready, 1, -1) < 0 && errno != EINTR) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace duotty::core
