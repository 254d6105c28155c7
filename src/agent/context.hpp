#pragma once
// Turns what is known of a terminal into the message that goes to a model: pieces in a fixed order, each bounded,
// cleaned, without secrets, and fenced with a mark that its content cannot know. Pure.
#include <cstddef>
#include <duotty/agent/ask.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::agent {

/// Bytes that each piece may take.
struct ContextLimits {
  std::size_t question = 8 * 1024;
  std::size_t fact = 512;
  std::size_t command = 1024;
  std::size_t last_head = 2 * 1024;  ///< of the last command's output
  std::size_t last_tail = 4 * 1024;
  std::size_t block_head = 300;  ///< of each earlier command's output
  std::size_t block_tail = 500;
  std::size_t blocks = 6;  ///< commands, the last one included
  std::size_t screen = 5 * 1024;
};

/// The first and last whole lines of `text` that fit, and between them how many lines are left out. Never cuts inside a
/// UTF-8 sequence.
std::string head_and_tail(std::string_view text, std::size_t head, std::size_t tail);

/// The message: data between lines that carry `mark`, then the question. Without data, the question alone.
std::string build_question(const AskContext& context, std::string_view question, std::string_view mark,
                           const std::vector<std::string>& secrets, const ContextLimits& limits = {});

}  // namespace duotty::agent
