#pragma once
// Which size a program gets when several viewers with different windows look at it. Pure.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::session {

/// Columns and rows of a window.
struct WindowSize {
  int cols = 80;
  int rows = 24;
  bool operator==(const WindowSize&) const = default;
};

/// Who decides.
enum class SizePolicy {
  active,    ///< the viewer who typed last, or the only one
  smallest,  ///< the smallest window in each direction
  largest,   ///< the largest window in each direction
  fixed,     ///< nobody: only terminal.resize changes it
};

/// One viewer as the policy sees it.
struct SizeVote {
  WindowSize window;
  bool may_resize = false;  ///< read-only and hidden viewers have no say
  bool active = false;      ///< typed last
};

/// The size the program should get, or nothing when no vote counts or the policy is fixed.
std::optional<WindowSize> decide(SizePolicy policy, const std::vector<SizeVote>& votes);
/// The wire name of a policy.
std::string_view name(SizePolicy policy) noexcept;
/// The policy of a wire name.
std::optional<SizePolicy> size_policy(std::string_view name) noexcept;

}  // namespace duotty::session
