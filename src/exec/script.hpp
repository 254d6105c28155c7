#pragma once
// The text of commands and scripts in each shell's own syntax.
#include <duotty/exec/compose.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::exec {

/// What a script needs to know of its run.
struct ScriptPlace {
  std::string_view nonce;
  std::string_view token;
  std::string_view dir;
  bool stdin_file = false;  ///< the command reads `<dir>/<token>.in`
  bool hooks = false;       ///< the shell has the integration: its variables know the nonce
};

/// The request's command, wrapped so that `cwd` and `env` hold for it alone and a missing `cwd` fails before it.
std::string command_text(const ExecRequest& request, ShellKind kind);

/// The files that run `text` in the calling shell between an `S` and an `E` mark: the first is to be sourced.
/// The command stands in a file of its own, so that a syntax error in it cannot swallow the end mark; marks go to
/// /dev/tty, so that a redirection of the shell's output cannot either.
std::vector<FileToWrite> script_files(const ShellProfile& profile, std::string_view text, const ScriptPlace& place);

/// The same as one text, for a POSIX shell that has the integration and cannot read our files. It has no nonce in it.
std::string inline_script(const ShellProfile& profile, std::string_view text, const ScriptPlace& place);

/// The line to type that runs the first file.
std::string script_line(const ShellProfile& profile, std::string_view path);

}  // namespace duotty::exec
