#include <algorithm>
#include <chrono>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/private_directory.hpp>
#include <duotty/recording/desk.hpp>
#include <duotty/session/registry.hpp>
#include <duotty/session/session.hpp>
#include <duotty/term/snapshot.hpp>

#include "files.hpp"

namespace duotty::recording {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using State = Recording::State;
using std::chrono::steady_clock;

/// What was shown goes to the disk after this long, or as soon as there is so much of it.
constexpr auto kFlushAfter = std::chrono::milliseconds(200);
constexpr std::uint64_t kFlushBytes = 128 * 1024;
/// Output that comes closer together than this is one event, in seconds.
constexpr double kTogether = 0.008;
constexpr std::size_t kLabel = 200;

std::string size_text(int cols, int rows) {
  return std::to_string(cols) + "x" + std::to_string(rows);
}

std::string label_of(const session::CommandBlock& block) {
  const auto line = block.command.substr(0, block.command.find('\n'));
  return base::shorten(base::to_valid_utf8(line), kLabel);
}

/// Every command that began in [from, to), by where it began; those that are not for the disk have no label.
std::vector<CastNote> commands_in(const session::Session& session, std::uint64_t from, std::uint64_t to) {
  std::vector<CastNote> notes;
  const auto tell = [&](const session::CommandBlock& block) {
    if (block.is_private || block.shown_begin < from || block.shown_begin >= to) return;
    notes.push_back({block.shown_begin, CastEvent::Kind::marker, label_of(block)});
  };
  for (const auto& block : session.blocks().ended()) tell(block);
  if (const auto* block = session.blocks().running()) tell(*block);
  return notes;
}

std::string screen_of(const session::Session& session) {
  return term::snapshot(session.terminal(), {.scrollback_lines = 0});
}

std::vector<CastStamp> stamps_of_commands(const session::Session& session, std::uint64_t from) {
  std::vector<CastStamp> stamps;
  std::optional<exec::WallTime> first;
  double last = 0;
  const auto add = [&](std::uint64_t at, exec::WallTime when) {
    if (!first) first = when;
    last = std::max(last, std::chrono::duration<double>(when - *first).count());
    if (stamps.empty() || stamps.back().end < at) stamps.push_back({at, last});
  };
  for (const auto& block : session.blocks().ended()) {
    if (block.shown_begin < from) continue;
    add(block.shown_begin, block.started_at);
    add(block.shown_end, block.ended_at);
  }
  if (const auto* block = session.blocks().running(); block && block->shown_begin >= from)
    add(block->shown_begin, block->started_at);
  return stamps;
}

}  // namespace

std::string_view name(State state) noexcept {
  switch (state) {
    case State::running:
      return "running";
    case State::stopped:
      return "stopped";
    case State::ended:
      return "ended";
    case State::full:
      return "full";
    case State::failed:
      break;
  }
  return "failed";
}

/// A recording that runs.
struct Desk::Live {
  std::string id;
  std::shared_ptr<session::Session> session;
  std::vector<CastStamp> stamps;
  std::uint64_t seen = 0;  ///< size of the stream when it was last taken from
  steady_clock::time_point flush_at{};
  bool stopping = false;

  /// Notes that what is there now has come by now.
  void stamp(double time) {
    const auto size = session->size();
    if (size == (stamps.empty() ? seen : stamps.back().end)) return;
    if (!stamps.empty() && time - stamps.back().time < kTogether) {
      stamps.back().end = size;
    } else {
      stamps.push_back({size, time});
    }
  }

  bool resized(const Recording& recording) const {
    const auto size = session->terminal().size();
    return size.cols != recording.cols || size.rows != recording.rows;
  }

