#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
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
  Dispatcher dispatcher{table};
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

TEST(Scopes, AreNamedBothWays) {
  std::vector<std::string> unknown;
  EXPECT_EQ(scope_mask({"read", "exec", "fly"}, &unknown), bits(Scope::read) | bits(Scope::exec));
  EXPECT_EQ(unknown, std::vector<std::string>{"fly"});
  EXPECT_EQ(scope_names(kAllScopes).size(), 8U);
}

}  // namespace
}  // namespace duotty::rpc
