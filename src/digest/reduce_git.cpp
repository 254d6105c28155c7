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
  string_view short_name;
};
constexpr std::array kSections = {Section{"Changes to be committed:", "staged"},
                                  Section{"Changes not staged for commit:", "changed"},
                                  Section{"Untracked files:", "untracked"}, Section{"Ignored files:", "ignored"},
                                  Section{"Unmerged paths:", "UNMERGED"}};
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
    for (auto& [state, paths] : states)
      text += (text.empty() ? "" : "\n") + name + (state.empty() ? "" : " " + state) + ": " + paths.text(kStatusNames);
    if (!text.empty()) draft.show(at, text);
    name.clear();
    states.clear();
  }
};

void reduce_status(Draft& draft, const Known&) {
  StatusSection section;
  bool unmerged = false;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (is_heading(line)) {
      section.give(draft);
      unmerged = line == "Unmerged paths:";
      const auto* found =
          std::find_if(kSections.begin(), kSections.end(), [&](const Section& each) { return line == each.heading; });
      if (!unmerged) section.name = found->short_name, section.at = i;
    } else if (line.starts_with("  (use \"git") || line.starts_with("  (commit or discard")) {
      draft.absorb(i);
    } else if (line.starts_with("Your branch is up to date")) {
      draft.absorb(i);
    } else if (line.starts_with("\t") && !section.name.empty()) {
      string_view path = line.substr(1);
      string state;
      for (const auto& each : kStates)
        if (path.starts_with(each.heading)) state = each.short_name, path = trimmed(path.substr(each.heading.size()));
      section.states[state].add(path);
      draft.absorb(i);
    } else if (line.starts_with("\t") && unmerged) {
      draft.pin(i);
    } else if (line.starts_with("no changes added to commit") || line.starts_with("nothing added to commit but")) {
      draft.drop(i, "hints");
    } else if (line.starts_with("On branch ")) {
      draft.show(i, string(line.substr(3)));
    }
  }
  section.give(draft);
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

bool is_transfer(string_view line) {
  if (line.starts_with("remote: ")) line = trimmed(line.substr(8));
  for (const string_view step : {"Enumerating objects:", "Counting objects:", "Compressing objects:",
                                 "Writing objects:", "Delta compression using", "Total ", "Unpacking objects:",
                                 "Receiving objects:", "Resolving deltas:", "Updating files:", "Checking out files:"})
    if (line.starts_with(step)) return true;
  return false;
}

void reduce_sync(Draft& draft, const Known&) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (is_transfer(line)) {
      draft.drop(i, "steps");
    } else if (line == "remote:" || line.starts_with("remote: Create a pull request") ||
               line.starts_with("remote: To create a merge request") || line.starts_with("remote:   ") ||
               line.starts_with("POST git-upload-pack") ||
               (line.starts_with("branch '") && contains(line, "set up to track"))) {
      draft.drop(i, "hints");
    } else if (line.starts_with(" create mode ") || line.starts_with(" delete mode ") ||
               line.starts_with(" rewrite ") || line.starts_with(" rename ") || line.starts_with(" mode change ")) {
      draft.take(i, "created, deleted and renamed files");
    } else if (line.starts_with(" ") && contains(line, " | ") && !contains(line, "Unmerged")) {
      draft.take(i, "lines of file statistics");
    } else if (line.starts_with("Cloning into") || line.starts_with("warning: in the working copy of") ||
               line.starts_with("hint: ")) {
      draft.drop(i, "hints");
    } else if (line.starts_with(" * [new branch]") || line.starts_with(" * [new tag]")) {
      continue;
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
