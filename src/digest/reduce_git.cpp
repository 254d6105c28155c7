// git status, log and the commands that move commits.
#include <algorithm>
#include <array>
#include <map>

#include "path_groups.hpp"
#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

bool is_git(const Command& command, std::initializer_list<string_view> verbs) {
  return command.is("git") && std::find(verbs.begin(), verbs.end(), command.word(0)) != verbs.end();
}

// --- status ---------------------------------------------------------------------------------------------------------

constexpr std::size_t kStatusNames = 12;

struct Section {
  string_view heading;
  string_view short_name;  ///< as `git status --short` writes it; '*' is where the state's letter stands
};
constexpr std::array kSections = {Section{"Changes to be committed:", "*"},
                                  Section{"Changes not staged for commit:", " *"}, Section{"Untracked files:", "??"},
                                  Section{"Ignored files:", "!!"}, Section{"Unmerged paths:", "UNMERGED"}};
constexpr std::array kStates = {Section{"modified:", "M"}, Section{"new file:", "A"}, Section{"deleted:", "D"},
                                Section{"renamed:", "R"},  Section{"copied:", "C"},   Section{"typechange:", "T"}};

bool is_heading(string_view line) {
  return std::any_of(kSections.begin(), kSections.end(), [&](const Section& each) { return line == each.heading; });
}

/// The rows of one section, gathered until it ends.
struct StatusSection {
  string name;
  std::size_t at = 0;
  std::map<string, PathGroups> states;

  void give(Draft& draft) {
    if (name.empty()) return;
    string text;
    for (auto& [state, paths] : states) {
      string mark = name;
      if (const std::size_t star = mark.find('*'); star != string::npos) mark.replace(star, 1, state);
      mark.resize(3, ' ');
      text += (text.empty() ? "" : "\n") + mark + paths.text(kStatusNames);
    }
    if (!text.empty()) draft.show(at, text);
    name.clear();
    states.clear();
  }
};

/// Hints of git: in brackets on lines of their own, and what stands at the end when nothing is staged.
bool is_status_hint(string_view line) {
  for (const string_view begin :
       {"  (use \"git", "  (commit or discard", "  (fix conflicts and run", "  (all conflicts fixed",
        "Your branch is up to date", "no changes added to commit", "nothing added to commit but"})
    if (line.starts_with(begin)) return true;
  return false;
}

/// "Your branch is ahead of 'origin/main' by 2 commits." as " [ahead 2]", with the name of the other branch when it is
/// not that of `branch`; empty for other lines.
string branch_distance(string_view line, string_view branch) {
  for (const string_view word : {"ahead of", "behind"}) {
    const string begin = "Your branch is " + string(word) + " '";
    const std::size_t end = line.find("' by ");
    if (!line.starts_with(begin) || end == string_view::npos) continue;
    const string_view upstream = line.substr(begin.size(), end - begin.size());
    const bool same = upstream.ends_with("/" + string(branch));
    return " [" + (same ? string(word.substr(0, word.find(' '))) : string(word) + " " + string(upstream) + " by") +
           " " + std::to_string(leading_number(line.substr(end + 5)).value_or(0)) + "]";
  }
  return {};
}

class StatusReader {
 public:
  explicit StatusReader(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) read(i, draft_.line(i));
    section_.give(draft_);
  }

 private:
  void read(std::size_t i, string_view line) {
    const auto* found =
        std::find_if(kSections.begin(), kSections.end(), [&](const Section& each) { return line == each.heading; });
    if (found != kSections.end()) {
      section_.give(draft_);
      unmerged_ = line == "Unmerged paths:";
      if (unmerged_) return draft_.absorb(i);  // "You have unmerged paths." and the paths say it
      section_.name = found->short_name;
      section_.at = i;
    } else if (is_status_hint(line)) {
      draft_.absorb(i);
    } else if (line.starts_with("\t") && !section_.name.empty()) {
      path(i, line.substr(1));
    } else if (line.starts_with("\t") && unmerged_) {
      draft_.show(i, string(trimmed(line)));
    } else if (line.starts_with("On branch ")) {
      branch_ = i;
      branch_text_ = line.substr(3);
      draft_.show(i, branch_text_);
    } else if (const string distance =
                   branch_distance(line, branch_text_.substr(std::min<std::size_t>(branch_text_.size(), 7)));
               !distance.empty() && !branch_text_.empty()) {
      draft_.show(branch_, branch_text_ + distance);
      draft_.absorb(i);
    }
  }
  void path(std::size_t i, string_view path) {
    string state;
    for (const auto& each : kStates)
      if (path.starts_with(each.heading)) state = each.short_name, path = trimmed(path.substr(each.heading.size()));
    section_.states[state].add(path);
    draft_.absorb(i);
  }

  Draft& draft_;
  StatusSection section_;
  bool unmerged_ = false;
  std::size_t branch_ = 0;
  string branch_text_;
};

