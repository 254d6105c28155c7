#pragma once
// A real keeper in a process of its own, and this process as its worker: the keeper starts keeper_stub, which hands its
// socket over. Everything waits on a condition, under one generous deadline.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstring>
#include <duotty/pty/keeper.hpp>
#include <duotty/pty/keeper_client.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace duotty::pty::test {

using namespace std::chrono_literals;
inline constexpr auto kDeadline = 60s;
inline const std::string kStub = std::string(DUOTTY_TEST_HELPERS) + "/keeper_stub";

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/duotty-keeper-XXXXXX";
    if (::mkdtemp(name) != nullptr) path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& leaf) const { return path_ + "/" + leaf; }

 private:
  std::string path_;
};

/// Looks again and again until `done`, at most kDeadline long.
inline bool eventually(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

inline bool readable(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(kDeadline).count())) == 1;
}

/// True while /proc knows the process and it is no zombie.
inline bool alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const auto close = text.rfind(')');
  return close != std::string::npos && text.size() > close + 2 && text[close + 2] != 'Z' && text[close + 2] != 'X';
}

/// Living processes of session `session`.
inline std::set<pid_t> session_members(pid_t session) {
  std::set<pid_t> out;
  for (const auto& item : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(item.path().filename().c_str());
    if (pid > 0 && ::getsid(pid) == session && alive(pid)) out.insert(pid);
  }
  return out;
}

/// A process of ours; killed when it is still there at the end.
class Process {
 public:
  Process() = default;
  explicit Process(const std::vector<std::string>& argv) {
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execv(words[0], words.data());
      ::_exit(127);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(Process&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  /// Exit code, -signal, or -1000 when it does not end in time.
  int wait() {
    int status = 0;
    if (!eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) return -1000;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

/// Where the stubs report to.
class Control {
 public:
  explicit Control(const std::string& path) : listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
    ::listen(listener_.get(), 64);
  }
  /// The next stub's connection; empty when none comes.
  base::UniqueFd accept() const {
    if (!readable(listener_.get())) return {};
    return base::UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  /// True when a stub has connected that was not yet accepted.
  bool has_caller() const {
    pollfd look{listener_.get(), POLLIN, 0};
    return ::poll(&look, 1, 0) == 1;
  }

 private:
  base::UniqueFd listener_;
};

/// One packet from a stub; empty at its end.
inline std::string receive(const base::UniqueFd& control, base::UniqueFd* passed = nullptr) {
  if (!readable(control.get())) return "(deadline)";
  char text[4096];
  alignas(cmsghdr) char buffer[CMSG_SPACE(sizeof(int))];
  iovec piece{text, sizeof text};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = buffer;
  message.msg_controllen = sizeof buffer;
  const auto count = ::recvmsg(control.get(), &message, MSG_CMSG_CLOEXEC);
  if (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    base::UniqueFd received(fd);
    if (passed != nullptr) *passed = std::move(received);
  }
  return count > 0 ? std::string(text, static_cast<std::size_t>(count)) : std::string();
}

/// The keeper, its relay and this process as worker.
class Keeper : public KeeperEvents {
 public:
  explicit Keeper(int give_up_after = 1000) : control_(dir_ / "control") {
    write_worker("v1");
    start(give_up_after);
  }
  ~Keeper() override {
    leave();
    if (process_.pid() <= 0) return;
    // Asked twice, it ends everything at once: a failed test leaves nothing behind either.
    process_.signal(SIGTERM);
    process_.signal(SIGINT);
    process_.wait();
  }

  /// The keeper's program: a script, so that a test may replace it.
  void write_worker(const std::string& tag) {
    const std::string fresh = dir_ / "worker.new";
    std::ofstream(fresh) << "#!/bin/sh\nexec '" << kStub << "' relay '" << (dir_ / "control") << "' " << tag << "\n";
    ::chmod(fresh.c_str(), 0755);
    std::filesystem::rename(fresh, dir_ / "worker");
  }
  void start(int give_up_after = 1000) {
    process_ =
        Process({kStub, "keeper", dir_ / "state", dir_ / "run", "1", std::to_string(give_up_after), dir_ / "worker"});
  }

  /// Becomes the next worker; false when the keeper starts none.
  bool enter() {
    leave();
    relay_ = control_.accept();
    if (!relay_) return false;
    base::UniqueFd socket;
    const std::string hello = receive(relay_, &socket);
    if (!socket) return false;
    tag_ = hello.substr(0, hello.find(' '));
    worker_pid_ = std::atoi(hello.c_str() + hello.find(' '));
    client_ = std::make_unique<KeeperClient>(io_.get_executor(), std::move(socket));
    auto connected = run(client_->connect());
    if (!connected) {
      ADD_FAILURE() << connected.error().message();
      return false;
    }
    connected_ = std::move(*connected);
    client_->start(*this);
    return true;
  }
  /// Stops being the worker without telling anybody; the relay process lives on.
  void leave() {
    if (!client_) return;
    run(client_->stop());
    client_.reset();
    exits_.clear();
    outputs_.clear();
    lost_ = false;
  }
  /// The worker dies as by `kill -9`.
  void kill_worker() {
    ::kill(worker_pid_, SIGKILL);
    leave();
  }
  /// The worker ends with `code`.
  void end_worker(unsigned char code) const { ASSERT_EQ(::write(relay_.get(), &code, 1), 1); }

  template <class T>
  T run(core::Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    if (!run_until([&] { return result.has_value(); })) throw std::runtime_error("deadline");
    return std::move(*result);
  }
  void run(core::Task<> task) {
    bool done = false;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr) { done = true; });
    run_until([&] { return done; });
  }
  /// Runs the loop until `done`; false at the deadline.
  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      io_.restart();
      io_.run_one_for(20ms);
    }
    return true;
  }

