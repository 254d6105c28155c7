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

class GoReader {
 public:
  explicit GoReader(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) read(i, draft_.line(i), trimmed(draft_.line(i)));
  }

 private:
  void read(std::size_t i, string_view line, string_view text) {
    if (line.starts_with("=== ")) {
      logged_.clear();
      passing_ = false;
      drop_by(draft_, i, kRules);
    } else if (text.starts_with("--- PASS: ")) {
      for (const std::size_t n : logged_) draft_.drop(n, "lines logged by passing tests");
      logged_.clear();
      passing_ = true;
      draft_.take(i, "passing tests");
    } else if (text.starts_with("--- SKIP: ")) {
      draft_.take(i, "skipped tests");
    } else if (line == "PASS" || line.starts_with("ok  \t") || line.starts_with("ok   ")) {
      passing_ = false;
      draft_.take(i, line == "PASS" ? "verdicts of passing packages" : "passing packages");
    } else if (line.starts_with("?   ") || contains(line, "[no test files]")) {
      draft_.take(i, "packages without tests");
    } else if (line.starts_with("    ") && !text.starts_with("--- ")) {
      // A test's log stands before its verdict, or below it in older versions.
      if (passing_) draft_.drop(i, "lines logged by passing tests");
      logged_.push_back(i);
    } else if (line.starts_with("{\"Time\":") || line.starts_with("{\"Action\":")) {
      event(i, line);
    } else {
      passing_ = false;
      logged_.clear();
      drop_by(draft_, i, kRules);
    }
  }
  /// A line of `go test -json`.
  void event(std::size_t i, string_view line) {
    for (const string_view quiet : {"run", "start", "pause", "cont", "pass", "skip"})
      if (json_event(line, quiet)) return draft_.take(i, "events of passing tests");
    if (json_event(line, "output")) draft_.drop(i, "lines of test output");
  }

  Draft& draft_;
  bool passing_ = false;
  std::vector<std::size_t> logged_;  ///< lines since the test began
};

void reduce_go(Draft& draft, const Known&) {
  GoReader(draft).read();
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
