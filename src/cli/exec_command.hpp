#pragma once
// `duotty exec`: one command in a terminal, its output live, its exit code ours.
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace duotty::cli {

struct ExecOptions {
  std::string terminal;  ///< empty or "-": a fresh terminal that is closed afterwards
  double timeout = 86'400;
  std::string cwd;
  std::vector<std::string> env;  ///< K=V
  std::string on_timeout = "none";
  bool takes_stdin = false;          ///< our standard input is the command's
  bool queue = false;                ///< wait for whatever runs in the terminal
  bool isolated = false;             ///< in a fresh terminal like that one
  std::optional<double> background;  ///< leave the command after so many seconds
  std::vector<std::string> words;    ///< one: shell text as it is; several: joined by blanks, as ssh does
};

/// The exit status follows the command: its exit code, 128 + signal when a signal ended the shell, 124 when it takes
/// longer than the timeout or goes on as a job, 125 when its exit code is not known. The first SIGINT interrupts the
/// command, the second leaves it alone and returns 130.
Task<int> exec_command(Context& context, Remote& remote, ExecOptions options);

/// What is still to be printed so that all output together is `whole`, when `shown` was printed live. `diverged` is set
/// when what was shown is no beginning of it.
std::string rest_of_output(const std::string& shown, const Json& result, bool& diverged);

/// The number of "SIGKILL" or "KILL"; nothing when the name is unknown.
std::optional<int> signal_number(std::string name);

/// The exit status for a result of terminal.exec, and the sentence that goes with it (empty: nothing to say).
struct ExecVerdict {
  int status = 0;
  std::string sentence;
};
ExecVerdict exec_verdict(const Json& result, const ExecOptions& options);

}  // namespace duotty::cli
