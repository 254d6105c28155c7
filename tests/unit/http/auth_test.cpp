#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <duotty/http/auth.hpp>
#include <map>

#include "run_task.hpp"

namespace duotty::http {
namespace {

using base::Errc;
using Kind = rpc::Caller::Kind;
using std::chrono::hours;
using std::chrono::seconds;

struct MemoryStorage : AuthStorage {
  std::string load(std::string_view name) override { return texts[std::string(name)]; }
  void save(std::string_view name, const std::string& text) noexcept override { texts[std::string(name)] = text; }
  std::map<std::string, std::string> texts;
};

class Auth : public testing::Test {
 protected:
  static constexpr uid_t me = 1000;

  AuthConfig config() {
    AuthConfig config;
    config.uid = me;
    config.agent_token = "agent-secret";
    config.access_key = AccessKey::from_strong("a long enough key");
    config.now = [this] { return now; };
    return config;
  }
  Authenticator make() { return Authenticator(config(), storage); }

  /// A request over TCP loopback by the server's own user.
  static Request local(Headers headers = {{"Host", "localhost:3000"}}) {
    Request request;
    request.method = "GET";
    request.path = "/api/terminals";
    request.headers = std::move(headers);
    request.peer.loopback = true;
    request.peer.uid = me;
    request.peer.address = "127.0.0.1";
    request.peer.local_port = 3000;
    return request;
  }
  static Request remote(std::string address = "203.0.113.9", Headers headers = {{"Host", "box:3000"}}) {
    Request request = local(std::move(headers));
    request.peer.loopback = false;
    request.peer.uid.reset();
    request.peer.address = std::move(address);
    return request;
  }
  static Request unix_socket(uid_t uid) {
    Request request = local({{"Host", "anything"}});
    request.peer.transport = net::Transport::unix_socket;
    request.peer.loopback = false;
    request.peer.uid = uid;
    request.peer.address = "unix";
    return request;
  }
  static Request with(Request request, std::string name, std::string value) {
    request.headers.add(std::move(name), std::move(value));
    return request;
  }
  static Request bearer(Request request, const std::string& token) {
    return with(std::move(request), "Authorization", "Bearer " + token);
  }
  static Request upgrade(Request request) {
    request.headers.add("Connection", "Upgrade");
    request.headers.add("Upgrade", "websocket");
    return request;
  }
  static std::string cookie_of(const std::string& set_cookie) { return set_cookie.substr(0, set_cookie.find(';')); }
  static Kind kind(Authenticator& auth, const Request& request) {
    const auto caller = auth.identify(request);
    return caller ? caller->kind : Kind::anonymous;
  }
  static base::Result<std::string> login(Authenticator& auth, const Request& request, std::string key) {
    return tests::run_task(auth.login(request, std::move(key)));
  }

