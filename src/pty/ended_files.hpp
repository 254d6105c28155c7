#pragma once
// Files of terminals whose keeper is dead: kept for a while, so that a crash or a power cut does not take the history
// with it. Folders of <state_dir>/terminals become folders of <state_dir>/ended.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace duotty::pty {

/// What is kept, newest first; whatever is beyond one of these is removed.
struct EndedLimits {
  std::size_t terminals = 50;
  std::uint64_t bytes = std::uint64_t{256} * 1024 * 1024;  ///< on the disk
  std::chrono::hours age{7 * 24};                          ///< since it was put there
};

/// Moves what an earlier keeper left in `<state_dir>/terminals` to `<state_dir>/ended`; what cannot be moved, or has no
/// files, is removed. To be called before the first terminal starts, under the lock of the state directory.
void keep_ended(const std::string& state_dir, std::filesystem::file_time_type now);
/// Removes from `<state_dir>/ended` what is beyond the limits.
void prune_ended(const std::string& state_dir, std::filesystem::file_time_type now, const EndedLimits& limits = {});

}  // namespace duotty::pty
