#pragma once
// The reducers: each knows the output of one family of programs, and touches only the lines it recognizes.
#include <optional>
#include <span>
#include <string_view>

#include "command_words.hpp"
#include "draft.hpp"

namespace duotty::digest {

struct Known {
  const Command* command = nullptr;  ///< null when the text alone decided
  std::optional<int> exit_code;
};

struct Family {
  const char* name;
  const char* about;
  bool (*matches)(const Command& command);
  bool (*detects)(const Draft& draft);
  void (*reduce)(Draft& draft, const Known& known);
};

std::span<const Family> git_families();
std::span<const Family> diff_families();
std::span<const Family> listing_families();
std::span<const Family> search_families();
std::span<const Family> python_families();
std::span<const Family> rust_families();
std::span<const Family> go_families();
std::span<const Family> script_test_families();
std::span<const Family> spec_families();
std::span<const Family> ctest_families();
std::span<const Family> build_families();
std::span<const Family> lint_families();
std::span<const Family> package_families();
std::span<const Family> container_families();
std::span<const Family> kube_families();
std::span<const Family> terraform_families();
std::span<const Family> ansible_families();
std::span<const Family> log_families();
std::span<const Family> json_families();
std::span<const Family> table_families();
std::span<const Family> ip_families();
std::span<const Family> file_families();

/// How many of the first 400 lines a test holds for.
template <class Test>
std::size_t count_lines(const Draft& draft, const Test& test) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < draft.size() && i < 400; ++i) count += test(draft.line(i)) ? 1 : 0;
  return count;
}

/// Lines known by their beginning: what they are, or null for lines whose content is nothing.
struct Rule {
  std::string_view begins;
  const char* what;
};
/// Drops the line when a rule fits.
inline bool drop_by(Draft& draft, std::size_t i, std::span<const Rule> rules) {
  for (const Rule& rule : rules) {
    if (!draft.line(i).starts_with(rule.begins)) continue;
    draft.drop(i, rule.what);
    return true;
  }
  return false;
}

// Steps that hold for all output (folding.cpp).

/// Progress bars, counters and spinners that stand on lines of their own: the last state stays.
void fold_progress(Draft& draft);
/// Lines that come again: the same counted, those that differ in numbers by first and last.
void fold_repeats(Draft& draft);
/// Lines that only say that a test or step went well.
void drop_passing(Draft& draft);
/// When more than `most` lines are left: beginning and end, and what is pinned or trouble in between.
void cut_middle(Draft& draft, std::size_t most, std::size_t head, std::size_t tail);

}  // namespace duotty::digest
