#pragma once
// Whole folders from here to there or back, and files that are edited here.
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "files_commands.hpp"
#include "files_copy.hpp"

namespace duotty::cli {

/// What is known of a file in a tree.
struct TreeEntry {
  enum class Kind { file, folder, link, other };
  Kind kind = Kind::file;
  double size = 0;
  double mtime = 0;        ///< seconds since 1970
  std::uint32_t mode = 0;  ///< permission bits
};
/// By the path below the top, which itself is "".
using Tree = std::map<std::string, TreeEntry>;
/// Paths that are left as they are, and why.
using Problems = std::vector<std::pair<std::string, std::string>>;
/// What a tree does not have although it is there.
struct Unseen {
  Problems names;    ///< that cannot be used
  Problems folders;  ///< that cannot be looked into
};

struct Step {
  enum class Kind { make, copy, remove };
  Kind kind = Kind::copy;
  std::string path;
  bool operator==(const Step&) const = default;
};

struct Plan {
  std::vector<Step> steps;
  Problems problems;
  std::vector<std::string> left_out;  ///< links and the like in the source
  std::size_t unchanged = 0;
};

enum class Existing {
  keep,     ///< a file that is there is a problem
  replace,  ///< and is written over
  compare,  ///< only when its size or time differ
};

/// What has to be done so that `target` has what `source` has. `remove`: and nothing else. Pure.
Plan plan_copy(const Tree& source, const Tree& target, Existing existing, bool remove);

/// A place on the command line: NAME:PATH is on a host, :PATH on the server's machine, anything else here.
struct Spot {
  bool here = true;
  There there;       ///< when not here
  std::string path;  ///< when here
};
/// Pure.
Spot spot_of(const std::string& word);

/// Copies the folder at `here` to `there`, or the other way.
Task<int> copy_tree(Context& context, Remote& remote, const FilesOptions& options, There there, std::string here,
                    bool upward);
Task<int> sync_command(Context& context, Remote& remote, const FilesOptions& options);
Task<int> edit_command(Context& context, Remote& remote, const FilesOptions& options);

}  // namespace duotty::cli
