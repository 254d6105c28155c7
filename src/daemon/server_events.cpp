// The events of a worker and those of the one before it.
#include <duotty/base/random.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/private_directory.hpp>
#include <nlohmann/json.hpp>

#include "server.hpp"

namespace duotty::daemon {
namespace {

/// An event as it goes to the disk: without what was typed, and without commands that are not to be stored.
std::string kept_text(nlohmann::json event, bool commands) {
  for (const char* typed : {"data", "keys"}) {
    if (event.contains(typed)) event[typed] = nullptr;
  }
  const auto command = event.find("command");
  if (command != event.end() && command->is_string()) {
    const bool is_private = command->get_ref<const std::string&>().starts_with(' ');
    if (is_private || !commands) *command = nullptr;
  }
  return event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

core::Task<> Server::load_events() {
  const std::string boot = store::boot_word();
  const auto mark = store::read_event_mark(event_mark_file());
  store::KeptEvents kept;
  // Without history nothing goes to the disk: events live in memory like the terminals.
  const std::string folder = options_.history ? paths_.state_dir : paths_.memory_dir();
  if (options_.history || core::is_private_directory(folder)) {
    event_store_ = std::make_unique<store::EventStore>(executor_, folder + "/events.db", session::EventLog::kCapacity);
    auto loaded = co_await event_store_->load();
    if (loaded) kept = std::move(*loaded);
  }
  if (kept.epoch.empty()) kept.epoch = base::make_id();
  const std::uint64_t newest = kept.rows.empty() ? 0 : kept.rows.back().id;
  const std::uint64_t given = store::last_given(mark, newest, kept.epoch, boot);
  std::vector<std::pair<std::uint64_t, std::string>> events;
  for (auto& row : kept.rows) events.emplace_back(row.id, std::move(row.body));
  events_.restore(std::move(events), given, kept.epoch);
  event_mark_ = {.id = given, .epoch = kept.epoch, .state = boot};
  events_.on_id = [this](std::uint64_t id) {
    if (id > event_mark_.id) mark_events(id + store::kEventIdsAhead);
  };
  mark_events(given + store::kEventIdsAhead);
  if (event_store_) {
    events_.keep = [this](std::uint64_t id, const nlohmann::json& event) {
      event_store_->put({id, kept_text(event, api::kept_of_commands(settings_).commands)});
    };
    event_store_->on_written = [this](std::uint64_t id, bool written) {
      if (!written && event_mark_.epoch != "-") {
        event_mark_.epoch = "-";
        mark_events(event_mark_.id);
      }
      events_.publish(id);
    };
  }
  if (mark && mark->state == boot) {
    events_.emit("server_recovered",
                 {{"message",
                   "The worker ended without a word and was replaced. Events of its last moment, which "
                   "nobody was told of, may be missing before this one."}});
  }
}

core::Task<> Server::stop_events() {
  if (event_mark_.state.empty()) co_return;
  if (event_store_) co_await event_store_->stop();
  events_.publish(events_.given());
  event_mark_.state = "stopped";
  mark_events(events_.given());
}

std::string Server::event_mark_file() const {
  return paths_.state_dir + "/event_id";
}

void Server::mark_events(std::uint64_t id) {
  event_mark_.id = id;
  if (!store::write_event_mark(event_mark_file(), event_mark_)) core::log_warning("the event id was not saved");
}

}  // namespace duotty::daemon
