#include "path_groups.hpp"

#include <algorithm>
#include <span>

namespace duotty::digest {
namespace {

constexpr std::size_t kFolders = 16;

std::string named(const std::string& folder) {
  return folder.empty() ? "./" : folder;
}

std::string_view ending_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

/// What all of the names end with, from the last '_' or '-' that all of them have on: "_test.cpp".
std::string_view common_ending(std::span<const std::string> files) {
  std::string_view common = files.front();
  for (const std::string_view file : files) {
    std::size_t same = 0;
    // A name keeps a byte of its own.
    while (same < common.size() && same + 1 < file.size() &&
           common[common.size() - 1 - same] == file[file.size() - 1 - same])
      ++same;
    common.remove_prefix(common.size() - same);
  }
  const std::size_t joint = common.find_first_of("_-.");
  return joint == std::string_view::npos ? std::string_view() : common.substr(joint);
}

/// Names as a shell would expand them: "{plain,echo}.cpp notes.txt".
std::string names_text(const std::vector<std::string>& files, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count;) {
    const std::string_view ending = ending_of(files[i]);
    std::size_t end = i + 1;
    while (end < count && !ending.empty() && ending_of(files[end]) == ending) ++end;
    out += i == 0 ? "" : " ";
    if (end - i < 2) {
      out += files[i];
    } else {
      const std::string_view common = common_ending(std::span(files).subspan(i, end - i));
      out += '{';
      for (std::size_t k = i; k < end; ++k)
        out += (k == i ? "" : ",") + files[k].substr(0, files[k].size() - common.size());
      out += '}' + std::string(common);
    }
    i = end;
  }
  return out;
}

}  // namespace

void PathGroups::add(std::string_view path) {
  if (path.starts_with("./") && path.size() > 2) path.remove_prefix(2);
  std::string_view body = path;
  while (body.size() > 1 && body.back() == '/') body.remove_suffix(1);
  const std::size_t slash = body.rfind('/');
  const std::size_t cut = slash == std::string_view::npos ? 0 : slash + 1;
  folders_[std::string(path.substr(0, cut))].emplace_back(path.substr(cut));
  ++count_;
}

std::string PathGroups::text(std::size_t names, std::string_view between) const {
  std::string out;
  const bool all = count_ <= names;
  // Each folder gets its share, so that one large folder does not hide the others.
  const std::size_t share = all ? count_ : std::max<std::size_t>(2, names / std::max<std::size_t>(1, folders_.size()));
  std::size_t given = 0;
  std::size_t folders = 0;
  std::string rest;
  std::size_t rest_count = 0;
  std::size_t rest_folders = 0;
  for (const auto& [folder, files] : folders_) {
    if (given >= names) {
      rest_count += files.size();
      if (++rest_folders <= kFolders)
        rest += (rest.empty() ? "" : " ") + named(folder) + " " + std::to_string(files.size());
      continue;
    }
    const std::size_t count = std::min({files.size(), share, names - given});
    out += (folders++ == 0 ? std::string() : std::string(between)) + folder;
    out += names_text(files, count);
    if (count < files.size()) out += " +" + std::to_string(files.size() - count);
    given += count;
  }
  if (rest_count > 0) {
    out += std::string(between) + "+" + std::to_string(rest_count) + " more: " + rest;
    if (rest_folders > kFolders) out += " …";
  }
  return out;
}

}  // namespace duotty::digest
