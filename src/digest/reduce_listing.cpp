// Listings of files: ls, find, tree, du.
#include <algorithm>
#include <array>
#include <map>

#include "path_groups.hpp"
#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kEntries = 48;  ///< names of one folder given in full
constexpr std::size_t kPaths = 60;    ///< paths of a find given by name

// --- ls -l ----------------------------------------------------------------------------------------------------------

bool is_mode(string_view word) {
  if (word.size() < 10 || word.size() > 11 || string_view("-dlbcpsD").find(word[0]) == string_view::npos) return false;
  return word.substr(1, 9).find_first_not_of("rwxsStT-") == string_view::npos;
}

string short_size(string_view bytes) {
  const auto number = leading_number(bytes);
  if (!number || bytes.find_first_not_of("0123456789") != string_view::npos) return string(bytes);
  if (*number < 1024) return std::to_string(*number);
  constexpr string_view kUnits = "KMGTP";
  std::uint64_t value = *number;
  std::size_t unit = 0;
  while (value >= 1024 * 1024 && unit + 1 < kUnits.size()) value /= 1024, ++unit;
  const std::uint64_t tenths = (value * 10 + 512) / 1024;
  return std::to_string((tenths + 5) / 10) + kUnits[unit];
}

struct Entry {
  string_view name;
  string_view size;
  char type = '-';
};

/// Permissions, links, owner, group, size, three words of date, name. Without a group (-o) one word fewer.
bool parse_entry(string_view line, Entry& entry) {
  const auto words = words_of(line, 9);
  // "root/root 1158 2026-11-23 00:52 name" of tar
  if (words.size() >= 6 && is_mode(words[0]) && contains(words[1], "/") && words[4].size() == 5 && words[4][2] == ':') {
    entry = {line.substr(static_cast<std::size_t>(words[5].data() - line.data())), words[2], words[0][0]};
    if (entry.type == 'd' && entry.name.ends_with('/')) entry.name.remove_suffix(1);
    return true;
  }
  if (words.size() < 8 || !is_mode(words[0]) || !leading_number(words[1])) return false;
  entry.type = words[0][0];
  // "2026-11-21 18:57" of --time-style=long-iso takes two words instead of three.
  const bool iso = words[5].size() == 10 && words[5][4] == '-';
  const std::size_t name = iso ? 7 : 8;
  if (words.size() <= name) return false;
  entry.size = words[4];
  entry.name = line.substr(static_cast<std::size_t>(words[name].data() - line.data()));
  return true;
}

/// Ten thousand bytes and more, or written with a unit.
bool is_large(string_view size) {
  return size.size() > 4 || size.find_first_not_of("0123456789") != string_view::npos;
}

/// Names one after the other; those that follow each other and differ in their ending only are one: "row.{cpp,hpp}".
class NameList {
 public:
  void add(string_view name, const string& size) {
    const std::size_t dot = name.rfind('.');
    const bool plain =
        size.empty() && dot != string_view::npos && dot > 0 && name.find_first_of(" ,{}") == string_view::npos;
    const string_view stem = plain ? name.substr(0, dot) : string_view();
    if (plain && stem == stem_) {
      endings_ += "," + string(name.substr(dot + 1));
      return;
    }
    flush();
    // As ls itself quotes names with blanks.
    last_ = contains(name, " ") && !contains(name, " -> ") ? "'" + string(name) + "'" : string(name);
    last_ += size.empty() ? "" : " (" + size + ")";
    stem_ = stem;
    if (plain) endings_ = name.substr(dot + 1);
  }
  const string& text() {
    flush();
    return text_;
  }

 private:
  void flush() {
    if (!last_.empty()) {
      text_ += text_.empty() ? "" : " ";
      text_ += contains(endings_, ",") ? string(stem_) + ".{" + endings_ + "}" : last_;
    }
    last_.clear();
    endings_.clear();
    stem_ = {};
  }

  string text_;
  string last_;
  string endings_;
  string_view stem_;  ///< of the last name, when others may join it
};

/// The entries of one folder, gathered until its list ends.
struct Folder {
  bool sizes = false;  ///< of all files, not only of large ones
  std::size_t at = 0;
  std::vector<Entry> entries;

  void give(Draft& draft) {
    if (entries.empty()) return;
    string folders;
    NameList list;
    std::map<string, std::size_t> rest;
    std::size_t given = 0;
    std::size_t folders_given = 0;
    std::size_t left = 0;
    for (const Entry& entry : entries) {
      if (entry.name == "." || entry.name == "..") continue;
      const bool folder = entry.type == 'd';
      // Folders have places of their own: they are few, and what stands behind them is more.
      const bool room = folder ? folders_given < kEntries : given < kEntries;
      if (!room && entries.size() > kEntries + 6) {
        const std::size_t dot = entry.name.rfind('.');
        ++rest[folder                                 ? "folders"
               : entry.type == 'l'                    ? "links"
               : dot == string_view::npos || dot == 0 ? "others"
                                                      : string(entry.name.substr(dot))];
        ++left;
      } else if (folder) {
        ++folders_given;
        folders += (folders.empty() ? "" : " ") + string(entry.name) + "/";
      } else {
        ++given;
        list.add(entry.name, entry.type == '-' && (sizes || is_large(entry.size)) ? short_size(entry.size) : "");
      }
    }
    const string& files = list.text();
    string text = folders + (folders.empty() || files.empty() ? "" : "\n") + files;
    if (!rest.empty()) {
      text += "\n+" + std::to_string(left) + " more:";
      for (const auto& [kind, count] : rest) text += " " + std::to_string(count) + " " + kind;
    }
    draft.show(at, text.empty() ? "(empty)" : text);
    entries.clear();
  }
};

