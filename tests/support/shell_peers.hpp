#pragma once
// What is at the other end of a file system by shell: the shells that are installed, as a host would run them, or
// a program that is none.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <duotty/files/shell_files.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace duotty::files {

/// A program that stands for the account's shell and what it runs.
struct ShellPeer {
  std::vector<std::string> argv;
  std::string path = "/usr/local/bin:/usr/bin:/bin";
  uid_t uid = 0;  ///< as whom, when the test runs as root; 0: as itself
};

/// The last has only what busybox brings.
inline const std::vector<ShellPeer> kShells = {
    {{"/bin/dash"}},          {{"/bin/bash", "--posix"}}, {{"/bin/mksh"}}, {{"/bin/zsh", "--emulate", "sh"}},
    {{"/bin/busybox", "sh"}},
};

/// A folder with busybox's programs and nothing else, for PATH.
inline void link_applets(const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (const char* name : {"cat", "chmod", "dd", "find", "head", "ln", "ls", "mkdir", "mv", "readlink", "rm", "rmdir",
                           "stat", "sync", "touch"}) {
    std::filesystem::create_symlink("/bin/busybox", folder + "/" + name);
  }
}

/// A folder for PATH with the usual programs, some of them left out, and a find that cannot leave folders out.
inline void link_programs(const std::string& folder, const std::vector<std::string>& without, bool prunes) {
  std::filesystem::create_directories(folder);
  for (const std::string name :
       {"cat", "chmod", "dd", "head", "ln", "ls", "mkdir", "mv", "readlink", "rm", "rmdir", "stat", "sync", "touch"}) {
    if (std::find(without.begin(), without.end(), name) == without.end())
      std::filesystem::create_symlink("/bin/" + name, folder + "/" + name);
  }
  const std::string refuse = prunes ? "" : "case \"$*\" in *-prune*) exit 1 ;; esac\n";
  std::ofstream(folder + "/find") << "#!/bin/sh\n" << refuse << "exec /usr/bin/find \"$@\"\n";
  ::chmod((folder + "/find").c_str(), 0755);
}

/// Ends with its last user, as a channel does.
class ShellProcess {
 public:
  ShellProcess(const ShellPeer& peer, int end) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::dup2(end, 0);
    ::dup2(end, 1);
    ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), 2);
    if (peer.uid != 0 && (::setgid(peer.uid) != 0 || ::setuid(peer.uid) != 0)) ::_exit(126);
    ::setenv("PATH", peer.path.c_str(), 1);
    std::vector<char*> argv;
    for (const std::string& word : peer.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ShellProcess(const ShellProcess&) = delete;
  ShellProcess& operator=(const ShellProcess&) = delete;
  ~ShellProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

inline Task<Result<ShellChannel>> start_peer(ShellPeer peer, std::shared_ptr<std::vector<pid_t>> pids) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw std::runtime_error("socketpair");
  ShellChannel channel;
  channel.data.reset(ends[0]);
  auto process = std::make_shared<ShellProcess>(peer, ends[1]);
  if (pids) pids->push_back(process->pid());
  channel.hold = std::move(process);
  ::close(ends[1]);
  co_return channel;
}

/// `pids` gets the processes of all shells.
inline OpenShell open_peer(ShellPeer peer, std::shared_ptr<std::vector<pid_t>> pids = nullptr) {
  return [peer = std::move(peer), pids = std::move(pids)](const std::string&) { return start_peer(peer, pids); };
}

}  // namespace duotty::files
