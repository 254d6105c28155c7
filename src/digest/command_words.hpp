#pragma once
// What a command line runs, as far as the form of its output depends on it.
#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::digest {

/// One program of a command line with its arguments; wrappers such as sudo, env and npx are taken off.
struct Command {
  std::string program;  ///< without its folder
  std::vector<std::string> args;

  bool is(std::string_view name) const { return program == name; }
  bool is_any(std::initializer_list<std::string_view> names) const {
    return std::find(names.begin(), names.end(), program) != names.end();
  }
  /// The n-th argument that is no option ("status" of `git -C x status`, with the values of known options skipped).
  std::string_view word(std::size_t n) const;
  bool has(std::string_view arg) const;
};

/// The programs whose output the line prints, in order: of `cd x && make && ctest` make and ctest, of a pipeline the
/// first when the others only pass lines on (tail, tee, grep, sort), else the last. At most eight.
std::vector<Command> commands_of(std::string_view line);

}  // namespace duotty::digest
