#include <duotty/recording/methods.hpp>
#include <duotty/rpc/registrar.hpp>
#include <duotty/session/registry.hpp>
#include <duotty/session/session.hpp>

namespace duotty::recording {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using record::field;
using rpc::Call;
using rpc::Json;
using rpc::Scope;

constexpr std::int64_t kMiB = 1024 * 1024;

struct Info {
  std::string recording_id;
  std::string terminal_id;
  std::string terminal_name;
  std::string title;
  std::string by;
  std::string state;
  double started_at = 0;
  double duration = 0;
  int cols = 0;
  int rows = 0;
  std::int64_t bytes = 0;
  std::int64_t max_bytes = 0;
  static constexpr auto fields() {
    using T = Info;
    return std::tuple{field("recording_id", &T::recording_id, "Names it in the other methods."),
                      field("terminal_id", &T::terminal_id, "Id of its terminal, which may be gone."),
                      field("terminal_name", &T::terminal_name, "Name the terminal had."),
                      field("title", &T::title, "Title of the file."),
                      field("by", &T::by, "Who began it."),
                      field("state", &T::state,
                            "`running`, `stopped`, `ended` with its terminal, `full` at its limit, `failed` when the "
                            "disk took no more."),
                      field("started_at", &T::started_at, "When it began, in seconds since 1970."),
                      field("duration", &T::duration, "Seconds until its last event."),
                      field("cols", &T::cols, "Columns at its last event."),
                      field("rows", &T::rows, "Rows at its last event."),
                      field("bytes", &T::bytes, "Size of the file."),
                      field("max_bytes", &T::max_bytes, "Where it ends.")};
  }
};

struct Start {
  std::string terminal_id;
  std::string title;
  std::int64_t max_bytes = 16 * kMiB;
  static constexpr auto fields() {
    using T = Start;
    return std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
                      field("title", &T::title, "Title of the file; default: the terminal's name.").range(0, 200),
                      field("max_bytes", &T::max_bytes, "It ends when the file has this size.").range(4096, 64 * kMiB)};
  }
};

struct Terminal {
  std::string terminal_id;
  static constexpr auto fields() {
    return std::tuple{
        field("terminal_id", &Terminal::terminal_id, "Id or name of the terminal.").required().range(1, 64)};
  }
};

struct ListOf {
  std::string terminal_id;
  static constexpr auto fields() {
    return std::tuple{
        field("terminal_id", &ListOf::terminal_id, "Only those of the terminal with this id.").range(0, 64)};
  }
};

struct Infos {
  std::vector<Info> recordings;
  static constexpr auto fields() { return std::tuple{field("recordings", &Infos::recordings, "Newest first.")}; }
};

struct Get {
  std::string recording_id;
  std::int64_t offset = 0;
  std::int64_t limit = 64 * kMiB;
  static constexpr auto fields() {
    using T = Get;
    return std::tuple{
        field("recording_id", &T::recording_id, "Which one.").required().range(1, 64),
        field("offset", &T::offset, "From this byte on: the bytes of the answers before it.").range(0, 9e15),
        field("limit", &T::limit, "At most so many bytes, but one whole line at least.").range(1, 64 * kMiB)};
  }
};

struct One {
  std::string recording_id;
  static constexpr auto fields() {
    return std::tuple{field("recording_id", &One::recording_id, "Which one.").required().range(1, 64)};
  }
};

struct Done {
  bool success = true;
  static constexpr auto fields() { return std::tuple{field("success", &Done::success, "Always true.")}; }
};

Info info_of(const Recording& r) {
  Info out;
  out.recording_id = r.id;
  out.terminal_id = r.terminal;
  out.terminal_name = r.terminal_name;
  out.title = r.title;
  out.by = r.by;
  out.state = std::string(name(r.state));
  out.started_at = r.started_at;
  out.duration = r.duration;
  out.cols = r.cols;
  out.rows = r.rows;
  out.bytes = static_cast<std::int64_t>(r.bytes);
  out.max_bytes = static_cast<std::int64_t>(r.max_bytes);
  return out;
}

void note(Services& s, const Call& call, const char* action, const Recording& recording) {
  s.events->emit(action,
                 {{"terminal_id", recording.terminal}, {"recording_id", recording.id}, {"by", call.caller.name}});
}

