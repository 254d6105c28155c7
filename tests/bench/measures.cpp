#include "measures.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace duotty::bench {

namespace {

using std::chrono::microseconds;
constexpr milliseconds patience{120000};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

void write_log(const std::filesystem::path& path, std::size_t bytes) {
  std::ofstream out(path, std::ios::binary);
  std::uint32_t state = 12345;
  const auto random = [&state](std::uint32_t below) {
    state = state * 1664525U + 1013904223U;
    return std::to_string((state >> 8U) % below);
  };
  for (std::size_t written = 0; written < bytes;) {
    const std::string line = "2025-03-04T05:06:07." + random(1000) + "Z INFO  worker[" + random(64) + "] request " +
                             random(1000000) + " GET /api/items/" + random(100000) +
                             " status=200 bytes=" + random(65536) + " duration_ms=" + random(500) + "\n";
    out << line;
    written += line.size();
  }
}

void ready(Viewer& viewer) {
  viewer.line_and_await("", "READY-1", patience);
}

/// Types one key at a time into a program that answers each with one byte; microseconds until it is back.
std::vector<double> echo_times(Viewer& viewer, int keys) {
  viewer.line_and_await("stty -icanon -echo min 1;", "RAW-1", patience);
  viewer.type("cat\r");
  // One answered key proves that cat has started.
  std::uint64_t before = viewer.bytes();
  viewer.type("x");
  while (viewer.bytes() == before) viewer.pump(milliseconds(10));
  while (viewer.pump(milliseconds(50))) {
  }
  std::vector<double> times;
  for (int i = 0; i < keys; ++i) {
    std::this_thread::sleep_for(microseconds(1500));
    while (viewer.pump(milliseconds(0))) {
    }
    before = viewer.bytes();
    const auto start = Clock::now();
    viewer.type("x");
    while (viewer.bytes() == before) {
      if (!viewer.pump(milliseconds(1000))) throw std::runtime_error("a key was not answered within a second");
    }
    times.push_back(seconds_since(start) * 1e6);
  }
  return times;
}

/// A viewer on a thread of its own whose terminal floods until it ends.
class Flood {
 public:
  explicit Flood(Server& server) : viewer_(server.open()) {
    ready(*viewer_);
    viewer_->type("yes 'some line of output as programs print it, eighty columns of text in all'\r");
    thread_ = std::thread([this] {
      try {
        while (!stop_) viewer_->pump(milliseconds(20));
        viewer_->type("\x03");
        viewer_->line_and_await("", "STOPPED-1", patience);
      } catch (const std::exception&) {
        failed_ = true;
      }
    });
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() {
    stop_ = true;
    thread_.join();
  }
  bool failed() const { return failed_; }

 private:
  std::unique_ptr<Viewer> viewer_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> failed_ = false;
  std::thread thread_;
};

/// Pumps all viewers until each has found its marker.
void await_all(const std::vector<std::unique_ptr<Viewer>>& viewers) {
  const auto end = Clock::now() + patience;
  for (;;) {
    std::vector<pollfd> waiting;
    for (const auto& viewer : viewers) {
      if (!viewer->found()) waiting.push_back({viewer->fd(), POLLIN, 0});
    }
    if (waiting.empty()) return;
    if (Clock::now() > end) throw std::runtime_error(std::to_string(waiting.size()) + " viewers never saw the end");
    ::poll(waiting.data(), waiting.size(), 1000);
    for (const auto& viewer : viewers) {
      if (!viewer->found()) viewer->pump(milliseconds(0));
    }
  }
}

/// The limit: a program in a PTY whose output somebody reads, and nothing else.
double bare_pty_ms(std::vector<std::string> argv) {
  const auto start = Clock::now();
  int master = -1;
  const pid_t child = ::forkpty(&master, nullptr, nullptr, nullptr);
  if (child < 0) throw std::runtime_error("no PTY");
  if (child == 0) {
    std::vector<char*> words;
    for (auto& word : argv) words.push_back(word.data());
    words.push_back(nullptr);
    ::execvp(words.front(), words.data());
    ::_exit(127);
  }
  std::array<char, 65536> buffer{};
  while (::read(master, buffer.data(), buffer.size()) > 0) {
  }
  ::close(master);
  ::waitpid(child, nullptr, 0);
  return seconds_since(start) * 1e3;
}

/// What a new process costs here: the time of `true` from fork to its status, ms.
double spawn_ms() {
  const auto start = Clock::now();
  const pid_t child = ::vfork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    ::execl("/bin/true", "true", nullptr);
    ::_exit(127);
  }
  ::waitpid(child, nullptr, 0);
  return seconds_since(start) * 1e3;
}

}  // namespace

void write_texts(const Plan& plan) {
  write_log(plan.folder / "log.txt", plan.log_mb * 1000000);
  write_log(plan.folder / "fanout.txt", plan.fanout_mb * 1000000);
  write_log(plan.folder / "one.txt", 1000000);
}

Values measure_throughput(Server& server, const Plan& plan) {
  const auto viewer = server.open();
  ready(*viewer);
  const auto bytes = static_cast<double>(std::filesystem::file_size(plan.folder / "log.txt"));
  const Weight before = server.weight();
  const auto frames = viewer->frames();
  const auto delivered = viewer->bytes();
  const auto start = Clock::now();
  viewer->line_and_await("cat " + (plan.folder / "log.txt").string() + ";", "DONE-1", patience);
  const double seconds = seconds_since(start);
  Values values;
  values["output, one viewer: MB/s"] = bytes / 1e6 / seconds;
  values["output, one viewer: delivered %"] =
      std::min(100.0, 100.0 * static_cast<double>(viewer->bytes() - delivered) / bytes);
  values["output, one viewer: frames"] = static_cast<double>(viewer->frames() - frames);
  values["output, one viewer: CPU s"] = server.weight().cpu_seconds - before.cpu_seconds;
  return values;
}

