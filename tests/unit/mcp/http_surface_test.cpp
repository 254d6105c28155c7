#include "http_surface.hpp"

#include <optional>

#include "harness.hpp"

namespace duotty::mcp::test {
namespace {

struct NoStorage : http::AuthStorage {
  std::string load(std::string_view) override { return {}; }
  void save(std::string_view, const std::string&) noexcept override {}
};

/// Remembers what it was answered.
class Answer final : public http::Responder, public http::ResponseStream {
 public:
  Task<base::Result<>> respond(http::Response given) override {
    response = std::move(given);
    co_return base::Result<>();
  }
  Task<base::Result<http::ResponseStream*>> start_stream(http::Response head) override {
    response = std::move(head);
    streamed = true;
    co_return this;
  }
  Task<base::Result<>> write(std::string_view bytes) override {
    if (gone) co_return base::Error(base::Errc::closed, "The client has gone.");
    text += bytes;
    co_return base::Result<>();
  }
  base::Result<std::unique_ptr<net::AnyStream>> take_over() override { throw std::logic_error("no connection"); }
  void go_on(core::Task<>) override { throw std::logic_error("no connection"); }
  bool answered() const noexcept override { return response.has_value(); }

  int status() const { return response ? response->status : 0; }
  Json json() const { return response ? Json::parse(response->body) : Json(); }
  std::optional<http::Response> response;
  std::string text;
  bool streamed = false;
  bool gone = false;
};

class HttpSurfaceTest : public McpTest {
 protected:
  ~HttpSurfaceTest() override {
    if (surface) {
      core::asio::co_spawn(loop, surface->stop(), core::asio::detached);
      settle();
    }
  }
  static http::AuthConfig config() {
    http::AuthConfig config;
    config.uid = 1000;
    config.agent_token = "agent-secret";
    return config;
  }
  void limit(Limits limits) { surface.emplace(loop.get_executor(), engine, auth, limits); }

  http::Request request(const char* verb, const Json& body, const std::string& session = {}) const {
    http::Request out;
    out.method = verb;
    out.path = kHttpPath;
    out.caller = call.caller;
    out.headers = http::Headers{{"Accept", "application/json, text/event-stream"}};
    if (!session.empty()) out.headers.set("Mcp-Session-Id", session);
    if (!body.is_null()) out.body = body.dump();
    return out;
  }
  /// Begins a request; what it is answered grows as the loop runs.
  std::shared_ptr<Answer> begin(http::Request made) {
    if (!surface) limit(Limits{});
    auto answer = std::make_shared<Answer>();
    core::asio::co_spawn(loop, surface->handle(std::move(made), *answer), [answer](std::exception_ptr) {});
    settle();
    return answer;
  }
  static Json message(const Json& id, const char* method, Json params = Json::object()) {
    Json out = {{"jsonrpc", "2.0"}, {"method", method}};
    out["id"] = id;
    out["params"] = std::move(params);
    return out;
  }
  std::string open_session() {
    Json params = {{"protocolVersion", "2025-11-25"}, {"capabilities", Json::object()}};
    const auto answer = begin(request("POST", message(0, "initialize", std::move(params))));
    EXPECT_EQ(answer->status(), 200);
    return std::string(answer->response->headers.get("Mcp-Session-Id"));
  }
  Json work(const Json& id) const {
    return message(id, "tools/call", {{"name", "work"}, {"arguments", {{"terminal_id", "build"}}}});
  }

