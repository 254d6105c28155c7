#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <duotty/rpc/openapi.hpp>
#include <duotty/rpc/registrar.hpp>

namespace duotty::rpc {
namespace {

using record::field;

struct Fake {
  int calls = 0;
};
struct Twice {
  int number = 0;
  static constexpr auto fields() {
    return std::tuple{field("number", &Twice::number, "A number.").required().range(0, 100)};
  }
};

Task<Result<Twice>> twice(Fake& fake, Call&, Twice p) {
  ++fake.calls;
  co_return Twice{p.number * 2};
}
Task<Result<Twice>> broken(Fake&, Call&, record::Empty) {
  throw std::logic_error("a bug");
  co_return Twice{};
}
Task<Result<>> count(Fake&, Call&, Twice p, Sink& sink) {
  for (int i = 0; i < p.number; ++i) {
    StreamEvent event{"tick", std::to_string(i), std::make_shared<const Json>(Json{{"i", i}})};
    auto sent = co_await sink.send(std::move(event));
    if (!sent) co_return sent.error();
  }
  co_return Result<>();
}

struct Collect final : Sink {
  std::vector<std::string> ids;
  Task<Result<>> open() override { co_return Result<>(); }
  Task<Result<>> send(StreamEvent event) override {
    ids.push_back(event.id);
    co_return Result<>();
  }
};

/// Remembers what it was told, one line a call and one an end.
struct Watching final : Witness {
  struct Note final : Witnessed {
    Note(Watching& of, std::string method) : to(of), name(std::move(method)) {}
    ~Note() override {
      if (!done) to.told.push_back(name + " cancelled");
    }
    void ended(std::string_view outcome, const Json* result) override {
      done = true;
      to.told.push_back(name + " " + std::string(outcome) + (result ? " " + result->dump() : std::string()));
    }
    Watching& to;
    std::string name;
    bool done = false;
  };
  std::unique_ptr<Witnessed> begins(const Method& method, const Call& call, const Json& params) override {
    told.push_back(call.caller.name + " begins " + method.name + " " + params.dump());
    return method.name == ignored ? nullptr : std::make_unique<Note>(*this, method.name);
  }
  void refused(const Method& method, const Call& call, const Json& params, const base::Error& why) override {
    told.push_back(call.caller.name + " refused " + method.name + " " + params.dump() + " " + why.name());
  }
  std::vector<std::string> told;
  std::string ignored;
};

/// A call that never answers by itself.
Task<Result<Json>> never(Call&, Json) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                  boost::asio::steady_timer::time_point::max());
  co_await timer.async_wait(boost::asio::use_awaitable);
  co_return Json();
}

class DispatcherTest : public testing::Test {
 protected:
  DispatcherTest() {
    Registrar<Fake> registrar(table, &fake);
    registrar.call("twice", twice,
                   {.http = {"POST", "/api/twice/{number}"},
                    .scope = Scope::exec,
                    .about = "Doubles.",
                    .example = R"({"number": 2})"});
    registrar.call("broken", broken, {.scope = Scope::read});
    registrar.stream<Twice>("count", count, {.http = {"GET", "/api/count"}, .scope = Scope::read});
    caller.kind = Caller::Kind::token;
    caller.name = "token:t";
    caller.scopes = kAllScopes;
  }
  template <class T>
  T run(Task<T> task) {
    boost::asio::io_context loop(1);
    std::optional<T> out;
    boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr e, T value) {
      if (e) std::rethrow_exception(e);
      out = std::move(value);
    });
    loop.run();
    return std::move(*out);
  }
  Result<Json> call(const char* name, Json params) {
    Call invocation;
    invocation.caller = caller;
    return run(dispatcher.call(name, invocation, std::move(params)));
  }
  Fake fake;
  Table table;
  Watching watching;
  Dispatcher dispatcher{table, &watching};
  Caller caller;
};

TEST_F(DispatcherTest, RunsAMethodAndEncodesItsResult) {
  const auto result = call("twice", {{"number", 21}});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ((*result)["number"], 42);
}

TEST_F(DispatcherTest, RefusesBadParametersBeforeTheHandlerRuns) {
  EXPECT_EQ(call("twice", {{"number", 101}}).error().field(), "number");
  EXPECT_EQ(call("twice", {{"nmuber", 1}, {"number", 1}}).error().code(), base::Errc::invalid_params);
  EXPECT_EQ(fake.calls, 0);
}

TEST_F(DispatcherTest, AsksForSignInOrScope) {
  caller.scopes = bits(Scope::read);
  EXPECT_EQ(call("twice", {{"number", 1}}).error().code(), base::Errc::denied);
  caller = {};
  EXPECT_EQ(call("twice", {{"number", 1}}).error().code(), base::Errc::unauthenticated);
  EXPECT_EQ(fake.calls, 0);
}

TEST_F(DispatcherTest, SuggestsTheNearestMethod) {
  const auto result = call("twcie", Json::object());
  EXPECT_EQ(result.error().code(), base::Errc::method_not_found);
  EXPECT_NE(result.error().message().find("\"twice\""), std::string::npos);
}

TEST_F(DispatcherTest, TurnsABugIntoAnInternalError) {
  EXPECT_EQ(call("broken", Json::object()).error().code(), base::Errc::internal);
}

