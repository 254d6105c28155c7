// Linters and type checkers: eslint, tsc, ruff, flake8, mypy, pylint, golangci-lint, shellcheck.
#include <algorithm>
#include <array>
#include <map>

#include "findings.hpp"
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

/// "12 | code" of clang-tidy and its like.
bool is_gutter(string_view line) {
  const std::size_t end = line.find_first_not_of("0123456789");
  return end != string_view::npos && end > 0 && line.substr(end).starts_with(" |");
}

/// "  --> app/a.py:1:8" of ruff.
bool read_arrow(string_view line, Place& place) {
  const string_view text = trimmed(line);
  if (!line.starts_with(' ') || !text.starts_with("--> ")) return false;
  const std::size_t colon = text.find(':');
  if (colon == string_view::npos || colon + 1 >= text.size() || !is_digit(text[colon + 1])) return false;
  place.file = text.substr(4, colon - 4);
  place.at = text.substr(colon + 1);
  return true;
}

/// A line of the drawing below it.
bool is_row(string_view line) {
  const string_view text = trimmed(line);
  return text.starts_with('|') || is_gutter(text) || text == "...";
}

/// A place that only says where something was declared: the place is enough.
bool is_pointer(string_view text) {
  return contains(text, "declared here") || contains(text, "defined here");
}

/// The findings of tsc, mypy, pylint, flake8 and whatever else begins its lines with a place.
class PlaceReader {
 public:
  explicit PlaceReader(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) read(i, draft_.line(i));
    drop_mutual();
    if (findings_.size() > 1 || tsc_) give_findings(draft_, findings_);
  }

 private:
  void read(std::size_t i, string_view line) {
    Place place;
    if (arrow_ && open_ && i == findings_.back().line + 1) return;
    if (draft_.touched(i)) {
      open_ = false;
    } else if (shell(i, line)) {
      return;
    } else if (read_place(line, place)) {
      begin(i, place);
    } else if (i + 1 < draft_.size() && !line.empty() && read_arrow(draft_.line(i + 1), place)) {
      place.text = line;
      begin(i, place);
      draft_.absorb(i + 1);
      arrow_ = true;
    } else if (open_ && arrow_ && (is_row(line) || line.empty())) {
      draft_.take(i, "source lines");
    } else if (open_ && arrow_ && line.starts_with("help: ")) {
      draft_.take(i, "hints");
    } else if (open_ && line.starts_with('[') && line.ends_with(']') && !contains(line, " ")) {
      findings_.back().text += " " + string(line);  // mypy wraps before the name of the rule
      draft_.absorb(i);
    } else if (open_ && !line.starts_with(' ') && !is_numbered_source(line) && draft_.trouble(i) == Trouble::none &&
               i + 1 < draft_.size() && is_caret(draft_.line(i + 1))) {
      draft_.take(i, "source lines");
    } else if (line.starts_with("************* ")) {
      draft_.absorb(i);  // pylint: the module, which the paths say
    } else if (!open_) {
      return;
    } else if (line.empty()) {
      if (tsc_) draft_.absorb(i);
    } else if (line.starts_with("  ")) {
      below(i, trimmed(line));
    } else if ((tsc_ && is_numbered_source(line)) || is_caret(line)) {
      draft_.take(i, "source lines");
    } else {
      open_ = false;
    }
  }
  /// "In x.sh line 2:" of shellcheck, the source line, and "^--^ SC2086 (info): text" for each finding in it.
  bool shell(std::size_t i, string_view line) {
    const std::size_t number = line.rfind(" line ");
    if (line.starts_with("In ") && line.ends_with(':') && number != string_view::npos &&
        leading_number(line.substr(number + 6))) {
      shell_file_ = line.substr(3, number - 3);
      shell_line_ = line.substr(number + 6, line.size() - number - 7);
      shell_ = Shell::source;
    } else if (shell_ == Shell::none) {
      return false;
    } else if (line == "Did you mean:" || line == "For more information:") {
      shell_ = line.front() == 'D' ? Shell::proposal : Shell::none;
    } else if (const std::size_t code = line.find(" SC"); trimmed(line).starts_with('^') && code != string_view::npos) {
      findings_.push_back({i, string(shell_file_), string(shell_line_), string(line.substr(code + 1))});
      return true;
    } else if (line.empty()) {
      draft_.absorb(i);
      return true;
    } else if (shell_ == Shell::findings || draft_.trouble(i) != Trouble::none) {
      return false;
    } else {
      draft_.take(i, shell_ == Shell::source ? "source lines" : "proposed lines");
      shell_ = Shell::findings;
      return true;
    }
    draft_.absorb(i);
    return true;
  }
  void begin(std::size_t i, const Place& place) {
    arrow_ = false;
    string_view text = place.text;
    const bool note = text.starts_with("note: ");
    if (note && open_ && findings_.back().file == place.file) {
      findings_.back().below.push_back(string(place.at) + " " + string(text));
      return draft_.absorb(i);
    }
    if (text.starts_with("error TS")) text.remove_prefix(6), tsc_ = true;
    Finding finding;
    finding.line = i;
    finding.file = place.file;
    finding.at = place.at;
    std::replace(finding.at.begin(), finding.at.end(), ',', ':');  // "(12,5)" of tsc
    finding.text = text;
    findings_.push_back(std::move(finding));
    open_ = true;
  }
  /// An indented line below a finding: a source line, a place that has to do with it, or more of its text.
  void below(std::size_t i, string_view text) {
    auto& lines = findings_.back().below;
    Place place;
    const bool marked = i + 1 < draft_.size() && is_caret(draft_.line(i + 1));
    if (marked || is_caret(text) || is_gutter(text) || (tsc_ && is_numbered_source(text))) {
      draft_.take(i, "source lines");
    } else if (text == "The last overload gave the following error.") {
      draft_.absorb(i);  // what follows is that error
    } else if (tsc_ && read_place(text, place)) {
      const string where(text.substr(0, static_cast<std::size_t>(place.at.end() - text.begin())));
      if (is_pointer(place.text)) {
        findings_.back().see.push_back(where);
        draft_.mention("declarations");
      } else {
        lines.push_back(where + " " + string(place.text));
      }
      draft_.absorb(i);
    } else {
      lines.emplace_back(draft_.line(i).substr(2));
      draft_.absorb(i);
    }
  }
  /// Places that have a finding of the same text need no mention in each other.
  void drop_mutual() {
    std::map<string, string_view> texts;
    for (const Finding& each : findings_) texts.emplace(each.file + ":" + each.at, each.text);
    for (Finding& each : findings_)
      std::erase_if(each.see, [&](const string& where) {
        const auto other = texts.find(where);
        return other != texts.end() && other->second == each.text;
      });
  }

  Draft& draft_;
  std::vector<Finding> findings_;
  enum class Shell { none, source, findings, proposal };
  Shell shell_ = Shell::none;  ///< what comes next of shellcheck
  string_view shell_file_;
  string_view shell_line_;
  bool open_ = false;   ///< what follows may belong to the last finding
  bool arrow_ = false;  ///< its place was below it, as ruff gives it
  bool tsc_ = false;
};

