#pragma once
// Patterns of names as OpenSSH has them (ssh_config(5), PATTERNS): `*` and `?`.
#include <cstddef>
#include <string_view>

namespace duotty::ssh {

/// Steps that matching may still take: patterns and names are written by others.
struct Effort {
  std::size_t left;
  bool spent = false;  ///< it did not suffice; what was answered since means nothing

  bool take() noexcept {
    if (left == 0) {
      spent = true;
      return false;
    }
    --left;
    return true;
  }
};

/// The whole of `text`; case matters.
bool match_pattern(std::string_view text, std::string_view pattern, Effort& effort) noexcept;

enum class ListMatch { none, yes, negated };
/// Patterns behind commas, `!` in front of those that must not match; one that does decides.
ListMatch match_list(std::string_view text, std::string_view list, Effort& effort) noexcept;

}  // namespace duotty::ssh
