// Tests of JavaScript and whatever prints like them: jest, vitest, mocha, node:test, TAP, playwright.
#include <algorithm>
#include <array>
#include <set>

#include "reducers.hpp"
#include "script_failures.hpp"
#include "test_failures.hpp"

namespace duotty::digest {
namespace {

using std::string;
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

constexpr std::array kRules = {Rule{"PASS ", "other lines"},
                               Rule{" PASS  ", "other lines"},
                               Rule{"Snapshots: ", "other lines"},
                               Rule{"Time: ", "other lines"},
                               Rule{"Ran all test suites", "other lines"},
                               Rule{"   Start at ", "other lines"},
                               Rule{"   Duration ", "other lines"},
                               Rule{"  Duration ", "other lines"},
                               Rule{"  Start at ", "other lines"},
                               Rule{" RUN  v", "other lines"},
                               Rule{" DEV  v", "other lines"},
                               Rule{"ℹ duration_ms", "other lines"},
                               Rule{"ℹ cancelled 0", "other lines"},
                               Rule{"ℹ skipped 0", "other lines"},
                               Rule{"ℹ todo 0", "other lines"},
                               Rule{"ℹ suites ", "other lines"},
                               Rule{"# duration_ms", "other lines"},
                               Rule{"# cancelled 0", "other lines"},
                               Rule{"# skipped 0", "other lines"},
                               Rule{"# todo 0", "other lines"},
                               Rule{"# suites ", "other lines"},
                               Rule{"TAP version ", "other lines"},
                               Rule{"Done in ", "other lines"}};

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
  const std::size_t own = indent_of(draft.line(i + 1));  // "..." further in is part of a text
  for (std::size_t k = i + 2; k < draft.size() && k < i + 400; ++k)
    if (trimmed(draft.line(k)) == "..." && indent_of(draft.line(k)) <= own) return k;
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
    if ((is_tick(next) || is_marker(next)) && deeper && !contains(text, "failed")) draft.drop(i, "other lines");
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
      if (text.starts_with("FAIL ")) told_.insert(trimmed(text.substr(5)));
      if (draft_.line(i).starts_with(" FAIL  ")) files_.insert(text.substr(6, text.find(" > ") - 6));
      if (draft_.line(i).starts_with("▶ ")) groups_.insert(text.substr(4));
    }
    if (node_ > 0) {
      for (std::size_t i = node_ + 1; i < draft_.size(); ++i) {
        again_.insert(trimmed(draft_.line(i)));
        if (draft_.line(i).starts_with("✖ ")) told_.insert(test_name(draft_.line(i)));
      }
    }
    for (std::size_t i = 0; i < (node_ > 0 ? node_ : draft_.size()); ++i) mark(i);
    drop_groups();
  }

 private:
  void mark(std::size_t i) {
    const string_view line = draft_.line(i);
    const string_view text = trimmed(line);
    const bool cross = text.starts_with("✖ ") || text.starts_with("✕ ") || text.starts_with("× ");
    if (!cross || !told_.contains(test_name(text))) return;
    draft_.absorb(i);
    while (i + 1 < draft_.size() && trimmed(draft_.line(i + 1)).starts_with("→ ")) draft_.take(++i, "repetitions");
    // node:test has the whole of the failure below, indented, and again at the end.
    for (std::size_t k = i + 1; node_ > 0 && k < node_; ++k) {
      const string_view below = draft_.line(k);
      if (!below.empty() && indent_of(below) <= indent_of(line)) break;
      if (below.empty() || again_.contains(trimmed(below))) draft_.absorb(k);
    }
  }

  /// "✖ price (9.07ms)" of node, "❯ v/price.test.js (3 tests | 2 failed) 541ms" of vitest and "1) rounds" of mocha,
  /// where what failed in them is told below.
  void drop_groups() {
    std::size_t parted = 0;  // where mocha begins to tell all failures
    for (std::size_t i = 0; i < draft_.size(); ++i)
      if (leading_number(trimmed(draft_.line(i))) && draft_.line(i).ends_with(" failing")) parted = i;
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      if (draft_.touched(i)) continue;
      if (i < parted && line.starts_with("    ") && is_marker(trimmed(line))) draft_.absorb(i);
      if (i < node_ && line.starts_with("✖ ") && groups_.contains(test_name(line))) draft_.absorb(i);
      if (!line.starts_with(" ❯ ") || !line.ends_with("ms")) continue;
      const string_view file = line.substr(5, line.find(" (") - std::min(line.find(" ("), std::size_t{5}));
      if (files_.contains(file)) draft_.absorb(i);
    }
  }

  Draft& draft_;
  std::set<string_view> groups_;  ///< of node:test
  std::set<string_view> files_;   ///< of vitest
  std::size_t node_ = 0;          ///< where node:test begins to tell all failures
  std::set<string_view> told_;
  std::set<string_view> again_;  ///< what node:test tells at the end
};

