#include "spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <duotty/link/link.hpp>
#include <filesystem>

extern char** environ;

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using base::UniqueFd;

Error failed(Errc code, const std::string& what, int error) {
  return {code, what + ": " + std::strerror(error) + "."};
}

base::Result<UniqueFd> make_socket(const std::string& path, sockaddr_un& address) {
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error(Errc::io, "The path " + path + " is too long for a socket. Set DUOTTY_HOME to a shorter one.");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed(Errc::io, "There is no socket for the SSH connection", errno);
  return fd;
}

/// Waits until it has gone into the background.
base::Result<> start(std::vector<std::string> words, const posix_spawn_file_actions_t* actions) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv[0], actions, nullptr, argv.data(), environ);
  if (error != 0) return failed(Errc::spawn_failed, "The process for the SSH connection cannot be started", error);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error(Errc::spawn_failed, "The process for the SSH connection ended at once.");
  }
  return {};
}

}  // namespace

base::Result<UniqueFd> dial_link(const std::string& path) {
  sockaddr_un address{};
  auto fd = make_socket(path, address);
  if (!fd) return fd.error();
  if (::connect(fd->get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return UniqueFd();
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd->get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid()) {
    return Error(Errc::denied, path + " belongs to another user. Remove it.");
  }
  return std::move(*fd);
}

base::Result<UniqueFd> start_link(const std::string& program, const std::string& path, int keeper_pid) {
  sockaddr_un address{};
  auto listener = make_socket(path, address);
  if (!listener) return listener.error();
  ::unlink(path.c_str());
  ::fchmod(listener->get(), S_IRUSR | S_IWUSR);  // what bind() makes gets it
  if (::bind(listener->get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener->get(), 64) != 0) {
    return failed(Errc::io, "No socket can be made at " + path, errno);
  }
  // Above the descriptor that it becomes: dup2() of one onto itself would leave it to close at exec.
  const UniqueFd above(::fcntl(listener->get(), F_DUPFD_CLOEXEC, link::kListenFd + 1));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, above.get(), link::kListenFd);
  auto started = start({program, "link", path, std::to_string(keeper_pid)}, &actions);
  ::posix_spawn_file_actions_destroy(&actions);
  if (!started) return started.error();
  return dial_link(path);
}

std::vector<std::string> links_in(const std::string& directory, const std::string& suffix) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(suffix)) names.push_back(name.substr(0, name.size() - suffix.size()));
  }
  return names;
}

base::Result<> spawn_detached(std::vector<std::string> words) {
  return start(std::move(words), nullptr);
}

}  // namespace duotty::remote
