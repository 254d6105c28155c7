#pragma once
// Where the server keeps its things. DUOTTY_HOME replaces all three XDG folders.
#include <duotty/base/error.hpp>
#include <string>

namespace duotty::daemon {

/// Absolute paths.
struct Paths {
  std::string config_dir;   ///< config.json
  std::string state_dir;    ///< rings, checkpoints, sessions
  std::string runtime_dir;  ///< socket, pid file, private folders of terminals
  std::string config_file() const { return config_dir + "/config.json"; }
  std::string socket() const { return runtime_dir + "/duotty.sock"; }
  std::string log_file() const { return state_dir + "/duotty.log"; }
  std::string pid_file() const { return runtime_dir + "/duotty.pid"; }
  /// In memory, for what a server that keeps no history must still know after its worker was killed.
  std::string memory_dir() const;
};

/// The paths for `home` (or DUOTTY_HOME, or the XDG folders when empty). Makes nothing.
Paths find_paths(const std::string& home);
/// Makes the folders, 0700. Error: denied when one belongs to another user or others may write to it; io.
base::Result<> make_directories(const Paths& paths);
/// Sets variables from a `.env` file in the working directory; what is set already wins.
void load_dot_env();
/// The value of an environment variable; empty when unset.
std::string environment(const char* name);
/// Where the server's user is at home: HOME when it is a path, else what the account says.
std::string home_directory();

}  // namespace duotty::daemon
