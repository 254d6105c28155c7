#include "think_filter.hpp"

#include <algorithm>
#include <utility>

namespace duotty::llm {

namespace {

constexpr std::string_view opening = "<think>";
constexpr std::string_view closing = "</think>";
constexpr std::string_view blanks = " \t\r\n";

}  // namespace

std::string ThinkFilter::feed(std::string_view text) {
  if (state_ == State::text) return std::string(text);
  held_ += text;
  if (state_ == State::start) {
    const std::size_t begin = std::min(held_.find_first_not_of(blanks), held_.size());
    const std::string_view rest = std::string_view(held_).substr(begin);
    if (rest.size() < opening.size() && opening.starts_with(rest)) return {};
    if (!rest.starts_with(opening)) {
      state_ = State::text;
      return std::exchange(held_, {});
    }
    held_.erase(0, begin + opening.size());
    state_ = State::thinking;
  }
  if (state_ == State::thinking) {
    const std::size_t end = held_.find(closing);
    if (end == std::string::npos) {
      held_.erase(0, held_.size() - std::min(held_.size(), closing.size() - 1));
      return {};
    }
    held_.erase(0, end + closing.size());
    state_ = State::after;
  }
  const std::size_t begin = held_.find_first_not_of(blanks);
  if (begin == std::string::npos) {
    held_.clear();
    return {};
  }
  state_ = State::text;
  return std::exchange(held_, {}).substr(begin);
}

std::string ThinkFilter::finish() {
  const bool shown = state_ == State::start;
  state_ = State::text;
  return shown ? std::exchange(held_, {}) : std::string();
}

}  // namespace duotty::llm
