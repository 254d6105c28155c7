#pragma once
// The strictest comparison of two terminals: all that a checkpoint carries.
#include <duotty/term/terminal.hpp>
#include <string>

namespace duotty::term::testing {

/// True when nothing tells them apart: same_state(), and the same row numbers, anchors, scrollback and bytes_fed(). The
/// numbers that looks, clusters and links have in their tables may differ. When false, `why` says the first difference.
bool identical(const Terminal& a, const Terminal& b, std::string& why);

}  // namespace duotty::term::testing
