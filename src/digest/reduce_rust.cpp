// cargo build, check, clippy and test; rustc's diagnostics.
#include <algorithm>
#include <array>
#include <set>

#include "reducers.hpp"
#include "rust_diagnostics.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::array kRules = {Rule{"   Compiling ", "build steps"},
                               Rule{"    Checking ", "build steps"},
                               Rule{"   Documenting ", "build steps"},
                               Rule{"  Downloaded ", "downloads"},
                               Rule{" Downloading ", "downloads"},
                               Rule{"       Fresh ", "build steps"},
                               Rule{"    Updating ", "build steps"},
                               Rule{"     Locking ", "build steps"},
                               Rule{"      Adding ", "build steps"},
                               Rule{"   Installing ", "build steps"},
                               Rule{"     Running ", "build steps"},
                               Rule{"   Doc-tests ", "build steps"},
                               Rule{"    Blocking ", "build steps"},
                               Rule{"   Replacing ", "build steps"},
                               Rule{"    Building ", "build steps"},
                               Rule{"       Dirty ", "build steps"},
                               Rule{"note: run with `RUST_BACKTRACE", "hints"},
                               Rule{"note: Some details are omitted, run with `RUST_BACKTRACE", "hints"},
                               Rule{"    Vendoring ", "build steps"},
                               Rule{"    Unpacking ", "downloads"},
                               Rule{"   Compiled ", "build steps"}};
/// What rustc says below errors of any kind.
constexpr std::array kHints = {"For more information about this error, try `rustc --explain",
                               "For more information about an error, try `rustc --explain",
                               "Some errors have detailed explanations: E"};

bool is_test(string_view line, string_view verdict) {
  return line.starts_with("test ") && line.ends_with(verdict);
}

/// "test result: ok. 12 passed; 0 failed; ..."
std::uint64_t passed_of(string_view line) {
  const std::size_t at = line.find("ok. ");
  return at == string_view::npos ? 0 : leading_number(line.substr(at + 4)).value_or(0);
}

/// Source and notes below a diagnostic: "   |", "12 |   let x", "   = note: ".
bool is_excerpt(string_view line) {
  const string_view text = trimmed(line);
  if (text.starts_with("|") || text.starts_with("= note:") || text.starts_with("= help:") || text == "...") return true;
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at > 0 && trimmed(text.substr(at)).starts_with("|");
}

/// Below the name of a function: where it stands, when that is in the standard library or a dependency.
bool is_foreign_frame(string_view line) {
  const string_view text = trimmed(line);
  return text.starts_with("at /rustc/") || (text.starts_with("at ") && contains(text, "/.cargo/registry/"));
}

/// "test result: FAILED. 58 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.27s" without what is
/// none and without the time.
string short_result(string_view line) {
  string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find("; ", at), line.size());
    const string_view part = line.substr(at, end - at);
    at = end + 2;
    if (!part.starts_with("0 ") && !part.starts_with("finished in ")) out += (out.empty() ? "" : "; ") + string(part);
  }
  return out;
}

/// The traces below panics: what remains of them once frames of libraries are gone.
class Backtrace {
 public:
  explicit Backtrace(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      if (const std::size_t at = line.find("panicked at "); at != string_view::npos) panic_ = line.substr(at + 12);
      if (line == "stack backtrace:") i = frames(i);
    }
  }

 private:
  /// Reads the frames below the heading; the last line of them.
  std::size_t frames(std::size_t heading) {
    std::size_t left = 0;
    string_view above;
    std::size_t i = heading;
    while (i + 2 < draft_.size()) {
      const string_view function = trimmed(draft_.line(i + 1));
      const string_view place = trimmed(draft_.line(i + 2));
      if (!leading_number(function) || !place.starts_with("at ")) break;
      const string_view name = function.substr(std::min(function.find(": "), function.size() - 2) + 2);
      if (is_foreign_frame(draft_.line(i + 2)) || says_again(name, place, above)) {
        draft_.take(i + 1, "frames of libraries");
        draft_.take(i + 2, "frames of libraries");
      } else {
        ++left;
      }
      above = name;
      i += 2;
    }
    if (left == 0 && i > heading) draft_.absorb(heading);
    return i;
  }
  /// The place that the panic named already, or the closure that the test harness wraps a test in.
  bool says_again(string_view name, string_view place, string_view above) const {
    string_view at = place.substr(3);
    if (at.starts_with("./")) at.remove_prefix(2);
    const bool panicked = !at.empty() && panic_.substr(0, panic_.rfind(':')) == at;
    return panicked || (name.ends_with("::{{closure}}") && !above.empty() && name.substr(0, name.size() - 13) == above);
  }

  Draft& draft_;
  string_view panic_;  ///< where the last panic was, with a colon behind it
};

