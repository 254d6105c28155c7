#pragma once
// Regular expressions over text lines, for patterns that clients send: RE2, so time is linear and memory bounded.
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace duotty::digest {

enum class Case : std::uint8_t { sensitive, insensitive };

/// A compiled pattern (RE2 syntax: no back references, no look-around). Movable, usable from one thread at a time.
class Pattern {
 public:
  /// Fails with invalid_params and RE2's own message, or when it exceeds 4096 bytes.
  static base::Result<Pattern> compile(std::string_view pattern, Case letter_case = Case::sensitive);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();
  /// True when some part of `text` matches.
  bool matches(std::string_view text) const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> program);
  std::unique_ptr<re2::RE2> program_;
};

/// One line of a grep result.
struct GrepLine {
  std::size_t line_no = 0;    ///< 1-based
  std::string line;           ///< without its LF
  std::optional<bool> match;  ///< present only with context: false for a line that is only context
};

/// WinkTerm's result shape: `matches`, `match_count`, `total_lines`.
struct GrepResult {
  std::vector<GrepLine> matches;
  std::size_t match_count = 0;  ///< lines that match, without context
  std::size_t total_lines = 0;  ///< LFs plus one
};

/// Lines of `text` (split at LF) in which the pattern matches, with `context` lines (0 to 1000) before and after, each
/// line once. Errors as Pattern::compile.
base::Result<GrepResult> grep_lines(std::string_view text, std::string_view pattern, std::size_t context = 0,
                                    Case letter_case = Case::sensitive);

}  // namespace duotty::digest
