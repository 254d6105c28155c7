#include "pattern.hpp"

namespace duotty::ssh {

bool match_pattern(std::string_view text, std::string_view pattern, Effort& effort) noexcept {
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;  // behind the last star
  std::size_t resume = 0;                     // where the text goes on when that star takes one more
  while (t < text.size()) {
    if (!effort.take()) return false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ListMatch match_list(std::string_view text, std::string_view list, Effort& effort) noexcept {
  ListMatch found = ListMatch::none;
  while (true) {
    const auto comma = list.find(',');
    std::string_view pattern = list.substr(0, comma);
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (match_pattern(text, pattern, effort)) {
      if (negated) return ListMatch::negated;
      found = ListMatch::yes;
    }
    if (comma == std::string_view::npos) return found;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace duotty::ssh
