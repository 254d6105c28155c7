// Linters and type checkers: eslint, tsc, ruff, flake8, mypy, pylint, golangci-lint, shellcheck.
#include <array>
#include <map>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

/// Source lines with carets below a finding, as tsc and ruff show them on a terminal.
bool is_caret(string_view line) {
  const string_view text = trimmed(line);
  if (text.empty()) return false;
  const string_view marks = text.starts_with("|") ? trimmed(text.substr(1)) : text;
  if (marks.starts_with("^") || marks.starts_with("~"))
    return marks.find_first_not_of("^~ -") == string_view::npos || text.starts_with("|");
  return text == "|";
}

bool is_finding(string_view line) {
  return contains(line, " - error TS") || contains(line, "): error TS") ||
         (contains(line, " error ") && line.starts_with("  ")) || trouble_of(line) == Trouble::error;
}

/// "  12:5  warning  'x' is never used  no-unused-vars" of eslint.
bool stylish(string_view line, string_view& place, string_view& kind, string_view& message, string_view& rule) {
  if (!line.starts_with(' ')) return false;
  const auto cells = cells_of(line);
  if (cells.size() < 3 || !leading_number(cells[0]) || !contains(cells[0], ":")) return false;
  if (cells[1] != "warning" && cells[1] != "error") return false;
  place = cells[0];
  kind = cells[1];
  message = cells[2];
  rule = cells.size() > 3 ? cells.back() : string_view();
  return true;
}

/// Findings of one rule in one file: the first in full, of the others place and what is quoted.
struct Rows {
  struct Of {
    std::size_t first = 0;
    std::size_t count = 0;
    string_view name;  ///< quoted in the first
    string others;
  };
  std::map<string, Of> rules;
  void give(Draft& draft) {
    for (auto& [rule, of] : rules) {
      string text;
      for (const string_view cell : cells_of(draft.line(of.first)))
        text += (text.empty() ? " " : text.ends_with("  error") ? "    " : "  ") + string(cell);
      draft.show(of.first, text + (of.count > 1 ? "\n  also " + of.others : ""));
    }
    rules.clear();
  }
};

string_view quoted(string_view message) {
  const std::size_t begin = message.find('\'');
  const std::size_t end = begin == string_view::npos ? begin : message.find('\'', begin + 1);
  return end == string_view::npos ? string_view() : message.substr(begin, end + 1 - begin);
}

void reduce_stylish(Draft& draft) {
  Rows rows;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    string_view place, kind, message, rule;
    if (!stylish(draft.line(i), place, kind, message, rule)) {
      rows.give(draft);
      continue;
    }
    draft.pin(i);
    if (rule.empty()) continue;
    // Warnings of a rule say the same of other names; of errors only those that are alike word for word are joined.
    auto& of = rows.rules[kind == "warning" ? string(rule) : string(message) + string(rule)];
    const string_view name = kind == "warning" ? quoted(message) : string_view();
    if (of.count++ == 0) {
      of.first = i;
      of.name = name;
      continue;
    }
    // A name says where in the line it is; without one the column does.
    const bool tells = name.size() > 2 && name != of.name;
    of.others += (of.others.empty() ? "" : ", ") + string(tells ? place.substr(0, place.find(':')) : place);
    if (tells) draft.mention("columns of names");
    if (tells) of.others += " " + string(contains(name, " ") ? name : name.substr(1, name.size() - 2));
    draft.absorb(i);
  }
  rows.give(draft);
}

/// "12 code": a line of a file with its number, as tsc shows it above its marks.
bool is_numbered_source(string_view line) {
  const std::size_t end = line.find_first_not_of("0123456789");
  return end != string_view::npos && end > 0 && line[end] == ' ';
}

void reduce_lint(Draft& draft, const Known&) {
  reduce_stylish(draft);
  bool below = false;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (draft.touched(i)) continue;
    if (line.empty() && below) {
      draft.absorb(i);
      continue;
    }
    const bool next_caret = i + 1 < draft.size() && is_caret(draft.line(i + 1));
    if (is_caret(line)) {
      draft.drop(i, "source lines");
    } else if (below && next_caret && is_numbered_source(line)) {
      draft.take(i, "source lines");  // names in it are no complaints
    } else if (below && (next_caret || (leading_number(trimmed(line)) && (line.empty() || !contains(line, ": "))))) {
      draft.drop(i, "source lines");
    } else if (is_finding(line)) {
      below = true;
    } else if (line.starts_with("  help: ") || line.starts_with("For more information:") ||
               line.starts_with("  https://") || contains(line, "potentially fixable with the `--fix`") ||
               line.starts_with("[*] ")) {
      draft.drop(i, "hints");
    } else if (line.starts_with("All matched files use") || line.starts_with("Checking formatting")) {
      continue;
    }
  }
}

bool detects_lint(const Draft& draft) {
  const std::size_t findings = count_lines(draft, [](string_view line) {
    string_view place, kind, message, rule;
    return contains(line, "error TS") || stylish(line, place, kind, message, rule);
  });
  return findings > 0;
}

constexpr std::array kFamilies = {
    Family{"lint", "eslint, tsc, ruff, flake8, mypy, pylint, golangci-lint, shellcheck: each finding, no source lines",
           [](const Command& c) {
             return c.is_any({"eslint",     "tsc",       "vue-tsc",  "ruff",          "flake8",
                              "mypy",       "pylint",    "pyright",  "golangci-lint", "shellcheck",
                              "biome",      "stylelint", "prettier", "black",         "rubocop",
                              "clang-tidy", "cppcheck",  "hadolint", "markdownlint",  "yamllint"});
           },
           detects_lint, reduce_lint},
};

}  // namespace

std::span<const Family> lint_families() {
  return kFamilies;
}

}  // namespace duotty::digest
