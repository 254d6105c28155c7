#include <chrono>
#include <duotty/base/utc_time.hpp>
#include <duotty/session/event_log.hpp>
#include <nlohmann/json.hpp>

namespace duotty::session {

namespace {
/// Events that are ready for those who follow. Older ones are kept as text, a JSON string, which takes a fifth of the
/// memory; few ask for them.
constexpr std::size_t kReady = 32;

/// How long somebody waits for a disk that does not take events.
constexpr auto kPatience = std::chrono::seconds(3);

std::string text_of(const nlohmann::json& body) {
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Null when the text of an earlier worker is none of ours.
std::shared_ptr<const nlohmann::json> object_of(const LoggedEvent& event) {
  if (!event.body->is_string()) return event.body;
  auto parsed = nlohmann::json::parse(event.body->get_ref<const std::string&>(), nullptr, false);
  if (!parsed.is_object() || parsed.value("id", nlohmann::json()) != event.id) return nullptr;
  return std::make_shared<const nlohmann::json>(std::move(parsed));
}
}  // namespace

void EventLog::restore(std::vector<std::pair<std::uint64_t, std::string>> events, std::uint64_t last_id,
                       std::string epoch) {
  for (auto& [id, body] : events) events_.push_back({id, std::make_shared<const nlohmann::json>(std::move(body))});
  while (events_.size() > kCapacity) events_.pop_front();
  last_id_ = published_ = last_id;
  epoch_ = std::move(epoch);
}

void EventLog::emit(std::string_view action, nlohmann::json fields) {
  const auto now = base::wall_seconds();
  fields["id"] = ++last_id_;
  fields["ts"] = now;
  fields["action"] = action;
  if (keep) keep(last_id_, fields);
  events_.push_back({last_id_, std::make_shared<const nlohmann::json>(std::move(fields))});
  if (events_.size() > kCapacity) events_.pop_front();
  if (events_.size() > kReady) {
    auto& older = events_[events_.size() - kReady - 1].body;
    if (!older->is_string()) older = std::make_shared<const nlohmann::json>(text_of(*older));
  }
  if (on_id) on_id(last_id_);
  if (!keep) publish(last_id_);
}

void EventLog::forget_commands(std::string_view terminal) {
  for (LoggedEvent& event : events_) {
    const bool has =
        !event.body->is_string() || event.body->get_ref<const std::string&>().find("\"command\"") != std::string::npos;
    const auto body = has ? object_of(event) : nullptr;
    if (!body || !body->contains("command") || (*body)["command"].is_null()) continue;
    if (!terminal.empty() && body->value("terminal_id", nlohmann::json()) != terminal) continue;
    nlohmann::json less = *body;
    less["command"] = nullptr;
    if (keep) keep(event.id, less);
    event.body = std::make_shared<const nlohmann::json>(std::move(less));
  }
}

void EventLog::publish(std::uint64_t id) {
  if (id <= published_) return;
  published_ = id;
  changed_.notify();
}

core::Task<> EventLog::settle() {
  const auto last = last_id_;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  bool more = true;
  while (more && published_ < last) more = co_await changed_.wait_until(until);
}

std::vector<LoggedEvent> EventLog::since(std::uint64_t since, std::size_t limit) const {
  std::vector<LoggedEvent> out;
  for (auto it = events_.rbegin(); it != events_.rend() && it->id > since && out.size() < limit; ++it) {
    if (it->id > published_) continue;
    if (auto body = object_of(*it)) out.push_back({it->id, std::move(body)});
  }
  return {out.rbegin(), out.rend()};
}

}  // namespace duotty::session
