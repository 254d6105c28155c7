// Streams: terminal output, events, the list of terminals.
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/event.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/session/event_log.hpp>
#include <duotty/session/registry.hpp>

#include "methods.hpp"

namespace duotty::api {
namespace {

constexpr auto kHeartbeat = std::chrono::seconds(15);

rpc::StreamEvent item(std::string name, std::string id, Json data) {
  return {std::move(name), std::move(id), std::make_shared<const Json>(std::move(data))};
}

std::uint64_t resume_point(const Call& call, std::int64_t since) {
  if (const auto last = base::parse_u64(call.last_event)) return *last;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, since));
}

Task<Result<>> stream(Services& s, Call& call, TerminalStream p, Sink& sink) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  const auto session = *found;
  session::DisplayOffset cursor = resume_point(call, p.since);
  digest::PlainText plain;
  std::string held;  // an unfinished character of raw output
  auto opened = co_await sink.open();
  if (!opened) co_return opened.error();
  while (true) {
    if (session->size() > cursor) {
      auto range = session->output(cursor);
      cursor = range.end;
      std::string text;
      if (p.strip_ansi) {
        plain.feed(range.bytes, text);
      } else {
        held += range.bytes;
        const std::size_t tail = base::incomplete_utf8_tail(held);
        text = base::to_valid_utf8(std::string_view(held).substr(0, held.size() - tail));
        held.erase(0, held.size() - tail);
      }
      session->touch();
      auto event = item("output", std::to_string(cursor), {{"text", std::move(text)}, {"size", cursor}});
      auto sent = co_await sink.send(std::move(event));
      if (!sent) co_return sent.error();
      continue;
    }
    if (!session->alive()) break;
    const bool more = co_await session->changed().wait_until(std::chrono::steady_clock::now() + kHeartbeat);
    if (!more) {
      rpc::StreamEvent out = item("heartbeat", std::to_string(cursor), {{"text", ""}, {"size", cursor}});
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
  }
  rpc::StreamEvent out = item("end", std::to_string(cursor), {{"text", "terminal closed"}, {"size", cursor}});
  auto sent = co_await sink.send(std::move(out));
  if (!sent) co_return sent.error();
  co_return Result<>();
}

// --- events
// -----------------------------------------------------------------------------------------------------------

constexpr const char* kEpochField =
    "Word that came with `since_id`; when it is another one now, everything that is kept is given again.";

struct EventsRecent {
  std::optional<std::int64_t> since_id;
  std::string epoch;
  int limit = 100;
  static constexpr auto fields() {
    using T = EventsRecent;
    return std::tuple{field("since_id", &T::since_id, "Only events after this id."),
                      field("epoch", &T::epoch, kEpochField).range(0, 64),
                      field("limit", &T::limit, "At most so many, the newest.").range(1, 500)};
  }
};

struct EventsResult {
  std::vector<Json> events;
  std::string epoch;
  std::int64_t last_id = 0;
  std::int64_t missing = 0;
  bool reset = false;
  static constexpr auto fields() {
    using T = EventsResult;
    return std::tuple{
        field("events", &T::events, "Oldest first; each has id, ts, action and what belongs to it."),
        field("epoch", &T::epoch, "Ids are comparable while this word is the same."),
        field("last_id", &T::last_id, "Id of the newest event."),
        field("missing", &T::missing,
              "Ids after `since_id` that are not in this answer: over `limit`, no longer kept, or lost."),
        field("reset", &T::reset,
              "`since_id` belongs to other events than these: what is kept was given from its beginning.")};
  }
};

struct EventsStream {
  std::int64_t since_id = 0;
  std::string epoch;
  static constexpr auto fields() {
    using T = EventsStream;
    return std::tuple{field("since_id", &T::since_id, "Start after this id; Last-Event-ID wins.").range(0, 9e15),
                      field("epoch", &T::epoch, kEpochField).range(0, 64)};
  }
};

bool may_see(const Services& s, const Call& call, const Json& event) {
  if (call.caller.owner.empty()) return true;
  const auto id = event.find("terminal_id");
  return id != event.end() && id->is_string() &&
         s.registry->find(id->get<std::string>(), call.caller.owner).has_value();
}