/// "not ok 1 - stack" with its details, when what failed is a test in it that has a line of its own.
bool is_parent_failure(const Draft& draft, std::size_t i, std::size_t end) {
  for (; i < end; ++i)
    if (trimmed(draft.line(i)) == "failureType: 'subtestsFailed'") return true;
  return false;
}

/// "'text'" of YAML without its quotes.
string_view unquoted(string_view text) {
  const bool quoted = text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0];
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// The details below "not ok 31 - pops".
class TapFailure {
 public:
  TapFailure(Draft& draft, std::size_t head) : draft_(draft), head_(head), end_(yaml_end(draft, head)) {}
  void read() {
    if (end_ == head_) return;
    const bool parent = is_parent_failure(draft_, head_, end_);
    const std::size_t own = indent_of(draft_.line(head_ + 1));
    for (std::size_t k = head_ + 1; k <= end_; ++k) {
      const string_view text = trimmed(draft_.line(k));
      if (indent_of(draft_.line(k)) < own && !text.empty()) continue;  // something else printed it
      if (k == head_ + 1 || k == end_ || is_tap_detail(text)) {
        draft_.absorb(k);
      } else if (text.starts_with("location: ")) {
        place_ = unquoted(text.substr(10));
        draft_.absorb(k);
      } else if (parent) {
        draft_.absorb(k);
      } else if (text.starts_with("name: ")) {
        name_ = unquoted(text.substr(6));
        draft_.absorb(k);
      } else if (text.starts_with("error: ") && error_ == 0) {
        error_ = k;
      } else if (text == "stack: |-") {
        k = stack(k);
      }
    }
    string head(trimmed(draft_.line(head_)));
    if (!place_.empty()) head += " (" + string(place_) + ")";
    draft_.show(head_, std::move(head));
    if (error_ > 0) message();
  }

 private:
  std::size_t stack(std::size_t heading) {
    string text;
    std::size_t k = heading + 1;
    for (; k < end_ && indent_of(draft_.line(k)) > indent_of(draft_.line(heading)); ++k) {
      const string_view frame = trimmed(draft_.line(k));
      if (contains(frame, "(node:") || frame.starts_with("node:")) {
        draft_.take(k, "frames");
        continue;
      }
      text += (text.empty() ? "at " : ", ") + short_frame(frame);
      draft_.absorb(k);
    }
    draft_.show(heading, std::move(text));
    return k - 1;
  }
  /// "error: |-" and the message below it, or the message behind it.
  void message() {
    const string_view text = trimmed(draft_.line(error_)).substr(7);
    const string kind(name_.empty() ? "error" : name_);
    const FailureSection section{error_, end_};
    tidy_failure(draft_, section);
    draft_.show(error_, kind + ":" + (text == "|-" ? "" : " " + string(unquoted(text))));
  }

  Draft& draft_;
  std::size_t head_;
  std::size_t end_;
  std::size_t error_ = 0;
  string_view place_;
  string_view name_;
};

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
      if (text.starts_with("not ok ")) TapFailure(draft, i).read();
    } else if (is_plan(text) || is_inner_detail(draft, i)) {
      draft.absorb(i);
    } else if (drop_by(draft, i, kRules)) {
      continue;
    } else if (line.starts_with("Running ") && contains(line, " using ") && contains(line, " worker")) {
      draft.take(i, "other lines");
    } else if (is_tick(text)) {
      draft.take(i, "passing tests");
    } else if (is_tap_ok(text)) {
      draft.take(i, "passing tests");
      for (const std::size_t end = yaml_end(draft, i); i < end;) draft.drop(++i, "details");
    } else if (text.starts_with("○ ") || text.starts_with("↓ ") || text.starts_with("﹣ ")) {
      draft.drop(i, "skipped tests");
    } else if (is_frame(text)) {
      draft.take(i, "source lines");
    } else if (text.starts_with("at ") &&
               (contains(text, "(node:") || contains(text, "node_modules/") || contains(text, " node:internal/"))) {
      draft.take(i, "frames");
    } else if (text.starts_with("⎯⎯")) {
      draft.absorb(i);
    } else if (is_coverage(line)) {
      if (!text.starts_with("All files")) draft.take(i, "rows of the coverage table");
    }
  }
  drop_titles(draft);
  tidy_script_failures(draft);
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
