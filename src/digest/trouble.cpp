#include <algorithm>
#include <array>
#include <duotty/digest/trouble.hpp>
#include <string_view>

#include "line_words.hpp"

namespace duotty::digest {
namespace {

using std::string_view;

constexpr std::array kErrorWords = {
    "abort",        "aborted",     "aborting",         "assertion",    "backoff",   "bad",        "broken",
    "cannot",       "conflict",    "conflicting",      "conflicts",    "corrupt",   "corrupted",  "crash",
    "crashed",      "crashing",    "crashloopbackoff", "critical",     "denied",    "emerg",      "emergency",
    "errimagepull", "error",       "errored",          "errors",       "evicted",   "exception",  "exceptions",
    "fail",         "failed",      "failing",          "fails",        "failure",   "failures",   "fatal",
    "fatals",       "forbidden",   "imagepullbackoff", "invalid",      "killed",    "mismatch",   "mismatched",
    "missing",      "oom",         "oomkilled",        "panic",        "panicked",  "panics",     "refused",
    "rejected",     "segfault",    "segmentation",     "sigabrt",      "sigkill",   "sigsegv",    "stacktrace",
    "timeout",      "traceback",   "unable",           "unauthorized", "undefined", "unexpected", "unhealthy",
    "unmet",        "unreachable", "unrecognized",     "unresolved"};
constexpr std::array kWarningWords = {"caution",       "deprecated", "deprecation", "vulnerabilities",
                                      "vulnerability", "warn",       "warning",     "warnings"};

constexpr auto before = [](string_view a, string_view b) { return a < b; };
static_assert(std::is_sorted(kErrorWords.begin(), kErrorWords.end(), before));
static_assert(std::is_sorted(kWarningWords.begin(), kWarningWords.end(), before));

struct Pair {
  const char* first;
  const char* second;
};
constexpr std::array kErrorPairs = {
    Pair{"not", "found"},     Pair{"no", "such"},        Pair{"timed", "out"},        Pair{"core", "dumped"},
    Pair{"not", "exist"},     Pair{"not", "permitted"},  Pair{"not", "ok"},           Pair{"caused", "by"},
    Pair{"no", "space"},      Pair{"not", "ready"},      Pair{"not", "allowed"},      Pair{"not", "recognized"},
    Pair{"can", "t"},         Pair{"couldn", "t"},       Pair{"didn", "t"},           Pair{"doesn", "t"},
    Pair{"could", "not"},     Pair{"out", "of memory"},  Pair{"bus", "error"},        Pair{"stack", "trace"},
    Pair{"not", "available"}, Pair{"not", "a"},          Pair{"access", "violation"}, Pair{"data", "race"},
    Pair{"exit", "code"},     Pair{"exit", "status"},    Pair{"exited", "with"},      Pair{"returned", "non"},
    Pair{"has", "diverged"},  Pair{"unmerged", "paths"}, Pair{"not", "installed"}};

/// What may stand between a count and what was counted: "0 tests failed".
constexpr std::array kCounted = {"test", "tests", "build", "compile", "fatal",      "found", "high",   "known",
                                 "lint", "new",   "of",    "type",    "unexpected", "with",  "suites", "critical"};
constexpr std::array kNothing = {"0", "no", "zero", "without", "never", "ignore", "ignored", "ignoring"};

constexpr std::size_t kLongestWord = 24;

/// A word in lower case without allocation.
struct Word {
  std::array<char, kLongestWord> bytes{};
  std::size_t size = 0;
  std::size_t at = 0;  ///< in the line
  std::size_t end = 0;
  string_view text() const { return {bytes.data(), size}; }
};

template <std::size_t N>
bool one_of(string_view word, const std::array<const char*, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](const char* each) { return word == each; });
}

template <std::size_t N>
bool in_sorted(string_view word, const std::array<const char*, N>& words) {
  return std::binary_search(words.begin(), words.end(), word, before);
}

bool spaces_only(string_view text) {
  return text.find_first_not_of(" \t") == string_view::npos;
}

class LineReader {
 public:
  explicit LineReader(string_view line) : line_(line) {}

