#pragma once
// Whether a program in the foreground of a terminal has a prompt of its own: a shell inside the shell, which reports
// neither ends nor exit codes of what runs in it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::exec {

/// What a program may have a prompt for, by the words it was started with.
enum class Nested : std::uint8_t {
  none,   ///< no shell, or one that runs a script or a command
  shell,  ///< an interactive shell
  relay,  ///< a program that shows what runs elsewhere, which may be a shell: ssh, sudo, docker, script
};

/// By the name of the program and the operands behind it. Never fails.
Nested nested_in(const std::vector<std::string>& argv);

/// True for text that prompts end in: one of `$ # % > ❯ λ`, and perhaps a blank behind it.
bool ends_as_prompts_do(std::string_view line);

}  // namespace duotty::exec