  NoStorage storage;
  http::Authenticator auth{config(), storage};
  Engine engine{dispatcher, kTools, "1.2.3"};
  std::optional<HttpSurface> surface;
};

TEST_F(HttpSurfaceTest, AnswersAtOnceAsJsonAndLaterAsEvents) {
  Limits limits;
  limits.answer_as_json = std::chrono::milliseconds(0);
  limit(limits);
  const std::string session = open_session();
  const auto late = begin(request("POST", work(1), session));
  loop.restart();
  while (!late->answered()) loop.run_one();
  EXPECT_TRUE(late->streamed);
  world.changed.notify();
  settle();
  EXPECT_NE(late->text.find("event: message\nid: 2-1\ndata: {"), std::string::npos) << late->text;
  EXPECT_EQ(late->text.find("id: 2-0\ndata: \n\n"), 0U) << "it is told at once where to come back";
}

TEST_F(HttpSurfaceTest, ASessionUnusedForTooLongIsGone) {
  Limits limits;
  limits.idle = std::chrono::milliseconds(-1);
  limit(limits);
  const std::string session = open_session();
  EXPECT_EQ(begin(request("POST", message(1, "ping"), session))->status(), 404);
}

TEST_F(HttpSurfaceTest, SessionsInUseDoNotMakeRoom) {
  Limits limits;
  limits.sessions = 1;
  limit(limits);
  const std::string first = open_session();
  const auto stream = begin(request("GET", Json(), first));
  EXPECT_TRUE(stream->streamed);
  Json params = {{"protocolVersion", "2025-11-25"}};
  EXPECT_EQ(begin(request("POST", message(0, "initialize", std::move(params))))->status(), 503);
  EXPECT_EQ(begin(request("DELETE", Json(), first))->status(), 204);
  EXPECT_NE(open_session(), first);
}

TEST_F(HttpSurfaceTest, ACallOutlivesItsConnectionAndItsAnswerIsKept) {
  const std::string session = open_session();
  Json call_with_token = work(1);
  call_with_token["params"]["_meta"]["progressToken"] = "p";
  const auto first = begin(request("POST", call_with_token, session));
  ASSERT_TRUE(first->streamed);
  first->gone = true;
  world.changed.notify();
  settle();
  EXPECT_EQ(world.cancelled, 0);
  http::Request again = request("GET", Json(), session);
  again.headers.set("Last-Event-ID", "2-1");
  const auto rest = begin(std::move(again));
  EXPECT_NE(rest->text.find("\"worked\""), std::string::npos) << rest->text;
  http::Request lost = request("GET", Json(), session);
  lost.headers.set("Last-Event-ID", "77-1");
  EXPECT_EQ(begin(std::move(lost))->status(), 404);
}

TEST_F(HttpSurfaceTest, CancelledCallsLeaveNoAnswer) {
  const std::string session = open_session();
  const auto answer = begin(request("POST", work("a"), session));
  Json cancel = {{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", "a"}}}};
  EXPECT_EQ(begin(request("POST", cancel, session))->status(), 202);
  EXPECT_EQ(world.cancelled, 1);
  EXPECT_EQ(answer->status(), 202);
}

TEST_F(HttpSurfaceTest, AnotherCallerDoesNotGetTheSession) {
  const std::string session = open_session();
  http::Request stranger = request("POST", message(1, "ping"), session);
  stranger.caller.name = "token:other";
  EXPECT_EQ(begin(std::move(stranger))->status(), 404);
}

TEST_F(HttpSurfaceTest, ModelsAreNoPersonsAndNoAdministrators) {
  rpc::Call owner;
  owner.caller.kind = rpc::Caller::Kind::owner;
  owner.caller.scopes = rpc::kAllScopes;
  const rpc::Call agent = as_agent(owner);
  EXPECT_FALSE(agent.caller.is_person());
  EXPECT_FALSE(agent.caller.has(Scope::admin));
  EXPECT_TRUE(agent.caller.has(Scope::exec));
}

TEST(Stream, KeepsTheNewestWithinItsBounds) {
  core::asio::io_context loop(1);
  Stream stream(loop.get_executor(), "s");
  for (std::size_t i = 0; i < Stream::kMaxItems + 10; ++i) stream.push(Json(i));
  EXPECT_EQ(stream.size(), Stream::kMaxItems);
  EXPECT_EQ(stream.texts().front(), "10");
  stream.push(Json(std::string(Stream::kMaxBytes, 'x')));
  EXPECT_EQ(stream.size(), 1U) << "one is kept however long it is";
  EXPECT_EQ(stream.id_of(stream.end()), "s-" + std::to_string(Stream::kMaxItems + 12));
}

TEST(Stream, EventIdsAreReadStrictly) {
  EXPECT_EQ(parse_event_id("7-12"), std::pair(std::string("7"), std::uint64_t{12}));
  for (const char* bad : {"", "7", "-1", "7-", "7-x", "7--1"}) {
    EXPECT_FALSE(parse_event_id(bad) && parse_event_id(bad)->first == "7") << bad;
  }
}

}  // namespace
}  // namespace duotty::mcp::test