  TroubleAt find() {
    TroubleAt found;
    Word word;
    for (std::size_t at = 0; next(at, word); at = word.end) {
      const Trouble kind = judge(word);
      if (kind > found.kind) found = {kind, word.at};
      if (found.kind == Trouble::error) break;
      before_last_ = last_;
      last_ = word;
    }
    return found;
  }

 private:
  /// Letters or digits; an apostrophe ends a word ("can't" is "can", "t").
  bool next(std::size_t from, Word& word) const {
    while (from < line_.size() && !is_letter(line_[from]) && !is_digit(line_[from])) ++from;
    if (from == line_.size()) return false;
    const bool digits = is_digit(line_[from]);
    word.at = from;
    word.size = 0;
    while (from < line_.size() && (digits ? is_digit(line_[from]) : is_letter(line_[from]))) {
      if (word.size < kLongestWord) word.bytes[word.size++] = lower(line_[from]);
      ++from;
    }
    word.end = from;
    return true;
  }

  char at(std::size_t index) const { return index < line_.size() ? line_[index] : '\n'; }
  char ahead_of(const Word& word) const { return word.at == 0 ? '\n' : line_[word.at - 1]; }

  /// Not a part of a name, a path, a call or an option.
  bool alone(const Word& word) const {
    const char left = ahead_of(word);
    if (is_letter(left) || is_digit(left) || left == '_' || left == '/' || left == '.' || left == '-' || left == '@' ||
        left == '$' || left == '#')
      return false;
    return ends(word);
  }
  bool ends(const Word& word) const {
    const char right = at(word.end);
    const char after = at(word.end + 1);
    if (is_letter(right) || is_digit(right) || right == '_' || right == '/') return false;
    if ((right == '.' || right == '-') && (is_letter(after) || is_digit(after) || after == '_')) return false;
    return right != '(' || after == 's' || after == ')' || is_digit(after);
  }
  bool camel(const Word& word) const {
    const string_view text = line_.substr(word.at, word.end - word.at);
    for (const string_view tail : {"Error", "Exception", "Failure", "Warning", "Panic", "Fault"}) {
      if (text.size() > tail.size() && text.ends_with(tail) && ends(word)) {
        const char right = at(word.end);
        const char left = ahead_of(word);
        return left != '/' && left != '_' &&
               (right == ':' || right == '\n' || right == ' ' || right == '[' || right == ')');
      }
    }
    return false;
  }

  /// "0 errors", "no test failures", "Failures: 0,".
  bool none_of(const Word& word) const {
    if (last_.size > 0 && spaces_only(line_.substr(last_.end, word.at - last_.end))) {
      if (zero(last_)) return true;
      if (one_of(last_.text(), kCounted) && before_last_.size > 0 && zero(before_last_) &&
          spaces_only(line_.substr(before_last_.end, last_.at - before_last_.end)))
        return true;
    }
    std::size_t i = word.end;
    if (at(i) == '(' && at(i + 1) == 's' && at(i + 2) == ')') i += 3;
    const bool equals = at(i) == '=';
    while (i < line_.size() && (line_[i] == ':' || line_[i] == '=' || line_[i] == ' ' || line_[i] == '\t')) ++i;
    if (i == word.end || at(i) != '0') return false;
    const char after = at(i + 1);
    return after == '\n' || after == ',' || after == ';' || after == ')' || after == ']' || after == '|' ||
           (after == '.' && !is_digit(at(i + 2))) || (equals && after == ' ');
  }
  bool zero(const Word& word) const {
    if (!one_of(word.text(), kNothing)) return false;
    const char left = ahead_of(word);
    return left != '.' && left != '-' && left != ':' && !is_digit(left);
  }

  Trouble judge(const Word& word) const {
    const string_view text = word.text();
    if (is_digit(text.front())) return Trouble::none;
    if (pair(word)) return Trouble::error;
    if (text.size() < 3) return Trouble::none;
    const bool error = in_sorted(text, kErrorWords);
    if (error || in_sorted(text, kWarningWords)) {
      if (!alone(word) || none_of(word)) return Trouble::none;
      return error ? Trouble::error : Trouble::warning;
    }
    if (text == "err" && (at(word.end) == '!' || at(word.end) == ':' || at(word.end) == ']')) return Trouble::error;
    if (text.size() > 5 && camel(word) && !none_of(word)) {
      return line_.substr(word.at, word.end - word.at).ends_with("Warning") ? Trouble::warning : Trouble::error;
    }
    return Trouble::none;
  }

