// Tests of JavaScript and whatever prints like them: jest, vitest, mocha, node:test, TAP, playwright.
#include <algorithm>
#include <array>
#include <set>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string_view;

bool is_tick(string_view text) {
  for (const string_view sign : {"✓", "✔", "√"})
    if (text.starts_with(sign)) return true;
  return false;
}
bool is_cross(string_view text) {
  for (const string_view sign : {"✗", "✘", "✖", "×", "✕", "❌", "●", "not ok "})
    if (text.starts_with(sign)) return true;
  return false;
}

constexpr std::array kRules = {Rule{"PASS ", "passing test files"},    Rule{"Snapshots: ", "closing lines"},
                               Rule{"Time: ", "closing lines"},        Rule{"Ran all test suites", "closing lines"},
                               Rule{"   Start at ", "closing lines"},  Rule{"   Duration ", "closing lines"},
                               Rule{"  Duration ", "closing lines"},   Rule{"  Start at ", "closing lines"},
                               Rule{" RUN  v", "closing lines"},       Rule{" DEV  v", "closing lines"},
                               Rule{"ℹ duration_ms", "closing lines"}, Rule{"ℹ cancelled 0", "closing lines"},
                               Rule{"ℹ skipped 0", "closing lines"},   Rule{"ℹ todo 0", "closing lines"},
                               Rule{"ℹ suites ", "closing lines"},     Rule{"# duration_ms", "closing lines"},
                               Rule{"# cancelled 0", "closing lines"}, Rule{"# skipped 0", "closing lines"},
                               Rule{"# todo 0", "closing lines"},      Rule{"# suites ", "closing lines"},
                               Rule{"TAP version ", "closing lines"},  Rule{"Done in ", "closing lines"}};

/// What node:test adds to every failure; other codes and kinds of failure say something.
bool is_detail(string_view text) {
  for (const string_view each : {"generatedMessage: ", "operator: '", "code: 'ERR_ASSERTION'"})
    if (text.starts_with(each)) return true;
  return false;
}
/// The same in the details of TAP.
bool is_tap_detail(string_view text) {
  for (const string_view each : {"duration_ms: ", "type: 'test'", "type: 'suite'", "code: 'ERR_TEST_FAILURE'",
                                 "failureType: 'testCodeFailure'", "failureType: 'subtestsFailed'"})
    if (text.starts_with(each)) return true;
  return is_detail(text);
}

/// "pops" of "✖ pops (564.1ms)", "rounds" of "✕ rounds (292 ms)" and of "× rounds 330ms".
string_view name_of(string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == string_view::npos) return {};
  string_view name = trimmed(text.substr(blank + 1));
  const std::size_t last = name.rfind(name.ends_with("ms)") || name.ends_with(" s)") ? " (" : " ");
  if (last != string_view::npos && (name.ends_with("ms") || name.ends_with("s)")) &&
      is_digit(name[last + (name[last + 1] == '(' ? 2 : 1)]))
    name = trimmed(name.substr(0, last));
  return name;
}

/// "1..31" of TAP: the totals say it.
bool is_plan(string_view text) {
  return text.starts_with("1..") && text.find_first_not_of("0123456789", 3) == string_view::npos;
}

/// "  generatedMessage: true," in an error that node prints.
bool is_inner_detail(const Draft& draft, std::size_t i) {
  const string_view line = draft.line(i);
  return line.starts_with("  ") && is_detail(trimmed(line)) &&
         (line.ends_with(',') || (i + 1 < draft.size() && trimmed(draft.line(i + 1)) == "}"));
}

