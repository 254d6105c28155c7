#pragma once
// What the worker is told: flags of `duotty serve`, handed on as words, with the environment filled in.
#include <duotty/base/error.hpp>
#include <duotty/cli/main.hpp>
#include <string>
#include <vector>

namespace duotty::daemon {

/// Words for the worker's command line. No secret is among them.
std::vector<std::string> encode_options(const cli::ServeOptions& options);
/// The options of those words. Error: invalid_params.
base::Result<cli::ServeOptions> decode_options(const std::vector<std::string>& words);
/// Fills in what flags left open: HOST, PORT, DEBUG and the defaults. Error: invalid_params for a bad PORT.
base::Result<> apply_environment(cli::ServeOptions& options);
/// True when only this machine can connect to `host`.
bool is_loopback(const std::string& host);

}  // namespace duotty::daemon
