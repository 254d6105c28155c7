// The promise: after `kill -9` of the worker at any moment, the next one has every terminal as it was. Real programs'
// recordings run in terminals of two servers at once, byte by byte the same; the worker of one of them is killed again
// and again, and after each time all that is known of every terminal is compared with the one that was never killed.
// DUOTTY_KILLS=1000 in the environment asks for more than a test run has time for, DUOTTY_SEED=2 for other places,
// DUOTTY_STRIDE=40 for so many times the output between kills, so that checkpoints are written while it comes.
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <duotty/exec/marks.hpp>
#include <duotty/term/snapshot.hpp>
#include <memory>
#include <random>
#include <sstream>

#include "identical.hpp"
#include "keeper_harness.hpp"
#include "recording.hpp"

namespace duotty::session::test {
namespace {

using pty::test::Control;
using pty::test::eventually;
using pty::test::Process;
using pty::test::receive;
using pty::test::TempDir;
using tests::Recording;

const std::string kSessionStub = std::string(DUOTTY_TEST_HELPERS) + "/session_stub";

/// A number from the environment, for longer runs by hand.
int number_from(const char* variable, int usual) {
  const char* value = std::getenv(variable);
  return value ? std::atoi(value) : usual;
}

/// A keeper with its worker and the terminals in it.
class Server {
 public:
  Server(const TempDir& dir, const std::string& name) : dir_(dir / name), control_(dir_ + "-control") {
    std::filesystem::create_directory(dir_);
    keeper_ = Process({pty::test::kStub, "keeper", dir_ + "/state", dir_ + "/run", "1", "1000000", kSessionStub,
                       "worker", dir_ + "/state", dir_ + "/run", dir_ + "-control"});
    meet();
  }
  ~Server() {
    keeper_.signal(SIGTERM);
    keeper_.signal(SIGINT);
    keeper_.wait();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The next worker has come and can be asked. It may be restoring still.
  void meet() {
    worker_ = control_.accept();
    std::istringstream words(worker_ ? receive(worker_) : "");
    std::string what;
    words >> what >> pid_;
    ASSERT_EQ(what, "worker") << "no worker was started";
  }
  void send(const std::string& request) const {
    // A worker that was killed meanwhile hears nothing.
    static_cast<void>(::send(worker_.get(), request.data(), request.size(), MSG_NOSIGNAL));
  }
  /// Asks, and asks the next worker when this one ends before it has answered.
  std::string ask(const std::string& request) {
    for (int i = 0; i < 100; ++i) {
      send(request);
      const std::string answer = receive(worker_);
      if (!answer.empty()) return answer;
      meet();
    }
    return {};
  }
  /// Kills the worker and meets the next one; answers that were on their way are forgotten.
  void kill() {
    ASSERT_EQ(::kill(pid_, SIGKILL), 0);
    meet();
  }
  /// As `duotty restart`: a worker that may put everything in order.
  void restart() {
    keeper_.signal(SIGHUP);
    while (!receive(worker_).empty()) continue;
    meet();
  }
  /// Everything known of a terminal, by section.
  std::vector<std::string> state(const std::string& name) {
    std::ifstream file(dir_ + "/" + name, std::ios::binary);
    std::vector<std::string> out;
    for (std::uint64_t size = 0; file.read(reinterpret_cast<char*>(&size), sizeof size);) {
      out.emplace_back(size, '\0');
      file.read(out.back().data(), static_cast<std::streamsize>(size));
    }
    return out;
  }
  const std::string& dir() const { return dir_; }

 private:
  std::string dir_;
  Control control_;
  Process keeper_;
  base::UniqueFd worker_;
  pid_t pid_ = 0;
};

/// The pipe that lets a player go on.
class Pipe {
 public:
  explicit Pipe(const std::string& path) {
    if (::mkfifo(path.c_str(), 0600) == 0) fd_ = base::UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  }
  void put(const void* bytes, std::size_t size) const {
    ASSERT_EQ(::write(fd_.get(), bytes, size), static_cast<ssize_t>(size));
  }

