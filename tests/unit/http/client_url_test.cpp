#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client_url.hpp"

namespace duotty::http {
namespace {

using base::Errc;
using testing::HasSubstr;
using testing::Not;

ClientUrl url(std::string_view text) {
  auto parsed = parse_client_url(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : ClientUrl();
}

TEST(ClientUrl, TakesAnAbsoluteUrlApart) {
  const ClientUrl plain = url("HTTP://Example.COM");
  EXPECT_EQ(plain.scheme, ClientUrl::Scheme::http);
  EXPECT_EQ(plain.host, "example.com");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(plain.target, "/");
  EXPECT_EQ(plain.authority(), "example.com");
  EXPECT_EQ(plain.endpoint(), "example.com:80");

  const ClientUrl full = url("https://[::1]:8443/v1/models?limit=5#top");
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.authority(), "[::1]:8443");
  EXPECT_EQ(full.target, "/v1/models?limit=5");
  EXPECT_EQ(url("https://a.b?x=1").target, "/?x=1");
  EXPECT_EQ(url("https://a.b:443/").authority(), "a.b");
}

TEST(ClientUrl, RefusesWhatIsNoUsableUrl) {
  for (const std::string_view bad :
       {"", "api.example.com/v1", "ftp://a.b/", "https://", "https:///v1", "https://a b/", "https://a\r\nHost: b/",
        "https://user:key@a.b/", "https://a.b:0/", "https://a.b:70000/", "https://a.b:x/", "https://[::1/",
        "https://[nonsense]/", "https://-a.b/", "https://a.b/\x7f", "https://grüße.de/", "javascript:alert(1)"}) {
    const auto parsed = parse_client_url(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code(), Errc::invalid_params);
  }
  EXPECT_FALSE(parse_client_url("https://a.b/" + std::string(9000, 'x')));
}

TEST(ClientUrl, KnowsThisMachine) {
  for (const std::string_view here :
       {"http://localhost", "http://app.localhost:1", "http://127.0.0.1", "http://127.9.9.9", "http://[::1]:11434"}) {
    EXPECT_TRUE(url(here).loopback()) << here;
  }
  for (const std::string_view there :
       {"http://localhost.example.com", "http://10.0.0.1", "http://[::2]", "http://notlocalhost"}) {
    EXPECT_FALSE(url(there).loopback()) << there;
  }
}

TEST(ClientUrl, ResolvesRedirectsWithinTheOrigin) {
  const ClientUrl from = url("https://a.b/v1/chat?x=1");
  EXPECT_EQ(follow_redirect(from, "/v2")->target, "/v2");
  EXPECT_EQ(follow_redirect(from, "other")->target, "/v1/other");
  EXPECT_EQ(follow_redirect(from, "https://A.B:443/z")->target, "/z");
  EXPECT_EQ(follow_redirect(from, "//a.b/y")->target, "/y");
  for (const std::string_view away :
       {"http://a.b/", "https://a.b:444/", "https://c.d/", "//c.d", "gopher://a.b", "https://a.b@c.d/", "/x\r\nX: y"}) {
    const auto refused = follow_redirect(from, away);
    ASSERT_FALSE(refused) << away;
    EXPECT_EQ(refused.error().code(), Errc::upstream);
    EXPECT_THAT(refused.error().message(), Not(HasSubstr("\r")));
  }
}

TEST(Proxy, ComesFromTheEnvironmentWithLowerCaseNamesFirst) {
  const auto settings = proxy_from([](std::string_view name) -> std::optional<std::string> {
    if (name == "https_proxy") return "http://lower:1";
    if (name == "HTTPS_PROXY") return "http://upper:1";
    if (name == "HTTP_PROXY") return "http://plain:2";
    if (name == "no_proxy") return "";
    if (name == "NO_PROXY") return "internal";
    return std::nullopt;
  });
  EXPECT_EQ(settings.https_proxy, "http://lower:1");
  EXPECT_EQ(settings.http_proxy, "http://plain:2");
  EXPECT_EQ(settings.no_proxy, "internal");
}

TEST(Proxy, IsChosenByTheScheme) {
  const ProxySettings settings{"http://secure.proxy:8080/", "plain.proxy", ""};
  const auto secure = choose_proxy(settings, url("https://a.b"));
  ASSERT_TRUE(secure && *secure);
  EXPECT_EQ((*secure)->host, "secure.proxy");
  EXPECT_EQ((*secure)->port, 8080);
  EXPECT_EQ((*secure)->authorization, "");
  const auto plain = choose_proxy(settings, url("http://a.b"));
  ASSERT_TRUE(plain && *plain);
  EXPECT_EQ((*plain)->host, "plain.proxy");
  EXPECT_EQ((*plain)->port, 3128);
}

TEST(Proxy, IsNeverAskedForThisMachine) {
  const auto chosen = choose_proxy({"proxy:1", "proxy:1", ""}, url("http://localhost:11434"));
  ASSERT_TRUE(chosen);
  EXPECT_FALSE(*chosen);
}

TEST(Proxy, IsPassedByForTheNamesInNoProxy) {
  const std::string list = "internal.example, .corp.test,*.wild.test,api.test:8443,10.0.0.0/8,[fd00::1],fd12::/16";
  for (const std::string_view direct :
       {"https://internal.example", "https://a.internal.example", "https://corp.test", "https://x.y.corp.test",
        "https://a.wild.test", "https://api.test:8443", "https://10.1.2.3", "https://[fd00::1]", "https://[fd12::9]"}) {
    EXPECT_TRUE(bypasses_proxy(list, url(direct))) << direct;
  }
  for (const std::string_view proxied : {"https://example", "https://notinternal.example", "https://mycorp.test",
                                         "https://api.test", "https://11.1.2.3", "https://[fd00::2]"}) {
    EXPECT_FALSE(bypasses_proxy(list, url(proxied))) << proxied;
  }
  EXPECT_TRUE(bypasses_proxy("*", url("https://anything.test")));
  EXPECT_FALSE(bypasses_proxy(" , ,", url("https://anything.test")));
}

TEST(Proxy, IsRefusedWhenItCannotBeUsedWithoutShowingItsPassword) {
  for (const std::string_view bad : {"socks5://u:hunter2@p:1", "https://u:hunter2@p:1", "http://u:hunter2@p:port",
                                     "http://u:hunter2%zz@p:1", "http://u:hunter2@"}) {
    const auto chosen = choose_proxy({std::string(bad), "", ""}, url("https://a.b"));
    ASSERT_FALSE(chosen) << bad;
    EXPECT_THAT(chosen.error().message(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(chosen.error().message(), HasSubstr("HTTPS_PROXY"));
  }
}

}  // namespace
}  // namespace duotty::http