void reduce_long_list(Draft& draft, bool sizes) {
  Folder folder;
  folder.sizes = sizes;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    Entry entry;
    const string_view line = draft.line(i);
    if (parse_entry(line, entry)) {
      if (folder.entries.empty()) folder.at = i;
      folder.entries.push_back(entry);
      draft.absorb(i);
      draft.mention(sizes ? "permissions, owners, dates" : "permissions, owners, dates, sizes below 10K");
    } else if (line.starts_with("total ") && leading_number(line.substr(6))) {
      draft.absorb(i);
    } else {
      folder.give(draft);
    }
  }
  folder.give(draft);
}

bool is_long_row(string_view line) {
  Entry entry;
  return parse_entry(line, entry);
}

/// Names in columns, as ls prints them on a terminal.
void reduce_columns(Draft& draft) {
  std::vector<string_view> names;
  std::size_t first = draft.size();
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (draft.touched(i) || draft.trouble(i) != Trouble::none || contains(line, ": ") || line.ends_with(':') ||
        line.empty())
      continue;
    const auto cells = cells_of(line);
    if (cells.size() < 2 && contains(line, " ")) continue;
    if (first == draft.size()) first = i;
    names.insert(names.end(), cells.begin(), cells.end());
    draft.absorb(i);
  }
  if (first == draft.size()) return;
  string text;
  std::size_t given = 0;
  std::map<string, std::size_t> rest;
  for (const string_view name : names) {
    if (given >= kEntries * 2 && names.size() > kEntries * 2 + 10) {
      const std::size_t dot = name.rfind('.');
      ++rest[dot == string_view::npos || dot == 0 ? "others" : string(name.substr(dot))];
      continue;
    }
    text += (given++ == 0 ? "" : " ") + string(name);
  }
  if (!rest.empty()) text += "\n+" + std::to_string(names.size() - given) + " more:";
  for (const auto& [kind, count] : rest) text += " " + std::to_string(count) + " " + kind;
  draft.show(first, text);
}

void reduce_ls(Draft& draft, const Known& known) {
  const auto wants_sizes = [](const Command& c) {
    return std::any_of(c.args.begin(), c.args.end(), [](const string& arg) {
      return arg.starts_with('-') && !arg.starts_with("--") &&
             (contains(arg, "h") || contains(arg, "S") || contains(arg, "s"));
    });
  };
  reduce_long_list(draft, known.command != nullptr && wants_sizes(*known.command));
  const bool listed = count_lines(draft, is_long_row) > 0;
  const bool recursive = known.command != nullptr && (known.command->has("-R") || known.command->has("--recursive"));
  if (!listed && !recursive && known.command != nullptr && draft.size() > 3) reduce_columns(draft);
}

bool detects_ls(const Draft& draft) {
  return draft.size() > 4 && count_lines(draft, is_long_row) * 3 > std::min<std::size_t>(draft.size(), 400) * 2;
}

// --- find -----------------------------------------------------------------------------------------------------------

bool is_path(string_view line) {
  if (line.empty() || line.size() > 4096 || contains(line, ": ") || contains(line, "  ")) return false;
  if (line.starts_with("./") || line.starts_with("../")) return true;
  if (line.starts_with("/")) return line.size() > 1 && !is_digit(line[1]);
  return contains(line, "/") && line.find(' ') == string_view::npos &&
         line.find_first_of("()[]{}<>|=,;'\"!?") == string_view::npos;
}

void reduce_find(Draft& draft, const Known&) {
  PathGroups groups;
  std::size_t first = draft.size();
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (!is_path(draft.line(i))) continue;
    if (first == draft.size()) first = i;
    groups.add(draft.line(i));
    draft.absorb(i);
  }
  if (first == draft.size()) return;
  draft.show(first, groups.text(kPaths, "\n"));
  if (groups.size() > kPaths) draft.mention("paths beyond the counts");
}

bool detects_find(const Draft& draft) {
  return draft.size() > 12 && count_lines(draft, is_path) * 10 > std::min<std::size_t>(draft.size(), 400) * 9;
}

// --- tree -----------------------------------------------------------------------------------------------------------