 private:
  base::UniqueFd fd_;
};

/// A shell with marks at work: prompts, commands, their output and ends. The nonce is filled in by the player.
/// `prompts` becomes the offsets at which a prompt is drawn.
Recording marked_shell(std::mt19937& random, std::vector<std::size_t>& prompts) {
  Recording out;
  out.name = "marked";
  const auto mark = [](exec::MarkKind kind, const std::string& fields = {}) {
    return exec::encode_mark("NONCE-OF-THIS-TERMINAL--", kind, fields);
  };
  out.output = mark(exec::MarkKind::installed, ";shell=bash;version=5.2");
  for (int i = 1; i <= 40; ++i) {
    const std::string number = std::to_string(i);
    out.output += mark(exec::MarkKind::prompt_start) + "\r\n\x1b[1muser@host\x1b[m:~/project\r\n$ " +
                  mark(exec::MarkKind::prompt_end);
    prompts.push_back(out.output.size());
    out.output += "make part" + number + "\r\n" + mark(exec::MarkKind::command_start, ";ucmd=make%20part" + number);
    for (auto lines = random() % 30; lines > 0; --lines) {
      out.output +=
          "\x1b[3" + std::to_string(lines % 8) + "mline " + std::to_string(lines) + "\x1b[m of part " + number + "\r\n";
    }
    if (i % 10 == 0) out.resizes.push_back({out.output.size(), 40 + i, 12 + i / 4});
    out.output += mark(exec::MarkKind::command_end,
                       ";code=" + std::to_string(i % 3) + ";ucwd=%2Fhome%2Fuser%2F" + number + ";n=" + number);
  }
  return out;
}

/// One recording in both servers. It is played again and again: each time begins with its first size.
class Pair {
 public:
  Pair(const TempDir& dir, Recording recording, Server& killed, Server& control)
      : recording_(std::move(recording)), killed_(killed), control_(control) {
    const std::string file = dir / (recording_.name + ".raw");
    std::ofstream(file, std::ios::binary) << recording_.output;
    for (Server* server : {&killed, &control}) {
      const std::string pipe = server->dir() + "/" + recording_.name + ".pipe";
      pipes_.push_back(std::make_unique<Pipe>(pipe));
      const std::string answer = server->ask("new " + recording_.name + " " + file + " " + pipe + " " +
                                             std::to_string(recording_.cols) + " " + std::to_string(recording_.rows));
      EXPECT_TRUE(answer.starts_with("ok ")) << answer;
      if (answer.size() > 3) pipes_.back()->put(answer.data() + 3, answer.size() - 3);
    }
    recording_.resizes.push_back({recording_.output.size(), recording_.cols, recording_.rows});
  }

  /// Lets the program write some more, at most up to its next size.
  void go_on(std::mt19937& random) {
    const std::uint64_t size = recording_.output.size();
    const std::uint64_t next = lap_ * size + recording_.resizes[resize_].offset;
    static const auto stride = static_cast<unsigned>(number_from("DUOTTY_STRIDE", 1));
    limit_ = std::min(next, limit_ + 1 + random() % (stride * (random() % 8 == 0 ? 60'000 : 6'000)));
    for (const auto& pipe : pipes_) pipe->put(&limit_, sizeof limit_);
  }
  /// The sizes that are due now, as requests.
  std::vector<std::string> resizes() {
    std::vector<std::string> out;
    while (limit_ == lap_ * recording_.output.size() + recording_.resizes[resize_].offset) {
      const auto& to = recording_.resizes[resize_];
      out.push_back("resize " + recording_.name + " " + std::to_string(to.cols) + " " + std::to_string(to.rows));
      if (++resize_ < recording_.resizes.size()) continue;
      resize_ = 0;
      ++lap_;
    }
    return out;
  }
  /// True when the terminal `name` at `offset` has seen everything.
  bool arrived(const std::string& name, std::uint64_t offset) const {
    return name != recording_.name || offset == limit_;
  }
  void compare() {
    const auto a = killed_.state(recording_.name);
    const auto b = control_.state(recording_.name);
    ASSERT_EQ(a.size(), 4U);
    ASSERT_EQ(b.size(), 4U);
    term::Host host;
    term::Terminal one({1, 1}, host);
    term::Terminal other({1, 1}, host);
    ASSERT_TRUE(term::restore(one, a[0]) && term::restore(other, b[0]));
    std::string why;
    EXPECT_TRUE(term::testing::identical(one, other, why)) << recording_.name << " at " << limit_ << ": " << why;
    EXPECT_EQ(a[1], b[1]) << "the offsets of the display stream";
    EXPECT_TRUE(a[2] == b[2]) << "the bytes of the display stream";
    EXPECT_EQ(a[3], b[3]);
  }
  const std::string& name() const { return recording_.name; }
  std::uint64_t written() const { return limit_; }

