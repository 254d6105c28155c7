#pragma once
// The one choke point for text that someone else than the person's keyboard puts on an input line: agents, models,
// pastes. What could act on the terminal or hide from the reader does not pass.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <string>
#include <string_view>

namespace duotty::exec {

enum class Newlines : std::uint8_t {
  keep,    ///< CR and LF pass
  refuse,  ///< CR, LF, U+0085, U+2028 or U+2029 make it fail
};

/// `text` without: NUL, ESC and every other C0 control except TAB, LF and CR; DEL; C1 controls (U+0080 to U+009F);
/// paste brackets (CSI 200~ and CSI 201~, with a 7-bit or 8-bit CSI); bidirectional controls, zero-width characters,
/// line and paragraph separators, tag characters; bytes that are not UTF-8. Never adds anything. Fails with
/// invalid_params only for newlines under Newlines::refuse.
base::Result<std::string> sanitize_typed(std::string_view text, Newlines newlines);

/// A model's proposal as one line to stand on the input line: sanitised, trimmed, TAB as a space.
/// Fails with invalid_params when nothing is left, when it has more than one line, or when it exceeds 64 KiB.
base::Result<std::string> prefill_line(std::string_view model_text);

/// True when `text` may be typed at a line editor as it is: no control but TAB and LF, no paste bracket. (exec uses it
/// to choose between typing and a script.)
bool is_plain_text(std::string_view text) noexcept;

}  // namespace duotty::exec
