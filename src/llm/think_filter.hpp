#pragma once
// Some servers leave a model's thinking in its text, between <think> and </think> at the very beginning. Pure.
#include <string>
#include <string_view>

namespace duotty::llm {

class ThinkFilter {
 public:
  /// The part of the text that is no thinking, as far as it is certain.
  std::string feed(std::string_view text);
  /// What was held back because it might have been a mark.
  std::string finish();

 private:
  enum class State { start, thinking, after, text };
  State state_ = State::start;
  std::string held_;
};

}  // namespace duotty::llm