 private:
  Recording recording_;
  Server& killed_;
  Server& control_;
  std::vector<std::unique_ptr<Pipe>> pipes_;
  std::uint64_t limit_ = 0;
  std::uint64_t lap_ = 0;
  std::size_t resize_ = 0;
};

class KilledWorker : public testing::Test {
 protected:
  KilledWorker() {
    for (Recording& recording : tests::load_recordings(DUOTTY_RECORDINGS)) add(std::move(recording));
    std::vector<std::size_t> prompts;
    Recording marked = marked_shell(random_, prompts);
    for (std::size_t lap = 0; lap < 1000; ++lap) {
      for (const std::size_t at : prompts) prompts_.push_back(lap * marked.output.size() + at);
    }
    add(std::move(marked));
  }

  void add(Recording recording) {
    pairs_.push_back(std::make_unique<Pair>(dir_, std::move(recording), killed_, control_));
  }

  /// Spins: any instruction may be the worker's last.
  void some_time(int most_microseconds) {
    const auto moment = std::chrono::steady_clock::now() +
                        std::chrono::microseconds(random_() % static_cast<unsigned>(most_microseconds));
    while (std::chrono::steady_clock::now() < moment) continue;
  }

  void kill() {
    killed_.kill();
    ++kills_;
  }

  bool everything_is_seen(Server& server) {
    return eventually([&] {
      std::istringstream words(server.ask("at"));
      std::string name;
      std::size_t count = 0;
      for (std::uint64_t offset = 0; words >> name >> offset; ++count) {
        for (const auto& pair : pairs_) {
          if (!pair->arrived(name, offset)) return false;
        }
      }
      return count == pairs_.size();
    });
  }

  /// An answer that waits for a prompt is kept by its worker alone; once it is drawn, it is part of the state.
  bool may_kill() const { return pairs_.back()->written() >= answered_at_; }
  void ask() {
    answered_at_ = *std::upper_bound(prompts_.begin(), prompts_.end(), pairs_.back()->written());
    const std::string request = "ask marked " + std::to_string(1 + random_() % 40);
    for (Server* server : {&killed_, &control_}) ASSERT_EQ(server->ask(request), "ok");
  }

  /// Both servers have everything, and know the same.
  void compare() {
    for (Server* server : {&killed_, &control_}) {
      ASSERT_TRUE(everything_is_seen(*server));
      ASSERT_EQ(server->ask("state " + server->dir()), "ok");
    }
    for (const auto& pair : pairs_) pair->compare();
    ++comparisons_;
  }

  /// One stretch of output in every terminal, with kills somewhere in it.
  void stretch() {
    const auto what = random_() % 8;
    if (what == 0 && may_kill()) ask();
    const bool may_kill_now = may_kill();
    for (const auto& pair : pairs_) pair->go_on(random_);
    if (what < 6 && may_kill_now) {
      some_time(3000);
      kill();
      if (what == 1) {  // again, while it restores
        some_time(3000);
        kill();
      }
    }
    compare();
    resize();
    if (what >= 6 && may_kill()) {
      kill();
      compare();
    }
    if (random_() % 20 == 0 && may_kill()) {
      killed_.restart();
      compare();
    }
  }

  /// The sizes that are due, some of them with a kill before the worker can answer.
  void resize() {
    for (const auto& pair : pairs_) {
      for (const std::string& request : pair->resizes()) {
        const bool with_kill = random_() % 3 == 0 && may_kill();
        if (with_kill) {
          killed_.send(request);
          some_time(300);
          kill();
        }
        for (Server* server : {&killed_, &control_}) ASSERT_EQ(server->ask(request), "ok");
        if (with_kill) compare();
      }
    }
  }

  TempDir dir_;
  std::mt19937 random_{static_cast<unsigned>(number_from("DUOTTY_SEED", 1))};
  Server killed_{dir_, "killed"};
  Server control_{dir_, "control"};
  std::vector<std::unique_ptr<Pair>> pairs_;  ///< the marked shell is the last
  std::vector<std::uint64_t> prompts_;        ///< offsets at which the marked shell draws a prompt
  std::uint64_t answered_at_ = 0;             ///< offset at which the last answer is drawn
  int kills_ = 0;
  int comparisons_ = 0;
};

TEST_F(KilledWorker, LeavesEveryTerminalAsItWas) {
  const int kills = number_from("DUOTTY_KILLS", 40);
  while (kills_ < kills && !HasFailure()) {
    SCOPED_TRACE("after " + std::to_string(kills_) + " kills");
    stretch();
  }
  std::uint64_t written = 0;
  for (const auto& pair : pairs_) written += pair->written();
  std::printf("%d kills, %d comparisons of %zu terminals, %llu bytes\n", kills_, comparisons_, pairs_.size(),
              static_cast<unsigned long long>(written));
}

}  // namespace
}  // namespace duotty::session::test
