// Found lines: grep, rg, ag, git grep.
#include <algorithm>
#include <array>
#include <map>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kAll = 20;     ///< matches given without a choice
constexpr std::size_t kAround = 60;  ///< lines around them
constexpr std::size_t kSome = 24;    ///< about how many are given of more
constexpr std::size_t kFiles = 24;   ///< files whose matches are shown
constexpr std::size_t kWide = 160;   ///< bytes of a match
constexpr std::size_t kNarrow = 76;  ///< the same where only some are given

struct Match {
  std::size_t at = 0;
  string_view number;
  string_view text;
  bool context = false;
  bool trouble = false;
};

struct File {
  string_view name;
  std::vector<Match> matches;
};

bool path_like(string_view text) {
  return !text.empty() && text.size() < 1024 && text.find_first_of(" \t\"'()[]{}<>=,;") == string_view::npos &&
         contains(text, ".") + contains(text, "/") > 0;
}

/// "path:12:text", "path-12-text", "path:text"; with --vimgrep a column behind the line.
bool parse_match(string_view line, string_view& path, Match& match) {
  const std::size_t colon = line.find(':');
  if (colon != string_view::npos && path_like(line.substr(0, colon))) {
    path = line.substr(0, colon);
    string_view rest = line.substr(colon + 1);
    const std::size_t end = rest.find_first_not_of("0123456789");
    if (end != string_view::npos && end > 0 && rest[end] == ':') {
      match.number = rest.substr(0, end);
      rest = rest.substr(end + 1);
    } else if (rest.starts_with(' ') && !contains(path, "/")) {
      return false;  // "ls: cannot access" and its like
    }
    match.text = trimmed(rest);
    return true;
  }
  for (std::size_t dash = line.find('-'); dash != string_view::npos && dash < 1024; dash = line.find('-', dash + 1)) {
    std::size_t end = dash + 1;
    while (end < line.size() && is_digit(line[end])) ++end;
    if (end == dash + 1 || end >= line.size() || line[end] != '-' || !path_like(line.substr(0, dash))) continue;
    path = line.substr(0, dash);
    match.number = line.substr(dash + 1, end - dash - 1);
    match.text = trimmed(line.substr(end + 1));
    match.context = true;
    return true;
  }
  return false;
}

/// A finding of a compiler or a message of the search itself, not a line that was found.
bool is_complaint(string_view text) {
  while (!text.empty() && (is_digit(text.front()) || text.front() == ':' || text.front() == ' ')) text.remove_prefix(1);
  for (const string_view word :
       {"error", "fatal error", "warning", "Permission denied", "No such file", "Is a directory", "FAILED", "panic"})
    if (text.starts_with(word)) return true;
  return false;
}

/// The longest word of what was searched for, when the command line tells: long lines are cut around it.
string needle_of(const Known& known) {
  if (known.command == nullptr) return {};
  string_view pattern;
  for (const string& arg : known.command->args) {
    const bool verb = known.command->is("git") && arg == "grep";
    if (arg.starts_with('-') || verb || arg.find_first_not_of("0123456789") == string::npos) continue;
    pattern = arg;
    break;
  }
  string_view longest;
  for (std::size_t at = 0; at < pattern.size();) {
    std::size_t end = at;
    while (end < pattern.size() && (is_letter(pattern[end]) || is_digit(pattern[end]) || pattern[end] == '_')) ++end;
    if (end - at > longest.size()) longest = pattern.substr(at, end - at);
    at = end + 1;
  }
  return string(longest);
}

string cut_around(string_view text, string_view needle, std::size_t wide) {
  if (text.size() <= wide) return string(text);
  const std::size_t found = needle.empty() ? string_view::npos : text.find(needle);
  const bool inside = found == string_view::npos || found + needle.size() <= wide;
  const std::size_t begin = inside ? 0 : boundary(text, found - std::min(found, wide / 2));
  const std::size_t end = boundary(text, begin + wide);
  return (begin > 0 ? "…" : "") + string(text.substr(begin, end - begin)) + (end < text.size() ? "…" : "");
}

/// The rows of one file. Lines of the same text are one, with the numbers of both: "29,88: return error;".
class FileRows {
 public:
  void add(const Match& match) {
    const bool same = !match.context && !context_ && !match.number.empty();
    context_ = context_ || match.context;
    for (auto& [numbers, first] : rows_) {
      if (!same || first.text != match.text) continue;
      numbers += "," + string(match.number);
      return;
    }
    rows_.emplace_back(match.number, match);
  }
  bool empty() const { return rows_.empty(); }
  string text(string_view name, std::size_t left, string_view needle, std::size_t wide) const {
    string out(name);
    if (left > 0) out += " +" + std::to_string(left);
    for (const auto& [numbers, match] : rows_) {
      out += "\n " + numbers + (numbers.empty() ? "" : match.context ? "- " : ": ");
      out += cut_around(match.text, needle, wide);
    }
    return out;
  }

 private:
  std::vector<std::pair<string, Match>> rows_;
  bool context_ = false;
};

class Matches {
 public:
  Matches(Draft& draft, string needle) : draft_(draft), needle_(std::move(needle)) {}

