#pragma once
// What a fuzz target holds true: when it does not, the input is a finding.
#include <cstdio>
#include <cstdlib>

namespace duotty::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace duotty::fuzz