Task<Result<Info>> start(Services& s, Call& call, Start p) {
  auto session = s.registry->find(p.terminal_id, call.caller.owner);
  if (!session) co_return session.error();
  RecordRequest request{call.caller.name, p.title, static_cast<std::uint64_t>(p.max_bytes)};
  auto made = co_await s.desk->start(*session, std::move(request));
  if (!made) co_return made.error();
  note(s, call, "record_start", *made);
  co_return info_of(*made);
}

Task<Result<Info>> stop(Services& s, Call& call, Terminal p) {
  auto session = s.registry->find(p.terminal_id, call.caller.owner);
  if (!session) co_return session.error();
  auto stopped = co_await s.desk->stop((*session)->id());
  if (!stopped) co_return stopped.error();
  note(s, call, "record_stop", *stopped);
  co_return info_of(*stopped);
}

Task<Result<Infos>> list(Services& s, Call& call, ListOf p) {
  Infos out;
  for (const Recording& one : s.desk->list(call.caller.owner)) {
    if (p.terminal_id.empty() || one.terminal == p.terminal_id) out.recordings.push_back(info_of(one));
  }
  co_return out;
}

Task<Result<rpc::Text>> get(Services& s, Call& call, Get p) {
  const auto found = s.desk->find(p.recording_id, call.caller.owner);
  if (!found) co_return found.error();
  auto text = co_await s.desk->read(found->id, static_cast<std::uint64_t>(p.offset), static_cast<std::size_t>(p.limit));
  if (!text) co_return text.error();
  co_return rpc::Text{std::move(*text)};
}

Task<Result<Done>> remove(Services& s, Call& call, One p) {
  const auto found = s.desk->find(p.recording_id, call.caller.owner);
  if (!found) co_return found.error();
  auto removed = co_await s.desk->remove(found->id);
  if (!removed) co_return removed.error();
  note(s, call, "record_delete", *found);
  co_return Done{};
}

Task<Result<rpc::Text>> history(Services& s, Call& call, Terminal p) {
  auto session = s.registry->find(p.terminal_id, call.caller.owner);
  if (!session) co_return session.error();
  const auto held = *session;
  auto text = co_await s.desk->history(*held);
  co_return rpc::Text{std::move(text)};
}

}  // namespace

void add_methods(rpc::Table& table, Services* services) {
  constexpr const char* kCast = "application/x-asciicast";
  rpc::Registrar<Services> rows(table, services);
  rows.call(
      "record.start", start,
      {.http = {"POST", "/api/agent/terminals/{terminal_id}/record"},
       .scope = Scope::type,
       .about = "Records what a terminal shows, with its times, as an asciicast (version 2): output, changes of the "
                "size, and a marker for each command. What is typed is not in it, unless the program echoes it. It "
                "goes on over restarts of the server until it is stopped, the terminal ends, or it is full.",
       .example = R"({"terminal_id": "build", "title": "a failing build"})",
       .mutates = true});
  rows.call("record.stop", stop,
            {.http = {"POST", "/api/agent/terminals/{terminal_id}/record/stop"},
             .scope = Scope::type,
             .about = "Ends the recording of a terminal; the file is complete when this answers.",
             .mutates = true});
  rows.call("record.list", list,
            {.http = {"GET", "/api/agent/recordings"}, .scope = Scope::read, .about = "The recordings there are."});
  rows.call("record.get", get,
            {.http = {"GET", "/api/agent/recordings/{recording_id}", kCast, "recording.cast"},
             .scope = Scope::read,
             .about = "The asciicast of a recording, also while it runs; in parts of whole lines by `offset` and "
                      "`limit`. Nothing is left when the answer is empty.",
             .example = R"({"recording_id": "k3x9w2m8q1zz"})"});
  rows.call("record.delete", remove,
            {.http = {"DELETE", "/api/agent/recordings/{recording_id}"},
             .scope = Scope::type,
             .about = "Removes a recording, ending it first when it runs.",
             .mutates = true});
  rows.call(
      "record.history", history,
      {.http = {"GET", "/api/agent/terminals/{terminal_id}/cast", kCast, "history.cast"},
       .scope = Scope::read,
       .about = "The output that is kept of a terminal (the last MiB) as an asciicast, recorded or not; its times "
                "are those of the commands."});
}

}  // namespace duotty::recording
