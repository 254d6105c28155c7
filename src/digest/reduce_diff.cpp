// Differences: unified diffs of git and diff.
#include <algorithm>
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kAll = 30;    ///< changed lines given without a choice
constexpr std::size_t kSome = 30;   ///< about how many are given of more
constexpr std::size_t kWide = 120;  ///< bytes of a changed line

struct Hunk {
  std::size_t at = 0;
  std::vector<std::size_t> changes;
};

struct File {
  std::size_t at = 0;
  string name;
  string state;
  std::size_t added = 0;
  std::size_t removed = 0;
  std::vector<Hunk> hunks;
};

/// The lines of a hunk that are left, from "@@ -1,7 +1,9 @@".
struct Left {
  std::uint64_t removed = 0;
  std::uint64_t added = 0;
  bool any() const { return removed > 0 || added > 0; }
};

Left counts_of(string_view line) {
  const auto count = [&](char sign) -> std::uint64_t {
    const std::size_t at = line.find(sign, 2);
    if (at == string_view::npos) return 0;
    const std::size_t end = line.find_first_of(", ", at);
    if (end == string_view::npos || line[end] != ',') return 1;
    return leading_number(line.substr(end + 1)).value_or(1);
  };
  return {count('-'), count('+')};
}

class DiffReader {
 public:
  explicit DiffReader(Draft& draft) : draft_(draft) {}

  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      if (left_.any() && body(i, line)) continue;
      left_ = {};
      if (line.starts_with("diff --git ")) {
        const std::size_t b = line.rfind(" b/");
        begin(i, string(b == string_view::npos ? line.substr(11) : line.substr(b + 3)));
      } else if (line.starts_with("--- ") && !line.starts_with("--- FAIL") && i + 1 < draft_.size() &&
                 draft_.line(i + 1).starts_with("+++ ")) {
        if (files_.empty() || !files_.back().hunks.empty()) begin(i, string(words_of(draft_.line(i + 1).substr(4))[0]));
        absorb(i);
        absorb(++i);
      } else if (line.starts_with("@@ ") && contains(line, " +") && !files_.empty()) {
        left_ = counts_of(line);
        files_.back().hunks.push_back({i, {}});
      } else if (!files_.empty()) {
        header(i, line);
      }
    }
  }
  void give() {
    std::size_t changes = 0;
    std::size_t hunks = 0;
    for (const File& file : files_) {
      hunks += file.hunks.size();
      for (const Hunk& hunk : file.hunks) changes += hunk.changes.size();
    }
    budget_ = changes <= kAll ? changes : kSome;
    share_ = changes <= kAll ? changes : std::max<std::size_t>(3, kSome / std::max<std::size_t>(1, hunks));
    for (const File& file : files_) give(file);
  }

 private:
  void absorb(std::size_t i) {
    if (i != files_.back().at) draft_.absorb(i);
  }
  void begin(std::size_t i, string name) { files_.push_back({i, std::move(name), {}, 0, 0, {}}); }

  /// A line of a hunk; false when the hunk has ended early.
  bool body(std::size_t i, string_view line) {
    File& file = files_.back();
    if (line.starts_with("--- FAIL")) return false;  // of a test, not a line that was removed
    const char sign = line.empty() ? ' ' : line.front();
    if (sign == '+' && left_.added > 0) {
      ++file.added;
      --left_.added;
      file.hunks.back().changes.push_back(i);
    } else if (sign == '-' && left_.removed > 0) {
      ++file.removed;
      --left_.removed;
      file.hunks.back().changes.push_back(i);
    } else if (sign == ' ' && left_.added > 0 && left_.removed > 0) {
      --left_.added;
      --left_.removed;
      draft_.take(i, "unchanged lines");
    } else if (sign == '\\') {
      draft_.absorb(i);
    } else {
      return false;
    }
    return true;
  }
  void header(std::size_t i, string_view line) {
    File& file = files_.back();
    if (line.starts_with("index ") || line.starts_with("similarity index") || line.starts_with("rename from") ||
        line.starts_with("old mode") || line.starts_with("new mode") || line.starts_with("\\ No newline")) {
      absorb(i);
    } else if (line.starts_with("new file mode")) {
      file.state = " new";
      absorb(i);
    } else if (line.starts_with("deleted file mode")) {
      file.state = " deleted";
      absorb(i);
    } else if (line.starts_with("rename to")) {
      file.state = " renamed";
      absorb(i);
    } else if (line.starts_with("Binary files")) {
      file.state += " binary";
      absorb(i);
    }
  }
  void give(const File& file) {
    string head = file.name + file.state;
    if (file.added + file.removed > 0) head += " +" + std::to_string(file.added) + " -" + std::to_string(file.removed);
    draft_.show(file.at, head);
    for (const Hunk& hunk : file.hunks) {
      std::size_t given = 0;
      for (const std::size_t i : hunk.changes) {
        if (given >= share_ || budget_ == 0) {
          draft_.take(i, "changed lines");
          continue;
        }
        ++given;
        --budget_;
        const string_view line = draft_.line(i);
        if (line.size() > kWide) draft_.show(i, string(line.substr(0, boundary(line, kWide))) + "…");
        draft_.pin(i);
      }
      const string_view line = draft_.line(hunk.at);
      const std::size_t plus = line.find(" +") + 1;
      const string_view place = line.substr(plus, line.find_first_of(", ", plus) - plus);
      if (given == 0) {
        draft_.absorb(hunk.at);
      } else {
        draft_.show(hunk.at, "@" + string(place));
      }
    }
  }

  Draft& draft_;
  std::vector<File> files_;
  Left left_;
  std::size_t budget_ = 0;
  std::size_t share_ = 0;
};

/// " src/a.cpp  |  12 ++--" of --stat as "src/a.cpp 12", many of them by folder.
void reduce_stat(Draft& draft) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const std::size_t bar = line.find(" | ");
    if (draft.touched(i) || !line.starts_with(' ') || bar == string_view::npos) continue;
    const string_view count = trimmed(line.substr(bar + 3));
    const auto number = leading_number(count);
    const string_view marks = number ? count.substr(std::to_string(*number).size()) : string_view();
    const bool binary = count.starts_with("Bin");
    if (!binary && (!number || marks.find_first_not_of(" +-") != string_view::npos)) continue;
    draft.mention("bars");
    draft.show(i, string(trimmed(line.substr(0, bar))) + " " +
                      string(binary ? count : trimmed(count.substr(0, count.find(' ')))));
  }
}

void reduce_diff(Draft& draft, const Known&) {
  reduce_stat(draft);
  DiffReader reader(draft);
  reader.read();
  reader.give();
}

bool detects_diff(const Draft& draft) {
  return count_lines(
             draft, [](string_view line) { return line.starts_with("@@ -") && contains(line.substr(3), " @@"); }) > 0 &&
         count_lines(draft,
                     [](string_view line) { return line.starts_with("diff --git ") || line.starts_with("+++ "); }) > 0;
}

bool is_diff(const Command& command) {
  if (command.is("diff") || command.is("colordiff") || command.is("interdiff")) return true;
  if (!command.is("git")) return false;
  const string_view verb = command.word(0);
  return verb == "diff" || verb == "show" || verb == "format-patch" ||
         ((verb == "log" || verb == "stash") && (command.has("-p") || command.has("--patch")));
}

constexpr std::array kFamilies = {
    Family{"git-diff", "git diff, git show, diff -u: files with counts, changed lines of each hunk", is_diff,
           detects_diff, reduce_diff},
};

}  // namespace

std::span<const Family> diff_families() {
  return kFamilies;
}

}  // namespace duotty::digest
