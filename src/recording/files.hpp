#pragma once
// Recordings on disk: <id>.cast and <id>.json, both 0600. On any thread.
#include <duotty/recording/desk.hpp>

namespace duotty::recording {

/// Adds events behind the recording's `bytes` and then says so beside it: what a killed worker wrote without having
/// said so is overwritten. `recording.bytes` grows; at its limit it becomes full
/// and the rest is left out.
base::Result<> append(const std::string& folder, Recording& recording, const std::vector<CastEvent>& events,
                      const CastHeader* header);
/// The descriptions in the folder; what is no recording is left out.
std::vector<Recording> read_all(const std::string& folder);
base::Result<std::string> read_lines(const std::string& file, std::uint64_t offset, std::size_t limit,
                                     std::uint64_t end);
void remove_files(const std::string& folder, const std::string& id);

}  // namespace duotty::recording