  void read() {
    string_view heading;
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      Match match;
      match.at = i;
      string_view path;
      if (line == "--" || line.starts_with("Binary file ")) {
        draft_.absorb(i);
      } else if (parse_match(line, path, match)) {
        add(path, match);
      } else if (!heading.empty() && numbered(line, match)) {
        add(heading, match);
      } else {
        // rg on a terminal: the file alone, its matches below it.
        const bool next_numbered = i + 1 < draft_.size() && numbered(draft_.line(i + 1), match);
        heading = next_numbered && path_like(line) ? line : string_view();
        if (!heading.empty()) draft_.absorb(i);
      }
    }
  }
  void give() {
    if (total_ == 0) return;
    // When most matches look like errors, errors are what was searched.
    const bool keep_trouble = trouble_ <= 20 || trouble_ * 3 < total_;
    const bool all = total_ <= kAll;
    std::size_t budget = all ? total_ : std::clamp<std::size_t>(total_ / 3, kAll, kSome);
    const std::size_t share =
        std::max<std::size_t>(1, budget / std::max<std::size_t>(1, std::min(files_.size(), kFiles)));
    std::size_t around = kAround;
    const string_view folder = common_folder();
    std::size_t shown_files = 0;
    std::size_t last_shown = 0;
    string last_text;
    string rest;
    for (const File& file : files_) {
      FileRows rows;
      std::size_t given = 0;
      std::size_t left = 0;
      for (const Match& match : file.matches) {
        const bool place =
            match.context ? all && around > 0 : shown_files < kFiles && (all || given < share) && budget > 0;
        if (!place && !(match.trouble && keep_trouble)) {
          left += match.context ? 0 : 1;
          draft_.take(match.at, match.context ? "lines around matches" : "matches");
          continue;
        }
        if (match.trouble && keep_trouble) {
          draft_.pin(match.at);
          continue;
        }
        --(match.context ? around : budget);
        given += match.context ? 0 : 1;
        rows.add(match);
        draft_.absorb(match.at);
      }
      // Complaints stay as they are, each on its own line.
      const auto head = std::find_if(file.matches.begin(), file.matches.end(),
                                     [&](const Match& match) { return !draft_.pinned(match.at); });
      if (head == file.matches.end()) continue;
      const string_view name = file.name.substr(folder.size());
      if (rows.empty()) {
        rest += (rest.empty() ? "" : ", ") + string(name) + " " + std::to_string(left);
        continue;
      }
      last_shown = head->at;
      last_text = rows.text(name, left, needle_, all ? kWide : kNarrow);
      if (shown_files++ == 0 && !folder.empty()) last_text = "in " + string(folder) + "\n" + last_text;
      draft_.show(last_shown, last_text);
    }
    if (rest.empty() || last_text.empty()) return;
    if (rest.size() > 600) rest = rest.substr(0, boundary(rest, 600)) + " …";
    draft_.show(last_shown, last_text + "\nmore in: " + rest);
  }

 private:
  /// The folder that all files are in, told once when it is long enough to be worth it.
  string_view common_folder() const {
    string_view common = files_.size() < 2 ? string_view() : files_.front().name;
    for (const File& file : files_) {
      const auto [end, other] = std::mismatch(common.begin(), common.end(), file.name.begin(), file.name.end());
      common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
    }
    const std::size_t slash = common.rfind('/');
    return slash == string_view::npos || slash < 5 ? string_view() : common.substr(0, slash + 1);
  }
  static bool numbered(string_view line, Match& match) {
    const std::size_t end = line.find_first_not_of("0123456789");
    if (end == string_view::npos || end == 0 || (line[end] != ':' && line[end] != '-')) return false;
    match.number = line.substr(0, end);
    match.text = trimmed(line.substr(end + 1));
    match.context = line[end] == '-';
    return true;
  }
  void add(string_view path, Match match) {
    match.trouble = is_complaint(match.text);
    const auto [found, fresh] = by_name_.try_emplace(path, files_.size());
    if (fresh) files_.push_back({path, {}});
    files_[found->second].matches.push_back(match);
    if (match.context) return;
    ++total_;
    trouble_ += match.trouble ? 1 : 0;
  }

  Draft& draft_;
  string needle_;
  std::vector<File> files_;
  std::map<string_view, std::size_t> by_name_;
  std::size_t total_ = 0;
  std::size_t trouble_ = 0;
};

void reduce_search(Draft& draft, const Known& known) {
  Matches matches(draft, needle_of(known));
  matches.read();
  matches.give();
}

/// "5: text" behind "path:12:": a column, which compilers and linters tell.
bool has_column(string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  return end != string_view::npos && end > 0 && text.substr(end).starts_with(": ");
}

/// Lines with a place that are no findings of a compiler.
bool detects_search(const Draft& draft) {
  const std::size_t rows = count_lines(draft, [](string_view line) {
    string_view path;
    Match match;
    return parse_match(line, path, match) && !match.number.empty() && !is_complaint(match.text) &&
           !has_column(match.text);
  });
  return rows >= 12 && rows * 10 > std::min<std::size_t>(draft.size(), 400) * 8;
}

constexpr std::array kFamilies = {
    Family{"search", "grep, rg, ag, git grep: matches by file, a share of each",
           [](const Command& c) {
             const bool tool = c.is("grep") || c.is("egrep") || c.is("fgrep") || c.is("rg") || c.is("ag") ||
                               c.is("ack") || c.is("ugrep");
             return tool || (c.is("git") && c.word(0) == "grep");
           },
           detects_search, reduce_search},
};

}  // namespace

std::span<const Family> search_families() {
  return kFamilies;
}

}  // namespace duotty::digest
