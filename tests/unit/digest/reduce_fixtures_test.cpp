#include "reduce_fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <duotty/digest/reduce.hpp>
#include <duotty/digest/trouble.hpp>
#include <fstream>
#include <sstream>
#include <string_view>

namespace duotty::digest {

const std::vector<Fixture>& fixtures() {
  // rtk: README.md and the table in src/discover of rtk-ai/rtk; aiterm: docs/benchmarks.md of aiterm-mcp. Both count
  // four bytes a token.
  static const std::vector<Fixture> all = {
#include "reduce_fixtures.inc"
  };
  return all;
}

std::string fixture_text(const Fixture& fixture) {
  std::ifstream file(std::string(DUOTTY_DIGEST_FIXTURES) + "/" + fixture.file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

namespace {

Reduced reduced(std::string_view text, std::string_view command, std::optional<int> exit_code) {
  ReduceInput input;
  input.text = text;
  input.command = command;
  input.exit_code = exit_code;
  return *reduce(input);
}

int percent_saved(std::size_t before, std::size_t after) {
  return before == 0 ? 0 : static_cast<int>(100 - (100 * after + before / 2) / before);
}

TEST(ReduceFixtures, AreAllThere) {
  for (const Fixture& fixture : fixtures()) EXPECT_FALSE(fixture_text(fixture).empty()) << fixture.file;
}

TEST(ReduceFixtures, LoseNothingThatMatters) {
  for (const Fixture& fixture : fixtures()) {
    const Reduced result = reduced(fixture_text(fixture), fixture.command, fixture.exit_code);
    for (const char* part : fixture.keeps) {
      EXPECT_NE(result.text.find(part), std::string::npos)
          << fixture.file << " lost: " << part << "\n--- by " << result.reducer << "\n"
          << result.text;
    }
  }
}

TEST(ReduceFixtures, ComeOutAsShortAsTheyAreHeldTo) {
  for (const Fixture& fixture : fixtures()) {
    const std::string text = fixture_text(fixture);
    const Reduced result = reduced(text, fixture.command, fixture.exit_code);
    const int saved = percent_saved(text.size(), result.text.size());
    EXPECT_GE(saved, std::max(fixture.rtk, fixture.aiterm)) << fixture.file << " by " << result.reducer << "\n"
                                                            << result.text;
  }
}

TEST(ReduceFixtures, AreReducedTheSameWithoutTheCommandOrAtLeastNotWrongly) {
  for (const Fixture& fixture : fixtures()) {
    const Reduced result = reduced(fixture_text(fixture), "", std::nullopt);
    for (const char* part : fixture.keeps) {
      EXPECT_NE(result.text.find(part), std::string::npos)
          << fixture.file << " lost: " << part << "\n--- by " << result.reducer << "\n"
          << result.text;
    }
  }
}

// --- planted errors -------------------------------------------------------------------------------------------------

const std::vector<std::string_view>& complaints() {
  static const std::vector<std::string_view> all = {
      "error: planted complaint 4711",
      "ERROR planted: something went wrong 4711",
      "planted 4711: command not found",
      "FAILED tests/planted_4711.py::test_planted - AssertionError",
      "panic: planted 4711",
      "thread 'main' panicked at 'planted 4711', src/planted.rs:3:5",
      "fatal: planted 4711 is not a repository",
      "npm ERR! planted 4711",
      "E: Unable to locate package planted4711",
      "warning: planted 4711 is unused",
      "planted4711.c:12:3: error: 'x' undeclared (first use in this function)",
      "cp: cannot stat 'planted 4711': No such file or directory",
      "Segmentation fault (core dumped) planted 4711",
      "ValueError: planted 4711",
      "Caused by: java.io.IOException: planted 4711",
      "make: *** [Makefile:4: planted4711] Error 1",
      "--- FAIL: TestPlanted4711 (0.00s)",
      "not ok 4711 - planted",
      "✗ planted 4711",
      "sh: 1: planted4711: Permission denied",
      "CONFLICT (content): Merge conflict in planted 4711",
      "CMake Error at CMakeLists.txt:4711 (planted):",
      "Traceback (most recent call last): planted 4711",
      "process planted 4711 exited with code 137"};
  return all;
}

/// The text with `line` put before its n-th line.
std::string with_line(const std::string& text, std::size_t n, std::string_view line) {
  std::size_t at = 0;
  while (n-- > 0 && at < text.size()) at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return text.substr(0, at) + std::string(line) + "\n" + text.substr(at);
}

TEST(ReduceFixtures, NeverLoseAPlantedComplaint) {
  std::uint64_t random = 88172645463325252ULL;
  const auto next = [&random] {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
  };
  for (const Fixture& fixture : fixtures()) {
    // JSON with a line in it is no JSON any more, and stays as it is.
    const std::string text = fixture_text(fixture);
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    const std::size_t rounds = text.size() > 30000 ? 6 : 24;
    for (std::size_t round = 0; round < rounds; ++round) {
      const std::string_view complaint = complaints()[next() % complaints().size()];
      const std::size_t at = next() % (lines + 1);
      const bool named = next() % 2 == 0;
      const Reduced result = reduced(with_line(text, at, complaint), named ? fixture.command : "", std::nullopt);
      EXPECT_NE(result.text.find(complaint), std::string::npos)
          << fixture.file << ", line " << at << ", lost: " << complaint << "\n--- by " << result.reducer;
    }
  }
}

/// The text with one of its lines cut, put elsewhere, doubled or replaced by the beginning of another's.
std::string mangled(const std::string& text, const std::string& other, std::uint64_t random) {
  std::vector<std::string> lines;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  const auto pick = [&random, &lines] {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (random >> 33) % lines.size();
  };
  for (int times = 0; times < 6; ++times) {
    std::string& line = lines[pick()];
    switch (pick() % 5) {
      case 0:
        line.resize(pick() % (line.size() + 1));
        break;
      case 1:
        line.erase(0, pick() % (line.size() + 1));
        break;
      case 2:
        std::swap(line, lines[pick()]);
        break;
      case 3:
        line = other.substr(pick() * 7 % other.size(), 80);
        break;
      default:
        lines.resize(std::max<std::size_t>(2, pick()));
        break;
    }
  }
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

TEST(ReduceFixtures, AreReadInPiecesOfEveryForm) {
  const std::vector<Fixture>& all = fixtures();
  for (std::size_t n = 0; n < all.size(); ++n) {
    const std::string text = fixture_text(all[n]);
    const std::string other = fixture_text(all[(n * 7 + 3) % all.size()]);
    const std::uint64_t rounds = text.size() > 12000 ? 3 : 25;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const std::string piece = mangled(text, other, n * 1000 + round);
      const Reduced result = reduced(piece, round % 3 == 0 ? "" : all[(n + round % 2) % all.size()].command, 1);
      EXPECT_LE(result.text.size(), piece.size()) << all[n].file << ", round " << round;
    }
  }
}

TEST(ReduceFixtures, GrowNeverAndAreDeterministic) {
  for (const Fixture& fixture : fixtures()) {
    const std::string text = fixture_text(fixture);
    const Reduced once = reduced(text, fixture.command, fixture.exit_code);
    EXPECT_LE(once.text.size(), text.size()) << fixture.file;
    EXPECT_EQ(once.text, reduced(text, fixture.command, fixture.exit_code).text) << fixture.file;
    for (const Omission& omission : once.omitted) {
      EXPECT_LE(omission.first, omission.last) << fixture.file;
      EXPECT_LE(omission.last, once.raw_lines) << fixture.file;
    }
  }
}

/// With DUOTTY_REDUCTION_TABLE set to a path: writes the table of docs/reads.md there.
TEST(ReduceFixtures, PrintTheirTable) {
  const char* path = std::getenv("DUOTTY_REDUCTION_TABLE");
  std::ostringstream table;
  table << "| output | reducer | bytes | less by | tokens | less by | held to | and to "
           "|\n|---|---|---|---|---|---|---|---|\n";
  for (const Fixture& fixture : fixtures()) {
    const std::string text = fixture_text(fixture);
    const Reduced result = reduced(text, fixture.command, fixture.exit_code);
    const auto published = [](int percent) { return percent == 0 ? std::string("–") : std::to_string(percent) + " %"; };
    table << "| `" << fixture.command << "` ("
          << std::string(fixture.file).substr(0, std::string(fixture.file).rfind('.')) << ") | " << result.reducer
          << " | " << text.size() << " → " << result.text.size() << " | **"
          << percent_saved(text.size(), result.text.size()) << " %** | " << result.raw_tokens << " → " << result.tokens
          << " | " << percent_saved(result.raw_tokens, result.tokens) << " % | " << published(fixture.rtk) << " | "
          << published(fixture.aiterm) << " |\n";
  }
  EXPECT_GT(table.str().size(), 1000U);
  if (path != nullptr) std::ofstream(path) << table.str();
}

}  // namespace
}  // namespace duotty::digest
