// cargo build, check, clippy and test; rustc's diagnostics.
#include <array>

#include "reducers.hpp"

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
                               Rule{"    Vendoring ", "build steps"},
                               Rule{"    Unpacking ", "downloads"},
                               Rule{"   Compiled ", "build steps"},
                               Rule{"For more information about this error", "hints"},
                               Rule{"Some errors have detailed", "hints"}};

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

class CargoReader {
 public:
  explicit CargoReader(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) read(i, draft_.line(i));
    if (suites_ > 0) {
      draft_.show(last_result_, "test result: ok. " + std::to_string(passed_) + " passed" +
                                    (suites_ > 1 ? " (" + std::to_string(suites_) + " suites)" : ""));
    }
  }

 private:
  void read(std::size_t i, string_view line) {
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
    } else if (line.starts_with("warning") || line.starts_with("error")) {
      in_warning_ = line.starts_with("warning");
    } else if (in_warning_ && is_excerpt(line)) {
      draft_.drop(i, "source lines of warnings");
    } else if (line.empty()) {
      in_warning_ = false;
    }
  }

  Draft& draft_;
  bool in_warning_ = false;
  std::size_t suites_ = 0;
  std::uint64_t passed_ = 0;
  std::size_t last_result_ = 0;
};

void reduce_cargo(Draft& draft, const Known&) {
  CargoReader(draft).read();
}

bool detects_cargo(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           return line.starts_with("   Compiling ") || line.starts_with("    Finished ") ||
                  line.starts_with("test result: ") || line.starts_with("    Checking ") || line.starts_with("error[E");
         }) > 0;
}

constexpr std::array kFamilies = {
    Family{"cargo", "cargo and rustc: errors in full, warnings without their source, failing tests",
           [](const Command& c) { return c.is("cargo") || c.is("rustc") || c.is("cross") || c.is("trunk"); },
           detects_cargo, reduce_cargo},
};

}  // namespace

std::span<const Family> rust_families() {
  return kFamilies;
}

}  // namespace duotty::digest
