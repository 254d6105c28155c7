#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/agent/redact.hpp>

namespace duotty::agent {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string in_pieces(std::string_view text, std::size_t size, const std::vector<std::string>& exact = {}) {
  Redactor redactor(exact);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += size) out += redactor.feed(text.substr(at, size));
  return out + redactor.finish();
}

void expect_redacted(std::string_view text, std::string_view expected, const std::vector<std::string>& exact = {}) {
  EXPECT_EQ(redact(text, exact), expected);
  for (std::size_t size = 1; size < 12; ++size)
    EXPECT_EQ(in_pieces(text, size, exact), expected) << "pieces of " << size;
}

/// A key of the given beginning, put together here so that no scanner takes this file for a leak.
std::string key(std::string_view prefix, std::size_t tail) {
  std::string out(prefix);
  for (std::size_t i = 0; i < tail; ++i) out += "A1b2C3d4E5"[i % 10];
  return out;
}

TEST(Redactor, BlotsOutKnownKeyFormats) {
  for (const auto& [prefix, tail] : std::vector<std::pair<std::string, std::size_t>>{{"sk-", 40},
                                                                                     {"sk-ant-api03-", 60},
                                                                                     {"sk-proj-", 50},
                                                                                     {"ghp_", 36},
                                                                                     {"github_pat_", 60},
                                                                                     {"glpat-", 20},
                                                                                     {"xoxb-", 30},
                                                                                     {"AIza", 35},
                                                                                     {"hf_", 34},
                                                                                     {"gsk_", 40},
                                                                                     {"npm_", 36},
                                                                                     {"sk_live_", 24}}) {
    expect_redacted("use " + key(prefix, tail) + " now", "use [redacted] now");
    expect_redacted("(" + key(prefix, tail) + ")", "([redacted])");
  }
  expect_redacted("AKIAIOSFODNN7EXAMPLE1234", "[redacted]");
  expect_redacted("jwt " + key("eyJ", 30) + "." + key("eyJ", 30) + ".sig-nat_ure.", "jwt [redacted]");
}

TEST(Redactor, LeavesWordsThatOnlyLookAlike) {
  for (const std::string_view text :
       {"the task-list and risk-averse sk-short AKIA ghp_ xoxb-1", "desk-very-long-compound-word-here-is-no-key",
        "max_tokens: 4096", "PWD=/home/me", "token:", "password=", "password=\n", "cat password.txt",
        "passwd: Authentication token manipulation error", "a bearer of bad news", "https://example.com/a:b@c",
        "ssh://git@github.com/x", "time 12:34:56 ratio 3:4",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "--- a/x\n+++ b/x\n-----", "password: yes",
        "token = null", "secret=********"}) {
    expect_redacted(text, text);
  }
}

TEST(Redactor, BlotsOutValuesOfSecretNames) {
  expect_redacted("DB_PASSWORD=hunter2 x", "DB_PASSWORD=[redacted] x");
  expect_redacted("password: hunter2\nnext", "password: [redacted]\nnext");
  expect_redacted(R"({"api_key": "abc def", "n": 1})", R"({"api_key": "[redacted]", "n": 1})");
  expect_redacted(R"(secret='it\'s long' tail)", R"(secret='[redacted]' tail)");
  expect_redacted("mysql --password=hunter2 -h x", "mysql --password=[redacted] -h x");
  expect_redacted("tool --token hunter2 go", "tool --token [redacted] go");
  expect_redacted("client_secret => 'hunter2'", "client_secret => '[redacted]'");
  expect_redacted("?access_token=hunter2&x=1", "?access_token=[redacted]&x=1");
  expect_redacted("AWS_SECRET_ACCESS_KEY=abc/def+ghi", "AWS_SECRET_ACCESS_KEY=[redacted]");
  expect_redacted("password=[redacted]", "password=[redacted]");
}

