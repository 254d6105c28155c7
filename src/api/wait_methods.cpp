// Waiting for one terminal, for the first of many, and for a screen to settle.
#include <algorithm>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/digest/grep.hpp>
#include <duotty/session/registry.hpp>
#include <duotty/session/session.hpp>
#include <exception>
#include <optional>

#include "methods.hpp"
#include "wait_types.hpp"

namespace duotty::api {
namespace {

std::chrono::milliseconds milliseconds(double value) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(value));
}

Result<session::WaitFor> wait_for(const WaitConditions& p) {
  if (!p.idle_ms && !p.pattern && !p.prompt && !p.exit) {
    return Error(Errc::invalid_params, "Say what to wait for: idle_ms, pattern, prompt or exit.", "idle_ms");
  }
  session::WaitFor what;
  if (p.idle_ms) what.idle = milliseconds(*p.idle_ms);
  what.pattern = p.pattern;
  what.prompt = p.prompt;
  what.exit = p.exit;
  what.max_wait = milliseconds(p.max_wait_ms);
  return what;
}

std::optional<std::uint64_t> generation_after(const session::Session& session, std::optional<std::int64_t> last,
                                              bool fresh) {
  if (fresh) return session.generation();
  if (!last) return std::nullopt;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, *last));
}

void fill(WaitResult& result, session::Waited&& waited) {
  result.reason = std::move(waited.reason);
  result.generation = static_cast<std::int64_t>(waited.generation);
  result.offset = static_cast<std::int64_t>(waited.offset);
  result.text = std::move(waited.text);
  result.match = std::move(waited.match);
  result.exit_code = waited.exit_code;
  result.alive = waited.alive;
}

Task<Result<WaitedResult>> wait(Services& s, Call& call, TerminalWait p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  const auto session = *found;
  auto what = wait_for(p);
  if (!what) co_return what.error();
  if (p.since) what->since = static_cast<session::DisplayOffset>(std::max<std::int64_t>(0, *p.since));
  what->last_generation = generation_after(*session, p.last_generation, p.fresh);
  auto waited = co_await session->wait(std::move(*what));
  if (!waited) co_return waited.error();
  WaitedResult result;
  fill(result, std::move(*waited));
  co_return result;
}

/// The first of several waits to end.
class Race {
 public:
  explicit Race(core::asio::any_io_executor executor) : ended_(executor), scope_(executor) {}

  void add(std::shared_ptr<session::Session> session, const session::WaitFor& what) {
    scope_.spawn("wait for " + session->id(), run(session, what));
  }
  /// Ends the other waits too, also when the caller is cancelled.
  Task<> decide() {
    std::exception_ptr failure;
    try {
      while (!winner_) co_await ended_.wait();
    } catch (...) {
      failure = std::current_exception();
    }
    co_await core::asio::this_coro::reset_cancellation_state(core::asio::disable_cancellation());
    co_await scope_.stop();
    if (failure) std::rethrow_exception(failure);
  }
  const std::string& winner() const { return *winner_; }
  Result<session::Waited>& result() { return *result_; }

 private:
  Task<> run(std::shared_ptr<session::Session> session, session::WaitFor what) {
    auto waited = co_await session->wait(std::move(what));
    if (winner_) co_return;
    winner_ = session->id();
    result_.emplace(std::move(waited));
    ended_.notify();
  }

  std::optional<std::string> winner_;
  std::optional<Result<session::Waited>> result_;
  core::Event ended_;
  core::Scope scope_;
};

Result<std::vector<std::shared_ptr<session::Session>>> chosen(Services& s, const Call& call, const WaitAny& p) {
  std::vector<std::shared_ptr<session::Session>> out;
  for (const auto& id : p.terminal_ids) {
    auto found = find_terminal(s, call, id);
    if (!found) return found.error();
    if (std::find(out.begin(), out.end(), *found) == out.end()) out.push_back(*found);
  }
  if (!p.tag.empty()) {
    for (auto& session : s.registry->list(call.caller.owner)) {
      const auto& tags = session->meta().tags;
      const bool tagged = std::find(tags.begin(), tags.end(), p.tag) != tags.end();
      if (tagged && session->alive() && std::find(out.begin(), out.end(), session) == out.end()) {
        out.push_back(std::move(session));
      }
    }
  }
  if (out.empty()) {
    return Error(Errc::invalid_params,
                 p.tag.empty() ? "Name the terminals to wait for in \"terminal_ids\", or give a \"tag\"."
                               : "No living terminal has the tag \"" + p.tag + "\".",
                 p.tag.empty() ? "terminal_ids" : "tag");
  }
  return out;
}

