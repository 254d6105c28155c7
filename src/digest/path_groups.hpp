#pragma once
// Many paths in few words: by folder, names behind it, and counts beyond a limit.
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::digest {

class PathGroups {
 public:
  void add(std::string_view path);
  std::size_t size() const noexcept { return count_; }
  /// "src/a/{x,y}.cpp; docs/z.md; +12 more: tests/ 12", with about `names` names in full.
  std::string text(std::size_t names, std::string_view between = "; ") const;

 private:
  std::map<std::string, std::vector<std::string>> folders_;
  std::size_t count_ = 0;
};

}  // namespace duotty::digest