  /// What has not been recorded yet; `recording` moves on. An unfinished character waits, unless it is the last.
  std::vector<CastEvent> take(Recording& recording, double now, bool last) {
    const auto& from = *session;
    std::vector<CastNote> notes;
    if (resized(recording)) {
      recording.cols = from.terminal().size().cols;
      recording.rows = from.terminal().size().rows;
      notes.push_back({from.resized_at(), CastEvent::Kind::resize, size_text(recording.cols, recording.rows)});
    }
    const std::uint64_t begin = recording.offset;
    seen = from.size();
    const auto times = std::exchange(stamps, {});
    if (begin < from.oldest()) {
      std::vector<CastEvent> events;
      if (!notes.empty()) events.push_back({now, notes.front().kind, notes.front().text});
      events.push_back({now, CastEvent::Kind::marker, "some output was too fast to be recorded"});
      events.push_back({now, CastEvent::Kind::output,
                        "\x1b"
                        "c" +
                            screen_of(from)});
      recording.offset = seen;
      return events;
    }
    std::string bytes = seen > begin ? from.output(begin).bytes : std::string();
    if (!last) bytes.resize(bytes.size() - base::incomplete_utf8_tail(bytes));
    recording.offset = begin + bytes.size();
    auto commands = commands_in(from, begin, recording.offset);
    notes.insert(notes.end(), commands.begin(), commands.end());
    std::stable_sort(notes.begin(), notes.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    return cast_events(bytes, begin, times.empty() ? std::vector<CastStamp>{{seen, now}} : times, notes);
  }
};

Desk::Desk(core::asio::any_io_executor executor, session::Registry& registry, std::string folder)
    : registry_(registry), folder_(std::move(folder)), changed_(executor), scope_(executor) {}

Desk::~Desk() = default;

std::string Desk::path(const std::string& id, const char* suffix) const {
  return folder_ + "/" + id + suffix;
}

core::Task<> Desk::resume() {
  if (folder_.empty()) co_return;
  auto work = [folder = folder_] { return read_all(folder); };
  const auto found = co_await disk_.run(std::move(work));
  for (const Recording& one : found) {
    Recording& recording = all_[one.id] = one;
    if (one.state != State::running) continue;
    const auto session = registry_.find(one.terminal);
    if (session && (*session)->id() == one.terminal && (*session)->meta().epoch == one.epoch &&
        !live_.contains(one.terminal)) {
      auto live = std::make_shared<Live>();
      live->id = one.id;
      live->session = *session;
      live->seen = one.offset;
      live_.emplace(one.terminal, live);
      scope_.spawn("recording " + one.id, follow(std::move(live)));
    } else {
      recording.state = State::ended;
    }
  }
}

core::Task<Result<Recording>> Desk::start(std::shared_ptr<session::Session> session, RecordRequest request) {
  if (folder_.empty()) {
    co_return Error(Errc::unsupported, "This server keeps nothing of terminals on disk (--no-history).");
  }
  if (!session->alive()) co_return Error(Errc::gone, "The program of this terminal has ended.");
  if (live_.contains(session->id())) {
    co_return Error(Errc::conflict, "Terminal \"" + session->id() + "\" is being recorded. End that with record.stop.");
  }
  std::uint64_t held = 0;
  for (const auto& [id, one] : all_) held += one.state == State::running ? one.max_bytes : one.bytes;
  if (all_.size() >= kMost || held + request.max_bytes > kMostBytes) {
    co_return Error(Errc::limit_reached, "There are " + std::to_string(all_.size()) + " recordings of " +
                                             std::to_string(held >> 20) +
                                             " MiB. Remove some with record.delete, or ask for a smaller max_bytes.");
  }
  const auto& terminal = session->terminal();
  Recording made;
  made.id = base::make_id();
  made.terminal = session->id();
  made.terminal_name = session->meta().name;
  made.epoch = session->meta().epoch;
  made.owner = session->meta().owner;
  made.by = request.by;
  made.title = request.title.empty() ? made.terminal_name : request.title;
  made.started_at = base::wall_seconds();
  made.cols = terminal.size().cols;
  made.rows = terminal.size().rows;
  made.offset = session->size();
  made.max_bytes = request.max_bytes;
  auto live = std::make_shared<Live>();
  live->id = made.id;
  live->session = session;
  live->seen = made.offset;
  live_.emplace(made.terminal, live);
  const CastHeader header{made.cols, made.rows, static_cast<std::int64_t>(made.started_at), made.title};
  auto work = [folder = folder_, made, header, screen = screen_of(*session)]() mutable -> Result<Recording> {
    if (auto there = core::make_private_directory(folder); !there) return there.error();
    const std::vector<CastEvent> first = {{0, CastEvent::Kind::output, std::move(screen)}};
    if (auto written = append(folder, made, first, &header); !written) return written.error();
    return made;
  };
  auto written = co_await disk_.run(std::move(work));
  if (!written) {
    live_.erase(made.terminal);
    changed_.notify();
    co_return written.error();
  }
  all_[made.id] = *written;
  scope_.spawn("recording " + made.id, follow(std::move(live)));
  co_return *written;
}

core::Task<> Desk::follow(std::shared_ptr<Live> live) {
  auto& session = *live->session;
  live->flush_at = steady_clock::now();
  while (true) {
    const Recording& recording = all_.at(live->id);
    live->stamp(base::wall_seconds() - recording.started_at);
    if (recording.state != State::running || live->stopping || !session.alive()) break;
    // An earlier worker may have been further than this one is yet.
    const bool waits = session.size() >= recording.offset && (session.size() != live->seen || live->resized(recording));
    const bool much = session.size() - std::min(session.size(), recording.offset) >= kFlushBytes;
    if (waits && (much || steady_clock::now() >= live->flush_at)) {
      const bool written = co_await flush(*live, false);
      if (!written) break;
    } else if (waits) {
      co_await session.changed().wait_until(live->flush_at);
    } else {
      co_await session.changed().wait();
      live->flush_at = steady_clock::now() + kFlushAfter;
    }
  }
  if (all_.at(live->id).state == State::running) co_await flush(*live, true);
  live_.erase(session.id());
  changed_.notify();
}

core::Task<bool> Desk::flush(Live& live, bool last) {
  Recording next = all_.at(live.id);
  const double now = std::max(next.duration, base::wall_seconds() - next.started_at);
  auto events = live.take(next, now, last);
  // The clock may have been set back.
  for (CastEvent& event : events) event.time = next.duration = std::max(event.time, next.duration);
  if (last) next.state = live.stopping ? State::stopped : State::ended;
  auto work = [folder = folder_, next, events = std::move(events)]() mutable -> Result<Recording> {
    if (auto written = append(folder, next, events, nullptr); !written) return written.error();
    return next;
  };
  auto written = co_await disk_.run(std::move(work));
  live.flush_at = steady_clock::now() + kFlushAfter;
  Recording& recording = all_.at(live.id);
  if (written) {
    recording = *written;
  } else {
    core::log_error("recording {}: {}", live.id, written.error().message());
    recording.state = State::failed;
  }
  co_return recording.state == State::running;
}

core::Task<Result<Recording>> Desk::stop(std::string_view terminal) {
  const auto found = live_.find(terminal);
  if (found == live_.end()) {
    co_return Error(Errc::not_found, "Terminal \"" + std::string(terminal) + "\" is not being recorded.");
  }
  const auto live = found->second;
  live->stopping = true;
  live->session->changed().notify();
  while (live_.contains(live->session->id()) && live_.at(live->session->id()) == live) co_await changed_.wait();
  co_return find(live->id, {});
}

std::vector<Recording> Desk::list(std::string_view owner) const {
  std::vector<Recording> out;
  for (const auto& [id, one] : all_) {
    if (owner.empty() || one.owner == owner) out.push_back(one);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.started_at > b.started_at; });
  return out;
}

