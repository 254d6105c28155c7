#pragma once
// Which shell a program is, by its name, and what we can do with it: one table (shell_profile.cpp).
#include <cstdint>
#include <string_view>

namespace duotty::exec {

/// Families of shells, by the syntax they take.
enum class ShellKind : std::uint8_t {
  bash,
  zsh,
  fish,
  posix,    ///< sh, dash, ash, busybox, ksh, mksh and the like
  unknown,  ///< anything else: nothing may be assumed of its syntax
};

/// What we know of a shell.
struct ShellProfile {
  ShellKind kind = ShellKind::unknown;
  std::string_view name = "unknown";  ///< static text: `bash`, `dash`, ...
  bool integration = false;           ///< plan_integration() has hooks for it
  bool scripts = false;               ///< compose() can run a command by a script with start and end marks
};

/// The profile of a program by its path or argv[0]: the last path component decides; a leading `-` (login shell), a
/// version suffix (`bash-5.2`, `zsh5`) and `.exe` are passed over. `busybox` counts as its shell. Never fails.
ShellProfile profile_of(std::string_view argv0_or_path);

}  // namespace duotty::exec
