#pragma once
// What a new terminal runs, and with which environment. Pure: the machine is described by the request.
#include <duotty/base/error.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duotty::pty {

/// The account the server runs as.
struct Account {
  std::string name;
  std::string home;   ///< absolute
  std::string shell;  ///< absolute; empty when the password database names none
};

struct LaunchRequest {
  /// Program and arguments; empty: the shell. A program without a slash is looked up in the plan's PATH.
  std::vector<std::string> argv;
  /// Wanted shell, an absolute path or a name in the server's PATH; empty: $SHELL, else the account's, else /bin/sh,
  /// the first that can be executed.
  std::string shell;
  /// The server's own environment, as NAME=value.
  std::vector<std::string> server_env;
  Account account;
  std::string terminal_id;
  /// Absolute working directory; empty: the account's home, or / without one. Its existence is the keeper's to check.
  std::string cwd;
  /// Set last; wins over everything. Names [A-Za-z_][A-Za-z0-9_]*.
  std::vector<std::pair<std::string, std::string>> extra_env;
  /// Further variables that hold keys of ours and must not reach the terminal (configured provider key names).
  std::vector<std::string> secret_names;
  /// Can this path be executed? Default: access(2).
  std::function<bool(const std::string&)> executable;
};

struct LaunchPlan {
  std::vector<std::string> argv;  ///< at least one
  std::vector<std::string> env;   ///< NAME=value, sorted by name, each name once
  std::string cwd;
  std::string shell;  ///< absolute path of the chosen shell, also when argv was given
};

/// Removes every key, token and variable of ours and of the service manager and what other terminals left behind
/// (TERM_PROGRAM, TMUX, STY, LINES, ...); keeps the person's own; sets TERM=xterm-256color, COLORTERM=truecolor,
/// DUOTTY_TERMINAL, SHELL, PWD, and HOME, USER, LOGNAME, PATH, LANG where missing. Errors: `invalid_params` for NUL
/// bytes, a bad variable name, a relative cwd, a shell that cannot be executed; `too_large` above kMaxLaunchBytes.
base::Result<LaunchPlan> plan_launch(const LaunchRequest& request);

/// True for a variable that no terminal of ours may inherit (keys, tokens, DUOTTY_*, service manager, outer terminals).
bool scrubbed(std::string_view name) noexcept;

/// argv, env and cwd together; more would not fit the keeper's message.
inline constexpr std::size_t kMaxLaunchBytes = 60 * 1024;

/// The account of this process (getpwuid_r(3)); HOME and / stand in for what the database lacks.
Account current_account();
/// This process's environment as NAME=value.
std::vector<std::string> current_environment();

}  // namespace duotty::pty
