#pragma once
// The folder of one command that goes on by itself, as the worker makes and reads it. All of this blocks for a moment.
#include <duotty/base/unique_fd.hpp>
#include <duotty/remote/run_desk.hpp>

namespace duotty::remote {

/// Who asked for what: the file `about`.
std::string encode_about(const jobs::HostJob& job);
/// Nothing when the bytes are none.
std::optional<jobs::HostJob> decode_about(std::string_view bytes);

/// Makes the folder and starts the process; the descriptor is for its orders, and tells its end. On failure nothing
/// stays. Errors: io, spawn_failed.
base::Result<base::UniqueFd> start_run(const std::string& program, const std::string& folder, const jobs::HostJob& job,
                                       const RunRequest& request);
/// What an earlier worker has left; nothing when the folder is none. `control` is empty when it is over.
std::optional<jobs::HostJob> read_run(const std::string& folder, base::UniqueFd& control);
/// How far it is: `begun`, `status`, `written` of one that is not over.
void read_progress(const std::string& folder, jobs::HostJob& job);
/// How it went, from what its process has left.
void read_end(const std::string& folder, jobs::HostJob& job);

}  // namespace duotty::remote
