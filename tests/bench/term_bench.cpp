// The terminal state alone: output of several kinds through Terminal::feed with grid, 10 000 lines of scrollback and
// marks, in the pieces a PTY and a ring hand out, beside memcpy as the limit. And what a terminal costs in memory.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstring>
#include <duotty/term/snapshot.hpp>
#include <memory>
#include <string>
#include <vector>

namespace {

using duotty::term::AnchorId;
using duotty::term::Host;
using duotty::term::Size;
using duotty::term::Terminal;

constexpr std::size_t corpus_bytes = 8 << 20;

/// The same numbers in every run.
class Numbers {
 public:
  unsigned below(unsigned bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<unsigned>(state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_ = 1;
};

/// Repeats `piece` until the corpus is full, with the marks of a prompt now and then.
template <class Piece>
std::string fill(Piece piece) {
  std::string out;
  for (std::size_t next_mark = 0; out.size() < corpus_bytes;) {
    if (out.size() >= next_mark) {
      out += "\x1b]133;A\x07$ \x1b]133;B\x07\r\n\x1b]133;C\x07";
      next_mark += 64 << 10;
    }
    piece(out);
  }
  return out;
}

std::string seq() {
  return fill([i = 0](std::string& out) mutable { out += std::to_string(++i) + "\r\n"; });
}

std::string log_text() {
  static constexpr const char* texts[] = {"GET /api/v1/terminals/5f2c9d/output?since=81920 200 1.204ms",
                                          "worker 7 took job 48213 from queue default after 12ms",
                                          "connection from 10.12.0.44:51822 closed by peer",
                                          "cache miss for key session:0f8e77a1 reading from the store",
                                          "retrying request to upstream in 250ms (attempt 3 of 5): connection reset"};
  return fill([n = Numbers(), i = 0u](std::string& out) mutable {
    const unsigned second = ++i % 60;
    out += "2025-03-14T09:26:" + std::to_string(second / 10) + std::to_string(second % 10) + ".535Z INFO  [server] ";
    out += texts[n.below(5)];
    out += "\r\n";
  });
}

/// A coloured listing: a new look every few characters.
std::string color() {
  return fill([n = Numbers()](std::string& out) mutable {
    for (int word = 0; word < 8; ++word) {
      switch (n.below(4)) {
        case 0:
          out += "\x1b[01;3" + std::to_string(n.below(8)) + "m";
          break;
        case 1:
          out += "\x1b[38;5;" + std::to_string(n.below(256)) + "m";
          break;
        case 2:
          out += "\x1b[38;2;" + std::to_string(n.below(16) * 16) + ";" + std::to_string(n.below(16) * 16) + ";128m";
          break;
        default:
          out += "\x1b[4;9" + std::to_string(n.below(8)) + "m";
      }
      out += std::string("filename.tar.gz", 3 + n.below(13)) + "\x1b[0m ";
    }
    out += "\r\n";
  });
}

/// Full-screen programs: an editor that scrolls a region, a table that is drawn over itself, a status line.
std::string tui() {
  return fill([n = Numbers(), i = 0](std::string& out) mutable {
    out += "\x1b[?25l\x1b[1;22r\x1b[22;1H\n\x1b[r\x1b[22;1H\x1b[38;5;130m" + std::to_string(1000 + ++i % 1000);
    out += " \x1b[m\x1b[36mstatic\x1b[m \x1b[32mconst\x1b[m std::string_view name = lookup(table, index);\x1b[K";
    for (unsigned row = n.below(4); row < 20; row += 1 + n.below(6)) {
      out += "\x1b[" + std::to_string(row + 1) + ";" + std::to_string(1 + n.below(8)) + "H\x1b[" +
             std::to_string(30 + n.below(8)) + "m" + std::to_string(n.below(100000)) + "\x1b[39m root      20   0  " +
             std::to_string(n.below(900000)) + "  \x1b[1m" + std::to_string(n.below(100)) + "." +
             std::to_string(n.below(10)) + "\x1b[m  /usr/lib/systemd/systemd-journald";
    }
    out += "\x1b[24;1H\x1b[7m main.cpp [+]   " + std::to_string(i) + ",12   42% \x1b[m\x1b[K\x1b[" +
           std::to_string(1 + n.below(22)) + ";12H\x1b[?25h";
  });
}

std::string cjk() {
  return fill([n = Numbers()](std::string& out) mutable {
    for (unsigned i = 0; i < 30; ++i) {
      const unsigned scalar = 0x4e00 + n.below(0x4000);
      out += static_cast<char>(0xe0 | scalar >> 12);
      out += static_cast<char>(0x80 | (scalar >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (scalar & 0x3f));
      if (i % 12 == 11) out += ", ";
    }
    out += "\r\n";
  });
}

/// Marks are remembered as the session does.
class Marks final : public Host {
 public:
  Terminal* terminal = nullptr;
  void mark133(char, std::string_view) override {
    anchors_.push_back(terminal->add_anchor(terminal->cursor()));
    if (anchors_.size() < 1000) return;
    for (const AnchorId id : anchors_) terminal->drop_anchor(id);
    anchors_.clear();
  }

 private:
  std::vector<AnchorId> anchors_;
};

void feed(benchmark::State& state, std::string (*make)()) {
  const std::string corpus = make();
  const auto piece = static_cast<std::size_t>(state.range(0));
  Marks marks;
  Terminal terminal({80, 24}, marks);
  marks.terminal = &terminal;
  for (auto _ : state) {
    for (std::size_t at = 0; at < corpus.size(); at += piece) terminal.feed(std::string_view(corpus).substr(at, piece));
  }
  benchmark::DoNotOptimize(terminal.cursor());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * corpus.size()));
}

/// The least any reader of the bytes must do: carry them to a buffer of the same pieces.
void copy(benchmark::State& state, std::string (*make)()) {
  const std::string corpus = make();
  const auto piece = static_cast<std::size_t>(state.range(0));
  std::vector<char> buffer(piece);
  for (auto _ : state) {
    for (std::size_t at = 0; at < corpus.size(); at += piece) {
      std::memcpy(buffer.data(), corpus.data() + at, std::min(piece, corpus.size() - at));
      benchmark::ClobberMemory();
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * corpus.size()));
}

std::size_t heap_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Bytes of heap for one of many terminals that were fed the same.
void memory(benchmark::State& state, const std::string& output, double count) {
  Host host;
  double bytes = 0;
  for (auto _ : state) {
    std::vector<std::unique_ptr<Terminal>> terminals;
    terminals.reserve(static_cast<std::size_t>(count));
    const std::size_t before = heap_in_use();
    for (int i = 0; i < count; ++i) {
      terminals.push_back(std::make_unique<Terminal>(Size{80, 24}, host));
      terminals.back()->feed(output);
    }
    bytes = static_cast<double>(heap_in_use() - before) / count;
  }
  state.counters["bytes"] = bytes;
}

std::string lines(const std::string& corpus, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < count; ++i) end = corpus.find('\n', end) + 1;
  return corpus.substr(0, end);
}

void snapshot_size(benchmark::State& state) {
  Host host;
  Terminal terminal({80, 24}, host);
  terminal.feed(log_text());
  std::size_t bytes = 0;
  for (auto _ : state) bytes = duotty::term::snapshot(terminal, {10'000}).size();
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes));
}

BENCHMARK_CAPTURE(copy, log, log_text)->Arg(4095)->Arg(65536)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(feed, seq, seq)->Arg(4095)->Arg(65536)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(feed, log, log_text)->Arg(4095)->Arg(65536)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(feed, color, color)->Arg(4095)->Arg(65536)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(feed, tui, tui)->Arg(4095)->Arg(65536)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(feed, cjk, cjk)->Arg(4095)->Arg(65536)->Unit(benchmark::kMillisecond);
BENCHMARK(snapshot_size)->Name("snapshot/log/10000")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(memory, idle, std::string("\x1b]0;user@host: ~\x07user@host:~$ "), 500)->Iterations(1);
BENCHMARK_CAPTURE(memory, log_10000_lines, lines(log_text(), 10'000), 10)->Iterations(1);
BENCHMARK_CAPTURE(memory, color_10000_lines, lines(color(), 10'000), 10)->Iterations(1);
BENCHMARK_CAPTURE(memory, cjk_10000_lines, lines(cjk(), 10'000), 10)->Iterations(1);

}  // namespace
