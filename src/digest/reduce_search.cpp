// Found lines: grep, rg, ag, git grep.
#include <algorithm>
#include <array>
#include <map>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kAll = 20;    ///< matches given without a choice
constexpr std::size_t kSome = 24;   ///< about how many are given of more
constexpr std::size_t kFiles = 24;  ///< files whose matches are shown
constexpr std::size_t kWide = 100;  ///< bytes of a match

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

string row_text(const Match& match) {
  string row = "  " + (match.number.empty() ? "" : string(match.number) + (match.context ? "- " : ": "));
  row +=
      match.text.size() <= kWide ? string(match.text) : string(match.text.substr(0, boundary(match.text, kWide))) + "…";
  return row;
}

class Matches {
 public:
  explicit Matches(Draft& draft) : draft_(draft) {}

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
    std::size_t shown_files = 0;
    std::size_t last_shown = 0;
    string last_text;
    string rest;
    for (const File& file : files_) {
      string text;
      std::size_t given = 0;
      std::size_t left = 0;
      for (const Match& match : file.matches) {
        const bool place = shown_files < kFiles && (all || given < share) && budget > 0 && (!match.context || all);
        if (!place && !(match.trouble && keep_trouble)) {
          left += match.context ? 0 : 1;
          draft_.take(match.at, match.context ? "lines around matches" : "matches");
          continue;
        }
        if (match.trouble && keep_trouble) {
          draft_.pin(match.at);
          continue;
        }
        ++given;
        --budget;
        text += "\n" + row_text(match);
        draft_.absorb(match.at);
      }
      // Complaints stay as they are, each on its own line.
      const auto head = std::find_if(file.matches.begin(), file.matches.end(),
                                     [&](const Match& match) { return !draft_.pinned(match.at); });
      if (head == file.matches.end()) continue;
      const std::size_t first = head->at;
      if (text.empty()) {
        rest += (rest.empty() ? "" : ", ") + string(file.name) + " " + std::to_string(left);
        continue;
      }
      ++shown_files;
      last_shown = first;
      last_text = string(file.name) + text + (left > 0 ? "\n  +" + std::to_string(left) : "");
      draft_.show(first, string(file.name) + text + (left > 0 ? "\n  +" + std::to_string(left) : ""));
    }
    if (rest.empty() || last_text.empty()) return;
    if (rest.size() > 600) rest = rest.substr(0, boundary(rest, 600)) + " …";
    const std::size_t last = last_shown;
    draft_.show(last, last_text + "\nmore in: " + rest);
  }

 private:
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
  std::vector<File> files_;
  std::map<string_view, std::size_t> by_name_;
  std::size_t total_ = 0;
  std::size_t trouble_ = 0;
};

void reduce_search(Draft& draft, const Known&) {
  Matches matches(draft);
  matches.read();
  matches.give();
}

/// Lines with a place that are no findings of a compiler.
bool detects_search(const Draft& draft) {
  const std::size_t rows = count_lines(draft, [](string_view line) {
    string_view path;
    Match match;
    return parse_match(line, path, match) && !match.number.empty() && !is_complaint(match.text);
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
