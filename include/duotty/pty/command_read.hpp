#pragma once
// How a shell without a line editor reads its commands. Linux only.
#include <sys/types.h>

namespace duotty::pty {

/// True when a process waits in a read of its standard input, a terminal, for as much as there is: dash does so for its
/// next command and at no other time. Its builtin `read` takes byte by byte, and a file that it reads commands from has
/// another descriptor. False where the kernel does not say.
bool reads_commands(pid_t pid);

}  // namespace duotty::pty
