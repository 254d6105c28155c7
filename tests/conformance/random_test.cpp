// Properties over pseudo-random output at many sizes. Each failure names the seed that repeats it.
#include <gtest/gtest.h>
#include <duotty/term/snapshot.hpp>

#include <memory>

#include "random_stream.hpp"

namespace duotty::term::testing {
namespace {

constexpr Size sizes[] = {{10, 5}, {80, 24}, {3, 3}, {1, 1}, {2, 2}, {20, 1}, {1, 10}, {40, 8}, {132, 50}};

/// One terminal and a stream that drives it.
struct Replay {
  explicit Replay(int seed) : stream(static_cast<std::uint64_t>(seed)) {
    options.scrollback_lines = stream.below(3) == 0 ? 0 : static_cast<std::size_t>(stream.below(40));
    terminal = make(sizes[static_cast<std::size_t>(seed) % std::size(sizes)]);
    steps = 1 + stream.below(40);
  }
  std::unique_ptr<Terminal> make(Size size) { return std::make_unique<Terminal>(size, host, options); }

  RandomStream stream;
  Host host;
  Options options;
  std::unique_ptr<Terminal> terminal;
  int steps = 0;
};

/// A step: output, or now and then another size. Returns the output.
std::string step(Replay& run, std::initializer_list<Terminal*> terminals) {
  if (run.stream.below(25) == 0) {
    const Size size{1 + run.stream.below(30), 1 + run.stream.below(12)};
    for (Terminal* const terminal : terminals) terminal->resize(size);
    return {};
  }
  return run.stream.next();
}

TEST(RandomOutput, LeavesTheSameStateHoweverItIsCut) {
  for (int seed = 1; seed <= 300; ++seed) {
    Replay run(seed);
    auto bytewise = run.make(run.terminal->size());
    for (int i = 0; i < run.steps; ++i) {
      const std::string bytes = step(run, {run.terminal.get(), bytewise.get()});
      run.terminal->feed(bytes);
      for (const char& byte : bytes) bytewise->feed({&byte, 1});
    }
    std::string why;
    ASSERT_TRUE(same_state(*run.terminal, *bytewise, &why)) << "seed " << seed << ": " << why;
    ASSERT_EQ(run.terminal->bytes_fed(), bytewise->bytes_fed()) << "seed " << seed;
    ASSERT_EQ(run.terminal->top_row(), bytewise->top_row()) << "seed " << seed;
  }
}

TEST(RandomOutput, IsRecreatedByASnapshotAtEveryStep) {
  for (int seed = 1; seed <= 300; ++seed) {
    Replay run(seed);
    for (int i = 0; i < run.steps; ++i) {
      run.terminal->feed(step(run, {run.terminal.get()}));
      auto copy = run.make(run.terminal->size());
      copy->feed(snapshot(*run.terminal, {100}));
      std::string why;
      ASSERT_TRUE(same_state(*run.terminal, *copy, &why)) << "seed " << seed << " step " << i << ": " << why;
    }
  }
}

TEST(RandomOutput, GoesOnTheSameAfterASnapshot) {
  for (int seed = 301; seed <= 500; ++seed) {
    Replay run(seed);
    auto copy = run.make(run.terminal->size());
    for (int i = 0; i < run.steps; ++i) {
      const std::string bytes = step(run, {run.terminal.get(), copy.get()});
      run.terminal->feed(bytes);
      copy->feed(bytes);
      std::string why;
      ASSERT_TRUE(same_state(*run.terminal, *copy, &why)) << "seed " << seed << " step " << i << ": " << why;
      const std::string image = snapshot(*copy, {100});
      copy = run.make(run.terminal->size());
      copy->feed(image);
    }
  }
}

TEST(RandomOutput, GoesOnTheSameAfterACheckpoint) {
  for (int seed = 501; seed <= 700; ++seed) {
    Replay run(seed);
    auto copy = run.make(run.terminal->size());
    for (int i = 0; i < run.steps; ++i) {
      const std::string bytes = step(run, {run.terminal.get(), copy.get()});
      run.terminal->feed(bytes);
      copy->feed(bytes);
      const std::string record = checkpoint(*copy);
      auto next = run.make({7, 7});
      ASSERT_TRUE(restore(*next, record).has_value()) << "seed " << seed;
      ASSERT_TRUE(checkpoint(*next) == record) << "seed " << seed << " step " << i;
      copy = std::move(next);
      std::string why;
      ASSERT_TRUE(same_state(*run.terminal, *copy, &why)) << "seed " << seed << " step " << i << ": " << why;
      ASSERT_EQ(run.terminal->first_row(), copy->first_row()) << "seed " << seed;
      ASSERT_EQ(run.terminal->cursor(), copy->cursor()) << "seed " << seed;
    }
  }
}

TEST(RandomOutput, NeverMakesADamagedCheckpointDangerous) {
  for (int seed = 701; seed <= 800; ++seed) {
    Replay run(seed);
    for (int i = 0; i < run.steps; ++i) run.terminal->feed(step(run, {run.terminal.get()}));
    const std::string record = checkpoint(*run.terminal);
    for (int i = 0; i < 20; ++i) {
      std::string damaged = record;
      const auto at = static_cast<std::size_t>(run.stream.below(static_cast<int>(damaged.size())));
      if (i % 2 == 0) damaged.resize(at);
      if (i % 2 == 1) damaged[at] = static_cast<char>(damaged[at] ^ (1 + run.stream.below(255)));
      auto copy = run.make({9, 4});
      ASSERT_FALSE(restore(*copy, damaged).has_value()) << "seed " << seed;
      copy->feed("still alive");
      ASSERT_EQ(copy->size(), (Size{9, 4}));
    }
  }
}

/// The text of the whole document without line ends and blanks, which reflow may move.
std::string characters(const Terminal& terminal) {
  std::string out;
  for (RowId row = terminal.main_first_row(); row < terminal.main_end_row(); ++row) {
    for (const char c : terminal.line(row).text) {
      if (c != ' ') out.push_back(c);
    }
  }
  return out;
}

TEST(RandomText, LosesNothingInReflow) {
  for (int seed = 801; seed <= 1000; ++seed) {
    RandomStream stream(static_cast<std::uint64_t>(seed));
    Host host;
    Terminal terminal({2 + stream.below(40), 2 + stream.below(10)}, host, {});
    for (int i = 0; i < 20; ++i) {
      const std::string piece = stream.next();
      const bool sequence = piece.find('\x1b') != std::string::npos || static_cast<unsigned char>(piece[0]) < 0x20;
      terminal.feed(sequence ? "\r\n" : piece);
      if (!terminal.at_ground()) terminal.feed("x");
    }
    const std::string before = characters(terminal);
    for (int i = 0; i < 6; ++i) {
      terminal.resize({2 + stream.below(60), 2 + stream.below(12)});
      ASSERT_EQ(characters(terminal), before) << "seed " << seed << " at " << terminal.size().cols << " columns";
    }
  }
}

}  // namespace
}  // namespace duotty::term::testing
