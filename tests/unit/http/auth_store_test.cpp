#include <gtest/gtest.h>

#include <duotty/http/access_key.hpp>
#include <duotty/http/auth_store.hpp>
#include <map>

namespace duotty::http {
namespace {

using base::Errc;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime start = WallTime(hours(500'000));

struct MemoryStorage : AuthStorage {
  std::string load(std::string_view name) override { return texts[std::string(name)]; }
  void save(std::string_view name, const std::string& text) noexcept override {
    texts[std::string(name)] = text;
    ++saves;
  }
  std::map<std::string, std::string> texts;
  int saves = 0;
};

TokenInfo token(std::string name, unsigned scopes = 3) {
  TokenInfo info;
  info.name = std::move(name);
  info.scopes = scopes;
  return info;
}

TEST(TokenStore, ATokenWorksUntilItIsRemovedAndItsSecretIsNotKept) {
  MemoryStorage storage;
  TokenStore tokens(storage);
  const std::string secret = tokens.create(token("ci"), start).value();
  EXPECT_TRUE(secret.starts_with("dtt_"));
  EXPECT_EQ(storage.texts["tokens"].find(secret), std::string::npos);
  ASSERT_NE(tokens.use(secret, start), nullptr);
  EXPECT_EQ(tokens.use(secret, start)->name, "ci");
  EXPECT_EQ(tokens.use(secret + "x", start), nullptr);
  EXPECT_EQ(tokens.use("", start), nullptr);
  EXPECT_TRUE(tokens.alive("ci", start));
  ASSERT_TRUE(tokens.remove("ci"));
  EXPECT_EQ(tokens.use(secret, start), nullptr);
  EXPECT_FALSE(tokens.alive("ci", start));
  EXPECT_EQ(tokens.remove("ci").error().code(), Errc::not_found);
}

TEST(TokenStore, SurvivesARestart) {
  MemoryStorage storage;
  TokenInfo info = token("ci", 5);
  info.owner = "team-a";
  info.expires = start + hours(48);
  const std::string secret = TokenStore(storage).create(info, start).value();
  TokenStore again(storage);
  const TokenInfo* found = again.use(secret, start + hours(1));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->scopes, 5U);
  EXPECT_EQ(found->owner, "team-a");
  EXPECT_EQ(found->created, start);
  EXPECT_EQ(found->last_used, start + hours(1));
  EXPECT_EQ(again.use(secret, start + hours(48)), nullptr);
}

TEST(TokenStore, ADamagedFileGivesNobodyAccess) {
  MemoryStorage storage;
  for (const char* text : {"{", "[1,{},{\"name\":7}]", "{\"a\":1}", "[{\"name\":\"x\",\"sha256\":\"short\"}]"}) {
    storage.texts["tokens"] = text;
    EXPECT_TRUE(TokenStore(storage).list().empty()) << text;
    storage.texts["sessions"] = text;
    EXPECT_TRUE(SessionStore(storage).list().empty()) << text;
  }
}

TEST(TokenStore, RefusesBadNamesScopesTimesAndDuplicates) {
  MemoryStorage storage;
  TokenStore tokens(storage);
  EXPECT_EQ(tokens.create(token(""), start).error().field(), "name");
  EXPECT_EQ(tokens.create(token("a b"), start).error().field(), "name");
  EXPECT_EQ(tokens.create(token("a", 0), start).error().field(), "scopes");
  EXPECT_EQ(tokens.create(token("a", 4096), start).error().field(), "scopes");
  TokenInfo old = token("a");
  old.expires = start;
  EXPECT_EQ(tokens.create(old, start).error().field(), "expires");
  old.expires = start + seconds(10);
  ASSERT_TRUE(tokens.create(old, start));
  EXPECT_EQ(tokens.create(token("a"), start).error().code(), Errc::conflict);
  EXPECT_TRUE(tokens.create(token("a"), start + seconds(10))) << "an expired token's name is free";
  EXPECT_EQ(tokens.list().size(), 1U);
}

TEST(TokenStore, UseIsNotWrittenToDiskEachTime) {
  MemoryStorage storage;
  TokenStore tokens(storage);
  const std::string secret = tokens.create(token("ci"), start).value();
  const int before = storage.saves;
  for (int i = 0; i < 1000; ++i) tokens.use(secret, start + minutes(i));
  EXPECT_LE(storage.saves - before, 2);
  EXPECT_EQ(tokens.list()[0].last_used, start + minutes(999));
}

TEST(SessionStore, ASessionSlidesWithUseAndEndsWithoutIt) {
  MemoryStorage storage;
  SessionStore sessions(storage);
  const std::string cookie = sessions.create("Firefox", start);
  WallTime now = start;
  for (int i = 0; i < 5; ++i) {
    now += hours(24 * 29);
    ASSERT_NE(sessions.use(cookie, now), nullptr) << i;
  }
  SessionStore again(storage);
  EXPECT_NE(again.use(cookie, now + hours(24 * 29)), nullptr);
  EXPECT_EQ(sessions.use(cookie, now + hours(24 * 31)), nullptr);
  EXPECT_EQ(storage.texts["sessions"].find(cookie), std::string::npos);
}

TEST(SessionStore, EndsBySecretByIdOrAllAtOnce) {
  MemoryStorage storage;
  SessionStore sessions(storage);
  const std::string a = sessions.create("a", start), b = sessions.create("b", start), c = sessions.create("c", start);
  const std::string id = sessions.use(b, start)->id;
  EXPECT_TRUE(sessions.remove(a));
  EXPECT_FALSE(sessions.remove(a));
  EXPECT_TRUE(sessions.alive(id, start));
  EXPECT_TRUE(sessions.remove_id(id));
  EXPECT_FALSE(sessions.alive(id, start));
  EXPECT_EQ(sessions.use(b, start), nullptr);
  sessions.remove_all();
  EXPECT_EQ(sessions.use(c, start), nullptr);
}

TEST(SessionStore, NeverGrowsWithoutBound) {
  MemoryStorage storage;
  SessionStore sessions(storage);
  const std::string first = sessions.create("first", start);
  for (std::size_t i = 0; i < SessionStore::max_sessions; ++i) sessions.create("x", start + seconds(i + 1));
  EXPECT_EQ(sessions.list().size(), SessionStore::max_sessions);
  EXPECT_EQ(sessions.use(first, start), nullptr);
}

TEST(OneTimeCodes, WorkOnceAndOnlyForTheirTime) {
  OneTimeCodes codes(seconds(30), 2);
  rpc::Caller caller;
  caller.name = "owner";
  const std::string a = codes.issue(caller, start);
  EXPECT_EQ(codes.redeem(a, start + seconds(29))->name, "owner");
  EXPECT_FALSE(codes.redeem(a, start + seconds(29)));
  const std::string b = codes.issue(caller, start);
  EXPECT_FALSE(codes.redeem(b, start + seconds(30)));
  const std::string oldest = codes.issue(caller, start);
  codes.issue(caller, start + seconds(1));
  codes.issue(caller, start + seconds(2));
  EXPECT_FALSE(codes.redeem(oldest, start + seconds(3))) << "the oldest made room";
  EXPECT_FALSE(codes.redeem("", start));
}

TEST(AccessKey, AChosenKeyIsHashedSlowlyAndVerified) {
  const AccessKey key = AccessKey::from_chosen("correct horse battery").value();
  EXPECT_TRUE(key.slow());
  EXPECT_TRUE(key.verify("correct horse battery"));
  EXPECT_FALSE(key.verify("correct horse batterx"));
  EXPECT_FALSE(key.verify(""));
  EXPECT_EQ(key.text().find("correct"), std::string::npos);
  EXPECT_TRUE(AccessKey::parse(key.text()).value().verify("correct horse battery"));
}

TEST(AccessKey, EqualKeysHaveDifferentHashes) {
  EXPECT_NE(AccessKey::from_chosen("correct horse battery").value().text(),
            AccessKey::from_chosen("correct horse battery").value().text());
}

TEST(AccessKey, AShortKeyIsRefused) {
  EXPECT_EQ(AccessKey::from_chosen("eleven chr.").error().field(), "key");
  EXPECT_FALSE(AccessKey::from_chosen("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
}

TEST(AccessKey, AGeneratedKeyIsHashedFast) {
  const AccessKey key = AccessKey::from_strong("0123456789abcdefghijklmnop");
  EXPECT_FALSE(key.slow());
  EXPECT_TRUE(AccessKey::parse(key.text()).value().verify("0123456789abcdefghijklmnop"));
  EXPECT_FALSE(key.verify("0123456789abcdefghijklmno"));
}

TEST(AccessKey, RefusesMalformedAndRuinousTexts) {
  for (const char* text : {"", "scrypt", "sha256$", "sha256$AAAA", "plain$x", "scrypt$40$8$1$AAAAAAAAAAAAAAAA$AAAA",
                           "scrypt$15$8$1$!$!", "scrypt$15$99$1$AAAAAAAAAAAAAAAA$AAAA", "scrypt$-1$8$1$a$b"}) {
    EXPECT_FALSE(AccessKey::parse(text)) << text;
  }
}

}  // namespace
}  // namespace duotty::http
