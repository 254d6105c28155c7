#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <duotty/ssh/known_hosts.hpp>

#include "openssh.hpp"

namespace duotty::ssh {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// Keys of ssh-keygen, made once.
class Keys {
 public:
  static const Keys& get() {
    static const Keys keys;
    return keys;
  }
  HostKey ed25519, other, ecdsa, rsa;
  std::string fingerprint_of_ed25519;

 private:
  Keys() {
    ed25519 = made("a", "ed25519", "256");
    other = made("b", "ed25519", "256");
    ecdsa = made("c", "ecdsa", "384");
    rsa = made("d", "rsa", "2048");
    const Ran said = run({"ssh-keygen", "-l", "-f", folder_ / "a.pub"});
    fingerprint_of_ed25519 = std::string(base::split(said.out, ' ').at(1));
  }
  HostKey made(const std::string& name, const std::string& type, const std::string& bits) {
    const Ran ran = run({"ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-f", folder_ / name});
    EXPECT_EQ(ran.status, 0) << ran.out;
    const std::string text = folder_.read(name + ".pub");
    const auto words = base::split(text, ' ');
    auto key = parse_host_key(words.at(0), words.at(1));
    EXPECT_TRUE(key);
    return key ? *key : HostKey{};
  }
  Folder folder_;
};

std::string entry(const HostKey& key) {
  return key.type + " " + base::base64_encode(key.blob);
}

HostKeyState state(const std::string& text, const std::string& host, std::uint16_t port, const HostKey& key) {
  const auto hosts = KnownHosts::parse(text);
  EXPECT_TRUE(hosts);
  const auto answer = hosts->check(host, port, key);
  EXPECT_TRUE(answer);
  return answer ? answer->state : HostKeyState::revoked;
}

TEST(KnownHosts, FingerprintsAreThoseOfSshKeygen) {
  EXPECT_THAT(Keys::get().fingerprint_of_ed25519, StartsWith("SHA256:"));
  EXPECT_EQ(fingerprint(Keys::get().ed25519), Keys::get().fingerprint_of_ed25519);
}

TEST(KnownHosts, KnownUnknownChangedRevoked) {
  const Keys& k = Keys::get();
  const std::string text = "# comment\n\nbox,192.0.2.1 " + entry(k.ed25519) + " a comment\nbox " + entry(k.rsa) +
                           "\r\n" + "@revoked * " + entry(k.ecdsa) + "\n";
  EXPECT_EQ(state(text, "box", 22, k.ed25519), HostKeyState::known);
  EXPECT_EQ(state(text, "BOX", 22, k.rsa), HostKeyState::known);
  EXPECT_EQ(state(text, "192.0.2.1", 22, k.ed25519), HostKeyState::known);
  EXPECT_EQ(state(text, "box", 22, k.other), HostKeyState::changed);
  EXPECT_EQ(state(text, "192.0.2.1", 22, k.rsa), HostKeyState::unknown);
  EXPECT_EQ(state(text, "elsewhere", 22, k.ed25519), HostKeyState::unknown);
  EXPECT_EQ(state(text, "anywhere", 2222, k.ecdsa), HostKeyState::revoked);
  const auto answer = KnownHosts::parse(text)->check("box", 22, k.other);
  EXPECT_EQ(answer->fingerprint, fingerprint(k.other));
  ASSERT_THAT(answer->stored, SizeIs(2));
  EXPECT_EQ(fingerprint(answer->stored[0].key), fingerprint(k.ed25519));
  EXPECT_EQ(answer->stored[0].line, 3U);
}

TEST(KnownHosts, PortsAreNamedInBrackets) {
  const Keys& k = Keys::get();
  const std::string text = "[box]:2222 " + entry(k.ed25519) + "\nplain " + entry(k.ed25519) + "\n";
  EXPECT_EQ(state(text, "box", 2222, k.ed25519), HostKeyState::known);
  EXPECT_EQ(state(text, "box", 2222, k.other), HostKeyState::changed);
  EXPECT_EQ(state(text, "box", 22, k.ed25519), HostKeyState::unknown);
  EXPECT_EQ(state(text, "plain", 2222, k.ed25519), HostKeyState::known);
  EXPECT_EQ(state(text, "plain", 2222, k.other), HostKeyState::unknown);
}

TEST(KnownHosts, WildcardsAndNegation) {
  const Keys& k = Keys::get();
  const std::string text = "*.example.org,!bad.example.org,10.0.0.? " + entry(k.ed25519) + "\n";
  EXPECT_EQ(state(text, "a.example.org", 22, k.ed25519), HostKeyState::known);
  EXPECT_EQ(state(text, "10.0.0.7", 22, k.ed25519), HostKeyState::known);
  EXPECT_EQ(state(text, "bad.example.org", 22, k.ed25519), HostKeyState::unknown);
}

TEST(KnownHosts, AuthoritiesSignAndAreNoHostKeys) {
  const Keys& k = Keys::get();
  const std::string text =
      "@cert-authority *.example.org " + entry(k.ed25519) + "\n@unheard-of * " + entry(k.rsa) + "\n";
  EXPECT_EQ(state(text, "a.example.org", 22, k.ed25519), HostKeyState::unknown);
  EXPECT_EQ(state(text, "a.example.org", 22, k.other), HostKeyState::unknown);
  EXPECT_THAT(*KnownHosts::parse(text)->authorities("a.example.org", 22), SizeIs(1));
  EXPECT_THAT(*KnownHosts::parse(text)->authorities("elsewhere", 22), SizeIs(0));
  EXPECT_EQ(KnownHosts::parse(text)->size(), 1U);
}

TEST(KnownHosts, NamesHashedBySshKeygen) {
  const Keys& k = Keys::get();
  const Folder folder;
  const std::string path = folder.write("known", "box " + entry(k.ed25519) + "\n[box]:2222 " + entry(k.rsa) + "\n");
  ASSERT_EQ(run({"ssh-keygen", "-H", "-f", path}).status, 0);
  const std::string text = folder.read("known");
  ASSERT_THAT(text, StartsWith("|1|"));
  EXPECT_EQ(state(text, "box", 22, k.ed25519), HostKeyState::known);
  EXPECT_EQ(state(text, "box", 22, k.other), HostKeyState::changed);
  EXPECT_EQ(state(text, "box", 2222, k.rsa), HostKeyState::known);
  EXPECT_EQ(state(text, "cox", 22, k.ed25519), HostKeyState::unknown);
}

TEST(KnownHosts, LinesOfOursAreFoundBySshKeygen) {
  const Keys& k = Keys::get();
  const Folder folder;
  const std::string path = folder.write("known", "# mine\nfirst " + entry(k.rsa));  // without a line end
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  ASSERT_TRUE(add_known_host(path, "Box", 22, k.ed25519, true));
  ASSERT_TRUE(add_known_host(path, "box", 2222, k.ecdsa, true));
  ASSERT_TRUE(add_known_host(path, "2001:db8::1", 22, k.rsa, false));
  const std::string text = folder.read("known");
  EXPECT_THAT(text, StartsWith("# mine\nfirst " + entry(k.rsa) + "\n|1|"));
  EXPECT_EQ(text.find("box"), std::string::npos) << "a hashed name can be read";
  for (const auto& [name, key] : {std::pair{"box", k.ed25519}, std::pair{"[box]:2222", k.ecdsa},
                                  std::pair{"2001:db8::1", k.rsa}, std::pair{"first", k.rsa}}) {
    const Ran ran = run({"ssh-keygen", "-F", name, "-f", path});
    EXPECT_EQ(ran.status, 0) << name << ": " << ran.out;
    EXPECT_THAT(ran.out, HasSubstr(entry(key))) << name;
  }
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0644U);
}

