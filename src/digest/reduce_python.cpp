// pytest and unittest.
#include <array>
#include <set>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

/// "===== FAILURES =====" and "____ test_x ____" without their rules; empty for other lines.
string_view ruled(string_view line, char rule) {
  if (line.size() < 6 || line[0] != rule || line[1] != rule || line.back() != rule) return {};
  const std::size_t begin = line.find_first_not_of(rule);
  if (begin == string_view::npos || line[begin] != ' ') return {};
  const std::size_t end = line.find_last_not_of(rule);
  return trimmed(line.substr(begin, end + 1 - begin));
}

bool is_header(string_view line) {
  for (const string_view word :
       {"platform ", "rootdir: ", "configfile: ", "plugins: ", "cachedir: ", "collecting ", "collected ",
        "asyncio: ", "hypothesis profile", "Using --randomly-seed", "testpaths: ", "timeout: ", "timeout method",
        "gw0 ", "created: ", "scheduling tests", "benchmark: "})
    if (line.starts_with(word)) return true;
  return false;
}

/// "tests/test_a.py ..F.s   [ 12%]", also without the file on following rows.
bool is_dots(string_view line) {
  const std::size_t bracket = line.rfind('[');
  string_view marks = trimmed(line);
  if (bracket != string_view::npos && line.ends_with("%]")) marks = trimmed(line.substr(0, bracket));
  const std::size_t blank = marks.rfind(' ');
  if (blank != string_view::npos) {
    const string_view file = marks.substr(0, blank);
    if (!file.ends_with(".py") && !file.ends_with(".txt") && !file.ends_with(".rst")) return false;
    marks = marks.substr(blank + 1);
  }
  return !marks.empty() && marks.find_first_not_of(".FEsxXRr,") == string_view::npos &&
         (bracket != string_view::npos || marks.size() > 3);
}

bool is_verdict(string_view line, string_view verdict) {
  const std::size_t at = line.find(verdict);
  return at != string_view::npos && at > 0 && line[at - 1] == ' ' && contains(line.substr(0, at), "::") &&
         line.find(' ') == at - 1;
}

bool starts_section(string_view title) {
  return title == "FAILURES" || title == "ERRORS" || title == "short test summary info" ||
         title == "test session starts" || title.starts_with("warnings summary") || title == "PASSES" ||
         title == "XFAILURES" || title.starts_with("slowest ") || title.starts_with("tests coverage") ||
         title.starts_with("no tests ran") ||
         (contains(title, " in ") && (title.ends_with("s") || title.ends_with(")")));
}

