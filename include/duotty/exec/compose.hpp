#pragma once
// How a command reaches a shell, and how its end will be recognised. Pure: files are described, not written.
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/exec/integration.hpp>
#include <duotty/exec/shell_profile.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::exec {

/// What to run. The command is taken byte-exact, apart from newlines at its end.
struct ExecRequest {
  std::string command;             ///< 1 byte to max_command bytes, no NUL
  std::optional<std::string> cwd;  ///< for this command only; empty counts as absent; must exist when it runs
  std::map<std::string, std::string>
      env;  ///< for this command only; names `[A-Za-z_][A-Za-z0-9_]*`, values without NUL
  std::optional<std::string> stdin_bytes = std::nullopt;  ///< its standard input; nothing: the terminal
};

/// What is known of the shell that will read it.
struct ShellState {
  ShellProfile profile;
  bool integrated = false;       ///< its `installed` mark has come (CommandTracker::integrated)
  bool bracketed_paste = false;  ///< mode 2004 is on in the terminal state
  bool at_prompt = false;        ///< CommandTracker::at_prompt; only looked at when integrated
  bool pastes = true;            ///< CommandTracker::pastes: its line editor takes a paste as it is
  std::uint64_t line = 0;        ///< CommandTracker::line
  bool files = true;             ///< it can read files of this machine; without, all that it gets is typed
};

/// Which event ends the command.
enum class Completion : std::uint8_t {
  shell_marks,   ///< `C` ... `D`, then a prompt
  script_marks,  ///< `S` and `E` with our token
  none,          ///< nothing can tell: the caller answers `idle` or `timeout` with a null exit code
};

/// What to do.
struct Composed {
  std::string input;               ///< bytes to write into the PTY, at once
  std::vector<FileToWrite> files;  ///< to write before `input`, to delete once the command has ended
  std::vector<FileToWrite> notes;  ///< to write before `input`, in this order; they stay. A failure does no harm.
  Completion completion = Completion::none;
  std::string line;             ///< what the shell must say that it runs; empty when it may say it in other words
  std::string token;            ///< the `id` of the script's marks; also set when unused
  bool prompt_follows = false;  ///< the shell is integrated: its prompt mark follows the end
  bool as_written = true;       ///< the shell reads the command as it was given; else inside of something of ours
};

inline constexpr std::size_t max_command = 1024 * 1024;

/// Composes. `nonce`: the terminal's; `token`: fresh for this exec, `[A-Za-z0-9_-]{1,64}`; `script_dir`: absolute path
/// of a private directory (mode 0700). Errors: invalid_params (an empty command, NUL, a bad environment name: `invalid
/// environment variable name`), too_large, busy (integrated and not at its prompt), unsupported (`cwd`, `env`,
/// `stdin_bytes` or control bytes for a shell of unknown syntax; what only a script could do for one without files).
base::Result<Composed> compose(const ExecRequest& request, const ShellState& state, std::string_view nonce,
                               std::string_view token, std::string_view script_dir);

}  // namespace duotty::exec
