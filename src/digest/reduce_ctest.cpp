// ctest and GoogleTest.
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string_view;

constexpr std::array kRules = {Rule{"[ RUN      ]", "test starts"},
                               Rule{"[       OK ]", "passing tests"},
                               Rule{"[----------]", "lines around test suites"},
                               Rule{"[==========] Running", "lines around test suites"},
                               Rule{"[ DISABLED ]", "disabled tests"},
                               Rule{"[  SKIPPED ]", "skipped tests"},
                               Rule{"Running main() from", "lines around test suites"},
                               Rule{"Note: Google Test filter", "lines around test suites"},
                               Rule{"Note: Randomizing tests", "lines around test suites"},
                               Rule{"Test project ", "lines around test suites"},
                               Rule{"Internal ctest changing", "lines around test suites"},
                               Rule{"UpdateCTestConfiguration", "lines around test suites"},
                               Rule{"Constructing a list of tests", "lines around test suites"},
                               Rule{"Done constructing a list", "lines around test suites"},
                               Rule{"Updating test list", "lines around test suites"},
                               Rule{"Checking test dependency", "lines around test suites"},
                               Rule{"Checking test dependency graph", "lines around test suites"}};

/// " 12/38 Test  #12: unit.term ....   Passed    0.81 sec"
bool is_row(string_view line) {
  const string_view text = trimmed(line);
  return leading_number(text) && contains(text, " Test ") && contains(text, "#");
}
bool is_start(string_view line) {
  return line.starts_with("  ") && trimmed(line).starts_with("Start ") && contains(line, ": ");
}

void reduce_ctest(Draft& draft, const Known&) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (drop_by(draft, i, kRules)) continue;
    if (is_row(line)) {
      if (contains(line, " Passed ")) {
        draft.take(i, "passing tests");
      } else {
        draft.pin(i);
      }
    } else if (is_start(line)) {
      draft.drop(i, "test starts");
    }
  }
}

bool detects_ctest(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           return is_row(line) || line.starts_with("[ RUN      ]") || line.starts_with("[==========]");
         }) > 0;
}

constexpr std::array kFamilies = {
    Family{"ctest", "ctest and GoogleTest: failing tests with their messages, and totals",
           [](const Command& c) { return c.is("ctest") || c.program.ends_with("_test"); }, detects_ctest, reduce_ctest},
};

}  // namespace

std::span<const Family> ctest_families() {
  return kFamilies;
}

}  // namespace duotty::digest
