#pragma once
// The commands about the server itself: status, stop, restart, open, login, logout.
#include <string>

#include "context.hpp"

namespace duotty::cli {

/// `duotty status`: 0 when a server answers, 3 when none does.
struct StatusOptions {
  bool health = false;  ///< only the exit status
};
Task<int> status_command(Context& context, StatusOptions options);

/// How long `stop` and `restart` wait for what they asked for.
struct WaitLimit {
  double seconds = 30;
};
/// `duotty stop`: asks the server, or its process when it does not answer, and waits until it is gone.
Task<int> stop_command(Context& context, WaitLimit limit);
/// `duotty restart`: asks for a new worker and waits until it answers. Terminals are not touched.
Task<int> restart_command(Context& context, WaitLimit limit);

/// `duotty open`: prints the address of the web UI and shows it when there is a display.
Task<int> open_command(Context& context, Remote& remote);

/// `duotty login --url U --token T`: tries the address and saves it.
struct LoginOptions {
  bool check = true;
};
Task<int> login_command(Context& context, LoginOptions options);
int logout_command(Context& context);

/// True while a process runs; one that has ended but is not reaped does not.
bool process_lives(int pid);
/// The pid in a pid file, when that process lives; 0 otherwise.
int running_pid(const std::string& pid_file);

}  // namespace duotty::cli
