#pragma once
// How a shell is started at the other end of a terminal where none of our files can be read: by a program for sh that
// is sent through the terminal itself.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duotty::exec {

/// What shall run there.
struct RemoteStart {
  /// To start in, `~/` in front is the home there; empty: the home.
  std::string directory = {};
  /// Name or path; empty: the account's own, as $SHELL says.
  std::string shell = {};
  /// Names as of variables, values without NUL.
  std::vector<std::pair<std::string, std::string>> env = {};
  /// Program and arguments instead of a shell.
  std::vector<std::string> command = {};
  /// Hooks, where the shell is known.
  bool integration = true;
};

/// The program, in the syntax of POSIX. It ends by becoming the shell, which reads its own start-up files as one does
/// that somebody signs in to. `nonce` as for plan_integration(), else there is no integration. Nothing when a plain
/// shell of the host does the same.
std::optional<std::string> plan_remote_start(const RemoteStart& start, std::string_view nonce);

}  // namespace duotty::exec
