#pragma once
// A command on a host that goes on by itself: a process that is a client of a link, carries one channel, and keeps what
// comes in a folder of its own, where any worker finds it. Beside the outputs (spool.hpp) the folder has
//
//   plan     what to run; read and removed at once: it may hold secrets
//   stdin    what the command reads, removed as well
//   control  a FIFO that can be opened for writing as long as the process lives; a line names a signal, without SIG
//   end      how it went; written whole, as the last thing
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::link {

/// What to run.
struct RunPlan {
  std::string command;
  std::uint64_t timeout_ms = 0;  ///< from the start of the process, until the command is ended
  std::string term;              ///< with a terminal of this kind; empty: without
  std::uint16_t cols = 80;
  std::uint16_t rows = 24;
};

enum class RunStatus : std::uint8_t {
  completed,  ///< it ran to its end
  timeout,    ///< it was ended at its deadline
  cancelled,  ///< it was ended after a signal that somebody sent
  lost,       ///< the connection was lost
  failed,     ///< the host did not run it, or did not say how it ended
  count
};
/// The status for programs: "completed".
std::string_view name(RunStatus status) noexcept;

/// How it went.
struct RunEnd {
  RunStatus status = RunStatus::lost;
  std::int32_t code = -1;   ///< -1: there is none
  std::string signal;       ///< that ended it, without SIG
  std::string note;         ///< what else there is to say, in sentences
  std::uint64_t at_ms = 0;  ///< since 1970
};

std::string encode(const RunPlan& plan);
std::string encode(const RunEnd& end);
/// Nothing when the bytes are none.
std::optional<RunPlan> decode_plan(std::string_view bytes);
std::optional<RunEnd> decode_end(std::string_view bytes);

/// Runs the plan in a folder. `args`: the link's socket, and the folder. The caller is let go when the run is under
/// way, with 0; a second process does the work, so that it belongs to the keeper.
int run_main(const std::vector<std::string>& args);

}  // namespace duotty::link
