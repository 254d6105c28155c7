#include "child_exec.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <duotty/pty/keeper.hpp>
#include <string_view>

namespace duotty::pty {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> find_candidates(const std::string& program, const std::vector<std::string>& env) {
  if (program.find('/') != std::string::npos) return {program};
  std::string_view path = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& variable : env) {
    if (variable.starts_with("PATH=")) path = std::string_view(variable).substr(5);
  }
  std::vector<std::string> out;
  for (;;) {
    const std::size_t colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    out.push_back(folder.empty() ? program : std::string(folder) + "/" + program);
    if (colon == std::string_view::npos) return out;
    path.remove_prefix(colon + 1);
  }
}

[[noreturn]] void fail(int report, wire::Step step) noexcept {
  // Filled byte by byte so that no padding of the stack travels.
  StartFailure failure;
  std::memset(&failure, 0, sizeof failure);
  failure.error = errno;
  failure.step = step;
  [[maybe_unused]] const auto written = ::write(report, &failure, sizeof failure);
  ::_exit(127);
}

void reset_process(const Inherited& inherited) noexcept {
  // The system call itself: sigaction(3) refuses the two signals of the thread library, which posix_spawn(3), and so
  // make, leaves ignored. All zero is SIG_DFL in the kernel's structure on every architecture.
  constexpr std::size_t kMaskBytes = 8;
  alignas(8) const char standard[64] = {};
  for (int number = 1; number < NSIG; ++number) ::syscall(SYS_rt_sigaction, number, standard, nullptr, kMaskBytes);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(inherited.umask);
  ::setrlimit(RLIMIT_CORE, &inherited.core);
  if (!inherited.oom_score_adj.empty()) {
    ::prctl(PR_SET_DUMPABLE, 1);  // else /proc/self belongs to root; exec sets it anyway
    const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
      [[maybe_unused]] const auto written = ::write(fd, inherited.oom_score_adj.data(), inherited.oom_score_adj.size());
      ::close(fd);
    }
  }
}

/// Returns only when nothing could be executed, with the errno worth telling.
void try_exec(const ChildPlan& plan) noexcept {
  int worth_telling = ENOENT;
  for (const std::string& candidate : plan.candidates) {
    ::execve(candidate.c_str(), plan.argv_pointers.data(), plan.env_pointers.data());
    if (errno == ENOENT || errno == ENOTDIR) continue;
    worth_telling = errno;
    if (errno != EACCES) break;
  }
  errno = worth_telling;
}

}  // namespace

ChildPlan::ChildPlan(std::vector<std::string> argv_, std::vector<std::string> env_, std::string cwd_)
    : argv(std::move(argv_)),
      env(std::move(env_)),
      cwd(std::move(cwd_)),
      candidates(find_candidates(argv.front(), env)),
      argv_pointers(pointers(argv)),
      env_pointers(pointers(env)) {}

void exec_terminal_child(const ChildPlan& plan, const Inherited& inherited, int tty, int report) noexcept {
  using wire::Step;
  reset_process(inherited);
  ::setrlimit(RLIMIT_NOFILE, &inherited.files);  // the worker keeps the raised limit
  if (::setsid() < 0 || ::ioctl(tty, TIOCSCTTY, 0) != 0) fail(report, Step::session);
  for (int fd = 0; fd <= 2; ++fd) {
    if (::dup2(tty, fd) < 0) fail(report, Step::session);
  }
  // The keeper holds 0 to 2 open, so `tty` and `report` are 3 or above; from here only `report` stays.
  if (report != 3) {
    if (::dup3(report, 3, O_CLOEXEC) < 0) fail(report, Step::session);
    report = 3;
  }
  ::close_range(4, ~0U, 0);
  if (!plan.cwd.empty() && ::chdir(plan.cwd.c_str()) != 0) fail(report, Step::directory);
  try_exec(plan);
  fail(report, Step::exec);
}

void exec_worker_child(const ChildPlan& plan, const Inherited& inherited, int null, int socket) noexcept {
  reset_process(inherited);
  ::setpgid(0, 0);
  ::dup2(null, 0);
  if (socket == kKeeperFd) {
    ::fcntl(socket, F_SETFD, 0);
  } else {
    ::dup2(socket, kKeeperFd);
  }
  ::close_range(kKeeperFd + 1, ~0U, 0);
  try_exec(plan);
  const char* reason = ::strerrordesc_np(errno);
  const char* const words[] = {"duotty: cannot start ", plan.argv.front().c_str(), ": ", reason ? reason : "?", "\n"};
  for (const char* word : words) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, word, std::strlen(word));
  }
  ::_exit(127);
}

}  // namespace duotty::pty
