#pragma once
// Where runners of JavaScript tests tell their failures.
#include <string_view>

#include "draft.hpp"

namespace duotty::digest {

/// Closing totals: the verdict, which nothing may take.
bool is_total(std::string_view text);

/// "1) fails here": the number that mocha and playwright give a failure.
bool is_marker(std::string_view text);

/// "pops" of "✖ pops (564.1ms)", "rounds" of "✕ rounds (292 ms)" and of "× rounds 330ms".
std::string_view test_name(std::string_view text);

/// Each failure and what was printed beside it in few words, short totals on one line.
void tidy_script_failures(Draft& draft);

}  // namespace duotty::digest
