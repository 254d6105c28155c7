#include "paths.hpp"

#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <span>

namespace duotty::gate {
namespace {

using Parts = std::vector<std::string_view>;

/// Directories that the system, its data or everybody's data live in.
constexpr std::array system_places = {"/bin",           "/boot",
                                      "/dev",           "/etc",
                                      "/home",          "/lib",
                                      "/lib32",         "/lib64",
                                      "/media",         "/mnt",
                                      "/nix",           "/opt",
                                      "/proc",          "/root",
                                      "/run",           "/sbin",
                                      "/snap",          "/srv",
                                      "/sys",           "/usr",
                                      "/var",           "/Users",
                                      "/System",        "/Library",
                                      "/Applications",  "/Volumes",
                                      "/private",       "/usr/bin",
                                      "/usr/include",   "/usr/lib",
                                      "/usr/lib64",     "/usr/local",
                                      "/usr/libexec",   "/usr/sbin",
                                      "/usr/share",     "/usr/local/bin",
                                      "/usr/local/lib", "/etc/ssh",
                                      "/etc/pam.d",     "/etc/systemd",
                                      "/etc/ssl",       "/etc/sudoers.d",
                                      "/var/backups",   "/var/db",
                                      "/var/lib",       "/var/log",
                                      "/var/mail",      "/var/spool",
                                      "/var/www",       "/var/lib/docker",
                                      "/var/lib/dpkg",  "/var/lib/rpm",
                                      "/var/lib/mysql", "/var/lib/postgresql",
                                      "/var/lib/etcd",  "/boot/efi",
                                      "/boot/grub",     "/boot/grub2",
                                      "/lib/modules",   "/usr/lib/systemd",
                                      "/lib/systemd",   "/Library/Developer",
                                      "/System/Library"};

constexpr std::array vital_files = {"/etc/passwd",        "/etc/shadow",          "/etc/group",    "/etc/gshadow",
                                    "/etc/sudoers",       "/etc/fstab",           "/etc/crypttab", "/etc/ld.so.conf",
                                    "/etc/ld.so.preload", "/etc/ssh/sshd_config", "/etc/inittab",  "/etc/pam.conf"};

constexpr std::array device_names = {"sd", "hd",  "vd",      "xvd",   "nvme", "mmcblk", "disk",  "rdisk",
                                     "md", "dm-", "mapper/", "disk/", "zd",   "nbd",    "zvol/", "bcache"};

Parts parts_of(std::string_view path) {
  Parts parts;
  for (const auto part : base::split(path, '/')) {
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  return parts;
}

/// Shell pattern `pattern` against one name. A part that is not known matches only itself.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t back = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == name[n] || pattern[p] == mark::one)) {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == mark::star) {
      star = p++;
      back = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++back;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == mark::star) ++p;
  return p == pattern.size();
}

bool matches(const Parts& pattern, std::string_view path) {
  const Parts parts = parts_of(path);
  if (parts.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // A name with a dot in front is not meant by a star.
    if (parts[i][0] == '.' && pattern[i][0] != '.') return false;
    if (!matches(pattern[i], parts[i])) return false;
  }
  return true;
}

/// A part that takes everything: *, .*, .[!.]*, ?*
bool takes_all(std::string_view part) {
  return part.find(mark::star) != std::string_view::npos &&
         part.find_first_not_of("\x03\x04.") == std::string_view::npos;
}

std::string joined(const Parts& parts) {
  std::string out;
  for (const auto part : parts) out.append("/").append(part);
  return out.empty() ? "/" : out;
}

bool is_one_of(const Parts& parts, std::span<const char* const> paths) {
  if (parts.empty() || parts.size() > 3) return false;
  const std::string where = joined(parts);
  const bool pattern = where.find_first_of("\x03\x04") != std::string::npos;
  return std::any_of(paths.begin(), paths.end(),
                     [&](const char* path) { return pattern ? matches(parts, path) : where == path; });
}

/// True when `path` is `of` or one of the directories above it.
bool holds(const Parts& pattern, std::string_view of, bool& itself) {
  Parts parts = parts_of(of);
  itself = true;
  while (!parts.empty()) {
    if (matches(pattern, joined(parts))) return true;
    parts.pop_back();
    itself = false;
  }
  return false;
}

bool is_scratch(const Parts& parts) {
  const auto inside = [&](std::size_t count) { return parts.size() > count; };
  if (parts.empty()) return false;
  if (parts[0] == "tmp") return inside(1);
  return parts.size() > 2 && ((parts[0] == "var" && parts[1] == "tmp") || (parts[0] == "dev" && parts[1] == "shm"));
}

/// `path` is absolute and normal.
Place place_of(std::string_view path, const State& state, std::string_view home) {
  Parts parts = parts_of(path);
  bool contents = false;
  while (!parts.empty() && takes_all(parts.back())) {
    contents = true;
    parts.pop_back();
  }
  if (parts.empty()) return Place::root;
  if (parts.back() == ".git" && !contents) return Place::repository;
  bool itself = false;
  if (!home.empty() && home != "/" && holds(parts, home, itself)) return Place::home;
  const bool homes = parts[0] == "home" || parts[0] == "Users";
  if (homes && parts.size() == 2 && parts[1] != "Shared") return Place::home;
  if (parts.size() == 1 && parts[0] == "root") return Place::home;
  if (is_one_of(parts, system_places)) return Place::system;
  if (parts.size() == 1 && parts[0] == "tmp") return Place::scratch;
  if (is_scratch(parts) || state.cwd.empty() || !holds(parts, state.cwd, itself)) return Place::other;
  if (!itself) return Place::above;
  return contents ? Place::all_here : Place::here;
}

/// A relative path while nobody knows from where.
Place place_from_nowhere(std::string_view path) {
  int up = 0;
  Parts left;
  for (const auto part : parts_of(path)) {
    if (part != "..") {
      left.push_back(part);
    } else if (!left.empty()) {
      left.pop_back();
    } else {
      ++up;
    }
  }
  bool contents = false;
  while (!left.empty() && takes_all(left.back())) {
    contents = true;
    left.pop_back();
  }
  if (!left.empty()) return left.back() == ".git" && !contents ? Place::repository : Place::other;
  if (up > 0) return Place::above;
  return contents ? Place::all_here : Place::here;
}

Place place_at(std::string_view path, const State& state, std::string_view home) {
  if (path.empty()) return Place::other;
  if (path[0] == '/') return place_of(normal_path(path), state, home);
  if (path[0] == mark::any) return Place::other;
  if (state.cwd.empty()) return place_from_nowhere(path);
  return place_of(normal_path(state.cwd + "/" + std::string(path)), state, home);
}

}  // namespace

