// The worker: everything but the terminals themselves.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <duotty/core/log.hpp>
#include <duotty/core/log_file.hpp>
#include <duotty/daemon/daemon.hpp>
#include <duotty/daemon/paths.hpp>
#include <duotty/pty/keeper.hpp>

#include "server.hpp"
#include "worker_options.hpp"

namespace duotty::daemon {
namespace {

core::LogLevel log_level(const std::string& word) {
  if (word == "debug") return core::LogLevel::debug;
  if (word == "warning") return core::LogLevel::warning;
  if (word == "error") return core::LogLevel::error;
  if (word == "off") return core::LogLevel::off;
  return core::LogLevel::info;
}

int refuse(const base::Error& error) {
  std::fprintf(stderr, "duotty: %s\n", error.message().c_str());
  core::write_log_file(core::LogLevel::error, error.message());
  return pty::kExitRefused;
}

}  // namespace

int worker(const std::vector<std::string>& args) {
  // Keys and typed text are in this process's memory: no core file, no ptrace by others.
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::signal(SIGPIPE, SIG_IGN);
  auto options = decode_options(args);
  if (!options) return refuse(options.error());
  if (auto filled = apply_environment(*options); !filled) return refuse(filled.error());
  core::set_log_level(log_level(options->log_level));
  const Paths paths = find_paths(options->home);
  if (auto made = make_directories(paths); !made) return refuse(made.error());
  if (core::log_level() != core::LogLevel::off) core::set_log_file(paths.log_file());
  core::write_log_file(core::LogLevel::info,
                       fmt::format("worker: duotty {} started as process {}", version(), ::getpid()));

  core::asio::io_context loop(1);
  Server server(loop.get_executor(), *options, paths);
  int status = 0;
  core::asio::signal_set signals(loop, SIGTERM, SIGINT);
  core::Scope scope(loop.get_executor());
  scope.spawn("worker", [](Server& running, core::asio::signal_set& ends, int& code) -> core::Task<> {
    auto started = co_await running.start();
    if (!started) {
      code = refuse(started.error());
    } else {
      co_await running.until_ended(ends);
    }
    co_await running.stop();
    ends.cancel();
  }(server, signals, status));
  loop.run();
  core::write_log_file(core::LogLevel::info, fmt::format("worker: ended with status {}", status));
  return status;
}

}  // namespace duotty::daemon