Values measure_echo(Server& server, const Plan& plan) {
  Values values;
  {
    const auto viewer = server.open();
    ready(*viewer);
    const auto times = echo_times(*viewer, plan.keystrokes);
    values["echo, idle: p50 us"] = percentile(times, 0.50);
    values["echo, idle: p99 us"] = percentile(times, 0.99);
  }
  const Flood flood(server);
  const auto viewer = server.open();
  ready(*viewer);
  const auto times = echo_times(*viewer, plan.keystrokes);
  if (flood.failed()) throw std::runtime_error("the flood ended early");
  values["echo, another floods: p50 us"] = percentile(times, 0.50);
  values["echo, another floods: p99 us"] = percentile(times, 0.99);
  return values;
}

Values measure_many(Server& server, const Plan& plan) {
  Values values;
  const Weight empty = server.weight();
  values["memory, empty: PSS MB"] = empty.pss_kb / 1000;
  values["memory, empty: RSS MB"] = empty.rss_kb / 1000;
  std::vector<std::unique_ptr<Viewer>> viewers;
  const auto start = Clock::now();
  for (int i = 0; i < plan.terminals; ++i) {
    viewers.push_back(server.open());
    viewers.back()->expect("READY-1");
    viewers.back()->type("echo RE''ADY-1\r");
  }
  await_all(viewers);
  values["terminals until all answer: /s"] = plan.terminals / seconds_since(start);
  const Weight full = server.weight();
  values["memory, idle terminal: PSS kB"] = (full.pss_kb - empty.pss_kb) / plan.terminals;
  values["memory, idle terminal: RSS kB"] = (full.rss_kb - empty.rss_kb) / plan.terminals;
  // Idle means idle: what the server does in a second when nobody does anything.
  std::this_thread::sleep_for(milliseconds(500));
  const double before = server.weight().cpu_seconds;
  std::this_thread::sleep_for(milliseconds(2000));
  values["idle with all terminals: CPU %"] = (server.weight().cpu_seconds - before) / 2 * 100;
  return values;
}

Values measure_exec(Server& server, const Plan& plan) {
  const std::string path = "/api/agent/terminals/" + server.create() + "/exec";
  HttpClient client = server.api();
  double took =
      0;  // ms until the whole answer is here; what this program's parser needs for it is not the server's time
  const auto run = [&](const std::string& command) {
    const std::string body = nlohmann::json{{"command", command}}.dump();
    const auto start = Clock::now();
    const auto answer = client.request("POST", path, body);
    took = seconds_since(start) * 1e3;
    const auto result = nlohmann::json::parse(answer.body);
    if (answer.status != 200 || result.value("exit_code", -1) != 0)
      throw std::runtime_error(command + ": " + answer.body.substr(0, 300));
    return result.at("stdout").get<std::string>();
  };
  run("true");
  const auto create_start = Clock::now();
  const int creates = 20;
  for (int i = 0; i < creates; ++i) server.create();
  Values values;
  values["terminal.create: ms"] = seconds_since(create_start) * 1e3 / creates;
  std::vector<double> times;
  std::vector<double> spawns;
  for (int i = 0; i < plan.execs; ++i) {
    spawns.push_back(spawn_ms());
    run("true");
    times.push_back(took);
  }
  values["exec true: p50 ms"] = percentile(times, 0.50);
  values["exec true: p99 ms"] = percentile(times, 0.99);
  values["exec true: x a new process"] = percentile(times, 0.50) / percentile(spawns, 0.50);
  times.clear();
  const auto file = plan.folder / "one.txt";
  std::size_t least = SIZE_MAX;
  std::vector<double> bare;
  for (int i = 0; i < 15; ++i) {
    bare.push_back(bare_pty_ms({"cat", file.string()}));
    const std::string output = run("cat " + file.string());
    times.push_back(took);
    least = std::min(least, output.size());
  }
  values["exec, 1 MB of output: p50 ms"] = percentile(times, 0.50);
  values["exec, 1 MB of output: x bare PTY"] = percentile(times, 0.50) / percentile(bare, 0.50);
  values["exec, 1 MB of output: returned %"] =
      100.0 * static_cast<double>(least) / static_cast<double>(std::filesystem::file_size(file));
  return values;
}

Values measure_fanout(Server& server, const Plan& plan) {
  const std::string id = server.create();
  std::vector<std::unique_ptr<Viewer>> viewers;
  for (int i = 0; i < plan.viewers; ++i) viewers.push_back(server.watch(id));
  ready(*viewers.front());
  const auto bytes = static_cast<double>(std::filesystem::file_size(plan.folder / "fanout.txt"));
  std::uint64_t before = 0;
  for (const auto& viewer : viewers) {
    viewer->expect("DONE-1");
    before += viewer->bytes();
  }
  const auto start = Clock::now();
  viewers.front()->type("cat " + (plan.folder / "fanout.txt").string() + "; echo DO''NE-1\r");
  await_all(viewers);
  const double seconds = seconds_since(start);
  std::uint64_t after = 0;
  for (const auto& viewer : viewers) after += viewer->bytes();
  Values values;
  values["output, 20 viewers: MB/s each"] = bytes / 1e6 / seconds;
  values["output, 20 viewers: delivered %"] =
      std::min(100.0, 100.0 * static_cast<double>(after - before) / bytes / plan.viewers);
  return values;
}

}  // namespace duotty::bench