/// What a map by id or by the name that the caller uses says of a terminal.
std::optional<std::int64_t> of_terminal(const std::optional<std::map<std::string, std::int64_t>>& values,
                                        const session::Session& session) {
  if (!values) return std::nullopt;
  auto found = values->find(session.id());
  if (found == values->end() && !session.meta().name.empty()) found = values->find(session.meta().name);
  return found == values->end() ? std::nullopt : std::optional(found->second);
}

/// An offset for a terminal that is not waited for is a mistake that would make a wait deaf.
Result<> check_names(const std::optional<std::map<std::string, std::int64_t>>& values, const char* field,
                     const std::vector<std::shared_ptr<session::Session>>& sessions) {
  for (const auto& entry : values.value_or(std::map<std::string, std::int64_t>())) {
    const std::string& name = entry.first;
    const auto named = [&](const auto& one) { return one->id() == name || one->meta().name == name; };
    if (std::none_of(sessions.begin(), sessions.end(), named)) {
      return Error(Errc::invalid_params, "\"" + name + "\" is none of the terminals that are waited for.", field);
    }
  }
  return {};
}

Task<Result<WaitAnyResult>> wait_any(Services& s, Call& call, WaitAny p) {
  auto what = wait_for(p);
  if (!what) co_return what.error();
  if (p.pattern) {
    const auto pattern = digest::Pattern::compile(*p.pattern);
    if (!pattern) co_return Error(pattern.error().code(), pattern.error().message(), "pattern");
  }
  auto sessions = chosen(s, call, p);
  if (!sessions) co_return sessions.error();
  if (auto known = check_names(p.since, "since", *sessions); !known) co_return known.error();
  if (auto known = check_names(p.last_generation, "last_generation", *sessions); !known) co_return known.error();
  Race race(sessions->front()->executor());
  for (auto& session : *sessions) {
    session::WaitFor own = *what;
    if (const auto since = of_terminal(p.since, *session)) {
      own.since = static_cast<session::DisplayOffset>(std::max<std::int64_t>(0, *since));
    }
    own.last_generation = generation_after(*session, of_terminal(p.last_generation, *session), p.fresh);
    race.add(std::move(session), own);
  }
  co_await race.decide();
  if (!race.result()) co_return race.result().error();
  WaitAnyResult result;
  result.terminal_id = race.winner();
  fill(result, std::move(*race.result()));
  co_return result;
}

Task<Result<IdleResult>> idle(Services& s, Call& call, TerminalIdle p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  const auto session = *found;
  session::WaitFor what;
  what.idle = milliseconds(p.idle_ms);
  what.max_wait = milliseconds(p.max_wait_ms);
  what.last_generation = generation_after(*session, p.last_generation, p.fresh);
  auto waited = co_await session->wait(std::move(what));
  if (!waited) co_return waited.error();
  IdleResult result;
  result.reason = std::move(waited->reason);
  result.generation = static_cast<std::int64_t>(waited->generation);
  result.alive = waited->alive;
  result.screen = screen_of(*session, p.format);
  co_return result;
}

}  // namespace

void add_wait_methods(Registrar& table) {
  table.call(
      "terminal.wait", wait,
      {.http = {"POST", "/api/agent/terminals/{terminal_id}/wait"},
       .scope = Scope::read,
       .about =
           "Waits until the output is quiet, a line matches, the shell is back at its prompt, or the program ends; "
           "whatever comes first.",
       .example = R"({"terminal_id": "k3x9w2m8q1zz", "pattern": "listening on", "max_wait_ms": 60000})"});
  table.call("wait_any", wait_any,
             {.http = {"POST", "/api/agent/wait_any"},
              .scope = Scope::read,
              .about = "Waits for the first of several terminals, given by ids or by a tag, and says which it was.",
              .example = R"({"tag": "build", "prompt": true, "max_wait_ms": 600000})"});
  table.call(
      "terminal.idle", idle,
      {.http = {"GET", "/api/agent/terminals/{terminal_id}/idle"},
       .scope = Scope::read,
       .about = "Waits until nothing has come for a while and answers with the screen. Given the `generation` of "
                "an earlier answer, it waits for something new first.",
       .example = R"({"terminal_id": "k3x9w2m8q1zz", "idle_ms": 300, "last_generation": 17})"});
}

}  // namespace duotty::api
