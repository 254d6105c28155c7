#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <duotty/daemon/daemon.hpp>
#include <duotty/daemon/paths.hpp>
#include <duotty/pty/keeper.hpp>
#include <filesystem>

#include "worker_options.hpp"

#ifndef DUOTTY_VERSION
#error "the build defines DUOTTY_VERSION"
#endif

namespace duotty::daemon {
namespace {

int refuse(const base::Error& error) {
  std::fprintf(stderr, "duotty: %s\n", error.message().c_str());
  return pty::kExitRefused;
}

}  // namespace

const char* version() {
  return DUOTTY_VERSION;
}

int serve(const cli::ServeOptions& given, const char* argv0) {
  load_dot_env();
  cli::ServeOptions options = given;
  const Paths paths = find_paths(options.home);
  options.home = options.home.empty() ? environment("DUOTTY_HOME") : options.home;
  if (!options.home.empty()) options.home = paths.config_dir;
  if (auto filled = apply_environment(options); !filled) return refuse(filled.error());
  for (std::string* file : {&options.tls_cert, &options.tls_key}) {
    // The worker may be started again from elsewhere.
    if (!file->empty()) *file = std::filesystem::absolute(*file).string();
  }
  if (auto made = make_directories(paths); !made) return refuse(made.error());
  // The client's own variables must not reach the terminals' children as ours.
  ::unsetenv("DUOTTY_TERMINAL");
  pty::KeeperOptions keeper;
  keeper.worker_argv = {pty::binary_path(argv0), "worker", "--keeper-fd", std::to_string(pty::kKeeperFd)};
  const auto words = encode_options(options);
  keeper.worker_argv.insert(keeper.worker_argv.end(), words.begin(), words.end());
  keeper.runtime_dir = paths.runtime_dir;
  keeper.state_dir = paths.state_dir;
  keeper.memory_dir = paths.memory_dir();
  keeper.pid_file = paths.pid_file();
  if (options.log_level != "off") keeper.log_file = paths.log_file();
  return pty::keeper_main(keeper);
}

}  // namespace duotty::daemon
