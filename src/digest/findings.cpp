#include "findings.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "line_words.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

std::size_t after_digits(string_view line, std::size_t at) {
  while (at < line.size() && is_digit(line[at])) ++at;
  return at;
}

constexpr std::size_t kText = 1800;  ///< most bytes of a finding's text

constexpr std::size_t kName = 80;  ///< most bytes of a quoted name that texts may differ in

/// The first quoted name of a text: where it begins and ends, its quotes included.
std::pair<std::size_t, std::size_t> name_in(string_view text) {
  const std::size_t begin = text.find_first_of("'`\"");
  if (begin == string_view::npos || (begin > 0 && is_letter(text[begin - 1]))) return {0, 0};  // "doesn't"
  const std::size_t end = text.find(text[begin], begin + 1);
  if (end == string_view::npos || end - begin > kName) return {0, 0};
  return {begin, end + 1};
}

/// Findings of one text, but for the first name that it quotes.
struct Group {
  const Finding* first = nullptr;
  std::vector<std::pair<string_view, string>> files = {};  ///< of the first name, with their places, "2:7,9:1"
  std::vector<const Finding*> others = {};                 ///< of other names
  std::vector<std::pair<string_view, string>> see = {};    ///< of which place, and what

  /// The file that all of it is in; empty when there are several.
  string_view file() const {
    const bool one = files.size() == 1 && std::all_of(others.begin(), others.end(), [&](const Finding* each) {
                       return each->file == files.front().first;
                     });
    return one ? files.front().first : string_view();
  }
};

/// "see a.ts:1:18", with the places that it is meant for when it is not meant for all.
string see_text(const Group& group) {
  string text;
  const bool same = group.others.empty() && std::all_of(group.files.begin(), group.files.end(), [&](const auto& file) {
                      return file.second == group.first->at;
                    });
  std::set<std::pair<string_view, string_view>> told;
  for (const auto& [at, what] : group.see) {
    if (!told.emplace(at, what).second) continue;
    text += (text.empty() ? " (" : ", ") + (same ? "" : string(at) + " ") + "see " + what;
  }
  return text.empty() ? text : text + ")";
}

/// "also 9:5 'sys', b.py:3:1 'json'"
string others_text(const Group& group) {
  string text;
  string_view file = group.files.back().first;
  for (const Finding* each : group.others) {
    const auto [begin, end] = name_in(each->text);
    text += text.empty() ? " also " : ", ";
    if (each->file != file) text += each->file + ":";
    text += each->at + " " + each->text.substr(begin, end - begin);
    file = each->file;
  }
  return text;
}

std::vector<Group> grouped(const std::vector<Finding>& findings) {
  std::vector<Group> groups;
  std::map<string, std::size_t> known;
  std::map<std::pair<std::size_t, string_view>, std::size_t> places;  // of a group's files
  for (const Finding& each : findings) {
    string key = each.text;
    const auto [begin, end] = name_in(key);
    key.replace(begin, end - begin, "\n");
    for (const string& line : each.below) key += "\n" + line;
    const auto [place, fresh] = known.try_emplace(std::move(key), groups.size());
    if (fresh) groups.push_back({&each});
    Group& group = groups[place->second];
    for (const string& see : each.see) group.see.emplace_back(each.at, see);
    if (each.text != group.first->text) {
      group.others.push_back(&each);
      continue;
    }
    auto& files = group.files;
    const auto [file, first] = places.try_emplace({place->second, each.file}, files.size());
    if (first) {
      files.emplace_back(each.file, each.at);
    } else {
      files[file->second].second += "," + each.at;
    }
  }
  return groups;
}

}  // namespace

bool read_place(string_view line, Place& place) {
  if (line.empty() || string_view(" \t|-+*#<>=[({\"'").find(line[0]) != string_view::npos) return false;
  for (std::size_t at = 1; at + 1 < line.size() && at < 400; ++at) {
    if ((line[at] != ':' && line[at] != '(') || !is_digit(line[at + 1])) continue;
    const bool bracket = line[at] == '(';
    std::size_t end = after_digits(line, at + 1);
    if (end + 1 < line.size() && line[end] == (bracket ? ',' : ':') && is_digit(line[end + 1]))
      end = after_digits(line, end + 1);
    const string_view rest = line.substr(end);
    const string_view mark = bracket ? "): " : rest.starts_with(" - ") ? " - " : ": ";
    if (!rest.starts_with(mark)) continue;
    place = {line.substr(0, at), line.substr(at + 1, end - at - 1), trimmed(rest.substr(mark.size()))};
    // A clock is no place: "10:42:07: started".
    return place.file.find_first_not_of("0123456789-") != string_view::npos && !place.text.empty();
  }
  return false;
}

void give_findings(Draft& draft, const std::vector<Finding>& findings) {
  for (const Finding& each : findings) draft.absorb(each.line);
  const std::vector<Group> groups = grouped(findings);
  string_view heading;
  for (std::size_t n = 0; n < groups.size(); ++n) {
    const Group& group = groups[n];
    const string_view file = group.file();
    string text;
    if (!file.empty() && (file == heading || (n + 1 < groups.size() && groups[n + 1].file() == file))) {
      if (file != heading) text = string(file) + ":\n";
      text += " " + group.files.front().second;
      heading = file;
    } else {
      heading = {};
      for (const auto& [name, at] : group.files) text += (text.empty() ? "" : " ") + string(name) + ":" + at;
    }
    const string& told = group.first->text;
    const std::size_t shown = boundary(told, kText);
    text += ": " + told.substr(0, shown);
    if (shown < told.size()) text += " [… " + std::to_string(told.size() - shown) + " bytes …]";
    text += see_text(group) + others_text(group);
    for (const string& line : group.first->below) text += "\n  " + line;
    draft.show(group.first->line, std::move(text));
  }
}

}  // namespace duotty::digest
