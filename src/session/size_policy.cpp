#include <algorithm>
#include <duotty/session/size_policy.hpp>

namespace duotty::session {

std::optional<WindowSize> decide(SizePolicy policy, const std::vector<SizeVote>& votes) {
  if (policy == SizePolicy::fixed) return std::nullopt;
  std::optional<WindowSize> result;
  for (const auto& vote : votes) {
    if (!vote.may_resize) continue;
    if (policy == SizePolicy::active) {
      if (vote.active || !result) result = vote.window;
      if (vote.active) break;
    } else if (!result) {
      result = vote.window;
    } else if (policy == SizePolicy::smallest) {
      result = WindowSize{std::min(result->cols, vote.window.cols), std::min(result->rows, vote.window.rows)};
    } else {
      result = WindowSize{std::max(result->cols, vote.window.cols), std::max(result->rows, vote.window.rows)};
    }
  }
  return result;
}

std::string_view name(SizePolicy policy) noexcept {
  switch (policy) {
    case SizePolicy::active:
      return "active";
    case SizePolicy::smallest:
      return "smallest";
    case SizePolicy::largest:
      return "largest";
    case SizePolicy::fixed:
      return "fixed";
  }
  return "active";
}

std::optional<SizePolicy> size_policy(std::string_view word) noexcept {
  for (const auto policy : {SizePolicy::active, SizePolicy::smallest, SizePolicy::largest, SizePolicy::fixed}) {
    if (word == name(policy)) return policy;
  }
  return std::nullopt;
}

}  // namespace duotty::session
