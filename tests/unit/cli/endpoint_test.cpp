#include "endpoint.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace duotty::cli {
namespace {

class EndpointTest : public testing::Test {
 protected:
  EndpointTest() {
    paths.socket_path = "/run/user/1000/duotty/duotty.sock";
    paths.config_file = folder_ + "/conf/config.json";
  }

  Endpoint resolved() {
    auto endpoint = resolve_endpoint(globals, environment, paths);
    EXPECT_TRUE(endpoint) << endpoint.error().message();
    return endpoint ? *endpoint : Endpoint();
  }
  void save(const std::string& url, const std::string& token) {
    ASSERT_TRUE(save_login(login_file(paths), {url, base::Secret(token)}));
  }

  tests::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.string();
  Globals globals;
  Environment environment;
  Paths paths;
};

TEST(ParseUrl, UnderstandsHostsPortsAndPrefixes) {
  const auto plain = parse_url("http://localhost:3000");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "localhost");
  EXPECT_EQ(plain->port, 3000);
  EXPECT_EQ(plain->host_header(), "localhost:3000");
  const auto prefixed = parse_url("HTTP://box.example/tools/duotty/");
  ASSERT_TRUE(prefixed);
  EXPECT_EQ(prefixed->port, 80);
  EXPECT_EQ(prefixed->prefix, "/tools/duotty");
  EXPECT_EQ(prefixed->name(), "http://box.example/tools/duotty");
  const auto six = parse_url("http://[::1]:3000");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->host_header(), "[::1]:3000");
}

TEST(ParseUrl, KnowsEncryptedServers) {
  const auto plain = parse_url("https://box.example");
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->tls);
  EXPECT_EQ(plain->port, 443);
  EXPECT_EQ(plain->host_header(), "box.example");
  EXPECT_EQ(plain->name(), "https://box.example");
  const auto socket = parse_url("WSS://box.example:3000/x");
  ASSERT_TRUE(socket);
  EXPECT_TRUE(socket->tls);
  EXPECT_EQ(socket->name(), "https://box.example:3000/x");
  EXPECT_FALSE(parse_url("http://box.example:443")->tls);
}

TEST(ParseUrl, RefusesWhatItCannotReach) {
  for (const char* url :
       {"", "localhost:3000", "ftp://x", "http://", "http://:3000", "http://x:0", "http://x:65536", "http://x:a",
        "http://me@x", "http://[::1", "http://[::1]x", "http://a b", "http://x/?a=b", "http://x\r\nHost: y"}) {
    const auto endpoint = parse_url(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().code(), base::Errc::invalid_params) << url;
  }
}

TEST_F(EndpointTest, IsTheUnixSocketOfThisUserByDefault) {
  EXPECT_TRUE(resolved().local());
  EXPECT_EQ(resolved().socket_path, paths.socket_path);
}

TEST_F(EndpointTest, TrustsTheFileThatWasSavedWithTheServerUnlessAnotherIsNamed) {
  ASSERT_TRUE(save_login(login_file(paths), {"https://saved:1", base::Secret("t"), "/etc/saved.pem"}));
  EXPECT_EQ(resolved().ca_file, "/etc/saved.pem");
  environment.cwd = "/here";
  environment.variables = {{"DUOTTY_CA_FILE", "env.pem"}};
  EXPECT_EQ(resolved().ca_file, "/here/env.pem");
  globals.ca_file = "/x/flag.pem";
  EXPECT_EQ(resolved().ca_file, "/x/flag.pem");
  environment.variables.clear();
  globals.ca_file.clear();
  globals.url = "https://elsewhere:1";
  EXPECT_EQ(resolved().ca_file, "");
}

TEST_F(EndpointTest, PrefersFlagsToVariablesToTheSavedLogin) {
  save("http://saved:1", "saved-token");
  EXPECT_EQ(resolved().host, "saved");
  EXPECT_EQ(resolved().token.reveal(), "saved-token");
  environment.variables = {{"DUOTTY_URL", "http://env:2"}, {"DUOTTY_TOKEN", "env-token"}};
  EXPECT_EQ(resolved().host, "env");
  EXPECT_EQ(resolved().token.reveal(), "env-token");
  globals.url = "http://flag:3";
  globals.token = "flag-token";
  EXPECT_EQ(resolved().host, "flag");
  EXPECT_EQ(resolved().token.reveal(), "flag-token");
  globals.local = true;
  EXPECT_TRUE(resolved().local());
}

TEST_F(EndpointTest, GivesASavedTokenToNoOtherServer) {
  save("http://saved:1", "saved-token");
  globals.url = "http://other:1";
  EXPECT_TRUE(resolved().token.empty());
  globals.url = "http://saved:1";
  EXPECT_EQ(resolved().token.reveal(), "saved-token");
}

TEST_F(EndpointTest, KeepsTheLoginReadableByItsOwnerOnly) {
  save("http://saved:1", "t");
  struct stat st {};
  ASSERT_EQ(::stat(login_file(paths).c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat((folder_ + "/conf").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700U);
  const auto removed = remove_login(login_file(paths));
  ASSERT_TRUE(removed);
  EXPECT_TRUE(*removed);
  EXPECT_FALSE(*remove_login(login_file(paths)));
  EXPECT_TRUE(resolved().local());
}

TEST_F(EndpointTest, SaysHowToGetRidOfABrokenLogin) {
  std::filesystem::create_directories(folder_ + "/conf");
  for (const char* text : {"", "[]", "{}", "{\"url\":1}", "not json"}) {
    std::ofstream(login_file(paths)) << text;
    const auto endpoint = resolve_endpoint(globals, environment, paths);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_THAT(endpoint.error().message(), testing::HasSubstr("duotty logout"));
  }
  globals.local = true;
  EXPECT_TRUE(resolved().local());
}

}  // namespace
}  // namespace duotty::cli
