// go test, build, vet.
#include <array>
#include <set>
#include <string>

#include "findings.hpp"
#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::array kRules = {Rule{"go: added ", "downloads"}, Rule{"go: downloading ", "downloads"},
                               Rule{"go: finding ", "downloads"}, Rule{"go: extracting ", "downloads"}};

/// A function of the runtime or of the testing package in a goroutine's trace; the line below has its place.
bool is_runtime_frame(string_view line) {
  if (line.starts_with("created by ")) line.remove_prefix(11);
  return line.starts_with("testing.") || line.starts_with("runtime.") || line.starts_with("panic({") ||
         line.starts_with("panic(0x") || line.starts_with("runtime/");
}
/// "\t/usr/lib/go/src/testing/testing.go:1396 +0x24e"
bool is_place(string_view line) {
  return line.starts_with('\t') && contains(line, ".go:");
}

bool json_event(string_view line, string_view action) {
  const std::size_t at = line.find("\"Action\":\"");
  return at != string_view::npos && line.substr(at + 10).starts_with(action);
}

class GoReader {
 public:
  explicit GoReader(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      const string_view text = trimmed(line);
      for (const string_view verdict : {"--- PASS: ", "--- FAIL: ", "--- SKIP: "})
        if (text.starts_with(verdict)) ended_.insert(words_of(text.substr(verdict.size()), 2).front());
      packages_ = packages_ || line.starts_with("ok  \t") || line.starts_with("FAIL\t");
    }
    for (std::size_t i = 0; i < draft_.size(); ++i) read(i, draft_.line(i), trimmed(draft_.line(i)));
  }

 private:
  void read(std::size_t i, string_view line, string_view text) {
    if (line.starts_with("=== ")) {
      logged_.clear();
      passing_ = false;
      // The verdict names the test again; a test without one is where the program ended.
      const auto words = words_of(line);
      const bool open = words.size() > 2 && words[1] == "RUN" && !ended_.contains(words[2]);
      draft_.show(i, open ? string(line) : string());
    } else if (text.starts_with("--- PASS: ")) {
      for (const std::size_t n : logged_) draft_.drop(n, "lines logged by passing tests");
      logged_.clear();
      passing_ = true;
      draft_.take(i, "passing tests");
    } else if (text.starts_with("--- SKIP: ")) {
      draft_.take(i, "skipped tests");
    } else if (packages_ && (line == "PASS" || line == "FAIL")) {
      passing_ = false;
      draft_.absorb(i);  // the line of the package says it
    } else if (line.starts_with("ok  \t") || line.starts_with("ok   ")) {
      passing_ = false;
      draft_.take(i, "passing packages");
    } else if (line.starts_with("?   ") || contains(line, "[no test files]")) {
      draft_.take(i, "packages without tests");
    } else if (trace(i, line, text)) {
      passing_ = false;
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
  /// A line of a goroutine's trace that says nothing of the program's own code.
  bool trace(std::size_t i, string_view line, string_view text) {
    const string_view before = i == 0 ? string_view() : draft_.line(i - 1);
    const bool again = text.starts_with("panic: ") && before == string(text) + " [recovered]";
    const bool running = line.starts_with("goroutine ") && line.ends_with(" [running]:");
    const bool frame = is_runtime_frame(line) && i + 1 < draft_.size() && is_place(draft_.line(i + 1));
    const bool place = is_place(line) && i > 0 && is_runtime_frame(before);
    if (again) draft_.absorb(i);
    if (running || frame || place) draft_.take(i, "frames of the runtime");
    return again || running || frame || place;
  }
  /// A line of `go test -json`.
  void event(std::size_t i, string_view line) {
    for (const string_view quiet : {"run", "start", "pause", "cont", "pass", "skip"})
      if (json_event(line, quiet)) return draft_.take(i, "events of passing tests");
    if (json_event(line, "output")) draft_.drop(i, "lines of test output");
  }

  Draft& draft_;
  std::set<string_view> ended_;  ///< tests with a verdict
  bool packages_ = false;        ///< lines of packages are there, so that a lone verdict says nothing
  bool passing_ = false;
  std::vector<std::size_t> logged_;  ///< lines since the test began
};

/// Errors of the compiler: "pay/bad.go:2:18: undefined: x" below "# example.org/shop/pay".
class GoErrors {
 public:
  explicit GoErrors(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      Place place;
      if (draft_.touched(i)) {
        open_ = false;
      } else if (!line.starts_with('\t') && read_place(line, place) && place.file.ends_with(".go")) {
        findings_.push_back({i, string(place.file), string(place.at), string(place.text)});
        open_ = true;
      } else if (open_ && line.starts_with('\t') && !is_place(line)) {
        string& text = findings_.back().text;
        text += (text.ends_with(':') ? " " : "; ") + string(trimmed(line));
        draft_.absorb(i);
      } else {
        open_ = false;
        if (line.starts_with("# ") && names_folder(line.substr(2), i + 1)) draft_.absorb(i);
      }
    }
    give_findings(draft_, findings_);
  }

 private:
  /// Whether the path of the error below says which package it is in.
  bool names_folder(string_view package, std::size_t next) const {
    Place place;
    if (next >= draft_.size() || !read_place(draft_.line(next), place)) return false;
    const std::size_t slash = place.file.rfind('/');
    return slash != string_view::npos && slash > 1 && package.ends_with("/" + string(place.file.substr(0, slash)));
  }

  Draft& draft_;
  std::vector<Finding> findings_;
  bool open_ = false;
};

void reduce_go(Draft& draft, const Known&) {
  GoReader(draft).read();
  GoErrors(draft).read();
}

/// "# example.org/shop/pay" above an error of the compiler.
bool names_package(const Draft& draft) {
  for (std::size_t i = 0; i + 1 < draft.size() && i < 400; ++i) {
    Place place;
    if (draft.line(i).starts_with("# ") && read_place(draft.line(i + 1), place) && place.file.ends_with(".go"))
      return true;
  }
  return false;
}

bool detects_go(const Draft& draft) {
  return names_package(draft) || count_lines(draft, [](string_view line) {
                                   return line.starts_with("ok  \t") || line.starts_with("FAIL\t") ||
                                          line.starts_with("=== RUN   ") || line.starts_with("--- FAIL: ") ||
                                          (line.starts_with("?   ") && line.ends_with("[no test files]"));
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
