#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <duotty/base/text.hpp>
#include <duotty/link/link.hpp>

#include "hub.hpp"

namespace duotty::link {
namespace {

namespace asio = core::asio;

/// Passwords and keys are in this process's memory: no core file, no look into it by others.
void harden() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd <= 2 && null >= 0; ++fd) ::dup2(null, fd);
  ::close_range(kListenFd + 1, ~0U, 0);
}

Task<> until_gone(asio::posix::stream_descriptor& keeper) {
  auto [error] = co_await keeper.async_wait(asio::posix::descriptor_base::wait_read, core::as_result);
  if (!error) ::_exit(0);
}

Task<> run_hub(Hub& hub, asio::posix::stream_descriptor& keeper) {
  co_await hub.run();
  keeper.close();
}

}  // namespace

int link_main(const std::vector<std::string>& args) {
  const auto keeper_pid = args.size() == 2 ? base::parse_u64(args[1]) : std::nullopt;
  if (!keeper_pid || *keeper_pid == 0 || *keeper_pid > 0x7FFFFFFF) return 64;
  const pid_t child = ::fork();
  if (child < 0) return 71;
  if (child > 0) return 0;
  ::setsid();
  harden();
  ::prctl(PR_SET_NAME, "duotty-link");
  base::UniqueFd keeper_fd(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(*keeper_pid), 0)));
  if (!keeper_fd) return 0;  // the keeper is gone already
  asio::io_context loop(1);
  asio::posix::stream_descriptor keeper(loop, keeper_fd.release());
  {
    Hub hub(loop, kListenFd);
    core::Scope scope(loop.get_executor());
    scope.spawn("keeper", until_gone(keeper));
    scope.spawn("link", run_hub(hub, keeper));
    loop.run();
  }
  return 0;
}

}  // namespace duotty::link