std::size_t indent_of(string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// Closing totals: the verdict, which nothing may take.
bool is_total(string_view text) {
  for (const string_view word : {"Tests: ", "Test Suites: ", "Test Files ", "Tests  ", "ℹ tests ", "ℹ pass ", "ℹ fail ",
                                 "# tests ", "# pass ", "# fail "})
    if (text.starts_with(word)) return true;
  return leading_number(text) && (contains(text, " passing (") || contains(text, " failing") ||
                                  contains(text, " pending") || contains(text, " passed ("));
}

/// "File.js | 100 | 80 | ..." of a coverage table.
bool is_coverage(string_view line) {
  std::size_t bars = 0;
  for (const char c : line) bars += c == '|' ? 1 : 0;
  if (bars < 4) return false;
  return line.find_first_not_of("-| ") == string_view::npos || line.starts_with(" ") || contains(line, "% Stmts");
}

/// "12 | source" and the caret below it; the line that failed has a mark before its number and stays.
bool is_frame(string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  const string_view rest = trimmed(text.substr(at));
  if (at > 0) return rest.starts_with('|');
  return rest.starts_with('|') && rest.find_first_not_of("| ^") == string_view::npos;
}

/// The block of YAML below a result of TAP; where it ends.
std::size_t yaml_end(const Draft& draft, std::size_t i) {
  if (i + 1 >= draft.size() || trimmed(draft.line(i + 1)) != "---") return i;
  for (std::size_t k = i + 2; k < draft.size() && k < i + 200; ++k)
    if (trimmed(draft.line(k)) == "...") return k;
  return i;
}

bool is_tap_ok(string_view text) {
  return text.starts_with("ok ") && text.size() > 3 && is_digit(text[3]);
}

/// Titles of groups: indented, no mark, nothing but passing tests below them until the next title.
void drop_titles(Draft& draft) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const string_view text = trimmed(line);
    if (!draft.kept(i) || draft.touched(i) || text.empty() || draft.trouble(i) != Trouble::none || is_total(text))
      continue;
    const bool pointer = text.starts_with("▶ ") || text.starts_with("❯ ");
    if (!pointer && !line.starts_with("  ")) continue;
    std::size_t k = i + 1;
    while (k < draft.size() && draft.line(k).empty()) ++k;
    if (k >= draft.size()) break;
    const string_view next = trimmed(draft.line(k));
    const bool deeper = draft.line(k).find_first_not_of(' ') > line.find_first_not_of(' ');
    if (is_tick(next) && deeper && !contains(text, "failed")) draft.drop(i, "titles of passing tests");
  }
}

/// Failures that stand twice: once where the test ran, once with all of them at the end.
class Twice {
 public:
  explicit Twice(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view text = trimmed(draft_.line(i));
      if (text.starts_with("✖ failing tests:")) node_ = i;
      // "● price › rounds" of jest, "FAIL  v/price.test.js > price > rounds" of vitest
      for (const string_view joint : {" › ", " > "}) {
        const std::size_t at = text.rfind(joint);
        if (at != string_view::npos && (text.starts_with("● ") || text.starts_with("FAIL ")))
          told_.insert(text.substr(at + joint.size()));
      }
    }
    if (node_ > 0) {
      for (std::size_t i = node_ + 1; i < draft_.size(); ++i) {
        again_.insert(trimmed(draft_.line(i)));
        if (draft_.line(i).starts_with("✖ ")) told_.insert(name_of(draft_.line(i)));
      }
    }
    for (std::size_t i = 0; i < (node_ > 0 ? node_ : draft_.size()); ++i) mark(i);
  }

 private:
  void mark(std::size_t i) {
    const string_view line = draft_.line(i);
    const string_view text = trimmed(line);
    const bool cross = text.starts_with("✖ ") || text.starts_with("✕ ") || text.starts_with("× ");
    if (!cross || !told_.contains(name_of(text))) return;
    draft_.absorb(i);
    // node:test has the whole of the failure below, indented, and again at the end.
    for (std::size_t k = i + 1; node_ > 0 && k < node_; ++k) {
      const string_view below = draft_.line(k);
      if (!below.empty() && indent_of(below) <= indent_of(line)) break;
      if (below.empty() || again_.contains(trimmed(below))) draft_.absorb(k);
    }
  }

  Draft& draft_;
  std::size_t node_ = 0;  ///< where node:test begins to tell all failures
  std::set<string_view> told_;
  std::set<string_view> again_;  ///< what node:test tells at the end
};

/// "not ok 1 - stack" with its details, when what failed is a test in it that has a line of its own.
bool is_parent_failure(const Draft& draft, std::size_t i, std::size_t end) {
  for (; i < end; ++i)
    if (trimmed(draft.line(i)) == "failureType: 'subtestsFailed'") return true;
  return false;
}

