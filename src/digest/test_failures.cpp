#include "test_failures.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "line_words.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kLiteral = 160;  ///< most bytes of a literal given on one line
constexpr string_view kPointer = "❯ ";

std::size_t indent_of(string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// "> 4 | source": the line that failed, which the stack names.
bool is_failed_source(string_view text) {
  if (!text.starts_with("> ")) return false;
  text = trimmed(text.substr(2));
  const std::size_t end = text.find_first_not_of("0123456789");
  return end != string_view::npos && end > 0 && text.substr(end).starts_with(" |");
}

/// What the signs of a difference mean: "- Expected  - 1", "+ expected - actual", "+ actual - expected".
bool is_legend(string_view text) {
  return text.starts_with("- Expected") || text.starts_with("+ expected - actual") ||
         text.starts_with("+ actual - expected");
}

/// "AssertionError: expected 2 to be 3" or "AssertionError [ERR_ASSERTION]: 2 == 3", when no value is cut.
bool tells_values(string_view text) {
  for (const string_view cut : {"…", "[Object", "[Array", "..."})
    if (contains(text, cut)) return false;
  if (!contains(text, "AssertionError")) return false;
  return contains(text, "]: ") ? contains(text, " == ") : contains(text, ": expected ") && contains(text, " to ");
}

class Tidier {
 public:
  Tidier(Draft& draft, const FailureSection& section) : draft_(draft), section_(section) {
    for (std::size_t i = section.head + 1; i < section.end; ++i) {
      const string_view text = trimmed(draft.line(i));
      if (!draft.kept(i) || text.empty()) continue;
      if (base_ == string_view::npos) base_ = indent_of(draft.line(i));
      stack_ = stack_ || is_stack_line(text);
      strict_ = strict_ || text.ends_with("Expected values to be strictly equal:");
      values_ =
          values_ || tells_values(text) || (strict_ && contains(text, " !== ")) || text == "should loosely deep-equal";
    }
  }
  void tidy() {
    for (std::size_t i = section_.head + 1; i < section_.end; ++i) {
      if (!draft_.kept(i) || draft_.touched(i)) continue;
      const string_view text = trimmed(draft_.line(i));
      if (text.empty()) {
        draft_.absorb(i);
      } else if (is_failed_source(text)) {
        if (stack_) draft_.take(i, "source lines");
      } else if (is_stack_line(text)) {
        i = stack(i);
      } else if (is_legend(text)) {
        i = difference(i);
      } else if (text.starts_with("actual:") || text.starts_with("expected:")) {
        i = value(i);
      } else if (text.starts_with("────")) {
        draft_.absorb(i);
      } else if (text.starts_with("attachment #") && contains(text, " ──")) {
        draft_.show(i, string(text.substr(0, text.find(" ──"))));
      } else if (text == "}" && values_) {
        draft_.absorb(i);  // the end of the details
      } else if (const std::size_t last = literal(i); last > i) {
        i = last;
      } else {
        give(i);
      }
    }
  }

 private:
  void give(std::size_t i) {
    const string_view line = draft_.line(i);
    string shorter(line.substr(std::min(indent_of(line), base_)));
    // What every failed assertion of node has, and what the name of jest's matcher says.
    constexpr string_view code = "AssertionError [ERR_ASSERTION]: ";
    if (shorter.starts_with(code)) shorter.erase(14, 16);
    if (shorter.starts_with("expect(") && shorter.ends_with(" equality"))
      shorter.resize(std::min(shorter.find(" // "), shorter.size()));
    if (shorter.size() < line.size()) draft_.show(i, std::move(shorter));
  }
  /// A line that says again what was told above.
  void repeat(std::size_t i) {
    if (draft_.trouble(i) == Trouble::none)
      draft_.take(i, "repetitions");
    else
      give(i);
  }
  /// Frames that follow each other, on one line; the last of them.
  std::size_t stack(std::size_t i) {
    string text;
    std::size_t last = i;
    for (std::size_t k = i; k < section_.end; ++k) {
      const string_view frame = trimmed(draft_.line(k));
      if (frame.empty() || !draft_.kept(k)) continue;
      if (!is_stack_line(frame)) break;
      const std::size_t begin = frame.starts_with("at ") ? 3 : kPointer.size();
      text += text.empty() ? string(frame.substr(0, begin)) : ", ";
      text += short_frame(frame.substr(begin));
      if (k > i) draft_.absorb(k);
      last = k;
    }
    draft_.show(i, std::move(text));
    return last;
  }
  /// The lines of a difference, up to the stack; the last of them.
  std::size_t difference(std::size_t legend) {
    const std::size_t base = indent_of(draft_.line(legend));
    const bool pair = legend + 1 < section_.end && trimmed(draft_.line(legend + 1)).starts_with("+ Received");
    const std::size_t begin = legend + (pair ? 2 : 1);
    std::size_t end = begin;
    while (end < section_.end && !ends_difference(end)) ++end;
    if (values_) {
      for (std::size_t i = legend; i < end; ++i)
        if (draft_.line(i).empty())
          draft_.absorb(i);
        else
          repeat(i);
      return end - 1;
    }
    values_ = true;
    draft_.show(legend, pair ? "- Expected + Received" : string(trimmed(draft_.line(legend))));
    if (pair) draft_.absorb(legend + 1);
    for (std::size_t i = begin; i < end; ++i) {
      const string_view line = draft_.line(i);
      if (line.empty())
        draft_.absorb(i);
      else if (changed(i, base) || encloses(i, end, base) || draft_.trouble(i) != Trouble::none)
        draft_.show(i, string(line.substr(std::min(indent_of(line), base))));
      else
        draft_.take(i, "equal lines");
    }
    return end - 1;
  }
  bool ends_difference(std::size_t i) const {
    const string_view text = trimmed(draft_.line(i));
    return is_stack_line(text) || is_failed_source(text) || is_legend(text) || !draft_.kept(i);
  }
  bool changed(std::size_t i, std::size_t base) const {
    const string_view line = draft_.line(i);
    return line.size() > base && (line[base] == '-' || line[base] == '+');
  }
  /// How deep the content of a line stands, its sign taken as a blank.
  std::size_t depth(std::size_t i, std::size_t base) const {
    const string_view line = draft_.line(i);
    const std::size_t sign = changed(i, base) ? base + 1 : base;
    return std::min(line.find_first_not_of(' ', std::min(sign, line.size())), line.size());
  }
  /// Whether an equal line is the beginning of what a changed line below it is a part of; the outermost says nothing.
  bool encloses(std::size_t i, std::size_t end, std::size_t base) const {
    const string_view line = draft_.line(i);
    if (line.size() < 2 || (line.back() != '{' && line.back() != '[' && line.back() != '(')) return false;
    if (trimmed(line).size() < 3 || trimmed(line) == "Object {" || trimmed(line) == "Array [") return false;
    const std::size_t own = depth(i, base);
    for (std::size_t k = i + 1; k < end; ++k) {
      if (draft_.line(k).empty()) continue;
      if (depth(k, base) <= own) return false;
      if (changed(k, base)) return true;
    }
    return false;
  }
  /// "actual: ..." and "expected: ..." behind the stack, with what goes on below; the last line.
  std::size_t value(std::size_t i) {
    const std::size_t own = indent_of(draft_.line(i));
    std::size_t end = i + 1;
    while (end < section_.end && !draft_.line(end).empty() &&
           (indent_of(draft_.line(end)) > own || (indent_of(draft_.line(end)) == own &&
                                                  string_view("]})").find(draft_.line(end)[own]) != string_view::npos)))
      ++end;
    for (std::size_t k = i; k < end; ++k) {
      if (values_)
        repeat(k);
      else
        give(k);
    }
    return end - 1;
  }
  /// "[", its items and "]" on lines of their own, as one line; the last of them, or `i`.
  std::size_t literal(std::size_t i) {
    const string_view open = trimmed(draft_.line(i));
    if (open != "[" && open != "{") return i;
    const std::size_t own = indent_of(draft_.line(i));
    string text(open);
    for (std::size_t k = i + 1; k < section_.end && text.size() < kLiteral && draft_.kept(k); ++k) {
      const string_view line = trimmed(draft_.line(k));
      if (line.empty()) return i;
      text += " " + string(line);
      if (indent_of(draft_.line(k)) > own) continue;
      if (line != (open == "[" ? "]" : "}")) return i;
      draft_.show(i, std::move(text));
      for (std::size_t n = i + 1; n <= k; ++n) draft_.absorb(n);
      return k;
    }
    return i;
  }

  Draft& draft_;
  FailureSection section_;
  std::size_t base_ = string_view::npos;  ///< blanks that stand before all of it
  bool strict_ = false;                   ///< "2 !== 3" is to come
  bool stack_ = false;                    ///< there are frames of the program's own
  bool values_ = false;                   ///< the message or a difference has told both values
};

}  // namespace

bool is_stack_line(string_view text) {
  const bool frame = text.starts_with("at ") || text.starts_with(kPointer);
  if (!frame) return false;
  // A place: ":12:34" near the end.
  std::size_t end = text.size();
  if (text.ends_with(" {")) end -= 2;
  if (end > 0 && text[end - 1] == ')') --end;
  std::size_t at = end;
  while (at > 0 && is_digit(text[at - 1])) --at;
  if (at == end || at < 2 || text[at - 1] != ':') return false;
  return is_digit(text[at - 2]);
}

string short_frame(string_view frame) {
  string text(frame);
  if (text.ends_with(" {")) text.resize(text.size() - 2);
  if (const std::size_t scheme = text.find("file:///"); scheme != string::npos) text.erase(scheme, 7);
  const std::size_t open = text.find("<anonymous> (");
  if (open != string::npos && text.ends_with(')') && text.find(' ') > open)
    return text.substr(open + 13, text.size() - open - 14);
  return text;
}

void tidy_failure(Draft& draft, const FailureSection& section) {
  Tidier(draft, section).tidy();
}

}  // namespace duotty::digest
