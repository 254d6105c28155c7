#include "tree.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace duotty::architecture {

namespace fs = std::filesystem;

const fs::path& root() {
  static const fs::path path = DUOTTY_SOURCE_DIR;
  return path;
}

namespace {

bool left_behind(const fs::path& path) {
  static const std::set<std::string> names = {"node_modules", "dist", "coverage", "artifacts"};
  const std::string name = path.filename();
  return names.contains(name) || path == root() / "build" || (name.starts_with('.') && name != ".ci");
}

bool ignored_file(const std::string& name) {
  return name == ".env" || name.ends_with(".log") || name == "compile_commands.json";
}

}  // namespace

std::vector<std::string> files_below(std::string_view folder) {
  std::vector<std::string> found;
  const fs::path top = root() / folder;
  if (!fs::exists(top)) return found;
  for (auto it = fs::recursive_directory_iterator(top); it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && left_behind(it->path())) it.disable_recursion_pending();
    if (!it->is_regular_file() || it->is_symlink() || ignored_file(it->path().filename())) continue;
    found.push_back(fs::relative(it->path(), root()).generic_string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> files_below(std::string_view folder, const std::set<std::string>& endings) {
  auto found = files_below(folder);
  std::erase_if(found, [&](const std::string& path) {
    return std::none_of(endings.begin(), endings.end(), [&](const std::string& end) { return path.ends_with(end); });
  });
  return found;
}

std::string read_file(std::string_view path) {
  std::ifstream in(root() / path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + std::string(path));
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(std::string_view path) {
  std::vector<std::string> lines;
  std::ifstream in(root() / path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Include> includes_of(std::string_view path) {
  std::vector<Include> found;
  int number = 0;
  for (const std::string& line : lines_of(path)) {
    ++number;
    const auto hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const auto word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const auto open = line.find_first_of("<\"", word);
    if (open == std::string::npos) continue;
    const bool angle = line[open] == '<';
    const auto close = line.find(angle ? '>' : '"', open + 1);
    if (close == std::string::npos) continue;
    found.push_back({number, angle, line.substr(open + 1, close - open - 1)});
  }
  return found;
}

const std::map<std::string, std::set<std::string>>& layers() {
  static const auto table = [] {
    std::ifstream in(DUOTTY_LAYERS_FILE);
    return nlohmann::json::parse(in).get<std::map<std::string, std::set<std::string>>>();
  }();
  return table;
}

std::string module_of(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return {};
  path.remove_prefix(prefix.size());
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

}  // namespace duotty::architecture
