#pragma once
// A table of a few methods that behave like the real ones, a client that speaks to a Connection, and a loop to run
// them.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <duotty/rpc/registrar.hpp>

#include "connection.hpp"

namespace duotty::mcp::test {

using record::field;
using rpc::Call;
using rpc::Scope;

/// What the methods work on.
struct World {
  explicit World(core::asio::any_io_executor executor) : changed(executor) {}
  std::vector<std::string> terminals = {"build"};
  std::int64_t generation = 1;
  int cancelled = 0;
  int waits = 0;  ///< calls that wait for a change
  std::string last_caller;
  core::Event changed;
};

struct TerminalParams {
  std::string terminal_id;
  std::string hidden_word;
  std::optional<std::int64_t> last_generation;
  double idle_ms = 0;
  double max_wait_ms = 0;
  static constexpr auto fields() {
    using T = TerminalParams;
    return std::tuple{field("terminal_id", &T::terminal_id, "Which.").required().range(1, 64),
                      field("hidden_word", &T::hidden_word, "Not for models."),
                      field("last_generation", &T::last_generation, "Changes since."),
                      field("idle_ms", &T::idle_ms, "Quiet."), field("max_wait_ms", &T::max_wait_ms, "Longest.")};
  }
};
struct Shown {
  std::string text;
  std::optional<std::string> mood;
  std::int64_t generation = 0;
  static constexpr auto fields() {
    using T = Shown;
    return std::tuple{field("text", &T::text, "What it shows."),
                      field("mood", &T::mood, "Perhaps.").one_of("good", "bad"),
                      field("generation", &T::generation, "Grows.")};
  }
};

inline Task<rpc::Result<Json>> list(World& world, Call& call, record::Empty) {
  world.last_caller = call.caller.name;
  Json terminals = Json::array();
  for (const auto& id : world.terminals) terminals.push_back({{"id", id}, {"name", ""}});
  co_return Json{{"terminals", std::move(terminals)}};
}
inline Task<rpc::Result<Shown>> screen(World& world, Call&, TerminalParams p) {
  const bool known = std::find(world.terminals.begin(), world.terminals.end(), p.terminal_id) != world.terminals.end();
  if (!known) co_return base::Error(base::Errc::terminal_not_found, "No terminal of that name.");
  co_return Shown{"screen of " + p.terminal_id, std::nullopt, world.generation};
}
inline Task<rpc::Result<Shown>> wait(World& world, Call& call, TerminalParams p) {
  while (p.last_generation && *p.last_generation == world.generation) {
    ++world.waits;
    co_await world.changed.wait();
  }
  co_return co_await screen(world, call, std::move(p));
}
/// Says what it does and ends when the world changes.
inline Task<rpc::Result<Shown>> work(World& world, Call& call, TerminalParams) {
  struct Note {
    World& world;
    bool done = false;
    ~Note() { world.cancelled += done ? 0 : 1; }
  } note{world};
  if (call.progress) call.progress(Json{{"output", "one\ntwo\n\n"}});
  co_await world.changed.wait();
  note.done = true;
  co_return Shown{"worked", "good", world.generation};
}
inline Task<rpc::Result<>> sessions(World& world, Call&, record::Empty, rpc::Sink& sink) {
  const auto send = [&sink](const char* name, Json data) {
    rpc::StreamEvent event{name, "", std::make_shared<const Json>(std::move(data))};
    return sink.send(std::move(event));
  };
  Json snapshot = {{"sessions", Json::array()}};
  auto sent = co_await send("snapshot", std::move(snapshot));
  while (sent) {
    const std::size_t before = world.terminals.size();
    co_await world.changed.wait();
    if (world.terminals.size() <= before) continue;
    Json session = {{"session", {{"id", world.terminals.back()}}}};
    sent = co_await send("session_created", std::move(session));
  }
  co_return sent.error();
}

inline constexpr std::array kTools = {
    rpc::ToolBinding{
        .method = "terminal.screen", .name = "look", .title = "Look", .about = "Looks.", .hidden = "hidden_word"},
    rpc::ToolBinding{.method = "work", .name = "work", .title = "Work", .destructive = true}};

class McpTest : public testing::Test {
 protected:
  McpTest() {
    rpc::Registrar<World> registrar(table, &world);
    registrar.call("terminal.list", list, {.scope = Scope::read, .about = "Lists."});
    registrar.call("terminal.screen", screen, {.scope = Scope::read, .about = "Shows."});
    registrar.call("terminal.wait", wait, {.scope = Scope::read, .about = "Waits."});
    registrar.call("work", work, {.scope = Scope::exec, .about = "Works.", .mutates = true});
    registrar.stream<Json>("sessions.stream", sessions, {.scope = Scope::read, .about = "Streams."});
    call.caller.kind = rpc::Caller::Kind::token;
    call.caller.name = "token:t";
    call.caller.scopes = rpc::kAgentScopes;
  }

  /// Runs the loop until nothing can happen without new input.
  void settle() {
    loop.restart();
    loop.poll();
  }

  core::asio::io_context loop{1};
  World world{loop.get_executor()};
  rpc::Table table;
  rpc::Dispatcher dispatcher{table};
  rpc::Call call;
};

/// The client's end of a connection.
class Wire final : public core::Channel {
 public:
  explicit Wire(core::asio::any_io_executor executor) : arrived_(executor) {}
  void say(const Json& message) { say_text(message.dump()); }
  void say_text(std::string text) {
    in_.push_back(std::move(text));
    arrived_.notify();
  }
  void hang_up() {
    closed_ = true;
    arrived_.notify();
  }
  /// What came from the server since the last call.
  std::vector<Json> heard() { return std::exchange(out_, {}); }

  Task<base::Result<core::ChannelMessage>> receive() override {
    while (in_.empty() && !closed_) co_await arrived_.wait();
    if (in_.empty()) co_return base::Error(base::Errc::closed, "The client has gone.");
    core::ChannelMessage message;
    message.data = std::move(in_.front());
    in_.pop_front();
    co_return message;
  }
  Task<base::Result<>> send_text(std::string text) override {
    out_.push_back(Json::parse(text));
    co_return base::Result<>();
  }
  Task<base::Result<>> send_binary(std::string_view, std::string_view) override { co_return base::Result<>(); }
  Task<> close(int, std::string) override {
    hang_up();
    co_return;
  }

 private:
  std::deque<std::string> in_;
  std::vector<Json> out_;
  bool closed_ = false;
  core::Event arrived_;
};

}  // namespace duotty::mcp::test
