#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <duotty/base/fnv.hpp>
#include <duotty/base/text.hpp>
#include <duotty/daemon/paths.hpp>
#include <duotty/pty/launch.hpp>
#include <fstream>

namespace duotty::daemon {
namespace {

std::string absolute(const std::string& path) {
  if (!path.empty() && path.front() == '/') return path;
  char buffer[4096];
  return ::getcwd(buffer, sizeof buffer) ? std::string(buffer) + "/" + path : path;
}

base::Result<> make_private(const std::string& path) {
  // Parents are made with the usual mode: only our own folder must be private.
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) break;
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::Error(base::Errc::io, "Could not make " + path + ": " + std::strerror(errno) + ".");
  }
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return base::Error(base::Errc::denied, path + " is not a folder.");
  }
  if (status.st_uid != ::geteuid()) {
    return base::Error(base::Errc::denied, path + " belongs to another user. Set DUOTTY_HOME to a folder of your own.");
  }
  if ((status.st_mode & 077) != 0 && ::chmod(path.c_str(), 0700) != 0) {
    return base::Error(base::Errc::denied, path + " is open to other users. Run: chmod 700 " + path);
  }
  return {};
}

}  // namespace

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string home_directory() {
  const std::string home = environment("HOME");
  return home.starts_with('/') ? home : pty::current_account().home;
}

Paths find_paths(const std::string& given) {
  const std::string home = given.empty() ? environment("DUOTTY_HOME") : given;
  if (!home.empty()) {
    const std::string base = absolute(home);
    return {base, base + "/state", base + "/run"};
  }
  const auto xdg = [](const char* name, const std::string& fallback) {
    const std::string value = environment(name);
    return (value.empty() || value.front() != '/' ? fallback : value) + "/duotty";
  };
  const std::string user = home_directory();
  Paths paths;
  paths.config_dir = xdg("XDG_CONFIG_HOME", user + "/.config");
  paths.state_dir = xdg("XDG_STATE_HOME", user + "/.local/state");
  const std::string runtime = environment("XDG_RUNTIME_DIR");
  paths.runtime_dir = runtime.empty() || runtime.front() != '/' || ::access(runtime.c_str(), W_OK) != 0
                          ? "/tmp/duotty-" + std::to_string(::getuid())
                          : runtime + "/duotty";
  return paths;
}

std::string Paths::memory_dir() const {
  char name[64];
  std::snprintf(name, sizeof name, "/dev/shm/duotty-%u-%016llx", static_cast<unsigned>(::geteuid()),
                static_cast<unsigned long long>(base::fnv1a(state_dir)));
  return name;
}

base::Result<> make_directories(const Paths& paths) {
  for (const auto& path : {paths.config_dir, paths.state_dir, paths.runtime_dir}) {
    if (auto made = make_private(path); !made) return made;
  }
  return {};
}

void load_dot_env() {
  std::ifstream file(".env");
  for (std::string line; std::getline(file, line);) {
    std::string_view text = base::trim(line);
    if (text.substr(0, 7) == "export ") text = base::trim(text.substr(7));
    const auto equals = text.find('=');
    if (text.empty() || text.front() == '#' || equals == std::string_view::npos || equals == 0) continue;
    const std::string name(base::trim(text.substr(0, equals)));
    std::string_view value = base::trim(text.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    ::setenv(name.c_str(), std::string(value).c_str(), 0);
  }
}

}  // namespace duotty::daemon
