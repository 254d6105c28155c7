// Copies a file to and from OpenSSH's sftp-server, once with our client and once with OpenSSH's own, in turns, and
// prints the rates, their ratio, and the processor time that both ends took. Nothing of SSH is in between.
//
//   bench_sftp FOLDER [MEGABYTES]
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <duotty/base/unique_fd.hpp>
#include <duotty/sftp/client.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using duotty::base::UniqueFd;
using duotty::core::Task;
using namespace duotty::sftp;
using Clock = std::chrono::steady_clock;

constexpr const char* kServer = "/usr/lib/openssh/sftp-server";
constexpr std::size_t kChunk = std::size_t{1} << 20;

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "bench_sftp: %s\n", why.c_str());
  std::exit(1);
}

template <class R>
auto need(R result) {
  if (!result) die(result.error().message());
  if constexpr (!std::is_void_v<typename R::value_type>) return std::move(*result);
}

UniqueFd start_server() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) die("socketpair");
  if (::fork() == 0) {
    ::dup2(ends[1], 0);
    ::dup2(ends[1], 1);
    ::execl(kServer, kServer, nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  return UniqueFd(ends[0]);
}

Task<> up(Client& client, std::string from, std::string to) {
  const UniqueFd file(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  auto opened = co_await client.open(to, open_flag::write | open_flag::create | open_flag::truncate, 0600);
  const Handle handle = need(std::move(opened));
  Upload upload(client, handle, 0);
  for (;;) {
    std::string bytes(kChunk, '\0');
    const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
    if (count <= 0) break;
    bytes.resize(static_cast<std::size_t>(count));
    auto written = co_await upload.write(std::move(bytes));
    need(std::move(written));
  }
  auto finished = co_await upload.finish();
  need(std::move(finished));
  auto closed = co_await client.close(handle);
  need(std::move(closed));
}

Task<> down(Client& client, std::string from, std::string to) {
  const UniqueFd file(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  auto opened = co_await client.open(from, open_flag::read, 0);
  const Handle handle = need(std::move(opened));
  Download download(client, handle, 0, std::filesystem::file_size(from));
  for (;;) {
    auto piece = co_await download.next();
    const std::string bytes = need(std::move(piece));
    if (bytes.empty()) break;
    if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) die("write");
  }
  auto closed = co_await client.close(handle);
  need(std::move(closed));
}

Task<> run_ours(bool upward, std::string from, std::string to) {
  auto executor = co_await asio::this_coro::executor;
  Client client(executor, start_server());
  auto started = co_await client.start();
  need(std::move(started));
  if (upward) {
    co_await up(client, from, to);
  } else {
    co_await down(client, from, to);
  }
  co_await client.stop();
}

struct Cost {
  double seconds = 1e9;
  double cpu = 1e9;  ///< of both ends
};

double cpu_so_far() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    ::getrusage(who, &used);
    for (const timeval& time : {used.ru_utime, used.ru_stime}) {
      sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
  }
  return sum;
}

Cost cost_of(const std::function<void()>& work) {
  const auto begin = Clock::now();
  const double cpu = cpu_so_far();
  work();
  return {std::chrono::duration<double>(Clock::now() - begin).count(), cpu_so_far() - cpu};
}

Cost ours(bool upward, const std::string& from, const std::string& to) {
  return cost_of([&] {
    asio::io_context loop(1);
    asio::co_spawn(loop, run_ours(upward, from, to), asio::detached);
    loop.run();
    ::waitpid(-1, nullptr, 0);
  });
}

Cost theirs(bool upward, const std::string& from, const std::string& to) {
  const std::string batch = std::string(upward ? "put " : "get ") + from + " " + to;
  const std::string line = "printf '%s\\n' '" + batch + "' | sftp -q -b - -D " + kServer + " >/dev/null";
  return cost_of([&] {
    if (std::system(line.c_str()) != 0) die("sftp failed");
  });
}

bool same(const std::string& a, const std::string& b) {
  return std::system(("cmp -s '" + a + "' '" + b + "'").c_str()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) die("usage: bench_sftp FOLDER [MEGABYTES]");
  const std::string folder = argv[1];
  const std::size_t megabytes = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 256;
  const std::string source = folder + "/bench-source";
  const std::string target = folder + "/bench-target";
  std::mt19937_64 random(1);
  {
    std::ofstream file(source, std::ios::binary);
    std::vector<std::uint64_t> words(kChunk / 8);
    for (std::size_t i = 0; i < megabytes; ++i) {
      for (auto& word : words) word = random();
      file.write(reinterpret_cast<const char*>(words.data()), static_cast<std::streamsize>(kChunk));
    }
  }
  for (const bool upward : {true, false}) {
    Cost best[2];
    for (int round = 0; round < 5; ++round) {
      for (const int who : {0, 1}) {
        std::filesystem::remove(target);
        const Cost cost = (who == 0 ? ours : theirs)(upward, source, target);
        best[who] = {std::min(best[who].seconds, cost.seconds), std::min(best[who].cpu, cost.cpu)};
        if (!same(source, target)) die("the copy differs");
      }
    }
    const auto rate = [&](int who) { return static_cast<double>(megabytes) / best[who].seconds; };
    std::printf("%s: duotty %.0f MiB/s, sftp %.0f MiB/s, ratio %.2f; processor %.3f s and %.3f s\n",
                upward ? "up" : "down", rate(0), rate(1), rate(0) / rate(1), best[0].cpu, best[1].cpu);
  }
  std::filesystem::remove(source);
  std::filesystem::remove(target);
}
