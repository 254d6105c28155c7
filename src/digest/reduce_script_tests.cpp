// Tests of JavaScript and whatever prints like them: jest, vitest, mocha, node:test, TAP, playwright.
#include <array>

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
                               Rule{"# Subtest: ", "passing tests"},   Rule{"TAP version ", "closing lines"},
                               Rule{"Done in ", "closing lines"}};

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

void reduce_script(Draft& draft, const Known&) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const string_view text = trimmed(line);
    if (is_total(text)) {
      draft.pin(i);
    } else if (is_cross(text)) {
      draft.pin(i);
    } else if (drop_by(draft, i, kRules)) {
      continue;
    } else if (is_tick(text)) {
      draft.take(i, "passing tests");
    } else if (is_tap_ok(text)) {
      draft.take(i, "passing tests");
      for (const std::size_t end = yaml_end(draft, i); i < end;) draft.drop(++i, "details of passing tests");
    } else if (text.starts_with("# Subtest: ")) {
      draft.drop(i, "passing tests");
    } else if (text.starts_with("○ ") || text.starts_with("↓ ") || text.starts_with("﹣ ")) {
      draft.drop(i, "skipped tests");
    } else if (is_frame(text)) {
      draft.take(i, "source lines around failures");
    } else if (text.starts_with("at ") && (contains(text, "node:internal/") || contains(text, "node_modules/"))) {
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