void reduce_status(Draft& draft, const Known&) {
  StatusReader(draft).read();
}

bool detects_status(const Draft& draft) {
  return count_lines(draft, is_heading) > 0 &&
         count_lines(draft, [](string_view line) { return line.starts_with("  (use \"git "); }) > 0;
}

// --- log ------------------------------------------------------------------------------------------------------------

constexpr std::size_t kCommits = 25;

bool is_hash(string_view word) {
  return word.size() >= 7 && word.size() <= 40 && word.find_first_not_of("0123456789abcdef") == string_view::npos;
}

bool is_commit(string_view line) {
  return line.starts_with("commit ") && line.size() >= 47 && is_hash(line.substr(7, 40));
}

/// "Sat Nov 21 18:57:00 2026 +0100" as "2026 Nov 21".
string short_date(string_view date) {
  const auto words = words_of(date);
  if (words.size() >= 5) return string(words[1]) + " " + string(words[2]) + " " + string(words[4]);
  return string(words.empty() ? date : words[0]);
}

struct Commit {
  std::size_t at = 0;
  string text;
  string author;
  string date;
  bool subject = false;
};

void reduce_log(Draft& draft, const Known&) {
  std::vector<Commit> commits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (is_commit(line)) {
      commits.push_back({i, string(line.substr(7, 7)) + string(line.substr(47)), {}, {}, false});
      continue;
    }
    if (commits.empty()) continue;
    Commit& commit = commits.back();
    if (line.starts_with("Author: ") || line.starts_with("Author:     ")) {
      commit.author = trimmed(line.substr(7, line.find('<') - 7));
      draft.absorb(i);
    } else if (line.starts_with("Date:") || line.starts_with("AuthorDate:")) {
      commit.date = short_date(trimmed(line.substr(line.find(':') + 1)));
      draft.absorb(i);
    } else if (line.starts_with("Merge: ") || line.starts_with("Commit: ") || line.starts_with("CommitDate:")) {
      draft.absorb(i);
    } else if (line.starts_with("    ") && !commit.subject) {
      commit.text += " " + string(trimmed(line));
      commit.subject = true;
      draft.absorb(i);
    } else if (line.starts_with("    ")) {
      draft.take(i, "lines of commit messages");
    } else if (line.starts_with(" ") && contains(line, " | ")) {
      draft.take(i, "lines of file statistics");
    } else if (line.empty()) {
      draft.absorb(i);
    }
  }
  string author;
  string date;
  for (std::size_t n = 0; n < commits.size(); ++n) {
    Commit& commit = commits[n];
    if (n >= kCommits && commits.size() > kCommits + 2) {
      draft.take(commit.at, "commits");
      continue;
    }
    // Author and date once for commits of the same hand and day.
    string by;
    if (commit.date != date) by = commit.date;
    if (commit.author != author) by += (by.empty() ? "" : ", ") + commit.author;
    date = commit.date;
    author = commit.author;
    draft.show(commit.at, commit.text + (by.empty() ? "" : " (" + by + ")"));
  }
}

bool is_oneline(string_view line) {
  const std::size_t begin = line.find_first_not_of("*|/\\_ ");
  if (begin == string_view::npos) return false;
  const std::size_t end = line.find(' ', begin);
  return end != string_view::npos && is_hash(line.substr(begin, end - begin));
}

void reduce_any_log(Draft& draft, const Known& known) {
  reduce_log(draft, known);
  std::size_t count = 0;
  for (std::size_t i = 0; i < draft.size(); ++i)
    if (!draft.touched(i) && is_oneline(draft.line(i)) && ++count > kCommits) draft.take(i, "commits");
}

bool detects_log(const Draft& draft) {
  return draft.size() > 4 && is_commit(draft.line(0)) &&
         count_lines(draft, [](string_view line) { return line.starts_with("Author: "); }) > 0;
}

// --- push, pull, clone, commit --------------------------------------------------------------------------------------

/// " * [new branch]      a -> b", " + 1a2b3c4...5d6e7f8 a -> b (forced update)": what became of one ref.
bool is_ref_row(string_view line) {
  return line.size() > 4 && line[0] == ' ' && string_view(" +-*!=t").find(line[1]) != string_view::npos &&
         line[2] == ' ' && (contains(line, " -> ") || contains(line, "[deleted]"));
}

string single_blanks(string_view line) {
  string out;
  for (const string_view word : words_of(line, 1000)) out += (out.empty() ? "" : " ") + string(word);
  return out;
}

