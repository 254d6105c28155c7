#pragma once
// Text of others made safe to show: nothing in it moves a cursor or changes the order of what stands around it.
#include <cstddef>
#include <string>
#include <string_view>

namespace duotty::base {

/// `text` without anything that is not text: controls, escape sequences' first bytes, directions that reorder what
/// stands around them. Tabs become blanks; line ends stay when `lines`, else they become blanks. Malformed UTF-8
/// becomes U+FFFD.
std::string clean_text(std::string_view text, bool lines);
/// `text` as one line of a list: as clean_text(), but what was a control reads as a blank, for what stood on both sides
/// of it were two things; trimmed, and cut to `max_bytes` with an ellipsis.
std::string clean_line(std::string_view text, std::size_t max_bytes);

}  // namespace duotty::base