/// True when a client's last id is none of this list's: it would wait for ids that stand for other events.
bool is_foreign(const session::EventLog& events, std::uint64_t since, const std::string& epoch) {
  return since > events.given() || (!epoch.empty() && epoch != events.epoch());
}

Task<Result<EventsResult>> recent(Services& s, Call& call, EventsRecent p) {
  const auto& log = *s.events;
  co_await s.events->settle();
  EventsResult result;
  result.epoch = log.epoch();
  result.last_id = static_cast<std::int64_t>(log.last_id());
  auto since = static_cast<std::uint64_t>(std::max<std::int64_t>(0, p.since_id.value_or(0)));
  result.reset = is_foreign(log, since, p.epoch);
  if (result.reset) since = 0;
  const auto events = log.since(since, static_cast<std::size_t>(p.limit));
  // From the beginning nothing was promised.
  if (since > 0 && log.last_id() > since)
    result.missing = result.last_id - static_cast<std::int64_t>(since + events.size());
  for (const auto& event : events) {
    if (may_see(s, call, *event.body)) result.events.push_back(*event.body);
  }
  co_return result;
}

rpc::StreamEvent heartbeat(const session::EventLog& log, std::uint64_t cursor) {
  const double now = base::wall_seconds();
  return item("heartbeat", std::to_string(cursor),
              {{"id", cursor}, {"action", "heartbeat"}, {"ts", now}, {"epoch", log.epoch()}});
}

/// What a client gets that has seen everything up to `cursor`, which moves on; signs of what is missing included.
std::vector<rpc::StreamEvent> events_after(const Services& s, const Call& call, std::uint64_t& cursor) {
  const auto& log = *s.events;
  std::vector<rpc::StreamEvent> out;
  const auto miss = [&](std::uint64_t next) {
    if (cursor != 0 && next > cursor + 1) out.push_back(item("gap", "", {{"gap", next - cursor - 1}}));
  };
  const auto last = log.last_id();
  for (const auto& event : log.since(cursor, session::EventLog::kCapacity)) {
    miss(event.id);
    cursor = event.id;
    if (may_see(s, call, *event.body)) out.push_back({"agent_event", std::to_string(event.id), event.body});
  }
  if (last > cursor) {
    miss(last + 1);
    cursor = last;
  }
  return out;
}