/// " * [new branch]      a -> a" as "new branch a": a name that is the same on both sides is told once.
string short_ref(string_view line) {
  string text = single_blanks(line);
  const std::size_t arrow = text.find(" -> ");
  const std::size_t begin = arrow == string::npos ? arrow : text.rfind(' ', arrow - 1) + 1;
  if (arrow != string::npos) {
    const string name = text.substr(begin, arrow - begin);
    const std::size_t end = std::min(text.find(' ', arrow + 4), text.size());
    if (text.substr(arrow + 4, end - arrow - 4) == name) text.erase(begin, arrow + 4 - begin);
  }
  for (const string_view what : {"* [new branch]", "* [new tag]", "* [new reference]", "- [deleted]"})
    if (text.starts_with(what)) return string(what.substr(3, what.size() - 4)) + text.substr(what.size());
  return text;
}

bool is_transfer(string_view line) {
  if (line.starts_with("remote: ")) line = trimmed(line.substr(8));
  for (const string_view step : {"Enumerating objects:", "Counting objects:", "Compressing objects:",
                                 "Writing objects:", "Delta compression using", "Total ", "Unpacking objects:",
                                 "Receiving objects:", "Resolving deltas:", "Updating files:", "Checking out files:"})
    if (line.starts_with(step)) return true;
  return false;
}

/// "To git.example.org:shop/app.git": the command has it, and the error when there is one.
class PushTarget {
 public:
  explicit PushTarget(const Draft& draft) {
    for (std::size_t i = 0; i < draft.size(); ++i) {
      const string_view line = draft.line(i);
      if (line.starts_with("To ")) {
        ++count_;
        line_ = i;
        address_ = line.substr(3);
      }
      failed_ = failed_ || line.starts_with("error:") || line.starts_with("fatal:") || line.starts_with(" ! ");
    }
    for (std::size_t i = 0; i < draft.size() && failed_ && count_ == 1; ++i)
      told_ = told_ || (draft.line(i).starts_with("error: failed to push") && contains(draft.line(i), address_));
  }
  bool pushed() const { return count_ > 0; }
  bool failed() const { return failed_; }
  /// Whether line `i` is the address and needs not be given.
  bool is_told(std::size_t i) const { return count_ == 1 && i == line_ && (told_ || !failed_); }

 private:
  std::size_t count_ = 0;
  std::size_t line_ = 0;
  string_view address_;
  bool failed_ = false;
  bool told_ = false;
};

void reduce_sync(Draft& draft, const Known&) {
  const PushTarget target(draft);
  const char* steps = target.pushed() ? "" : "steps";
  const char* hints = target.pushed() ? "" : "hints";
  bool rejected = false;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (is_transfer(line)) {
      draft.drop(i, steps);
    } else if (line == "remote:" || line.starts_with("remote: Create a pull request") ||
               line.starts_with("remote: To create a merge request") || line.starts_with("remote:   ") ||
               line.starts_with("POST git-upload-pack") ||
               (line.starts_with("branch '") && contains(line, "set up to track"))) {
      draft.drop(i, hints);
    } else if (target.is_told(i)) {
      draft.absorb(i);
      if (!target.failed()) draft.mention("address");
    } else if (line.starts_with(" create mode ") || line.starts_with(" delete mode ") ||
               line.starts_with(" rewrite ") || line.starts_with(" rename ") || line.starts_with(" mode change ")) {
      draft.take(i, "created, deleted and renamed files");
    } else if (is_ref_row(line)) {
      rejected = rejected || line[1] == '!';
      draft.show(i, short_ref(line));
    } else if (line.starts_with(" ") && contains(line, " | ") && !contains(line, "Unmerged")) {
      draft.take(i, "lines of file statistics");
    } else if (line.starts_with("hint: ") && rejected) {
      draft.take(i, hints);  // the row of the ref has the reason
    } else if (line.starts_with("Cloning into") || line.starts_with("warning: in the working copy of") ||
               line.starts_with("hint: ")) {
      draft.drop(i, hints);
    }
  }
}

bool detects_sync(const Draft& draft) {
  const auto forward = [](string_view line) { return line == "Fast-forward" || line.starts_with(" create mode "); };
  return count_lines(draft, is_transfer) >= 2 || count_lines(draft, forward) > 0;
}

constexpr std::array kFamilies = {
    Family{"git-status", "git status: short states, paths by folder, no hints",
           [](const Command& c) {
             return is_git(c, {"status", "st"});
           },
           detects_status, reduce_status},
    Family{"git-log", "git log: one line a commit",
           [](const Command& c) {
             return is_git(c, {"log", "reflog", "lg", "shortlog", "rev-list"});
           },
           detects_log, reduce_any_log},
    Family{"git-sync", "git push, pull, fetch, clone, commit, merge: what moved, no transfer steps",
           [](const Command& c) {
             return is_git(c, {"push", "pull", "fetch", "clone", "commit", "merge", "rebase", "add", "checkout",
                               "switch", "submodule", "cherry-pick", "revert", "stash", "gc", "am"});
           },
           detects_sync, reduce_sync},
};

}  // namespace

std::span<const Family> git_families() {
  return kFamilies;
}

}  // namespace duotty::digest
