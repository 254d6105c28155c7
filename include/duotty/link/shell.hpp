#pragma once
// The program of a terminal whose shell is on another host: a client of a link that carries bytes between its own
// terminal and one channel.
#include <string>
#include <vector>

namespace duotty::link {

/// Runs until the channel or the terminal ends; the exit code of the process, which is that of the shell, or ends by
/// the signal that has ended the shell. 255 when there is none, or the connection was lost. `args`: the link's socket,
/// and the file of a program for sh to start by, if any.
int shell_main(const std::vector<std::string>& args);

}  // namespace duotty::link