/// "Errors  Files" and the counts below it, which tsc puts at its end.
void drop_file_counts(Draft& draft) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (draft.touched(i) || !draft.line(i).starts_with("Errors  Files")) continue;
    draft.absorb(i);
    while (i + 1 < draft.size() && draft.line(i + 1).starts_with(' ')) draft.absorb(++i);
  }
}

void reduce_lint(Draft& draft, const Known&) {
  reduce_stylish(draft);
  PlaceReader(draft).read();
  drop_file_counts(draft);
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
    } else if (below &&
               (next_caret || (leading_number(trimmed(line)) && !line.ends_with(':') && !contains(line, ": ")))) {
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

/// "F401 'os' imported but unused", "C0114: Missing module docstring".
bool begins_with_code(string_view text) {
  const std::size_t letters = std::min(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), text.size());
  if (letters == 0 || letters > 5) return false;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789", letters), text.size());
  return digits - letters >= 2 && digits < text.size() && (text[digits] == ' ' || text[digits] == ':');
}

/// A line of flake8, pylint, ruff, mypy or shellcheck.
bool is_known_finding(string_view line) {
  string_view place, kind, message, rule;
  if (contains(line, "error TS") || stylish(line, place, kind, message, rule)) return true;
  if (line.starts_with("************* Module ")) return true;
  if (const std::size_t code = line.find(" SC"); code != string_view::npos && trimmed(line).starts_with('^'))
    return leading_number(line.substr(code + 3)).has_value();
  Place found;
  if (!read_place(line, found)) return false;
  if (begins_with_code(found.text)) return true;
  return found.file.ends_with(".py") && found.text.starts_with("error: ") && found.text.ends_with(']');
}

bool detects_lint(const Draft& draft) {
  Place place;
  for (std::size_t i = 0; i + 1 < draft.size() && i < 400; ++i)
    if (begins_with_code(draft.line(i)) && read_arrow(draft.line(i + 1), place)) return true;  // ruff
  return count_lines(draft, is_known_finding) > 0;
}

constexpr std::array kFamilies = {
    Family{"lint",
           "eslint, tsc, ruff, flake8, mypy, pylint, golangci-lint, shellcheck: each finding once, no source lines",
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
