// go test, build, vet.
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string_view;

constexpr std::array kRules = {Rule{"=== RUN ", "test starts"},       Rule{"=== PAUSE ", "test starts"},
                               Rule{"=== CONT ", "test starts"},      Rule{"=== NAME ", "test starts"},
                               Rule{"go: downloading ", "downloads"}, Rule{"go: finding ", "downloads"},
                               Rule{"go: extracting ", "downloads"},  Rule{"go: added ", "downloads"}};

bool json_event(string_view line, string_view action) {
  const std::size_t at = line.find("\"Action\":\"");
  return at != string_view::npos && line.substr(at + 10).starts_with(action);
}

void reduce_go(Draft& draft, const Known&) {
  bool passing = false;  // below a passing test: its own log
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const string_view text = trimmed(line);
    if (drop_by(draft, i, kRules)) continue;
    if (text.starts_with("--- PASS: ")) {
      passing = true;
      draft.take(i, "passing tests");
    } else if (text.starts_with("--- SKIP: ")) {
      draft.take(i, "skipped tests");
    } else if (line == "PASS" || line.starts_with("ok  \t") || line.starts_with("ok   ")) {
      passing = false;
      draft.take(i, line == "PASS" ? "verdicts of passing packages" : "passing packages");
    } else if (line.starts_with("?   ") || contains(line, "[no test files]")) {
      draft.take(i, "packages without tests");
    } else if (passing && line.starts_with("    ")) {
      draft.drop(i, "lines logged by passing tests");
    } else if (line.starts_with("{\"Time\":") || line.starts_with("{\"Action\":")) {
      const bool quiet = json_event(line, "run") || json_event(line, "start") || json_event(line, "pause") ||
                         json_event(line, "cont") || json_event(line, "pass") || json_event(line, "skip");
      if (quiet)
        draft.take(i, "events of passing tests");
      else if (json_event(line, "output") && draft.trouble(i) == Trouble::none)
        draft.drop(i, "lines of test output");
    } else {
      passing = false;
    }
  }
}

bool detects_go(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           return line.starts_with("ok  \t") || line.starts_with("FAIL\t") || line.starts_with("=== RUN   ") ||
                  line.starts_with("--- FAIL: ") || (line.starts_with("?   ") && line.ends_with("[no test files]"));
         }) > 0;
}

constexpr std::array kFamilies = {
    Family{"go", "go test, build, vet: failing tests and their output",
           [](const Command& c) { return c.is("go") || c.is("gotestsum"); }, detects_go, reduce_go},
};

}  // namespace

std::span<const Family> go_families() {
  return kFamilies;
}

}  // namespace duotty::digest
