#pragma once
// The composition root: what `duotty serve` and its worker are made of.
#include <duotty/cli/main.hpp>
#include <string>
#include <vector>

namespace duotty::daemon {

/// Runs the keeper (and so the server) in this process until it ends; returns the exit status.
int serve(const cli::ServeOptions& options, const char* argv0);
/// Runs the worker that a keeper has started; `args` are the words after `worker`.
int worker(const std::vector<std::string>& args);
/// The version of this program.
const char* version();

}  // namespace duotty::daemon