class PytestReader {
 public:
  explicit PytestReader(Draft& draft) : draft_(draft) {}
  void read() {
    read_summary();
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      if (const string_view title = ruled(line, '='); !title.empty() && starts_section(title)) {
        begin_section(i, title);
      } else if (section_ == Section::failures) {
        failure_line(i, line);
      } else if (section_ == Section::warnings) {
        warning_line(i, line);
      } else {
        run_line(i, line);
      }
    }
  }

 private:
  enum class Section { run, failures, warnings, other };

  /// The tests that the summary at the end names with their verdict.
  void read_summary() {
    bool summary = false;
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      if (const string_view title = ruled(line, '='); !title.empty()) summary = title == "short test summary info";
      if (summary && (line.starts_with("FAILED ") || line.starts_with("ERROR ")))
        summary_.insert(words_of(line.substr(line.find(' ')), 2).front());
    }
  }
  void begin_section(std::size_t i, string_view title) {
    captured_ = 0;
    section_ = title == "FAILURES" || title == "ERRORS" ? Section::failures
               : title.starts_with("warnings summary")  ? Section::warnings
                                                        : Section::other;
    if (title == "test session starts") {
      section_ = Section::run;
      draft_.drop(i, "header lines");
    } else if (title == "short test summary info" || section_ == Section::failures) {
      draft_.absorb(i);  // each failure has a heading of its own
    } else {
      draft_.show(i, string(title));
    }
  }
  void run_line(std::size_t i, string_view line) {
    if (is_header(line)) {
      draft_.drop(i, "header lines");
    } else if (is_verdict(line, "PASSED")) {
      draft_.take(i, "passing tests");
    } else if ((is_verdict(line, "FAILED") || is_verdict(line, "ERROR")) &&
               summary_.contains(line.substr(0, line.find(' ')))) {
      draft_.absorb(i);
    } else if (is_verdict(line, "SKIPPED") || is_verdict(line, "XFAIL") || is_verdict(line, "XPASS")) {
      draft_.take(i, "skipped tests");
    } else if (is_dots(line)) {
      draft_.take(i, "rows of dots");  // what failed has a section and a line of its own
    }
  }
  void failure_line(std::size_t i, string_view line) {
    if (const string_view title = ruled(line, '_'); !title.empty()) {
      captured_ = 0;
      draft_.show(i, "_ " + string(title));
    } else if (const string_view output = ruled(line, '-'); !output.empty()) {
      captured_ = 1;
      draft_.show(i, "- " + string(output));
    } else if (line.starts_with("E  ") && is_object_detail(line)) {
      draft_.take(i, "details of objects");
    } else if (line.starts_with("> ")) {
      draft_.show(i, "> " + string(trimmed(line.substr(1))));
    } else if (line.starts_with("E ") || line.starts_with(">") || is_location(line)) {
      draft_.pin(i);
    } else if (captured_ > 0) {
      if (++captured_ > 12) draft_.drop(i, "captured lines");
    } else if (line.empty()) {
      draft_.absorb(i);
    } else if (line.starts_with("    @") || (line.starts_with("    def ") && line.ends_with(':'))) {
      draft_.take(i, "source lines");  // a name such as broken() is no complaint
    } else {
      draft_.drop(i, "source lines");
    }
  }
  /// "E    +    where <bound method A.b of <A object at 0x7f..>> = <A object at 0x7f..>.b": which object a method is
  /// of.
  static bool is_object_detail(string_view line) {
    const string_view text = trimmed(line.substr(1));
    return text.starts_with("+    ") && trimmed(text.substr(1)).starts_with("where <bound method ") &&
           contains(text, " object at 0x");
  }
  void warning_line(std::size_t i, string_view line) {
    if (line.starts_with("-- Docs: ")) {
      draft_.absorb(i);
    } else if (line.starts_with("    ") && i > 0 && contains(draft_.line(i - 1), "Warning: ")) {
      draft_.take(i, "lines around warnings");  // the source of the line above
    } else {
      draft_.drop(i, "lines around warnings");
    }
  }
  /// "tests/test_a.py:12: AssertionError"
  static bool is_location(string_view line) {
    const std::size_t colon = line.find(':');
    return colon != string_view::npos && colon > 0 && line.find(' ') > colon && colon + 1 < line.size() &&
           is_digit(line[colon + 1]);
  }

  Draft& draft_;
  std::set<string_view> summary_;
  Section section_ = Section::run;
  std::size_t captured_ = 0;
};

void reduce_pytest(Draft& draft, const Known&) {
  PytestReader(draft).read();
}

bool detects_pytest(const Draft& draft) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view title = ruled(draft.line(i), '=');
    if (title == "test session starts" || title == "short test summary info") return true;
    if ((contains(title, " passed") || contains(title, " failed")) && contains(title, " in ")) return true;
  }
  return false;
}

// --- unittest -------------------------------------------------------------------------------------------------------

void reduce_unittest(Draft& draft, const Known&) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (line.ends_with(" ... ok")) {
      draft.take(i, "passing tests");
    } else if (contains(line, " ... skipped")) {
      draft.take(i, "skipped tests");
    } else if (line.size() > 3 && line.find_first_not_of(".FEsxu") == string_view::npos) {
      draft.take(i, "rows of dots");
    } else if (line.size() > 20 &&
               (line.find_first_not_of('=') == string_view::npos || line.find_first_not_of('-') == string_view::npos)) {
      draft.absorb(i);
    }
  }
}

bool detects_unittest(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           return line.starts_with("Ran ") && contains(line, " test") && contains(line, " in ");
         }) > 0;
}

bool is_python(const Command& c) {
  return c.program.starts_with("python") || c.is("manage.py");
}

constexpr std::array kFamilies = {
    Family{"pytest", "pytest: failures with their assertions, and the verdict",
           [](const Command& c) { return c.is("pytest") || c.is("py.test") || c.is("tox") || c.is("nox"); },
           detects_pytest, reduce_pytest},
    Family{"unittest", "Python's unittest: failures and the verdict",
           [](const Command& c) { return c.is("unittest") || (is_python(c) && c.has("test")); }, detects_unittest,
           reduce_unittest},
};

}  // namespace

std::span<const Family> python_families() {
  return kFamilies;
}

}  // namespace duotty::digest
