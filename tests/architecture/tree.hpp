#pragma once
// The source tree as the rules see it: paths relative to the root, contents as lines, includes as values.
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::architecture {

/// One `#include` of a file.
struct Include {
  int line;          ///< 1-based
  bool angle;        ///< `<...>` rather than `"..."`
  std::string path;  ///< what stands between the brackets
};

/// The root of the source tree.
const std::filesystem::path& root();

/// Every file of the project below `folder` (relative to the root, "" for all of it), as relative paths in order. What
/// builds leave behind (build, node_modules, dist, hidden folders other than .ci) is not part of the project.
std::vector<std::string> files_below(std::string_view folder);

/// The files below `folder` whose name ends in one of `endings`.
std::vector<std::string> files_below(std::string_view folder, const std::set<std::string>& endings);

/// Whole contents of a file, by relative path.
std::string read_file(std::string_view path);
/// The file's lines, without line ends.
std::vector<std::string> lines_of(std::string_view path);
/// The file's includes; those inside comments are not seen.
std::vector<Include> includes_of(std::string_view path);

/// Module name to the modules it declared in DEPENDS, as the build wrote them.
const std::map<std::string, std::set<std::string>>& layers();

/// The part of `path` after `prefix` up to the next slash: module_of("src/term/cell.cpp", "src/") is "term".
std::string module_of(std::string_view path, std::string_view prefix);

/// `text` with comments, string and character literals blanked out; line breaks stay, so line numbers do too.
std::string without_literals(std::string_view text);

/// One function of a C++ source, found by its braces.
struct Function {
  int line;          ///< where its body opens, 1-based
  int length;        ///< lines from there to the closing brace
  std::string head;  ///< the text before the body, for messages
};
std::vector<Function> functions_of(std::string_view cpp);

}  // namespace duotty::architecture
