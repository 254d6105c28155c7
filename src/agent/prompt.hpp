#pragma once
// The instructions that go with every question, from src/agent/prompts.
#include <string_view>

namespace duotty::agent {

/// The text of an embedded prompt (`terminal.md`); throws std::logic_error when the build left it out.
std::string_view prompt(std::string_view name);

}  // namespace duotty::agent
