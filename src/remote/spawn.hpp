#pragma once
// Starting a link, and reaching one that runs. Both block for a moment.
#include <duotty/base/error.hpp>
#include <duotty/base/unique_fd.hpp>
#include <string>
#include <vector>

namespace duotty::remote {

/// A connection to the link that listens at `path`; nothing when none does. Errors: denied when it is not ours.
base::Result<base::UniqueFd> dial_link(const std::string& path);
/// Starts `program` as a link that listens at `path`, which may hold what a dead one left. Errors: io, spawn_failed.
base::Result<base::UniqueFd> start_link(const std::string& program, const std::string& path, int keeper_pid);
/// Names of the sockets in `directory` that end with `suffix`, without it.
std::vector<std::string> links_in(const std::string& directory, const std::string& suffix);
/// Starts a program that lets its parent go with 0 and then belongs to the keeper. Errors: spawn_failed.
base::Result<> spawn_detached(std::vector<std::string> words);

}  // namespace duotty::remote
