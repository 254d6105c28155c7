#pragma once
// What rustc says of errors and warnings, without the drawing around it.
#include "draft.hpp"

namespace duotty::digest {

/// Gives each diagnostic as "path:line:column: error[code]: text: label", with its other labels, notes and proposed
/// changes below it; of warnings the first line. Lines of other forms stay untouched.
void give_rust_diagnostics(Draft& draft);

}  // namespace duotty::digest
