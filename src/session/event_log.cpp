#include <chrono>
#include <duotty/session/event_log.hpp>
#include <nlohmann/json.hpp>

namespace duotty::session {

namespace {
/// Events that are ready for those who follow. Older ones are kept as text, a JSON string, which takes a fifth of the
/// memory; few ask for them.
constexpr std::size_t kReady = 32;

std::shared_ptr<const nlohmann::json> settled(const nlohmann::json& body) {
  return std::make_shared<const nlohmann::json>(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

LoggedEvent as_object(const LoggedEvent& event) {
  if (!event.body->is_string()) return event;
  const auto& text = event.body->get_ref<const std::string&>();
  return {event.id, std::make_shared<const nlohmann::json>(nlohmann::json::parse(text))};
}
}  // namespace

void EventLog::emit(std::string_view action, nlohmann::json fields) {
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  fields["id"] = ++last_id_;
  fields["ts"] = now;
  fields["action"] = action;
  events_.push_back({last_id_, std::make_shared<const nlohmann::json>(std::move(fields))});
  if (events_.size() > kCapacity) events_.pop_front();
  if (events_.size() > kReady) {
    auto& older = events_[events_.size() - kReady - 1].body;
    older = settled(*older);
  }
  if (on_id) on_id(last_id_);
  changed_.notify();
}

std::vector<LoggedEvent> EventLog::since(std::uint64_t since, std::size_t limit) const {
  std::vector<LoggedEvent> out;
  for (auto it = events_.rbegin(); it != events_.rend() && it->id > since && out.size() < limit; ++it)
    out.push_back(as_object(*it));
  return {out.rbegin(), out.rend()};
}

}  // namespace duotty::session