Task<Result<>> events_stream(Services& s, Call& call, EventsStream p, Sink& sink) {
  std::uint64_t cursor = resume_point(call, p.since_id);
  auto opened = co_await sink.open();
  if (!opened) co_return opened.error();
  if (is_foreign(*s.events, cursor, p.epoch)) {
    cursor = 0;
    rpc::StreamEvent out =
        item("reset", "", {{"reset", true}, {"epoch", s.events->epoch()}, {"last_id", s.events->last_id()}});
    auto sent = co_await sink.send(std::move(out));
    if (!sent) co_return sent.error();
  }
  while (true) {
    for (auto& out : events_after(s, call, cursor)) {
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
    if (s.events->last_id() > cursor) continue;
    const bool more = co_await s.events->changed().wait_until(std::chrono::steady_clock::now() + kHeartbeat);
    if (!more) {
      rpc::StreamEvent out = heartbeat(*s.events, cursor);
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
  }
}

// --- the list of terminals, as browsers see it
// --------------------------------------------------------------------------

struct Sessions {
  std::vector<TerminalInfo> sessions;
  static constexpr auto fields() {
    return std::tuple{field("sessions", &Sessions::sessions, "Terminals that are tabs.")};
  }
};

struct SessionId {
  std::string session_id;
  static constexpr auto fields() {
    return std::tuple{
        field("session_id", &SessionId::session_id, "Id or name of the terminal.").required().range(1, 64)};
  }
};

struct SessionClosed {
  bool ok = true;
  std::string session_id;
  static constexpr auto fields() {
    return std::tuple{field("ok", &SessionClosed::ok, "Always true."),
                      field("session_id", &SessionClosed::session_id, "Id of the closed terminal.")};
  }
};

Sessions visible_sessions(Services& s, const Call& call) {
  Sessions out;
  for (const auto& session : s.registry->list(call.caller.owner)) {
    if (session->meta().user_visible) out.sessions.push_back(terminal_info(s, *session));
  }
  return out;
}

Task<Result<Sessions>> sessions(Services& s, Call& call, record::Empty) {
  co_return visible_sessions(s, call);
}

Task<Result<SessionClosed>> close_session(Services& s, Call& call, SessionId p) {
  auto session = find_terminal(s, call, p.session_id);
  if (!session) co_return session.error();
  SessionClosed result{true, (*session)->id()};
  s.registry->close(*session);
  log_event(s, call, "terminal_close", {{"terminal_id", result.session_id}});
  co_return result;
}

Task<Result<>> sessions_stream(Services& s, Call& call, record::Empty, Sink& sink) {
  using Kind = session::Lifecycle::Kind;
  bool snapshot = true;
  std::uint64_t cursor = 0;
  auto opened = co_await sink.open();
  if (!opened) co_return opened.error();
  while (true) {
    if (snapshot) {
      cursor = s.registry->last_change();
      snapshot = false;
      rpc::StreamEvent out = item("snapshot", "", record::encode(visible_sessions(s, call)));
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
    bool complete = true;
    const auto changes = s.registry->changes_since(cursor, complete);
    if (!complete) {
      snapshot = true;
      continue;
    }
    for (const auto& change : changes) {
      cursor = change.sequence;
      const char* name = change.kind == Kind::closed    ? "session_closed"
                         : change.kind == Kind::created ? "session_created"
                                                        : "session_updated";
      Json data = {{"type", name}};
      if (change.kind == Kind::closed) {
        data["session_id"] = change.id;
      } else {
        const auto& session = change.session;
        if (session->closed() || (!call.caller.owner.empty() && session->meta().owner != call.caller.owner)) continue;
        if (!session->meta().user_visible && change.kind == Kind::created) continue;
        data["session"] = record::encode(terminal_info(s, *session));
      }
      rpc::StreamEvent out = item(name, "", std::move(data));
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
    if (s.registry->last_change() > cursor) continue;
    const bool more = co_await s.registry->changed().wait_until(std::chrono::steady_clock::now() + kHeartbeat);
    if (!more) {
      rpc::StreamEvent out = item("heartbeat", "", Json::object());
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
  }
}

}  // namespace

void add_stream_methods(Registrar& table) {
  using rpc::Extra;
  table.stream<StreamItem>(
      "terminal.stream", stream,
      {.http = {"GET", "/api/agent/terminals/{terminal_id}/stream"},
       .scope = Scope::read,
       .extra = Extra::ignore,
       .about = "Output as it comes: events `output`, `heartbeat` and `end`, each with the offset as its id, "
                "so that a lost connection continues where it stopped.",
       .example = R"({"terminal_id": "k3x9w2m8q1zz", "since": 0})"});
  table.call("events.recent", recent,
             {.http = {"GET", "/api/agent/events/recent"},
              .scope = Scope::read,
              .extra = Extra::ignore,
              .about = "What agents and people did lately.",
              .example = R"({"since_id": 0, "limit": 100})"});
  table.stream<Json>(
      "events.stream", events_stream,
      {.http = {"GET", "/api/agent/events/stream"},
       .scope = Scope::read,
       .extra = Extra::ignore,
       .about =
           "The same as it happens, also across restarts of the server: events `agent_event` and `heartbeat`; `gap` "
           "with a number when some are missing; `reset` when the id given belongs to other events than these."});
}

void add_session_methods(Registrar& table) {
  using rpc::Extra;
  table.call("sessions", sessions,
             {.http = {"GET", "/api/sessions"},
              .scope = Scope::read,
              .extra = Extra::ignore,
              .about = "The terminals that are tabs in the browser."});
  table.stream<Json>(
      "sessions.stream", sessions_stream,
      {.http = {"GET", "/api/sessions/stream"},
       .scope = Scope::read,
       .extra = Extra::ignore,
       .about = "A `snapshot` of that list, then `session_created`, `session_updated` and `session_closed`."});
  table.call("sessions.close", close_session,
             {.http = {"DELETE", "/api/sessions/{session_id}"},
              .scope = Scope::exec,
              .extra = Extra::ignore,
              .about = "Closes a tab's terminal.",
              .mutates = true});
}

}  // namespace duotty::api