void reduce_tap_failure(Draft& draft, std::size_t i) {
  const std::size_t end = yaml_end(draft, i);
  if (end == i) return;
  const bool parent = is_parent_failure(draft, i, end);
  bool stack = false;
  for (std::size_t k = i + 1; k <= end; ++k) {
    const string_view text = trimmed(draft.line(k));
    if (text.ends_with(": |-")) stack = text.starts_with("stack:");
    if (text == "---" || text == "..." || text.empty() || (parent && !text.starts_with("location:")) ||
        is_tap_detail(text))
      draft.absorb(k);
    else if (stack && (contains(text, "(node:") || text.starts_with("node:")))
      draft.take(k, "frames of the runtime");
  }
}

/// Names behind "ok 1 - " and "not ok 1 - ".
std::set<string_view> names_of_tap(const Draft& draft) {
  std::set<string_view> names;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view text = trimmed(draft.line(i));
    const std::size_t at = text.find(" - ");
    if (at != string_view::npos && (is_tap_ok(text) || text.starts_with("not ok ")))
      names.insert(text.substr(at + 3, std::min(text.find(" # ", at), text.size()) - at - 3));
  }
  return names;
}

void reduce_script(Draft& draft, const Known&) {
  Twice(draft).read();
  const std::set<string_view> ended = names_of_tap(draft);
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const string_view text = trimmed(line);
    if (draft.touched(i)) continue;
    if (text.starts_with("# Subtest: ") && ended.contains(text.substr(11))) {
      draft.absorb(i);
    } else if (is_total(text)) {
      draft.pin(i);
    } else if (is_cross(text)) {
      draft.pin(i);
      if (text.starts_with("not ok ")) reduce_tap_failure(draft, i);
    } else if (is_plan(text) || is_inner_detail(draft, i)) {
      draft.absorb(i);
    } else if (drop_by(draft, i, kRules)) {
      continue;
    } else if (is_tick(text)) {
      draft.take(i, "passing tests");
    } else if (is_tap_ok(text)) {
      draft.take(i, "passing tests");
      for (const std::size_t end = yaml_end(draft, i); i < end;) draft.drop(++i, "details of passing tests");
    } else if (text.starts_with("○ ") || text.starts_with("↓ ") || text.starts_with("﹣ ")) {
      draft.drop(i, "skipped tests");
    } else if (is_frame(text)) {
      draft.take(i, "source lines around failures");
    } else if (text.starts_with("at ") &&
               (contains(text, "(node:") || contains(text, "node_modules/") || contains(text, " node:internal/"))) {
      draft.take(i, "frames of the runtime");
    } else if (text.starts_with("⎯⎯")) {
      draft.absorb(i);
    } else if (is_coverage(line)) {
      if (!text.starts_with("All files")) draft.take(i, "rows of the coverage table");
    }
  }
  drop_titles(draft);
}

bool detects_script(const Draft& draft) {
  return count_lines(draft,
                     [](string_view line) {
                       const string_view text = trimmed(line);
                       return text.starts_with("Test Suites: ") || text.starts_with("Test Files ") ||
                              text.starts_with("ℹ tests ") || text.starts_with("TAP version ") ||
                              (leading_number(text) && contains(text, " passing (")) || text.starts_with("# tests ");
                     }) > 0 ||
         count_lines(draft, [](string_view line) { return is_tick(trimmed(line)) || is_tap_ok(trimmed(line)); }) >= 5 ||
         (draft.size() > 400 && is_total(trimmed(draft.line(draft.size() - 1))));
}

constexpr std::array kFamilies = {
    Family{"js-test", "jest, vitest, mocha, node --test, TAP, playwright: failures and totals",
           [](const Command& c) {
             return c.is("jest") || c.is("vitest") || c.is("mocha") || c.is("ava") || c.is("tap") ||
                    c.is("playwright") || c.is("cypress") || c.is("bats") || c.is("prove") ||
                    (c.is("node") && c.has("--test")) || (c.is("bun") && c.word(0) == "test") ||
                    (c.is("deno") && c.word(0) == "test");
           },
           detects_script, reduce_script},
};

}  // namespace

std::span<const Family> script_test_families() {
  return kFamilies;
}

}  // namespace duotty::digest
