#include "script_failures.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "test_failures.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

std::size_t indent_of(string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// "console.log", what was printed and where, as jest shows them: the place goes beside the heading.
void tidy_console(Draft& draft) {
  for (std::size_t i = 0; i + 1 < draft.size(); ++i) {
    const std::size_t own = indent_of(draft.line(i));
    if (draft.line(i) == "  ● Console") draft.absorb(i);
    if (!trimmed(draft.line(i)).starts_with("console.") || own < 2 || draft.touched(i)) continue;
    string head(trimmed(draft.line(i)));
    std::size_t k = i + 1;
    for (; k < draft.size() && (draft.line(k).empty() || indent_of(draft.line(k)) > own); ++k) {
      const string_view text = trimmed(draft.line(k));
      if (text.empty() && !draft.touched(k)) draft.absorb(k);
      if (draft.touched(k)) continue;
      if (!is_stack_line(text)) {
        draft.show(k, string(draft.line(k).substr(own)));
      } else if (!head.ends_with(')')) {
        const std::size_t open = text.rfind('(');
        head += " (" + short_frame(open == string_view::npos ? text.substr(3) : text.substr(open + 1));
        if (!head.ends_with(')')) head += ')';
        draft.absorb(k);
      }
    }
    draft.show(i, std::move(head));
    i = k - 1;
  }
}

/// Each is looked for in every line.
constexpr std::size_t kMostNamed = 100;

/// Where runners tell failures one after the other.
class Failures {
 public:
  explicit Failures(Draft& draft) : draft_(draft) {}
  void tidy() {
    bool mocha = false;
    bool node = false;
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      const string_view text = trimmed(line);
      if (leading_number(text) && text.ends_with(" failing")) mocha = true;
      if (text.starts_with("✖ failing tests:")) {
        node = true;
        draft_.absorb(i);
      } else if ((line.starts_with(" FAIL  ") && (contains(line, " > ") || contains(line, " [ "))) ||
                 (line.starts_with("  ● ") && line != "  ● Console")) {
        begin(i, string(text));
      } else if (node && line.starts_with("✖ ")) {
        begin_node(i);
      } else if (line.starts_with("  ") && is_marker(text) && contains(text, " › ")) {
        begin(i, without_rule(text));
        const string name = without_rule(text.substr(text.find(' ') + 1));
        if (draft_.kept(i) && playwright_.size() < kMostNamed) playwright_.push_back(name);
      } else if (mocha && line.starts_with("  ") && is_marker(text)) {
        i = begin_mocha(i);
      } else if (is_total(text) || text.starts_with("PASS ") || text.starts_with("FAIL ") ||
                 line.starts_with("Summary of all") || line.starts_with("test at ")) {
        end(i);
      }
    }
    end(draft_.size());
    drop_named();
  }

 private:
  /// "1) [chromium] › a.spec.ts:3:5 › rounds ──────" without what fills the line.
  static string without_rule(string_view text) {
    const std::size_t rule = text.find(" ──");
    return string(text.substr(0, rule));
  }
  /// Lines of playwright that only name a failure: in the run, and in the list at the end.
  void drop_named() {
    for (std::size_t i = 0; i < draft_.size() && !playwright_.empty(); ++i) {
      const string_view text = trimmed(draft_.line(i));
      if (draft_.touched(i) && !draft_.pinned(i)) continue;
      const bool listed = text.starts_with("[") || text.starts_with("✘ ");
      const bool told = listed && std::any_of(playwright_.begin(), playwright_.end(),
                                              [&](const string& name) { return contains(text, name); });
      if (told || text.starts_with("────")) draft_.absorb(i);
      if (text.starts_with("-  ") && contains(text, " › ")) draft_.drop(i, "skipped tests");
    }
  }
  void end(std::size_t i) {
    if (head_ == 0) return;
    tidy_failure(draft_, {head_ - 1, i});
    draft_.show(head_ - 1, std::move(name_));
    head_ = 0;
  }
  void begin(std::size_t i, string name) {
    end(i);
    if (!draft_.kept(i)) return;
    head_ = i + 1;
    name_ = std::move(name);
  }
  void begin_node(std::size_t i) {
    string name = "✖ " + string(test_name(draft_.line(i)));
    if (i > 0 && draft_.line(i - 1).starts_with("test at ")) {
      name += " (" + string(draft_.line(i - 1)) + ")";
      draft_.absorb(i - 1);
    }
    begin(i, std::move(name));
  }
  /// "1) price", its groups and "totals a cart:" on lines of their own; the last of them.
  std::size_t begin_mocha(std::size_t i) {
    string name(trimmed(draft_.line(i)));
    std::size_t last = i;
    while (last + 1 < draft_.size() && !draft_.line(last).ends_with(':') && !draft_.line(last + 1).empty() &&
           draft_.line(last + 1).starts_with("       ") && last < i + 12)
      name += " > " + string(trimmed(draft_.line(++last)));
    begin(last, std::move(name));
    for (std::size_t k = i; k < last; ++k) draft_.absorb(k);
    return last;
  }

  Draft& draft_;
  std::size_t head_ = 0;  ///< of the failure that is read, from 1
  string name_;
  std::vector<string> playwright_;  ///< names of the failures that it tells
};

/// Short totals that follow each other, on one line.
void join_totals(Draft& draft) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    string text(trimmed(draft.line(i)));
    if (!is_total(text) || text.size() > 30) continue;
    std::size_t last = i;
    for (std::size_t k = i + 1; k < draft.size(); ++k) {
      const string_view next = trimmed(draft.line(k));
      if (!draft.kept(k) || next.empty()) continue;
      if (!is_total(next) || next.size() > 30) break;
      const bool mark = next.starts_with("ℹ ") || next.starts_with("# ");
      text += ", " + string(mark ? next.substr(next.find(' ') + 1) : next);
      draft.absorb(k);
      last = k;
    }
    if (last > i) draft.show(i, std::move(text));
    i = last;
  }
}

}  // namespace

bool is_total(string_view text) {
  for (const string_view word : {"Tests: ", "Test Suites: ", "Test Files ", "Tests  ", "ℹ tests ", "ℹ pass ", "ℹ fail ",
                                 "# tests ", "# pass ", "# fail "})
    if (text.starts_with(word)) return true;
  return leading_number(text) && (contains(text, " passing (") || contains(text, " failing") ||
                                  contains(text, " pending") || contains(text, " passed ("));
}

bool is_marker(string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  return end != string_view::npos && end > 0 && text.substr(end).starts_with(") ");
}

string_view test_name(string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == string_view::npos) return {};
  string_view name = trimmed(text.substr(blank + 1));
  const std::size_t last = name.rfind(name.ends_with("ms)") || name.ends_with(" s)") ? " (" : " ");
  if (last != string_view::npos && (name.ends_with("ms") || name.ends_with("s)")) &&
      is_digit(name[last + (name[last + 1] == '(' ? 2 : 1)]))
    name = trimmed(name.substr(0, last));
  return name;
}

void tidy_script_failures(Draft& draft) {
  tidy_console(draft);
  Failures(draft).tidy();
  join_totals(draft);
}

}  // namespace duotty::digest
