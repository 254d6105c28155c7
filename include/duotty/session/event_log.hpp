#pragma once
// What happened, for people and programs that watch: a bounded list with ids that only grow, also across restarts of
// the server.
#include <cstdint>
#include <deque>
#include <duotty/core/event.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace duotty::session {

/// One entry, encoded once and shared by all readers: {"id","ts","action",...}.
struct LoggedEvent {
  std::uint64_t id = 0;
  std::shared_ptr<const nlohmann::json> body;
};

/// The last kCapacity events. Loop thread only.
class EventLog {
 public:
  static constexpr std::size_t kCapacity = 4096;

  /// Ids begin after `last_id` (what an earlier worker reached).
  EventLog(core::asio::any_io_executor executor, std::uint64_t last_id)
      : last_id_(last_id), changed_(std::move(executor)) {}

  /// Records one event; `fields` is an object that gets id, ts (seconds since 1970) and action added.
  void emit(std::string_view action, nlohmann::json fields);
  /// Events with an id above `since`, oldest first, at most the newest `limit` of them.
  std::vector<LoggedEvent> since(std::uint64_t since, std::size_t limit) const;
  std::uint64_t last_id() const noexcept { return last_id_; }
  /// Notified at every emit().
  core::Event& changed() noexcept { return changed_; }
  /// Told every new id, so that the next worker continues after it.
  std::function<void(std::uint64_t)> on_id;

 private:
  std::deque<LoggedEvent> events_;
  std::uint64_t last_id_;
  core::Event changed_;
};

}  // namespace duotty::session
