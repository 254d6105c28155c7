#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <duotty/oversight/access_desk.hpp>

#include <set>

namespace duotty::oversight {
namespace {

using base::Errc;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const AccessDesk::time_point kStart{std::chrono::hours{500'000}};

Knock knock(const std::string& source = "203.0.113.9") {
  return {.name = "agent", .scopes = {"exec", "read"}, .reason = "tests", .source = source, .client = "curl"};
}

Decision yes(std::vector<std::string> scopes = {}) {
  return {.allow = true, .scopes = std::move(scopes), .owner = {}, .seconds = 60, .by = "owner"};
}

TEST(AccessDesk, GivesWhatAPersonAllowedToWhoeverHasTheSecret) {
  AccessDesk desk;
  const auto asked = desk.knock(knock(), kStart);
  ASSERT_TRUE(asked.has_value());
  const std::string id = asked->request.id;
  EXPECT_THAT(asked->request.scopes, ElementsAre("read", "exec"));
  EXPECT_EQ(desk.look(id, asked->claim_secret, "", kStart)->state, AccessRequest::State::pending);
  EXPECT_THAT(desk.pending(kStart), SizeIs(1));
  ASSERT_TRUE(desk.decide(id, yes({"read"}), kStart).has_value());
  EXPECT_THAT(desk.pending(kStart), IsEmpty());
  const auto granted = desk.look(id, asked->claim_secret, "", kStart);
  ASSERT_TRUE(granted.has_value());
  EXPECT_EQ(granted->state, AccessRequest::State::approved);
  EXPECT_THAT(granted->granted, ElementsAre("read"));
  desk.close(id);
  EXPECT_EQ(desk.look(id, asked->claim_secret, "", kStart).error().code(), Errc::not_found) << "once";
}

TEST(AccessDesk, AWrongSecretIsAnUnknownRequest) {
  AccessDesk desk;
  const auto asked = desk.knock(knock(), kStart);
  ASSERT_TRUE(desk.decide(asked->request.id, yes(), kStart).has_value());
  for (const std::string& secret : {std::string(), std::string("dtc_"), asked->request.code, asked->request.id}) {
    EXPECT_EQ(desk.look(asked->request.id, secret, "1.2.3.4", kStart).error().code(), Errc::not_found) << secret;
  }
  const auto other = desk.knock(knock("198.51.100.1"), kStart);
  EXPECT_EQ(desk.look(asked->request.id, other->claim_secret, "", kStart).error().code(), Errc::not_found);
  Errc last = Errc::not_found;
  for (int i = 0; i < 40; ++i) last = desk.look("nothing", "guess", "1.2.3.4", kStart).error().code();
  EXPECT_EQ(last, Errc::rate_limited);
  EXPECT_TRUE(desk.look(asked->request.id, asked->claim_secret, "1.2.3.4", kStart).has_value())
      << "the right one is never held up";
}

TEST(AccessDesk, ForgetsRequestsAndDecisionsAfterFiveMinutes) {
  AccessDesk desk;
  const auto asked = desk.knock(knock(), kStart);
  EXPECT_THAT(desk.pending(kStart + seconds(299)), SizeIs(1));
  EXPECT_THAT(desk.pending(kStart + seconds(300)), IsEmpty());
  EXPECT_EQ(desk.decide(asked->request.id, yes(), kStart + seconds(300)).error().code(), Errc::not_found);
  const auto again = desk.knock(knock(), kStart + seconds(400));
  ASSERT_TRUE(desk.decide(again->request.id, yes(), kStart + seconds(650)).has_value());
  EXPECT_TRUE(desk.look(again->request.id, again->claim_secret, "", kStart + seconds(900)).has_value());
  EXPECT_FALSE(desk.look(again->request.id, again->claim_secret, "", kStart + seconds(950)).has_value());
}

TEST(AccessDesk, DecidesOnceByIdOrCode) {
  AccessDesk desk;
  const auto asked = desk.knock(knock(), kStart);
  std::string code = asked->request.code;
  for (char& c : code) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  ASSERT_TRUE(desk.decide(code, {.allow = false, .scopes = {}, .owner = {}, .seconds = 0, .by = "owner"}, kStart));
  EXPECT_EQ(desk.decide(asked->request.id, yes(), kStart).error().code(), Errc::conflict);
  EXPECT_EQ(desk.look(asked->request.id, asked->claim_secret, "", kStart)->state, AccessRequest::State::denied);
}

TEST(AccessDesk, NeverGrantsMoreThanWasAsked) {
  AccessDesk desk;
  const auto asked = desk.knock(knock(), kStart);
  for (const char* scope : {"admin", "force", "type", "fly"}) {
    EXPECT_EQ(desk.decide(asked->request.id, yes({"read", scope}), kStart).error().code(), Errc::invalid_params)
        << scope;
  }
  EXPECT_THAT(desk.pending(kStart), SizeIs(1)) << "it still waits";
  for (const char* scope : {"admin", "force", "fly", ""}) {
    Knock greedy = knock("192.0.2.1");
    greedy.scopes = {"read", scope};
    EXPECT_EQ(desk.knock(greedy, kStart).error().code(), Errc::invalid_params) << scope;
  }
}

TEST(AccessDesk, RefusesNamesThatNoTokenCouldHave) {
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("ä"), std::string(49, 'x'), std::string("a\0b", 3)}) {
    AccessDesk desk;
    Knock odd = knock();
    odd.name = name;
    EXPECT_EQ(desk.knock(odd, kStart).error().code(), Errc::invalid_params) << name;
  }
}

TEST(AccessDesk, IsBoundedByPlaceAndInAll) {
  AccessDesk desk;
  for (std::size_t i = 0; i < AccessDesk::kMostOfOne; ++i) EXPECT_TRUE(desk.knock(knock(), kStart).has_value());
  EXPECT_EQ(desk.knock(knock(), kStart).error().code(), Errc::limit_reached);
  for (int i = 0; i < 40; ++i) static_cast<void>(desk.knock(knock("10.0.0." + std::to_string(i)), kStart));
  EXPECT_LE(desk.pending(kStart).size(), AccessDesk::kMost);
  Errc last = Errc::limit_reached;
  for (int i = 0; i < 20; ++i) last = desk.knock(knock(), kStart).error().code();
  EXPECT_EQ(last, Errc::rate_limited);
}

TEST(AccessDesk, CountsAnIpv6NetworkAsOnePlace) {
  EXPECT_EQ(source_group("2001:db8:1:2:3:4:5:6"), source_group("2001:db8:1:2::9"));
  EXPECT_NE(source_group("2001:db8:1:2::1"), source_group("2001:db8:1:3::1"));
  EXPECT_EQ(source_group("203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(source_group(""), "");
}

TEST(AccessDesk, CodesAreEasyToReadAndNotTheSame) {
  std::set<std::string> codes;
  for (int i = 0; i < 12; ++i) {
    AccessDesk desk;
    const std::string code = desk.knock(knock(), kStart)->request.code;
    EXPECT_EQ(code.size(), 9u);
    EXPECT_EQ(code.find_first_of("01OIL"), std::string::npos) << code;
    codes.insert(code);
  }
  EXPECT_THAT(codes, SizeIs(12));
}

}  // namespace
}  // namespace duotty::oversight
