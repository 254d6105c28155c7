#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <duotty/ssh/names.hpp>

namespace duotty::ssh {
namespace {

using ::testing::HasSubstr;

TEST(SshNames, HostsAreNamesAndAddresses) {
  for (const char* good : {"box", "box.example.org", "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "under_score", "9"}) {
    EXPECT_TRUE(check_host(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("-oProxyCommand=id"), std::string("a b"), std::string("a;id"), std::string("$(id)"),
        std::string("a\nb"), std::string("a\0b", 3), std::string("[::1]"), std::string("user@host"),
        std::string("h\xc3\xb6st"), std::string(256, 'a')}) {
    const auto checked = check_host(bad);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().field(), "host");
  }
}

TEST(SshNames, UsersMayHaveADomain) {
  for (const char* good : {"root", "a.b-c_d", "me@example.org", "user1"}) EXPECT_TRUE(check_user(good)) << good;
  for (const char* bad : {"", "-l", "a b", "a:b", "a;b", "a/b", "a`b`"}) EXPECT_FALSE(check_user(bad)) << bad;
  EXPECT_FALSE(check_user(std::string(129, 'u')));
}

TEST(SshNames, PortsAreNumbersInRange) {
  EXPECT_EQ(*parse_port("1"), 1);
  EXPECT_EQ(*parse_port("65535"), 65535);
  for (const char* bad : {"", "0", "65536", "-1", "+22", "22 ", "0x16", "ssh", "99999999999999999999"}) {
    EXPECT_FALSE(parse_port(bad)) << bad;
  }
}

TEST(SshNames, JumpsAreHostsOnTheWay) {
  const auto jumps = parse_jumps("a, me@b:2222,[2001:db8::1]:22,2001:db8::2,ssh://x@c:9/");
  ASSERT_TRUE(jumps) << jumps.error().message();
  ASSERT_EQ(jumps->size(), 5U);
  EXPECT_EQ((*jumps)[0].host, "a");
  EXPECT_EQ((*jumps)[1].user, "me");
  EXPECT_EQ((*jumps)[1].port, 2222);
  EXPECT_EQ((*jumps)[2].host, "2001:db8::1");
  EXPECT_EQ((*jumps)[2].port, 22);
  EXPECT_EQ((*jumps)[3].host, "2001:db8::2");
  EXPECT_FALSE((*jumps)[3].port);
  EXPECT_EQ((*jumps)[4].user, "x");
  EXPECT_EQ((*jumps)[4].host, "c");
  for (const char* bad :
       {"", "a,,b", "-x", "a:0", "a:ssh", "[::1", "[::1]22", "@a", "-l@a", "a b", "%n(", "a,b,c,d,e,f,g,h,i"}) {
    const auto parsed = parse_jumps(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().field(), "proxy_jump") << bad;
  }
  EXPECT_THAT(parse_jumps("a:x").error().message(), HasSubstr("[user@]host[:port]"));
}

TEST(SshNames, VariablesAreIdentifiers) {
  EXPECT_TRUE(check_variable("LC_ALL"));
  EXPECT_TRUE(check_variable("_x1"));
  for (const char* bad : {"", "1A", "A-B", "A=B", "A B"}) EXPECT_FALSE(check_variable(bad)) << bad;
}

}  // namespace
}  // namespace duotty::ssh