TEST_F(DispatcherTest, SendsTheItemsOfAStreamAndThenItsEnd) {
  Collect sink;
  Call invocation;
  invocation.caller = caller;
  const auto result = run(dispatcher.stream("count", invocation, {{"number", 3}}, sink));
  EXPECT_EQ(sink.ids, (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ((*result)["event"], "end");
  EXPECT_EQ(call("count", {{"number", 1}}).error().code(), base::Errc::invalid_params);
}

TEST_F(DispatcherTest, TellsItsWitnessHowEveryCallBeganAndEnded) {
  using Told = std::vector<std::string>;
  static_cast<void>(call("twice", {{"number", 2}}));
  EXPECT_EQ(std::exchange(watching.told, {}),
            (Told{R"(token:t begins twice {"number":2})", R"(twice ok {"number":4})"}));
  static_cast<void>(call("twice", {{"number", 101}}));
  EXPECT_EQ(std::exchange(watching.told, {}), (Told{R"(token:t begins twice {"number":101})", "twice invalid_params"}));
  static_cast<void>(call("broken", Json::object()));
  EXPECT_EQ(std::exchange(watching.told, {}), (Told{"token:t begins broken {}", "broken internal"}));
  static_cast<void>(call("count", {{"number", 1}}));
  EXPECT_EQ(std::exchange(watching.told, {}), (Told{R"(token:t begins count {"number":1})", "count invalid_params"}));
  Collect sink;
  Call invocation;
  invocation.caller = caller;
  static_cast<void>(run(dispatcher.stream("count", invocation, {{"number", 1}}, sink)));
  EXPECT_EQ(std::exchange(watching.told, {}),
            (Told{R"(token:t begins count {"number":1})", R"(count ok {"event":"end"})"}));
}

TEST_F(DispatcherTest, TellsItsWitnessWhoWasRefused) {
  using Told = std::vector<std::string>;
  caller.scopes = bits(Scope::read);
  EXPECT_EQ(call("twice", {{"number", 1}}).error().code(), base::Errc::denied);
  caller = {};
  EXPECT_EQ(call("broken", Json::object()).error().code(), base::Errc::unauthenticated);
  EXPECT_EQ(watching.told,
            (Told{R"(token:t refused twice {"number":1} denied)", " refused broken {} unauthenticated"}));
  EXPECT_EQ(fake.calls, 0);
}

TEST_F(DispatcherTest, TellsNothingOfAMethodThatThereIsNot) {
  static_cast<void>(call("twcie", Json::object()));
  EXPECT_TRUE(watching.told.empty());
}

TEST_F(DispatcherTest, RunsWhatItsWitnessDoesNotCareFor) {
  watching.ignored = "twice";
  EXPECT_EQ((*call("twice", {{"number", 3}}))["number"], 6);
  EXPECT_EQ(watching.told.size(), 1U);
  const Dispatcher alone(table);
  Call invocation;
  invocation.caller = caller;
  EXPECT_EQ((*run(alone.call("twice", invocation, {{"number", 4}})))["number"], 8);
}

TEST_F(DispatcherTest, ACallThatIsTakenBackIsToldByGoing) {
  Method method;
  method.name = "never";
  method.call = never;
  method.params = std::make_shared<const Json>(Json::object());
  table.add(std::move(method));
  boost::asio::io_context loop(1);
  boost::asio::cancellation_signal stop;
  Call invocation;
  invocation.caller = caller;
  std::exception_ptr failure;
  boost::asio::co_spawn(loop, dispatcher.call("never", invocation, Json::object()),
                        boost::asio::bind_cancellation_slot(
                            stop.slot(), [&](std::exception_ptr e, const Result<Json>&) { failure = e; }));
  loop.poll();
  EXPECT_EQ(watching.told, std::vector<std::string>{"token:t begins never {}"});
  stop.emit(boost::asio::cancellation_type::terminal);
  loop.run();
  EXPECT_TRUE(failure);
  EXPECT_EQ(watching.told.back(), "never cancelled");
}

TEST_F(DispatcherTest, DerivesOpenApiAndTypeScriptFromTheRows) {
  const Json document = openapi(table, "1");
  EXPECT_EQ(document["paths"]["/api/twice/{number}"]["post"]["operationId"], "twice");
  EXPECT_EQ(document["paths"]["/api/twice/{number}"]["post"]["parameters"][0]["in"], "path");
  EXPECT_NE(typescript_client(table).find("export type TwiceParams"), std::string::npos);
  EXPECT_NE(markdown_reference(table).find("### twice"), std::string::npos);
}

TEST(Table, RefusesANameOrRouteDeclaredTwice) {
  Table table;
  Fake fake;
  Registrar<Fake> registrar(table, &fake);
  registrar.call("a", twice, {.http = {"GET", "/a"}});
  EXPECT_THROW(registrar.call("a", twice, {.http = {"GET", "/b"}}), std::logic_error);
  EXPECT_THROW(registrar.call("b", twice, {.http = {"GET", "/a"}}), std::logic_error);
}

TEST(Errors, CarryTheFactsOfTheirCallWhenThereAreAny) {
  const base::Error error(base::Errc::busy, "Something runs.", "terminal_id");
  const Json facts = {{"pid", 7}};
  const Json body = error_body(error, &facts);
  EXPECT_EQ(body["error"],
            Json({{"code", "busy"}, {"message", "Something runs."}, {"field", "terminal_id"}, {"details", facts}}));
  EXPECT_EQ(body["detail"], "Something runs.");
  EXPECT_EQ(error_frame(error, &facts)["details"], facts);
  EXPECT_FALSE(error_body(error)["error"].contains("details"));
  EXPECT_FALSE(error_frame(error).contains("details"));
}

TEST(Scopes, AreNamedBothWays) {
  std::vector<std::string> unknown;
  EXPECT_EQ(scope_mask({"read", "exec", "fly"}, &unknown), bits(Scope::read) | bits(Scope::exec));
  EXPECT_EQ(unknown, std::vector<std::string>{"fly"});
  EXPECT_EQ(scope_names(kAllScopes).size(), 8U);
}

}  // namespace
}  // namespace duotty::rpc