  static SpawnRequest request(std::string id, std::vector<std::string> argv) {
    SpawnRequest out;
    out.id = std::move(id);
    out.argv = std::move(argv);
    out.env = {"PATH=/usr/local/bin:/usr/bin:/bin", "TERM=xterm-256color"};
    out.cwd = "/";
    return out;
  }
  base::Result<PtyHandle> try_spawn(SpawnRequest asked) { return run(client_->spawn(std::move(asked))); }
  PtyHandle spawn(SpawnRequest asked) {
    auto handle = try_spawn(std::move(asked));
    if (handle) return std::move(*handle);
    ADD_FAILURE() << handle.error().message();
    throw std::runtime_error("spawn");
  }
  PtyHandle spawn(std::string id, std::vector<std::string> argv) {
    return spawn(request(std::move(id), std::move(argv)));
  }
  PtyHandle shell(std::string id, const std::string& script) { return spawn(std::move(id), {"/bin/sh", "-c", script}); }

  static std::string output(const PtyHandle& pty) { return pty.ring.copy(pty.ring.oldest(), pty.ring.head()); }
  bool shows(const PtyHandle& pty, const std::string& text) {
    return run_until([&] { return output(pty).find(text) != std::string::npos; });
  }
  bool exited(const std::string& id) {
    return run_until([&] { return exits_.contains(id); });
  }

  void on_output(const std::string& id) override { ++outputs_[id]; }
  void on_exited(const std::string& id, const ExitStatus& status) override { exits_[id].push_back(status); }
  void on_keeper_lost() override { lost_ = true; }

  TempDir dir_;
  Control control_;
  boost::asio::io_context io_{1};
  Process process_;
  base::UniqueFd relay_;
  std::string tag_;
  pid_t worker_pid_ = -1;
  Connected connected_;
  std::unique_ptr<KeeperClient> client_;
  std::map<std::string, std::vector<ExitStatus>> exits_;
  std::map<std::string, int> outputs_;
  bool lost_ = false;
};

}  // namespace duotty::pty::test
