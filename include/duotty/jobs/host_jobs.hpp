#pragma once
// Commands on other hosts that go on by themselves, as whoever lists jobs sees them. Who runs them stands above this
// module; a worker without SSH has none.
#include <array>
#include <chrono>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace duotty::jobs {

/// One command, as it stands.
struct HostJob {
  std::string id;
  std::string connection;  ///< id of the stored SSH connection
  std::string command;     ///< as it was sent
  std::string by;          ///< who asked for it, as terminal.commands says it
  std::string owner;       ///< isolation label of the caller
  double asked = 0;        ///< seconds since 1970, as all times here
  double begun = 0;        ///< when the host had taken it; 0: not yet
  double ended = 0;        ///< 0: not yet
  bool over = false;
  std::string status = "queued";  ///< "queued", "running", "completed", "failed", "timeout", "cancelled", "lost"
  std::optional<int> exit_code;
  std::string signal;                      ///< that ended it, without SIG
  std::string note;                        ///< what else there is to say of its end, in sentences
  std::array<std::uint64_t, 2> written{};  ///< bytes of standard output and standard error so far
};

/// Which of the two outputs.
enum class Stream { out, err };

/// Bytes of an output that follow each other there.
struct HostOutput {
  std::uint64_t begin = 0;  ///< place of the first; behind the wanted one when what was there is not kept
  std::string bytes;
};

/// Loop thread only.
class HostJobs {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~HostJobs() = default;
  /// Those that run, and those that are over whose outputs may still be there; newest first. `owner` empty: all.
  virtual core::Task<std::vector<HostJob>> list(std::string owner) = 0;
  /// Nothing when there is none that the owner may see.
  virtual core::Task<std::optional<HostJob>> find(std::string id, std::string owner) = 0;
  /// Suspends until it is over or `deadline` has passed.
  virtual core::Task<> wait(std::string id, time_point deadline) = 0;
  /// At most `limit` bytes of an output from `since` on; none where nothing is, or is kept.
  virtual core::Task<HostOutput> read(std::string id, Stream stream, std::uint64_t since, std::size_t limit) = 0;
  /// Has a signal (its name without SIG) sent to it; KILL also ends its channel. Errors: conflict when it is over.
  virtual base::Result<> cancel(const std::string& id, const std::string& signal) = 0;
  /// Forgets these with their outputs, as far as they are over.
  virtual core::Task<> forget(std::set<std::string> ids) = 0;
};

}  // namespace duotty::jobs
