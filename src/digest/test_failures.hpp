#pragma once
// One failure of a test as its runner tells it, in few words: message, difference, places, each once.
#include <cstddef>
#include <string>
#include <string_view>

#include "draft.hpp"

namespace duotty::digest {

/// Lines that tell one failure: [head, end). The head names the test and is left as it is.
struct FailureSection {
  std::size_t head = 0;
  std::size_t end = 0;
};

/// Takes from the lines of a section what they say twice, equal lines of differences and source lines; frames come on
/// one line, small literals too. Lines that an earlier step took stay so.
void tidy_failure(Draft& draft, const FailureSection& section);

/// "at name (path:1:2)" or "❯ path:1:2": a line of a stack.
bool is_stack_line(std::string_view text);

/// "name (path:1:2)" without "file://"; of a function without a name its place.
std::string short_frame(std::string_view frame);

}  // namespace duotty::digest