TEST(KnownHosts, ANewFileIsPrivateAndALinkStaysOne) {
  const Keys& k = Keys::get();
  const Folder folder;
  std::filesystem::create_symlink("target", folder / "link");
  ASSERT_TRUE(add_known_host(folder / "link", "box", 22, k.ed25519, false));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  struct stat facts {};
  ASSERT_EQ(::stat((folder / "target").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_EQ(state(folder.read("target"), "box", 22, k.ed25519), HostKeyState::known);
}

TEST(KnownHosts, WhatMakesNoSenseIsPassedOver) {
  const Keys& k = Keys::get();
  const std::string key = base::base64_encode(k.ed25519.blob);
  for (const std::string& line :
       {std::string("box"), std::string("box ssh-ed25519"), std::string("box ssh-ed25519 %%%"), "box ssh-rsa " + key,
        "|1|x|y ssh-ed25519 " + key, "|2|x|y ssh-ed25519 " + key, std::string("@revoked"),
        "box ssh-ed25519 " + key.substr(4), std::string("box ssh-ed25519 AAAA")}) {
    EXPECT_EQ(KnownHosts::parse(line + "\n")->size(), 0U) << line;
  }
  EXPECT_EQ(KnownHosts::parse(std::string(200'000, '\n')).error().code(), base::Errc::too_large);
}

TEST(KnownHosts, NamesThatCouldAddLinesAreRefused) {
  const Keys& k = Keys::get();
  for (const char* host : {"a\nb", "a b", "-x", "", "a,b", "*"}) {
    EXPECT_FALSE(known_host_line(host, 22, k.ed25519, false)) << host;
    EXPECT_FALSE(KnownHosts::parse("")->check(host, 22, k.ed25519)) << host;
  }
  EXPECT_FALSE(known_host_line("box", 0, k.ed25519, false));
  EXPECT_FALSE(known_host_line("box", 22, HostKey{"ssh-ed25519\nx", "y"}, false));
  EXPECT_FALSE(known_host_line("box", 22, HostKey{"ssh-rsa", k.ed25519.blob}, false));
}

}  // namespace
}  // namespace duotty::ssh
