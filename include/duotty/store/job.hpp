#pragma once
// The values that go in and out of the store of jobs: one row a command that was put into the background, in a
// terminal or on a host without one.
#include <cstdint>
#include <duotty/store/block.hpp>
#include <optional>
#include <string>

namespace duotty::store {

/// One job. Times are milliseconds since 1970.
struct JobRow {
  std::string job;  ///< names it
  BlockKey key;     ///< its command; seq 0 while that has not started
  std::string owner;
  std::string by;
  std::string command;
  std::int64_t asked_at = 0;
  std::optional<std::int64_t> ended_at;
  std::string status;  ///< as api.md says it: "queued", "running", "completed", ...
  std::optional<int> exit_code;
  std::string error;       ///< why it could not be run to its end; else empty
  std::string verdict;     ///< what the gate said of it, as its caller wrote it down
  bool cancelled = false;  ///< somebody sent it a signal
  std::string connection;  ///< id of the SSH connection of one that has no terminal; else empty
  std::string signal;      ///< of such a one: what ended it, without SIG
};

/// A job with what its command's row says of it, which may be newer.
struct StoredJob : JobRow {
  std::string block_status;  ///< empty: no such row
  std::optional<std::int64_t> block_ended_at;
  std::optional<int> block_exit_code;
};

/// Which jobs; every condition that is given must hold. The newest come first.
struct JobQuery {
  std::string job;
  std::string terminal;  ///< id
  std::string owner;
  std::size_t limit = 1000;
};

/// So many jobs are kept; the oldest go, and each goes with its command's row.
inline constexpr std::size_t kJobsKept = 1000;

}  // namespace duotty::store
