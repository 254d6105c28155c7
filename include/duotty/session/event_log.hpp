#pragma once
// What happened, for people and programs that watch: a bounded list with ids that only grow, also across restarts of
// the server. Nobody is told of an event before it is where the next worker finds it, so an id that somebody has seen
// never comes to stand for another event.
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
  /// Takes an event to where the next worker finds it; publish() tells when it is there. The same id comes again when
  /// the event has become less.
  using Keep = std::function<void(std::uint64_t id, const nlohmann::json& event)>;

  /// Ids begin after `last_id` (what an earlier worker reached).
  EventLog(core::asio::any_io_executor executor, std::uint64_t last_id)
      : last_id_(last_id), published_(last_id), changed_(std::move(executor)) {}

  /// Before the first emit(): the events of an earlier worker as JSON texts, oldest first, and the last id that was
  /// given. `epoch`: ids are comparable while it is the same.
  void restore(std::vector<std::pair<std::uint64_t, std::string>> events, std::uint64_t last_id, std::string epoch);
  /// Records one event; `fields` is an object that gets id, ts (seconds since 1970) and action added.
  void emit(std::string_view action, nlohmann::json fields);
  /// Takes the texts of commands out of the events of that terminal, or of all when it is empty.
  void forget_commands(std::string_view terminal);
  /// Events up to `id` may be told.
  void publish(std::uint64_t id);
  /// Events with an id above `since`, oldest first, at most the newest `limit` of them.
  std::vector<LoggedEvent> since(std::uint64_t since, std::size_t limit) const;
  /// Of the events that may be told.
  std::uint64_t last_id() const noexcept { return published_; }
  /// Of all events.
  std::uint64_t given() const noexcept { return last_id_; }
  const std::string& epoch() const noexcept { return epoch_; }
  /// Suspends until what has been recorded before may be told, for a few seconds at most.
  core::Task<> settle();
  /// Notified whenever there is more to tell.
  core::Event& changed() noexcept { return changed_; }
  /// Told every new id, so that the next worker continues after it.
  std::function<void(std::uint64_t)> on_id;
  /// Empty: events live in this process only, and are told at once.
  Keep keep;

 private:
  std::deque<LoggedEvent> events_;
  std::uint64_t last_id_;
  std::uint64_t published_;
  std::string epoch_;
  core::Event changed_;
};

}  // namespace duotty::session