  MemoryStorage storage;
  WallTime now = WallTime(hours(500'000));
};

TEST_F(Auth, TheSameUserOnLoopbackIsTheOwner) {
  Authenticator auth(config(), storage);
  for (const char* host : {"localhost:3000", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST:3000"}) {
    EXPECT_EQ(kind(auth, local({{"Host", host}})), Kind::owner) << host;
  }
  EXPECT_EQ(auth.identify(local())->scopes, rpc::kAllScopes);
}

TEST_F(Auth, LoopbackAloneIsNobody) {
  Authenticator auth(config(), storage);
  Request other = local();
  other.peer.uid = me + 1;
  EXPECT_EQ(kind(auth, other), Kind::anonymous);
  other.peer.uid = 0;
  EXPECT_EQ(kind(auth, other), Kind::anonymous) << "root over TCP is not us";
  other.peer.uid.reset();
  EXPECT_EQ(kind(auth, other), Kind::anonymous);
  Request far = remote();
  far.peer.uid = me;
  far.headers.set("Host", "localhost:3000");
  EXPECT_EQ(kind(auth, far), Kind::anonymous) << "a uid without loopback proves nothing";
}

TEST_F(Auth, AReboundNameIsRefusedWhateverItsCredential) {
  Authenticator auth(config(), storage);
  const Request rebound = local({{"Host", "evil.example:3000"}});
  EXPECT_EQ(auth.identify(rebound).error().code(), Errc::denied);
  EXPECT_EQ(auth.identify(bearer(rebound, "agent-secret")).error().code(), Errc::denied);
  EXPECT_EQ(auth.admit(rebound, Access::open).error().code(), Errc::denied);
  for (const char* host :
       {"localhost.evil.example:3000", "127.0.0.1.nip.io:3000", "0.0.0.0:3000", "127.1:3000", "localhost.:3000"}) {
    EXPECT_FALSE(auth.identify(local({{"Host", host}}))) << host;
  }
}

TEST_F(Auth, ATunnelWithAnotherPortIsServedButNotTheOwner) {
  Authenticator auth(config(), storage);
  const Request tunnel = local({{"Host", "localhost:8080"}});
  EXPECT_EQ(kind(auth, tunnel), Kind::anonymous);
  EXPECT_EQ(kind(auth, bearer(tunnel, "agent-secret")), Kind::agent);
}

TEST_F(Auth, AnyNameIsServedOnAPublicBindThoughOnlyListedOnesMakeAnOwner) {
  AuthConfig open = config();
  open.public_bind = true;
  open.hosts = {"term.example", "other.example:8443"};
  Authenticator auth(open, storage);
  EXPECT_EQ(kind(auth, local({{"Host", "evil.example:3000"}})), Kind::anonymous);
  EXPECT_EQ(kind(auth, bearer(remote(), "agent-secret")), Kind::agent);
  EXPECT_EQ(kind(auth, local({{"Host", "term.example"}})), Kind::owner);
  EXPECT_EQ(kind(auth, local({{"Host", "other.example:8443"}})), Kind::owner);
  EXPECT_EQ(kind(auth, local({{"Host", "other.example"}})), Kind::anonymous);
}

TEST_F(Auth, AnotherSitesPageHasNoAmbientAuthority) {
  Authenticator auth(config(), storage);
  for (const char* origin : {"null", "https://evil.example", "http://localhost:8080", "http://127.0.0.1:3000",
                             "https://localhost:8443", "http://localhost:3000.evil.example", "localhost:3000", ""}) {
    EXPECT_EQ(kind(auth, with(local(), "Origin", origin)), Kind::anonymous) << origin;
  }
  EXPECT_EQ(kind(auth, with(local(), "Origin", "http://localhost:3000")), Kind::owner);
  for (const char* site : {"cross-site", "same-site", "garbage"}) {
    EXPECT_EQ(kind(auth, with(local(), "Sec-Fetch-Site", site)), Kind::anonymous) << site;
  }
  EXPECT_EQ(kind(auth, with(local(), "Sec-Fetch-Site", "same-origin")), Kind::owner);
  EXPECT_EQ(kind(auth, with(local(), "Sec-Fetch-Site", "none")), Kind::owner);
  const Request twice = with(with(local(), "Origin", "http://localhost:3000"), "Origin", "http://evil.example");
  EXPECT_EQ(kind(auth, twice), Kind::anonymous);
}

TEST_F(Auth, AProxyInFrontMakesEverybodyRemote) {
  Authenticator auth(config(), storage);
  for (const char* header :
       {"X-Forwarded-For", "X-Forwarded-Host", "x-forwarded-proto", "Forwarded", "X-Real-IP", "Via"}) {
    EXPECT_EQ(kind(auth, with(local(), header, "203.0.113.1")), Kind::anonymous) << header;
    EXPECT_EQ(kind(auth, with(unix_socket(me), header, "203.0.113.1")), Kind::anonymous) << header;
  }
}

TEST_F(Auth, RequireKeyTurnsOwnershipOverTcpOffButNotOverTheUnixSocket) {
  AuthConfig strict = config();
  strict.require_key = true;
  Authenticator auth(strict, storage);
  EXPECT_EQ(kind(auth, local()), Kind::anonymous);
  EXPECT_EQ(kind(auth, unix_socket(me)), Kind::owner);
}

TEST_F(Auth, TheUnixSocketKnowsItsPeersByUser) {
  Authenticator auth(config(), storage);
  EXPECT_EQ(kind(auth, unix_socket(me)), Kind::owner);
  EXPECT_EQ(kind(auth, unix_socket(0)), Kind::owner);
  EXPECT_EQ(kind(auth, unix_socket(1001)), Kind::anonymous);
}

TEST_F(Auth, TheAgentTokenWorksByHeaderAndByParameterAndDecidesAlone) {
  Authenticator auth(config(), storage);
  const auto caller = auth.identify(bearer(local(), "agent-secret"));
  EXPECT_EQ(caller->kind, Kind::agent);
  EXPECT_EQ(caller->scopes, rpc::kAgentScopes);
  Request query = local();
  query.query = {{"token", "agent-secret"}};
  EXPECT_EQ(kind(auth, query), Kind::agent);
  EXPECT_EQ(auth.identify(bearer(local(), "wrong")).error().code(), Errc::unauthenticated)
      << "a wrong token is not saved by being the owner";
  query.query = {{"token", "wrong"}};
  EXPECT_FALSE(auth.identify(query));
  EXPECT_EQ(kind(auth, with(local(), "Authorization", "Basic Zm9vOmJhcg==")), Kind::owner);
}

TEST_F(Auth, AnEmptyAgentTokenMatchesNothing) {
  AuthConfig none = config();
  none.agent_token.clear();
  Authenticator auth(none, storage);
  EXPECT_FALSE(auth.identify(bearer(local(), "x")));
  Request empty = local();
  empty.query = {{"token", ""}};
  EXPECT_EQ(kind(auth, empty), Kind::owner) << "an empty parameter is no credential";
}

TEST_F(Auth, NamedTokensCarryTheirScopesAndDieAtOnce) {
  Authenticator auth(config(), storage);
  TokenInfo info;
  info.name = "ci";
  info.owner = "team";
  info.scopes = rpc::bits(rpc::Scope::read);
  const std::string secret = auth.create_token(info).value();
  const auto caller = auth.identify(bearer(local(), secret));
  EXPECT_EQ(caller->kind, Kind::token);
  EXPECT_EQ(caller->name, "token:ci");
  EXPECT_EQ(caller->owner, "team");
  EXPECT_EQ(caller->scopes, rpc::bits(rpc::Scope::read));
  EXPECT_TRUE(auth.still_valid(*caller));
  const auto before = auth.revision();
  ASSERT_TRUE(auth.remove_token("ci"));
  EXPECT_NE(auth.revision(), before);
  EXPECT_FALSE(auth.still_valid(*caller));
  EXPECT_FALSE(auth.identify(bearer(local(), secret)));
}

TEST_F(Auth, AReplacedAgentTokenEndsItsConnections) {
  Authenticator auth(config(), storage);
  const auto old = auth.identify(bearer(local(), "agent-secret"));
  auth.set_agent_token("another-secret");
  EXPECT_FALSE(auth.still_valid(*old));
  EXPECT_FALSE(auth.identify(bearer(local(), "agent-secret")));
  EXPECT_TRUE(auth.still_valid(*auth.identify(bearer(local(), "another-secret"))));
}

TEST_F(Auth, AgentRoutesWantADeliberateCaller) {
  Authenticator auth(config(), storage);
  EXPECT_EQ(auth.admit(local(), Access::agent).error().code(), Errc::unauthenticated) << "bare curl";
  EXPECT_EQ(auth.admit(with(local(), "X-Duotty", "1"), Access::agent)->kind, Kind::owner);
  EXPECT_EQ(auth.admit(bearer(local(), "agent-secret"), Access::agent)->kind, Kind::agent);
  EXPECT_EQ(auth.admit(unix_socket(me), Access::agent)->kind, Kind::owner);
  EXPECT_EQ(auth.admit(local(), Access::ui)->kind, Kind::owner);
  EXPECT_EQ(auth.admit(local(), Access::open)->kind, Kind::owner) << "the handshake sees who asks";
}

TEST_F(Auth, OpenRoutesIgnoreACredentialThatDoesNotHold) {
  Authenticator auth(config(), storage);
  EXPECT_EQ(auth.admit(bearer(local(), "wrong"), Access::open)->kind, Kind::anonymous);
}

TEST_F(Auth, SigningInGivesACookieThatWorksUntilSigningOut) {
  AuthConfig open = config();
  open.public_bind = true;
  Authenticator auth(open, storage);
  EXPECT_EQ(login(auth, remote(), "wrong").error().code(), Errc::unauthenticated);
  const std::string set_cookie = login(auth, remote(), "a long enough key").value();
  EXPECT_TRUE(set_cookie.starts_with("duotty_3000="));
  EXPECT_NE(set_cookie.find("; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000"), std::string::npos);
  const Request signed_in = with(remote(), "Cookie", "a=b; " + cookie_of(set_cookie) + "; c=d");
  const auto caller = auth.identify(signed_in);
  EXPECT_EQ(caller->kind, Kind::session);
  EXPECT_TRUE(caller->name.starts_with("session:"));
  EXPECT_EQ(auth.admit(signed_in, Access::agent).error().code(), Errc::unauthenticated);
  EXPECT_TRUE(auth.admit(with(signed_in, "X-Duotty", "1"), Access::agent));
  EXPECT_EQ(kind(auth, with(signed_in, "Origin", "https://evil.example")), Kind::anonymous);
  EXPECT_EQ(kind(auth, with(signed_in, "Sec-Fetch-Site", "same-site")), Kind::anonymous);
  EXPECT_EQ(kind(auth, with(signed_in, "Origin", "http://box:3000")), Kind::session);
  EXPECT_EQ(auth.renewed_cookie(signed_in), set_cookie);
  EXPECT_EQ(auth.renewed_cookie(with(remote(), "Cookie", "duotty_3000=made-up")), "");
  EXPECT_NE(auth.logout(signed_in).find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(kind(auth, signed_in), Kind::anonymous);
  EXPECT_FALSE(auth.still_valid(*caller));
}

TEST_F(Auth, UnderTlsTheCookieIsBoundToTheHost) {
  AuthConfig open = config();
  open.public_bind = true;
  Authenticator auth(open, storage);
  Request tls = remote();
  tls.peer.tls = true;
  const std::string direct = login(auth, tls, "a long enough key").value();
  EXPECT_TRUE(direct.starts_with("__Host-duotty_3000="));
  EXPECT_NE(direct.find("; Secure"), std::string::npos);
  EXPECT_EQ(kind(auth, with(with(tls, "Cookie", cookie_of(direct)), "Origin", "http://box:3000")), Kind::anonymous)
      << "the plain page of the same host is another origin";
}

TEST_F(Auth, SessionsSurviveARestartAndEndWithTheirKey) {
  AuthConfig open = config();
  open.public_bind = true;
  std::string pair;
  {
    Authenticator auth(open, storage);
    pair = cookie_of(login(auth, remote(), "a long enough key").value());
  }
  Authenticator auth(open, storage);
  EXPECT_EQ(kind(auth, with(remote(), "Cookie", pair)), Kind::session);
  auth.set_access_key(AccessKey::from_strong("another long key"));
  EXPECT_EQ(kind(auth, with(remote(), "Cookie", pair)), Kind::anonymous);
}

TEST_F(Auth, ASlowKeyIsVerifiedAwayFromTheLoop) {
  AuthConfig open = config();
  open.public_bind = true;
  open.access_key = AccessKey::from_chosen("a key somebody chose").value();
  Authenticator auth(open, storage);
  EXPECT_TRUE(login(auth, remote(), "a key somebody chose"));
  EXPECT_FALSE(login(auth, remote(), "a key nobody chose"));
  EXPECT_FALSE(login(auth, remote(), std::string(100'000, 'x')));
}

TEST_F(Auth, GuessingIsStoppedBeforeTheCheckAndLocksOutNobodyElse) {
  AuthConfig open = config();
  open.public_bind = true;
  Authenticator auth(open, storage);
  const Request good = remote("198.51.100.7");
  ASSERT_TRUE(auth.identify(bearer(good, "agent-secret")));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(login(auth, remote(), "guess").error().code(), Errc::unauthenticated);
  }
  EXPECT_EQ(login(auth, remote(), "a long enough key").error().code(), Errc::rate_limited) << "even the right one";
  EXPECT_EQ(auth.identify(bearer(remote(), "agent-secret")).error().code(), Errc::rate_limited);
  EXPECT_TRUE(login(auth, good, "a long enough key"));
  EXPECT_TRUE(login(auth, local(), "a long enough key"));
  now += seconds(6);
  EXPECT_TRUE(login(auth, remote(), "a long enough key"));
}

TEST_F(Auth, AFloodFromManyAddressesSparesKnownClientsAndTheOwner) {
  AuthConfig open = config();
  open.public_bind = true;
  Authenticator auth(open, storage);
  ASSERT_TRUE(auth.identify(bearer(remote("198.51.100.7"), "agent-secret")));
  for (int i = 0; i < 200; ++i) {
    static_cast<void>(auth.identify(bearer(remote("10.0." + std::to_string(i) + ".1"), "guess")));
  }
  EXPECT_EQ(auth.identify(bearer(remote("192.0.2.1"), "agent-secret")).error().code(), Errc::rate_limited);
  EXPECT_TRUE(auth.identify(bearer(remote("198.51.100.7"), "agent-secret")));
  EXPECT_TRUE(login(auth, remote("198.51.100.7"), "a long enough key"));
  EXPECT_TRUE(auth.identify(local()));
  EXPECT_TRUE(auth.identify(bearer(unix_socket(me), "agent-secret")));
}

TEST_F(Auth, AClientWhoseTokenHeldIsNotLockedOutByItsNeighbours) {
  AuthConfig open = config();
  open.public_bind = true;
  Authenticator auth(open, storage);
  ASSERT_TRUE(auth.identify(bearer(remote(), "agent-secret")));
  for (int i = 0; i < 50; ++i) static_cast<void>(auth.identify(bearer(remote(), "guess")));
  EXPECT_TRUE(auth.identify(bearer(remote(), "agent-secret")));
}

TEST_F(Auth, AnIpv6NetworkIsOneSource) {
  AuthConfig open = config();
  open.public_bind = true;
  Authenticator auth(open, storage);
  for (int i = 0; i < 20; ++i) {
    static_cast<void>(auth.identify(bearer(remote("2001:db8:0:1::" + std::to_string(i + 1)), "guess")));
  }
  EXPECT_EQ(auth.identify(bearer(remote("2001:db8:0:1:ffff::1"), "agent-secret")).error().code(), Errc::rate_limited);
  EXPECT_TRUE(auth.identify(bearer(remote("2001:db8:0:2::1"), "agent-secret")));
}

TEST_F(Auth, GuessesThroughAProxyOfOurOwnUserAreCountedToo) {
  Authenticator auth(config(), storage);
  const auto through = [](const std::string& client) { return with(local(), "X-Forwarded-For", "1.1.1.1, " + client); };
  for (int i = 0; i < 20; ++i) static_cast<void>(auth.identify(bearer(through("203.0.113.5"), "guess")));
  EXPECT_EQ(auth.identify(bearer(through("203.0.113.5"), "agent-secret")).error().code(), Errc::rate_limited);
  EXPECT_TRUE(auth.identify(bearer(through("203.0.113.6"), "agent-secret")));
}

TEST_F(Auth, ATicketOpensOneWebSocketAsTheCallerWhoAskedForIt) {
  Authenticator auth(config(), storage);
  Request request = upgrade(remote("203.0.113.9", {{"Host", "localhost:3000"}}));
  const rpc::Caller owner = *auth.identify(local());
  request.query = {{"ticket", auth.issue_ticket(owner)}};
  EXPECT_EQ(auth.identify(request)->kind, Kind::owner);
  EXPECT_EQ(auth.identify(request).error().code(), Errc::unauthenticated) << "used up";
  request.query = {{"ticket", auth.issue_ticket(owner)}};
  now += seconds(31);
  EXPECT_FALSE(auth.identify(request));
  Request plain = local();
  plain.query = {{"ticket", auth.issue_ticket(*auth.identify(bearer(local(), "agent-secret")))}};
  EXPECT_EQ(kind(auth, plain), Kind::owner) << "a ticket means nothing outside an upgrade";
}

TEST_F(Auth, ATicketDiesWithTheCredentialItWasMadeFrom) {
  Authenticator auth(config(), storage);
  TokenInfo info;
  info.name = "ci";
  info.scopes = 1;
  const std::string secret = auth.create_token(info).value();
  Request request = upgrade(local());
  request.query = {{"ticket", auth.issue_ticket(*auth.identify(bearer(local(), secret)))}};
  ASSERT_TRUE(auth.remove_token("ci"));
  EXPECT_FALSE(auth.identify(request));
}

TEST_F(Auth, WebSocketsCheckTheOriginEvenWithAToken) {
  Authenticator auth(config(), storage);
  EXPECT_EQ(
      auth.identify(bearer(with(upgrade(local()), "Origin", "https://evil.example"), "agent-secret")).error().code(),
      Errc::denied);
  EXPECT_EQ(auth.identify(with(upgrade(local()), "Origin", "null")).error().code(), Errc::denied);
  EXPECT_TRUE(auth.identify(with(upgrade(local()), "Origin", "http://localhost:3000")));
  EXPECT_TRUE(auth.identify(upgrade(local())));
  AuthConfig listed = config();
  listed.origins = {"https://panel.example"};
  Authenticator friendly(listed, storage);
  EXPECT_TRUE(friendly.identify(with(upgrade(local()), "Origin", "https://panel.example")));
}

TEST_F(Auth, RequestsThatChangeSomethingNeedJsonOrOurHeader) {
  Request post = local();
  post.method = "POST";
  EXPECT_EQ(Authenticator::check_content(post).error().code(), Errc::unsupported_media);
  EXPECT_TRUE(Authenticator::check_content(with(post, "Content-Type", "application/json; charset=utf-8")));
  EXPECT_TRUE(Authenticator::check_content(with(post, "X-Duotty", "1")));
  EXPECT_TRUE(Authenticator::check_content(bearer(post, "any")));
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                           "text/plain; application/json", "application/jsonx", ""}) {
    EXPECT_FALSE(Authenticator::check_content(with(post, "Content-Type", type))) << type;
    EXPECT_FALSE(
        Authenticator::check_content(with(bearer(with(post, "Content-Length", "2"), "x"), "Content-Type", type)));
  }
  EXPECT_FALSE(Authenticator::check_content(bearer(with(post, "Transfer-Encoding", "chunked"), "x")));
  EXPECT_TRUE(Authenticator::check_content(local()));
}

TEST_F(Auth, ALoginLinkWorksOnceForAQuarterOfAnHour) {
  Authenticator auth(config(), storage);
  const std::string code = auth.issue_login_code();
  const auto cookie = auth.login_with_code(local(), code);
  ASSERT_TRUE(cookie);
  EXPECT_FALSE(auth.login_with_code(local(), code));
  const std::string late = auth.issue_login_code();
  now += std::chrono::minutes(15);
  EXPECT_FALSE(auth.login_with_code(local(), late));
}

}  // namespace
}  // namespace duotty::http