/// Depth of a row of `tree`, 0 when it is none.
std::size_t depth_of(string_view line, string_view& name) {
  std::size_t depth = 0;
  for (;;) {
    bool found = false;
    for (const string_view part : {"│   ", "│\u00a0\u00a0 ", "    ", "├── ", "└── ", "|   ", "|-- ", "`-- "}) {
      if (!line.starts_with(part)) continue;
      line.remove_prefix(part.size());
      ++depth;
      found = true;
      if (part == "├── " || part == "└── " || part == "|-- " || part == "`-- ") {
        name = line;
        return depth;
      }
    }
    if (!found) return 0;
  }
}

constexpr std::size_t kTreeAll = 60;      ///< entries of a tree that is given whole
constexpr std::size_t kTreeNames = 8;     ///< files of one folder of a larger one
constexpr std::size_t kTreeFolders = 40;  ///< and its folders
constexpr std::size_t kTreeDepth = 3;     ///< what is deeper is counted

struct TreeRow {
  std::size_t at = 0;
  std::size_t depth = 0;
  string_view name;
};

/// A tree by folders: each on a line with its files.
class TreeReader {
 public:
  explicit TreeReader(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      TreeRow row;
      row.at = i;
      row.depth = depth_of(draft_.line(i), row.name);
      if (row.depth > 0) rows_.push_back(row);
    }
    all_ = rows_.size() <= kTreeAll;
    if (!rows_.empty()) folder(0, 0, {});
  }

 private:
  std::size_t end_of(std::size_t n) const {
    const std::size_t depth = rows_[n++].depth;
    while (n < rows_.size() && rows_[n].depth > depth) ++n;
    return n;
  }
  bool is_folder(std::size_t n) const { return n + 1 < rows_.size() && rows_[n + 1].depth > rows_[n].depth; }

  /// Gives the entries from row n on that are deeper than `depth`, behind `head`; where they end. As deep as what is
  /// shown.
  std::size_t folder(std::size_t n, std::size_t depth, const string& head) {
    const std::size_t first = n;
    NameList files;
    std::size_t names = 0;
    std::size_t folders = 0;
    std::size_t left = 0;
    while (n < rows_.size() && rows_[n].depth > depth) {
      const string name = string(rows_[n].name) + (is_folder(n) && !rows_[n].name.ends_with('/') ? "/" : "");
      const std::size_t end = end_of(n);
      const bool room = all_ || (is_folder(n) ? ++folders <= kTreeFolders : ++names <= kTreeNames);
      if (!room) {
        for (; n < end; ++n, ++left) draft_.take(rows_[n].at, "entries of the tree");
      } else if (is_folder(n) && (all_ || depth + 1 < kTreeDepth)) {
        draft_.absorb(rows_[n].at);
        n = folder(n + 1, depth + 1, string(depth, ' ') + name);
      } else {
        files.add(rows_[n].name, is_folder(n) ? std::to_string(end - n - 1) : "");
        draft_.absorb(rows_[n++].at);
        for (; n < end; ++n) draft_.take(rows_[n].at, "entries of the tree");
      }
    }
    string text = head;
    for (const string& part : {files.text(), left > 0 ? "+" + std::to_string(left) : string()})
      if (!part.empty()) text += (text.empty() ? "" : " ") + part;
    // A folder's text stands on its own row; the root has none among the tree's.
    if (depth == 0) {
      text += (text.empty() || first_.empty() ? "" : "\n") + first_;
      draft_.show(rows_[0].at, text);
    } else {
      if (first == 1) first_ = text;
      draft_.show(rows_[first - 1].at, text);
    }
    return n;
  }

  Draft& draft_;
  std::vector<TreeRow> rows_;
  bool all_ = false;
  string first_;  ///< of the first row, when that is a folder
};

void reduce_tree(Draft& draft, const Known&) {
  TreeReader(draft).read();
}

bool detects_tree(const Draft& draft) {
  return count_lines(draft, [](string_view line) { return line.starts_with("├── ") || line.starts_with("|-- "); }) > 2;
}

constexpr std::array kFamilies = {
    Family{"ls", "ls: names and sizes",
           [](const Command& c) { return c.is("ls") || c.is("ll") || c.is("dir") || c.is("exa") || c.is("eza"); },
           detects_ls, reduce_ls},
    Family{"tree", "tree: by folder, three levels, eight files of each", [](const Command& c) { return c.is("tree"); },
           detects_tree, reduce_tree},
    Family{"find", "find, fd, git ls-files, rg --files: paths by folder",
           [](const Command& c) {
             return c.is("find") || c.is("fd") || c.is("fdfind") || c.is("locate") ||
                    (c.is("git") && c.word(0) == "ls-files") || (c.is("rg") && c.has("--files")) ||
                    ((c.is("grep") || c.is("rg")) && (c.has("-l") || c.has("-rl") || c.has("-lr")));
           },
           detects_find, reduce_find},
};

}  // namespace

std::span<const Family> listing_families() {
  return kFamilies;
}

}  // namespace duotty::digest
