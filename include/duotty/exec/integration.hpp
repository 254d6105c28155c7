#pragma once
// How a shell is started so that it tells us of its prompts and commands: extra arguments, files and environment.
// No file of the user's is touched; their own startup files are read first and their settings stay theirs.
#include <duotty/exec/shell_profile.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duotty::exec {

/// A file to write before something is started or typed. The writer creates it anew with exactly this mode.
struct FileToWrite {
  std::string path;
  std::string content;
  int mode = 0600;
};

/// What the shell would find in its environment without us, where we have to put something else.
struct UserStart {
  std::optional<std::string> zdotdir;  ///< ZDOTDIR
  std::optional<std::string> env;      ///< ENV
};

/// What to add to the start of a shell. Empty (`active` false) for a shell without hooks.
struct Integration {
  bool active = false;
  std::vector<std::string> args;   ///< right after argv[0], before the caller's own arguments
  std::vector<FileToWrite> files;  ///< to write first, in a directory of mode 0700; keep while the shell lives
  std::vector<std::pair<std::string, std::string>> env;  ///< to set in the environment; the script puts back the user's
};

/// The plan for an interactive, non-login shell. `nonce`: 16 to 64 characters of [A-Za-z0-9_-] (else the plan is
/// empty). `dir`: absolute path of this terminal's private directory.
/// `user`: see there; without NUL bytes. The shell says with an `installed` mark that the hooks are in place; without
/// it, treat it as not integrated.
Integration plan_integration(const ShellProfile& profile, std::string_view nonce, std::string_view dir,
                             const UserStart& user = {});

}  // namespace duotty::exec
