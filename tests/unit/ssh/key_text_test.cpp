#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/ssh/key_text.hpp>

#include "openssh.hpp"

namespace duotty::ssh {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class KeyTexts : public ::testing::Test {
 protected:
  std::string make(const std::vector<std::string>& how) {
    const std::string name = "key" + std::to_string(++made_);
    std::vector<std::string> words = {"ssh-keygen", "-q", "-f", folder_ / name};
    words.insert(words.end(), how.begin(), how.end());
    const Ran ran = run(words);
    EXPECT_EQ(ran.status, 0) << ran.out;
    return name;
  }
  std::string blob(const std::string& file) { return std::string(base::split(folder_.read(file), ' ').at(1)); }

  Folder folder_;
  int made_ = 0;
};

TEST_F(KeyTexts, KeysThatCanBeTriedAreTried) {
  for (const char* format : {"RFC4716", "PEM", "PKCS8"}) {
    EXPECT_THAT(key_trouble(folder_.read(make({"-t", "ecdsa", "-N", "", "-m", format}))), IsEmpty()) << format;
  }
  EXPECT_THAT(key_trouble(folder_.read(make({"-t", "ed25519", "-N", "words", "-a", "1"}))), IsEmpty());
  for (const char* text :
       {"", "-", "no key", "-----BEGIN OPENSSH PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----"}) {
    EXPECT_THAT(key_trouble(text), IsEmpty()) << text;
  }
}

TEST_F(KeyTexts, CiphersThatAreNotReadAreNamed) {
  for (const char* cipher : {"aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"}) {
    const std::string key = folder_.read(make({"-t", "ed25519", "-N", "words", "-a", "1", "-Z", cipher}));
    EXPECT_THAT(key_trouble(key), HasSubstr(std::string("encrypted with ") + cipher));
    EXPECT_THAT(key_trouble(base::replace_all(key, "\n", "\r\n")), HasSubstr("ssh-keygen -p -Z aes256-ctr"));
  }
}

TEST_F(KeyTexts, WhatIsNoPrivateKeyIsSaid) {
  const std::string name = make({"-t", "ed25519", "-N", ""});
  EXPECT_THAT(key_trouble(folder_.read(name + ".pub")), HasSubstr("public key"));
  EXPECT_THAT(key_trouble("PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n"), HasSubstr("puttygen"));
  // What ssh-keygen writes for one, without the device: the type is in the public part.
  const std::string part = std::string("\0\0\0\x1Ask-ssh-ed25519@openssh.com", 30);
  const std::string bytes =
      std::string("openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01\0\0\0\x1E", 43) + part;
  const std::string key =
      "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base::base64_encode(bytes) + "\n-----END OPENSSH PRIVATE KEY-----\n";
  EXPECT_THAT(key_trouble(key), HasSubstr("ssh-add"));
}

TEST_F(KeyTexts, ACertificateIsTakenOffAndBelongsToItsKey) {
  const std::string authority = make({"-t", "ed25519", "-N", ""});
  const std::string other = make({"-t", "ed25519", "-N", ""});
  for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
    const std::string name = make({"-t", type, "-N", ""});
    ASSERT_EQ(run({"ssh-keygen", "-q", "-s", folder_ / authority, "-I", "a person", folder_ / (name + ".pub")}).status,
              0);
    const std::string key = folder_.read(name);
    const KeyText parts = split_key_text(key + "\n" + folder_.read(name + "-cert.pub"));
    EXPECT_EQ(parts.key, key + "\n");
    EXPECT_THAT(parts.certificate_type, ::testing::EndsWith("-cert-v01@openssh.com"));
    EXPECT_TRUE(certifies(parts.certificate, blob(name + ".pub"))) << type;
    EXPECT_FALSE(certifies(parts.certificate, blob(other + ".pub"))) << type;
    EXPECT_EQ(split_key_text(key).key, key);
    EXPECT_THAT(split_key_text(key).certificate, IsEmpty());
  }
  EXPECT_FALSE(certifies("", ""));
  EXPECT_FALSE(certifies("*", "AAAA"));
}

}  // namespace
}  // namespace duotty::ssh
