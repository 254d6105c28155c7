#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exported.hpp"

namespace duotty::remote {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const json kLocal = {{"id", "old"},  {"kind", "local"},          {"bind", "127.0.0.1"},
                     {"port", 5432}, {"target_host", "db.test"}, {"target_port", 5433}};
const json kRemote = {
    {"kind", "remote"}, {"bind", "localhost"}, {"port", 9000}, {"target_host", "localhost"}, {"target_port", 80}};

SshImport import_of(const json& forwards, bool may_loosen) {
  json connection = {{"title", "web"}, {"host", "web.test"}, {"username", "me"}, {"forwards", forwards}};
  SshImportRules rules;
  rules.may_loosen = may_loosen;
  auto import = import_exported(json::array({connection}), rules);
  EXPECT_TRUE(import);
  EXPECT_THAT(import->found, SizeIs(1));
  return std::move(*import);
}

TEST(Exported, KeptForwardsComeBackUnderNewIds) {
  const SshImport import = import_of(json::array({kLocal, kRemote}), true);
  EXPECT_THAT(import.notes, IsEmpty());
  const auto& forwards = import.found.front().profile.forwards;
  ASSERT_THAT(forwards, SizeIs(2));
  EXPECT_NE(forwards[0].id, "old");
  EXPECT_NE(forwards[0].id, forwards[1].id);
  EXPECT_EQ(forwards[0].kind, "local");
  EXPECT_EQ(forwards[0].bind, "127.0.0.1");
  EXPECT_EQ(forwards[0].port, 5432);
  EXPECT_EQ(forwards[0].target_host, "db.test");
  EXPECT_EQ(forwards[0].target_port, 5433);
  EXPECT_EQ(forwards[1].kind, "remote");
  EXPECT_EQ(forwards[1].bind, "localhost");
}

TEST(Exported, OnlyAnAdministratorTakesForwardsThatLetOthersIn) {
  json open = kLocal;
  open["bind"] = "0.0.0.0";
  const SshImport import = import_of(json::array({kRemote, open, kLocal}), false);
  EXPECT_THAT(import.found.front().profile.forwards, SizeIs(1));
  EXPECT_THAT(import.notes, ElementsAre(HasSubstr("web: a remote forward at localhost is not taken"),
                                        HasSubstr("web: a local forward at 0.0.0.0 is not taken")));
}

TEST(Exported, AForwardThatIsNoneIsLeftOutAlone) {
  json no_target = kLocal;
  no_target.erase("target_host");
  json odd = kLocal;
  odd["target_host"] = "-oProxyCommand=x";
  json far = kLocal;
  far["port"] = 70000;
  json kind = kLocal;
  kind["kind"] = "sideways";
  const json all = json::array({1, "x", json::object(), no_target, odd, far, kind, kLocal});
  const SshImport import = import_of(all, true);
  EXPECT_THAT(import.found.front().profile.forwards, SizeIs(1));
  EXPECT_THAT(import.notes, SizeIs(all.size() - 1));
  for (const std::string& note : import.notes) EXPECT_THAT(note, HasSubstr("web: a forward is not taken. "));
}

TEST(Exported, TakesAsManyForwardsAsALinkCarries) {
  json many = json::array();
  for (int i = 0; i < 100; ++i) many.push_back(kLocal);
  const SshImport import = import_of(many, true);
  EXPECT_THAT(import.found.front().profile.forwards, SizeIs(64));
  EXPECT_THAT(import.notes, ElementsAre("web: only 64 of its forwards are taken."));
}

}  // namespace
}  // namespace duotty::remote
