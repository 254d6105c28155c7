#include <gtest/gtest.h>

#include <duotty/http/auth.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "run_task.hpp"

namespace duotty::http {
namespace {

using nlohmann::json;

struct NoStorage : AuthStorage {
  std::string load(std::string_view) override { return {}; }
  void save(std::string_view, const std::string&) noexcept override {}
};

class AuthRoutesTest : public testing::Test {
 protected:
  static AuthConfig config() {
    AuthConfig config;
    config.uid = 1000;
    config.agent_token = "agent-secret";
    config.access_key = AccessKey::from_strong("a long enough key");
    return config;
  }
  static Request request(std::string method, std::string path, uid_t uid = 1000) {
    Request made;
    made.method = std::move(method);
    made.path = std::move(path);
    made.headers = Headers{{"Host", "localhost:3000"}, {"Content-Type", "application/json"}};
    made.peer.loopback = true;
    made.peer.uid = uid;
    made.peer.address = "127.0.0.1";
    made.peer.local_port = 3000;
    return made;
  }
  Response ask(const Request& made) { return tests::run_task(routes.handle(made)); }

  NoStorage storage;
  Authenticator auth{config(), storage};
  AuthRoutes routes{auth};
};

TEST_F(AuthRoutesTest, OwnsItsPathsAndTheLoginLinkOnly) {
  for (const char* path : {"/api/auth/login", "/api/auth/logout", "/api/auth/status", "/api/auth/ws-ticket"}) {
    EXPECT_TRUE(AuthRoutes::owns(request("GET", path))) << path;
  }
  EXPECT_FALSE(AuthRoutes::owns(request("GET", "/api/auth/other")));
  EXPECT_FALSE(AuthRoutes::owns(request("GET", "/")));
  Request link = request("GET", "/");
  link.query = {{"key", "x"}};
  EXPECT_TRUE(AuthRoutes::owns(link));
}

TEST_F(AuthRoutesTest, StatusTellsAStrangerNothingButThatAKeyIsSet) {
  const Response owner = ask(request("GET", "/api/auth/status"));
  const json mine = json::parse(owner.body);
  EXPECT_EQ(mine["local"], true);
  EXPECT_EQ(mine["configured"], true);
  EXPECT_EQ(mine["authenticated"], true);
  EXPECT_EQ(mine["caller"]["kind"], "owner");
  const json other = json::parse(ask(request("GET", "/api/auth/status", 1001)).body);
  EXPECT_EQ(other["local"], false);
  EXPECT_EQ(other["authenticated"], false);
  EXPECT_TRUE(other["scopes"].empty());
}

TEST_F(AuthRoutesTest, LoginAnswersWithACookieAndStatusRenewsIt) {
  Request login = request("POST", "/api/auth/login", 1001);
  login.body = R"({"key":"a long enough key"})";
  const Response answer = ask(login);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body)["success"], true);
  const std::string cookie(answer.headers.get("Set-Cookie"));
  Request status = request("GET", "/api/auth/status", 1001);
  status.headers.add("Cookie", cookie.substr(0, cookie.find(';')));
  const Response renewed = ask(status);
  EXPECT_EQ(json::parse(renewed.body)["caller"]["kind"], "session");
  EXPECT_EQ(renewed.headers.get("Set-Cookie"), cookie);
}

TEST_F(AuthRoutesTest, LoginRefusesWrongKeysBodiesTypesAndVerbs) {
  Request login = request("POST", "/api/auth/login", 1001);
  login.body = R"({"key":"wrong"})";
  EXPECT_EQ(ask(login).status, 401);
  for (const char* body : {"", "{", "[]", "{\"key\":7}", "null", "\xff"}) {
    login.body = body;
    EXPECT_EQ(ask(login).status, 400) << body;
  }
  login.headers.set("Content-Type", "text/plain");
  EXPECT_EQ(ask(login).status, 415);
  const Response wrong_verb = ask(request("GET", "/api/auth/login"));
  EXPECT_EQ(wrong_verb.status, 405);
  EXPECT_EQ(wrong_verb.headers.get("Allow"), "POST, OPTIONS");
  EXPECT_EQ(ask(request("POST", "/api/auth/status")).status, 405);
}

TEST_F(AuthRoutesTest, TooManyWrongKeysAreAnswered429WithATime) {
  Request login = request("POST", "/api/auth/login", 1001);
  login.body = R"({"key":"wrong"})";
  for (int i = 0; i < 10; ++i) ask(login);
  const Response limited = ask(login);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.headers.get("Retry-After"), "6");
}

TEST_F(AuthRoutesTest, ATicketIsForThoseWhoAreKnown) {
  const json ticket = json::parse(ask(request("POST", "/api/auth/ws-ticket")).body);
  EXPECT_GE(ticket["ticket"].get<std::string>().size(), 40U);
  EXPECT_EQ(ticket["expires_in"], 30);
  EXPECT_EQ(ask(request("POST", "/api/auth/ws-ticket", 1001)).status, 401);
}

TEST_F(AuthRoutesTest, ALoginLinkLeadsToACleanAddress) {
  Request link = request("GET", "/", 1001);
  link.query = {{"key", auth.issue_login_code()}};
  const Response first = ask(link);
  EXPECT_EQ(first.status, 303);
  EXPECT_EQ(first.headers.get("Location"), "/");
  EXPECT_FALSE(first.headers.get("Set-Cookie").empty());
  const Response second = ask(link);
  EXPECT_EQ(second.headers.get("Location"), "/login?reason=link");
  EXPECT_TRUE(second.headers.get("Set-Cookie").empty());
}

TEST_F(AuthRoutesTest, AReboundNameGetsNothingAtAll) {
  Request rebound = request("GET", "/api/auth/status");
  rebound.headers.set("Host", "evil.example");
  EXPECT_EQ(ask(rebound).status, 403);
}

}  // namespace
}  // namespace duotty::http
