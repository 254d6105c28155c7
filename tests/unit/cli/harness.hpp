#pragma once
// Runs command lines against a server that is a function.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <duotty/rpc/method.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "context.hpp"

namespace duotty::cli {

/// One call that reached the server.
struct Recorded {
  std::string method;
  Json params;
};

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
  std::vector<Recorded> calls;

  /// The only call; a failure when there were more or none.
  Recorded only() const {
    EXPECT_EQ(calls.size(), 1U) << err;
    return calls.empty() ? Recorded{} : calls.front();
  }
};

inline void add_method(rpc::Table& table, const char* name, const char* about, Json properties, Json required,
                       rpc::Kind kind = rpc::Kind::call) {
  rpc::Method method;
  method.name = name;
  method.kind = kind;
  method.spec.about = about;
  method.params = std::make_shared<const Json>(
      Json{{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}});
  table.add(std::move(method));
}

class Harness {
 public:
  using Answer = std::function<base::Result<Json>(const std::string&, const Json&, const OnProgress&)>;
  using SlowAnswer = std::function<Task<base::Result<Json>>(std::string, Json, OnProgress)>;

  Harness() {
    environment.cwd = "/home/me/src";
    hooks.version = "1.2.3";
    hooks.serve = [this](const ServeOptions& options) {
      served = options;
      return 0;
    };
    hooks.worker = [](std::vector<std::string>) { return 0; };
    hooks.paths = [](const std::string&) { return Paths{}; };
    hooks.schema = [](SchemaKind kind) {
      return kind == SchemaKind::markdown ? "# API" : kind == SchemaKind::typescript ? "export {}" : "{}";
    };
    answer = [](const std::string&, const Json&, const OnProgress&) { return Json::object(); };
    add_method(table, "terminal.exec", "Run one command. More about it.",
               {{"terminal_id", {{"type", "string"}, {"description", "Id or name of the terminal."}}},
                {"command", {{"type", "string"}, {"description", "Shell text to run."}}},
                {"timeout", {{"type", "number"}, {"default", 30.0}, {"description", "Seconds."}}},
                {"on_timeout", {{"type", "string"}, {"enum", {"none", "interrupt"}}}},
                {"tags", {{"type", "array"}, {"items", {{"type", "string"}}}}}},
               {"terminal_id"});
    add_method(table, "terminal.list", "All terminals.", Json::object(), Json::array());
    add_method(table, "events.stream", "Events as they happen.", {{"since_id", {{"type", "integer"}}}}, Json::array(),
               rpc::Kind::stream);
  }

  Outcome run(std::vector<std::string> args) {
    Outcome out;
    calls_.clear();
    CommandLine line(table, hooks);
    const Parsed parsed = line.parse(std::move(args));
    out.out = parsed.out;
    out.err = parsed.err;
    out.status = parsed.status;
    if (parsed.command.empty()) return out;
    const auto take = [this](std::string& into) {
      return [this, &into](std::string_view text) {
        into += text;
        return !reader_gone;
      };
    };
    Console console(take(out.out), take(out.err));
    Context context{.table = table,
                    .hooks = hooks,
                    .console = console,
                    .environment = environment,
                    .globals = parsed.globals,
                    .paths = paths,
                    .endpoint = endpoint,
                    .connect = [this](Endpoint) { return connect(); }};
    context.read_input = [this] { return base::Result<std::string>(input); };
    context.ask_secret = [this](const std::string&) { return base::Result<std::string>(input); };
    context.ask_line = context.ask_secret;
    context.has_person = [this] { return person; };
    out.status = run_command(parsed.command, context);
    out.calls = calls_;
    return out;
  }

  rpc::Table table;
  CliHooks hooks;
  Environment environment;
  Paths paths;
  Endpoint endpoint;
  Answer answer;
  SlowAnswer slow_answer;
  std::optional<base::Error> unreachable;
  bool reader_gone = false;
  std::string input;
  bool person = false;  ///< somebody sits at the terminal
  Json details;         ///< beside every error
  std::optional<ServeOptions> served;

 private:
  class Connection final : public Remote {
   public:
    explicit Connection(Harness& harness) : harness_(harness) {}
    Task<base::Result<Json>> call(std::string method, Json params, OnProgress on_progress) override {
      harness_.calls_.push_back({method, params});
      if (harness_.slow_answer) co_return co_await harness_.slow_answer(method, params, on_progress);
      co_return harness_.answer(method, params, on_progress);
    }
    const Json* details_of(const base::Error&) const override { return &harness_.details; }
    Task<> close() override { co_return; }

   private:
    Harness& harness_;
  };

  Task<base::Result<std::unique_ptr<Remote>>> connect() {
    if (unreachable) co_return *unreachable;
    std::unique_ptr<Remote> remote = std::make_unique<Connection>(*this);
    co_return std::move(remote);
  }

  std::vector<Recorded> calls_;
};

}  // namespace duotty::cli
