// From main() to the loop: directories, the lock, what the process is allowed to leave behind.
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <duotty/core/log_file.hpp>
#include <duotty/pty/keeper.hpp>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <duotty/core/replace_file.hpp>
#include <filesystem>

#include "ended_files.hpp"
#include "keeper_loop.hpp"

namespace duotty::pty {
namespace {

/// `path` as a directory of ours with mode 0700, parents made if missing. Says why not.
bool make_private_directory(const std::string& path) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    say({"cannot make ", path, ": ", std::strerror(errno)});
    return false;
  }
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != ::geteuid()) {
    say({path, " is not a directory that belongs to this user: remove it, or set DUOTTY_HOME to another place"});
    return false;
  }
  if ((st.st_mode & 077) != 0 && ::chmod(path.c_str(), 0700) != 0) {
    say({"cannot make ", path, " private: ", std::strerror(errno)});
    return false;
  }
  return true;
}

/// Held as long as the returned descriptor is open: one keeper a state directory.
base::UniqueFd lock_state(const std::string& state_dir) {
  const std::string path = state_dir + "/keeper.lock";
  base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    say({"cannot open ", path, ": ", std::strerror(errno)});
    return {};
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    std::string owner = read_small_file(path.c_str(), 32);
    owner.erase(std::min(owner.find('\n'), owner.size()));
    say({"already running (process ", owner, ") with the state directory ", state_dir,
         ": stop it first, or set DUOTTY_HOME to another place"});
    return {};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) {
    say({"cannot write ", path, ": ", std::strerror(errno)});
    return {};
  }
  return fd;
}

bool write_pid_file(const std::string& path) {
  if (path.empty()) return true;
  const auto written = core::replace_file(path, std::to_string(::getpid()) + "\n", {.synced = false});
  if (!written) say({written.error().message()});
  return written.has_value();
}

/// 0 to 2 are open and everything else closes at exec, whatever we were started with.
void tidy_descriptors() {
  while (true) {
    const int fd = ::open("/dev/null", O_RDWR);
    if (fd < 0 || fd > 2) {
      if (fd > 2) ::close(fd);
      break;
    }
  }
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

Inherited harden(mode_t umask) {
  Inherited inherited;
  inherited.umask = umask;
  const std::string oom = read_small_file("/proc/self/oom_score_adj", 32);
  const base::UniqueFd fd(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  static constexpr std::string_view kProtected = "-900";  // refused without CAP_SYS_RESOURCE, which is fine
  if (fd && ::write(fd.get(), kProtected.data(), kProtected.size()) > 0) inherited.oom_score_adj = oom;
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::getrlimit(RLIMIT_CORE, &inherited.core);
  const rlimit none{0, inherited.core.rlim_max};
  ::setrlimit(RLIMIT_CORE, &none);
  ::getrlimit(RLIMIT_NOFILE, &inherited.files);
  const rlimit files{inherited.files.rlim_max, inherited.files.rlim_max};  // three for each terminal
  ::setrlimit(RLIMIT_NOFILE, &files);
  return inherited;
}

}  // namespace

namespace {

/// A new, empty directory. Its parent is open to everybody, so what is there already may be somebody's trap: then there
/// is none, and the worker finds that out for itself.
void make_memory_directory(const std::string& path) {
  std::error_code ignored;
  if (path.empty()) return;
  std::filesystem::remove_all(path, ignored);
  ::mkdir(path.c_str(), 0700);
}

}  // namespace

int keeper_main(const KeeperOptions& options) {
  tidy_descriptors();
  const mode_t umask = ::umask(0077);
  if (options.worker_argv.empty() || options.worker_argv.front().find('/') != 0) {
    say({"the worker's program must be an absolute path"});
    return 1;
  }
  const std::string terminals = options.state_dir + "/terminals";
  if (!make_private_directory(options.runtime_dir) || !make_private_directory(options.state_dir)) return 1;
  const base::UniqueFd lock = lock_state(options.state_dir);
  if (!lock) return kExitRefused;
  core::set_log_file(options.log_file);
  core::write_log_file(core::LogLevel::info, "keeper: process " + std::to_string(::getpid()) + " started");
  keep_ended(options.state_dir, std::filesystem::file_time_type::clock::now());  // the lock proves that they ended
  if (!make_private_directory(terminals) || !write_pid_file(options.pid_file)) return 1;

  make_memory_directory(options.memory_dir);

  int code = 0;
  {
    Keeper keeper(options, harden(umask));
    code = keeper.run();
  }
  core::write_log_file(core::LogLevel::info, "keeper: ended with status " + std::to_string(code));
  if (!options.pid_file.empty()) ::unlink(options.pid_file.c_str());
  std::error_code ignored;
  if (!options.memory_dir.empty()) std::filesystem::remove_all(options.memory_dir, ignored);
  return code;
}

std::string binary_path(const char* argv0) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  const auto is_self = [](const fs::path& path) {
    std::error_code ignored;
    return fs::equivalent(path, "/proc/self/exe", ignored);
  };
  const std::string name = argv0 == nullptr ? "" : argv0;
  if (name.find('/') != std::string::npos) {
    const fs::path path = fs::absolute(name, error).lexically_normal();
    if (is_self(path)) return path;
  } else if (!name.empty()) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
      const std::size_t colon = rest.find(':');
      const fs::path candidate = fs::path(rest.substr(0, colon)) / name;
      if (candidate.is_absolute() && is_self(candidate)) return candidate;
      rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    }
  }
  std::string path = self;
  static constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

}  // namespace duotty::pty