TEST(Redactor, BlotsOutHeadersAndUrls) {
  expect_redacted("Authorization: Basic am9lOnBhc3M= \nHost: x", "Authorization: [redacted]\nHost: x");
  expect_redacted("curl -H 'x: Bearer abcdefghij0123456789' y", "curl -H 'x: Bearer [redacted]' y");
  expect_redacted("Set-Cookie: sid=abc; Path=/\r\nx", "Set-Cookie: [redacted]\nx");
  expect_redacted("postgres://joe:p@ss@db.example/x", "postgres://joe:[redacted]@db.example/x");
  expect_redacted("https://joe:pw@h and http://a.b/c", "https://joe:[redacted]@h and http://a.b/c");
}

TEST(Redactor, BlotsOutPrivateKeyBlocks) {
  const std::string begin =
      "-----BEGIN OPENSSH PRIVATE"
      " KEY-----";
  const std::string end =
      "-----END OPENSSH PRIVATE"
      " KEY-----";
  expect_redacted("$ cat id\n" + begin + "\nb3BlbnNzaC1r\nZXktdjEAAA==\n" + end + "\n$ ls",
                  "$ cat id\n" + begin + "[redacted]\n$ ls");
  expect_redacted(begin + "\r\nProc-Type: 4,ENCRYPTED\r\n\r\nb3Bl\r\n" + end + "x", begin + "[redacted]x");
  expect_redacted("\"" + begin + "\\nMIIE\\n" + end + "\\n\"", "\"" + begin + "[redacted]\\n\"");
  expect_redacted(begin + "\nb3BlbnNz\n$ echo cut off\nmore", begin + "[redacted]$ echo cut off\nmore");
  expect_redacted(begin + "\nb3BlbnNz", begin + "[redacted]");
}

TEST(Redactor, BlotsOutOurOwnSecretsWhereverTheyStand) {
  const std::vector<std::string> ours{"tok-abcdef", "tok-abcdef-longer", "short", "zwei Wörter\nund mehr"};
  expect_redacted("xtok-abcdefx tok-abcdef-longer short", "x[redacted]x [redacted] short", ours);
  expect_redacted("a zwei Wörter\nund mehr b", "a [redacted] b", ours);
  expect_redacted("tok-abcde tok-abcdef-long", "tok-abcde [redacted]-long", ours);
}

TEST(Redactor, HoldsBackOnlyWhatIsUncertain) {
  Redactor redactor;
  EXPECT_EQ(redactor.feed("Hello there, wor"), "Hello there, ");
  EXPECT_EQ(redactor.feed("ld. "), "world. ");
  EXPECT_EQ(redactor.finish(), "");
}

TEST(Redactor, SwallowsASecretLongerThanItHolds) {
  Redactor redactor;
  std::string out = redactor.feed("k sk-" + std::string(10'000, 'a'));
  for (int i = 0; i < 10; ++i) out += redactor.feed(std::string(10'000, 'b'));
  out += redactor.feed(" end");
  EXPECT_EQ(out + redactor.finish(), "k [redacted] end");
}

TEST(Redactor, KeepsNoSecretInNoise) {
  std::uint32_t seed = 7;
  const std::string secret = key("sk-", 30);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 60; ++i) {
      seed = seed * 1664525U + 1013904223U;
      constexpr std::string_view pieces[] = {" ",   "\n", "=",           ": ", "\"",      "password",
                                             "://", "@",  "-----BEGIN ", "x",  "Bearer ", "'"};
      text += pieces[(seed >> 24) % 12];
      if ((seed >> 20) % 10 == 0) text += " " + secret + " ";
    }
    const std::string whole = redact(text);
    EXPECT_THAT(whole, Not(HasSubstr(secret)));
    for (const std::size_t size : {1U, 3U, 10U}) EXPECT_EQ(in_pieces(text, size), whole);
  }
}

}  // namespace
}  // namespace duotty::agent
