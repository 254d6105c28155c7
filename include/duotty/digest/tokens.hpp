#pragma once
// How many tokens a language model makes of a text, about.
#include <cstddef>
#include <string_view>

namespace duotty::digest {

/// An estimate without a vocabulary, in one pass: words by their length, digits in threes, marks and runs of blanks by
/// what tokenizers commonly merge, ideographs one by one, other scripts and symbols by their usual share. Any bytes are
/// allowed. On command output it stays near the count of public tokenizers, where "four bytes a token" is off by half
/// for tables and by more for Chinese (docs/reads.md has the comparison).
std::size_t estimate_tokens(std::string_view text) noexcept;

}  // namespace duotty::digest