  bool pair(const Word& word) const {
    if (last_.size == 0 || word.at - last_.end > 2) return false;
    const string_view first = last_.text();
    const string_view second = word.text();
    for (const Pair& each : kErrorPairs) {
      if (first != each.first) continue;
      const string_view wanted = each.second;
      if (wanted.starts_with(second) && (wanted == second || line_.substr(word.at).starts_with(wanted))) {
        return exit_of_nonzero(first, second, word);
      }
    }
    return false;
  }
  /// "exit code 0" is good news.
  bool exit_of_nonzero(string_view first, string_view second, const Word& word) const {
    if (first != "exit" && first != "exited") return true;
    std::size_t i = word.end;
    while (i < line_.size() && !is_digit(line_[i])) {
      if (i - word.end > 12) return second != "with";
      ++i;
    }
    return i < line_.size() && !(line_[i] == '0' && !is_digit(at(i + 1)));
  }

  string_view line_;
  Word last_;
  Word before_last_;
};

/// "path:12:34: text", as compilers and linters begin a finding.
bool is_diagnostic(string_view line) {
  const std::size_t path = line.find_first_of(": \t");
  if (path == string_view::npos || path == 0 || line[path] != ':') return false;
  std::size_t at = path;
  for (int number = 0; number < 2; ++number) {
    std::size_t end = at + 1;
    while (end < line.size() && is_digit(line[end])) ++end;
    if (end == at + 1) return false;
    at = end;
    if (at >= line.size() || line[at] != ':') return false;
  }
  const string_view rest = line.substr(at + 1);
  return rest.starts_with(' ') && !rest.starts_with(" note:") &&
         line.substr(0, path).find_first_of("./") != string_view::npos;
}

Trouble by_beginning(string_view line) {
  for (const string_view sign : {"✗", "✘", "✖", "×", "❌", "⨯", "✕", "E  ", "E: ", "!!", "(EE)", "[E]", "[F]", "F: "})
    if (line.starts_with(sign)) return Trouble::error;
  for (const string_view sign : {"⚠", "W: ", "[W]", "(WW)"})
    if (line.starts_with(sign)) return Trouble::warning;
  // glog and klog: a letter, month and day, a time
  if (line.size() > 12 && line[5] == ' ' && std::all_of(line.begin() + 1, line.begin() + 5, is_digit)) {
    if (line[0] == 'E' || line[0] == 'F') return Trouble::error;
    if (line[0] == 'W') return Trouble::warning;
  }
  return is_diagnostic(line) ? Trouble::error : Trouble::none;
}

}  // namespace

bool says_passed(string_view line) noexcept {
  for (const string_view sign :
       {"✓", "✔", "√", "PASS ", "--- PASS:", "[       OK ]", "[ RUN      ]", "=== RUN", "[----------]", "ok  \t"})
    if (line.starts_with(sign)) return true;
  if (line.starts_with("ok ") && line.size() > 3 && is_digit(line[3])) return true;
  return line.ends_with(" ... ok") || line.ends_with(" PASSED") ||
         (line.find(" PASSED ") != string_view::npos && line.ends_with("%]")) ||
         (line.find("   Passed  ") != string_view::npos && line.ends_with(" sec"));
}

TroubleAt find_trouble(string_view line) noexcept {
  const string_view text = trimmed(line);
  // A note explains the error before it.
  if (text.empty() || says_passed(text) || text.find(": note: ") != string_view::npos) return {};
  const auto indent = static_cast<std::size_t>(text.data() - line.data());
  if (const Trouble kind = by_beginning(text); kind != Trouble::none) return {kind, indent};
  TroubleAt found = LineReader(text).find();
  if (found.kind != Trouble::none) found.at += indent;
  return found;
}

Trouble trouble_of(string_view line) noexcept {
  return find_trouble(line).kind;
}

}  // namespace duotty::digest
