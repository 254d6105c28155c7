#pragma once
// Recognises one secret at one place of a text. Pure.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::agent {

/// What stands at a place.
struct SecretMatch {
  enum class What {
    nothing,
    wait,    ///< undecided: more text is needed
    secret,  ///< `keep` bytes stay, the `hide` bytes after them go
  };
  /// What follows the hidden bytes.
  enum class Then { text, private_key, line };
  What what = What::nothing;
  std::size_t keep = 0;
  std::size_t hide = 0;
  Then then = Then::text;
};

/// Looks at the beginning of `text`; `before` is the character before it. `more` says that the text may go on.
enum class TextEnd { open, final };
SecretMatch match_secret(std::string_view text, char before, TextEnd end, const std::vector<std::string>& exact);

}  // namespace duotty::agent
