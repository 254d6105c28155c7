#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "plan.hpp"
#include "temporary_folder.hpp"

namespace duotty::remote {
namespace {

using store::ConnectionRow;
using store::ConnectionSecret;
using store::ConnectionSecrets;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Plan : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.own_known_hosts = folder_ + "/own";
    options_.known_hosts = {folder_ + "/users", folder_ + "/none"};
    row_.title = "web";
    row_.host = "web.example.org";
  }

  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ + "/" + name) << text; }
  ssh::HostKeyState state(const ssh::HostKey& key) {
    auto facts = judge_host_key(options_, "h", 22, key);
    EXPECT_TRUE(facts);
    return facts ? facts->state : ssh::HostKeyState::revoked;
  }
  static ssh::HostKey key(char fill) {
    return {"ssh-ed25519", std::string("\0\0\0\x0Bssh-ed25519\0\0\0\x20", 19) + std::string(32, fill)};
  }
  static std::string line(char fill) { return *ssh::known_host_line("h", 22, key(fill), false) + "\n"; }

  tests::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  LinkPoolOptions options_;
  ConnectionRow row_;
  ConnectionSecrets secrets_;
};

TEST_F(Plan, SecretsDecideTheMethods) {
  SshProfile profile;
  EXPECT_THAT(plan_sign_in(row_, profile, secrets_, "/")->methods, ElementsAre("password", "keyboard-interactive"))
      << "a password that is not stored is asked for";
  secrets_[static_cast<std::size_t>(ConnectionSecret::password)] = base::Secret("x");
  EXPECT_THAT(plan_sign_in(row_, profile, secrets_, "/")->methods, ElementsAre("password", "keyboard-interactive"));
  profile.auth_type = "agent";
  EXPECT_THAT(plan_sign_in(row_, profile, secrets_, "/")->methods,
              ElementsAre("agent", "keyboard-interactive", "password"));
  profile.auth_type = "key";
  EXPECT_FALSE(plan_sign_in(row_, profile, secrets_, "/"));
  write("key", "KEY");
  profile.private_key_path = "~/key";
  auto how = plan_sign_in(row_, profile, secrets_, folder_);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->key, "KEY");
  EXPECT_THAT(how->methods, ElementsAre("publickey", "keyboard-interactive", "password"));
  profile.private_key_path = folder_;
  EXPECT_THAT(plan_sign_in(row_, profile, secrets_, folder_).error().message(), HasSubstr("is not a file"));
}

TEST_F(Plan, FilesTogetherJudgeAHostKey) {
  using State = ssh::HostKeyState;
  EXPECT_EQ(state(key('a')), State::unknown);
  write("users", line('a'));
  EXPECT_EQ(state(key('a')), State::known);
  EXPECT_EQ(state(key('b')), State::changed);
  write("own", line('b'));
  EXPECT_EQ(state(key('b')), State::known) << "accepted here";
  write("users", "@revoked " + line('b'));
  EXPECT_EQ(state(key('b')), State::revoked) << "in any file";
  EXPECT_THAT(known_types(options_, "h", 22), ElementsAre("ssh-ed25519"));
}

TEST_F(Plan, AConnectionThatForwardsTheAgentLeadsElsewhere) {
  SshProfile profile;
  const std::string without = target_of(row_, profile);
  EXPECT_FALSE(plan_connect(row_, profile, {}, options_).agent);
  profile.agent_forwarding = true;
  EXPECT_NE(target_of(row_, profile), without);
  EXPECT_TRUE(plan_connect(row_, profile, {}, options_).agent);
}

}  // namespace
}  // namespace duotty::remote