std::string normal_path(std::string_view path) {
  Parts parts;
  for (const auto part : parts_of(path)) {
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return joined(parts);
}

Target target_of(std::string_view path, const State& state, std::string_view home) {
  if (path.find(mark::unset) == std::string_view::npos) return {place_at(path, state, home), false};
  std::string filled(path);
  std::replace(filled.begin(), filled.end(), mark::unset, mark::any);
  if (const Place place = place_at(filled, state, home); place != Place::other) return {place, false};
  std::string empty(path);
  std::erase(empty, mark::unset);
  // "$DIR" alone is nothing when it is not set; "$DIR/" is the root.
  const Place place = empty.starts_with('/') ? place_at(empty, state, home) : Place::other;
  return {place, place != Place::other};
}

std::string absolute(std::string_view path, const State& state) {
  std::string known(path);
  if (known.starts_with(mark::unset)) std::erase(known, mark::unset);
  std::replace(known.begin(), known.end(), mark::unset, mark::any);
  if (known.starts_with('/')) return normal_path(known);
  return state.cwd.empty() ? known : normal_path(state.cwd + "/" + known);
}

bool is_block_device(std::string_view path, const State& state) {
  const std::string where = absolute(path, state);
  if (!where.starts_with("/dev/")) return false;
  const auto name = std::string_view(where).substr(5);
  if (name.empty()) return false;
  // With something unknown in it (/dev/$DISK) it is taken for a disk.
  if (name[0] == mark::any || name[0] == mark::star) return true;
  return std::any_of(device_names.begin(), device_names.end(), [&](std::string_view begin) {
    return name.starts_with(begin) ||
           (begin.size() > 1 && name.size() > 1 && name[0] == begin[0] && name[1] == mark::one);
  });
}

bool is_kernel_file(std::string_view path, const State& state) {
  const std::string where = absolute(path, state);
  for (const char* file : {"/dev/mem", "/dev/kmem", "/dev/port", "/proc/sysrq-trigger", "/proc/kcore"}) {
    if (where == file) return true;
  }
  return where.starts_with("/sys/firmware/efi/efivars/");
}

bool is_vital_file(std::string_view path, const State& state) {
  const std::string where = absolute(path, state);
  if (!where.starts_with('/')) return false;
  const Parts parts = parts_of(where);
  if (parts.size() > 1 && parts[0] == "boot") return true;
  return is_one_of(parts, vital_files);
}

bool is_key_file(std::string_view path, const State& state) {
  const std::string where = absolute(path, state);
  const Parts parts = parts_of(where);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == ".gnupg") return i + 1 <= parts.size();
    if (parts[i] != ".ssh") continue;
    if (i + 1 == parts.size()) return true;
    const auto name = parts[i + 1];
    return takes_all(name) || name == "authorized_keys" || (name.starts_with("id_") && !name.ends_with(".pub"));
  }
  return false;
}

bool is_history_file(std::string_view path, const State& state) {
  const std::string where = absolute(path, state);
  const auto name = base_name(where);
  return name == ".bash_history" || name == ".zsh_history" || name == ".zhistory" || name == ".histfile" ||
         name == "fish_history" || (name.starts_with('.') && name.ends_with("_history") && name != "._history");
}

}  // namespace duotty::gate