class CargoReader {
 public:
  explicit CargoReader(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) read(i, draft_.line(i));
    Backtrace(draft_).read();
    drop_lists();
    if (suites_ > 0) {
      draft_.show(last_result_, "test result: ok. " + std::to_string(passed_) + " passed" +
                                    (suites_ > 1 ? " (" + std::to_string(suites_) + " suites)" : ""));
    }
  }

 private:
  void read(std::size_t i, string_view line) {
    if (draft_.touched(i)) return;
    for (const string_view hint : kHints)
      if (line.starts_with(hint)) return draft_.take(i, "hints");
    if (drop_by(draft_, i, kRules)) return;
    if (is_foreign_frame(line)) {
      draft_.take(i, "frames of libraries");
      if (i > 0 && leading_number(trimmed(draft_.line(i - 1)))) draft_.take(i - 1, "frames of libraries");
      return;
    }
    if (is_test(line, "... ok")) {
      draft_.take(i, "passing tests");
    } else if (is_test(line, "... ignored") || contains(line, " ... ignored, ")) {
      draft_.take(i, "ignored tests");
    } else if (line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test"))) {
      draft_.absorb(i);
    } else if (line.starts_with("test result: ok.")) {
      ++suites_;
      passed_ += passed_of(line);
      last_result_ = i;
      draft_.absorb(i);
    } else if (line.starts_with("test result: FAILED.")) {
      draft_.show(i, short_result(line));
    } else if (line.starts_with("    Finished `test`")) {
      draft_.drop(i, "build steps");
    } else if (is_test(line, "... FAILED")) {
      failed_.insert(line.substr(5, line.size() - 16));
    } else if (line.starts_with("warning") || line.starts_with("error")) {
      in_warning_ = line.starts_with("warning");
    } else if (in_warning_ && is_excerpt(line)) {
      draft_.drop(i, "source lines of warnings");
    } else if (line.empty()) {
      in_warning_ = false;
      const string_view before = i == 0 ? string_view() : draft_.line(i - 1);
      const string_view after = i + 1 == draft_.size() ? string_view() : draft_.line(i + 1);
      for (const string_view head : {"---- ", "test result: "})
        if (before.starts_with(head) || after.starts_with(head)) draft_.absorb(i);
    }
  }

  /// "failures:" and the names below it, when each of them has a line with its verdict.
  void drop_lists() {
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      if (draft_.line(i) != "failures:") continue;
      std::size_t end = i + 1;
      while (end < draft_.size() && draft_.line(end).starts_with("    ") && failed_.contains(trimmed(draft_.line(end))))
        ++end;
      const bool sections = end + 1 < draft_.size() && draft_.line(end + 1).starts_with("---- ");
      if ((end == i + 1 && !sections) || end == draft_.size() || !draft_.line(end).empty()) continue;
      if (i > 0 && draft_.line(i - 1).empty()) draft_.absorb(i - 1);
      for (; i < end; ++i) draft_.absorb(i);
    }
  }

  Draft& draft_;
  std::set<string_view> failed_;
  bool in_warning_ = false;
  std::size_t suites_ = 0;
  std::uint64_t passed_ = 0;
  std::size_t last_result_ = 0;
};

void reduce_cargo(Draft& draft, const Known&) {
  give_rust_diagnostics(draft);
  CargoReader(draft).read();
}

bool detects_cargo(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           return line.starts_with("   Compiling ") || line.starts_with("    Finished ") ||
                  line.starts_with("test result: ") || line.starts_with("    Checking ") || line.starts_with("error[E");
         }) > 0;
}

constexpr std::array kFamilies = {
    Family{"cargo", "cargo and rustc: errors with labels, notes and proposals, no source; warnings; failing tests",
           [](const Command& c) { return c.is("cargo") || c.is("rustc") || c.is("cross") || c.is("trunk"); },
           detects_cargo, reduce_cargo},
};

}  // namespace

std::span<const Family> rust_families() {
  return kFamilies;
}

}  // namespace duotty::digest
