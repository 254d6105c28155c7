#include <chrono>
#include <duotty/session/event_log.hpp>
#include <nlohmann/json.hpp>

namespace duotty::session {

void EventLog::emit(std::string_view action, nlohmann::json fields) {
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  fields["id"] = ++last_id_;
  fields["ts"] = now;
  fields["action"] = action;
  events_.push_back({last_id_, std::make_shared<const nlohmann::json>(std::move(fields))});
  if (events_.size() > kCapacity) events_.pop_front();
  if (on_id) on_id(last_id_);
  changed_.notify();
}

std::vector<LoggedEvent> EventLog::since(std::uint64_t since, std::size_t limit) const {
  std::vector<LoggedEvent> out;
  for (auto it = events_.rbegin(); it != events_.rend() && it->id > since && out.size() < limit; ++it)
    out.push_back(*it);
  return {out.rbegin(), out.rend()};
}

}  // namespace duotty::session