Result<Recording> Desk::find(std::string_view id, std::string_view owner) const {
  const auto found = all_.find(id);
  if (found != all_.end() && (owner.empty() || found->second.owner == owner)) return found->second;
  return Error(Errc::not_found, "There is no recording \"" + base::shorten(base::to_valid_utf8(id), 64) +
                                    "\". List them with record.list.");
}

core::Task<Result<std::string>> Desk::read(std::string id, std::uint64_t offset, std::size_t limit) {
  auto work = [file = path(id, ".cast"), offset, limit, end = all_.at(id).bytes] {
    return read_lines(file, offset, limit, end);
  };
  co_return co_await disk_.run(std::move(work));
}

core::Task<Result<>> Desk::remove(std::string id) {
  const auto found = all_.find(id);
  if (found != all_.end() && live_.contains(found->second.terminal) && live_.at(found->second.terminal)->id == id) {
    auto stopped = co_await stop(found->second.terminal);
    if (!stopped) co_return stopped.error();
  }
  if (all_.erase(id) == 0) co_return Error(Errc::not_found, "The recording is gone already.");
  auto work = [folder = folder_, id] {
    remove_files(folder, id);
    return true;
  };
  co_await disk_.run(std::move(work));
  co_return Result<>();
}

core::Task<std::string> Desk::history(const session::Session& session) {
  auto range = session.output(0);
  // What is kept may begin within a sequence.
  if (range.begin > 0) {
    const auto line = range.bytes.find('\n');
    range.begin += line == std::string::npos ? range.bytes.size() : line + 1;
    range.bytes.erase(0, line == std::string::npos ? std::string::npos : line + 1);
  }
  const CastHeader header{session.terminal().size().cols, session.terminal().size().rows,
                          static_cast<std::int64_t>(base::wall_seconds()), session.meta().name};
  auto stamps = stamps_of_commands(session, range.begin);
  auto notes = commands_in(session, range.begin, range.end);
  auto work = [header, range = std::move(range), stamps = std::move(stamps), notes = std::move(notes)] {
    std::string text = cast_line(header);
    for (const CastEvent& event : cast_events(range.bytes, range.begin, stamps, notes)) text += cast_line(event);
    return text;
  };
  co_return co_await disk_.run(std::move(work));
}

}  // namespace duotty::recording
