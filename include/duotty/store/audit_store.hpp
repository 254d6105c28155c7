#pragma once
// The audit trail, `audit.db`: one row for every call that changed something or was refused for its scope. Rows are only
// added; the tables themselves refuse to change or remove one, but for the oldest when their time is over. Writes are
// queued and done in batches on a thread of its own; reads wait for the writes before them.
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duotty::store {

/// One call. Times are milliseconds since 1970.
struct AuditRow {
  std::int64_t id = 0;  ///< grows with every row; made by the store
  std::int64_t at = 0;  ///< when the call began
  std::int64_t duration_ms = 0;
  std::string kind;      ///< "owner", "session", "token", "agent", "ai"
  std::string who;       ///< "owner", "token:ci", "agent"
  std::string owner;     ///< isolation label of the caller
  std::string surface;   ///< "http", "ws", "unix", "mcp"
  std::string source;    ///< its address, empty over the Unix socket
  std::string client;    ///< what the client calls itself
  std::string method;    ///< "terminal.exec"
  std::string terminal;  ///< id, or empty
  std::string terminal_name;
  std::string digest;            ///< SHA-256 in hex of what was sent; empty where it would tell a secret
  std::int64_t bytes = 0;        ///< length of what was sent
  std::string outcome;           ///< "ok", "cancelled", or the code of the error
  std::string status;            ///< what the answer says of itself: "completed", "rejected"; may be empty
  std::optional<int> exit_code;  ///< of a command
};

/// Which rows; every condition that is given must hold.
struct AuditQuery {
  std::string who;       ///< exactly this, or everything that begins with it and a colon; empty: all
  std::string kind;      ///< empty: all
  std::string owner;     ///< only callers with that label; empty: all
  std::string method;    ///< exactly this, or with a dot at its end everything that begins with it; empty: all
  std::string terminal;  ///< id or name; empty: all
  std::string outcome;   ///< as AuditRow::outcome, or "failed": everything but "ok"; empty: all
  std::optional<std::int64_t> since;      ///< began at or after
  std::optional<std::int64_t> until;      ///< began before
  std::optional<std::int64_t> before_id;  ///< rows with smaller ids
  std::optional<std::int64_t> after_id;   ///< rows with larger ids
  bool oldest_first = false;
  std::size_t limit = 100;
};

/// How much is kept; what is over goes, oldest first. Zero means no limit.
struct AuditLimits {
  std::int64_t days = 365;
  std::int64_t count = 1'000'000;
};

/// Loop thread only.
class AuditStore {
 public:
  /// Completes a row on the store's thread: what takes too long for the loop. It owns what it uses.
  using Finish = std::function<void(AuditRow&)>;

  /// Opens `path` (made with mode 0600) in the background. A file that is damaged is set aside and a new one begun.
  AuditStore(core::asio::any_io_executor executor, std::string path, AuditLimits limits);
  AuditStore(const AuditStore&) = delete;
  AuditStore& operator=(const AuditStore&) = delete;
  ~AuditStore();

  /// Queues a row. What cannot be written is told in the log, and by a row "audit.lost" as soon as one can be.
  void put(AuditRow row, Finish finish = {});
  /// From now on; what is over goes with the next write.
  void set_limits(AuditLimits limits);
  /// Errors: io with the reason when there is no usable database.
  core::Task<base::Result<std::vector<AuditRow>>> find(AuditQuery query);
  /// Writes what waits and closes.
  core::Task<> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::store
