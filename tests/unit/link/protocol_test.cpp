#include <gtest/gtest.h>
#include <duotty/link/protocol.hpp>

namespace duotty::link {
namespace {

template <class M>
M back(const M& message) {
  const auto decoded = decode(encode(message));
  EXPECT_TRUE(decoded.has_value());
  return decoded ? std::get<M>(*decoded) : M();
}

TEST(LinkProtocol, EveryFieldComesBack) {
  const auto connect = back(Connect{"me@host 22 ", "host", 2222, "me", {"ssh-ed25519", "ssh-rsa"}, 1, 2, 3, true});
  EXPECT_EQ(connect.target, "me@host 22 ");
  EXPECT_EQ(connect.port, 2222);
  EXPECT_EQ(connect.host_keys, (std::vector<std::string>{"ssh-ed25519", "ssh-rsa"}));
  EXPECT_EQ(connect.step_ms, 1u);
  EXPECT_EQ(connect.keepalive_s, 2u);
  EXPECT_EQ(connect.idle_ms, 3u);
  EXPECT_TRUE(connect.agent);
  const auto how = back(SignIn{{"publickey"}, "p", std::string("k\0y", 3), "phrase"});
  EXPECT_EQ(how.key, std::string("k\0y", 3));
  EXPECT_EQ(how.passphrase, "phrase");
  const auto open = back(Open{7, Use::direct, "db", 5432, {"A=b"}, "xterm", 100, 30});
  EXPECT_EQ(open.use, Use::direct);
  EXPECT_EQ(open.port, 5432);
  EXPECT_EQ(open.env, std::vector<std::string>{"A=b"});
  EXPECT_EQ(open.cols, 100);
  back(Leave());
  const auto exit = back(Exit{3, -1, "TERM"});
  EXPECT_EQ(exit.code, -1);
  EXPECT_EQ(exit.signal, "TERM");
  const auto failed = back(Failed{Step::sign_in, Reason::refused, "No."});
  EXPECT_EQ(failed.step, Step::sign_in);
  EXPECT_EQ(failed.reason, Reason::refused);
}

TEST(LinkProtocol, ForwardsComeBack) {
  const Forward forward{"f1", ForwardKind::remote, "localhost", 8080, "db", 5432};
  const auto wanted = back(forward);
  EXPECT_EQ(wanted.id, "f1");
  EXPECT_EQ(wanted.kind, ForwardKind::remote);
  EXPECT_EQ(wanted.bind, "localhost");
  EXPECT_EQ(wanted.port, 8080);
  EXPECT_EQ(wanted.host, "db");
  EXPECT_EQ(wanted.target, 5432);
  const auto state = back(Forwarding{forward, 1, 2, std::uint64_t{1} << 40, 4, "No."});
  EXPECT_EQ(state.forward.id, "f1");
  EXPECT_EQ(state.forward.target, 5432);
  EXPECT_EQ(state.open, 1u);
  EXPECT_EQ(state.total, 2u);
  EXPECT_EQ(state.to_host, std::uint64_t{1} << 40);
  EXPECT_EQ(state.from_host, 4u);
  EXPECT_EQ(state.trouble, "No.");
  EXPECT_EQ(back(Unforward{"f1"}).id, "f1");
  EXPECT_EQ(back(TellForwards{7}).round, 7u);
  EXPECT_EQ(back(ForwardsTold{8}).round, 8u);
  const auto failed = back(ForwardFailed{"f1", "Taken.", true});
  EXPECT_EQ(failed.message, "Taken.");
  EXPECT_TRUE(failed.lost);
}

TEST(LinkProtocol, WhatIsCutOffOrTooLongIsNoMessage) {
  const std::string whole = encode(Prompts{"n", "i", {"Code:"}, "1"});
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode(whole.substr(0, size))) << size;
  EXPECT_TRUE(decode(whole));
  EXPECT_FALSE(decode(whole + "x"));
  Open large;
  large.what = std::string(kMaxMessage, 'x');
  EXPECT_FALSE(decode(encode(large)));
}

TEST(LinkProtocol, UnknownTypesAndWordsAreRefused) {
  EXPECT_FALSE(decode(""));
  EXPECT_FALSE(decode(std::string("\xFF\xFF", 2)));
  std::string welcome = encode(Welcome{1, Stage::ready, ""});
  welcome[6] = static_cast<char>(Stage::count);
  EXPECT_FALSE(decode(welcome));
  std::string flag = encode(OpenFailed{1, "No.", true});
  EXPECT_TRUE(decode(flag));
  flag.back() = 2;
  EXPECT_FALSE(decode(flag));
}

TEST(LinkProtocol, NamesAreWords) {
  EXPECT_EQ(name(Step::host_key), "host_key");
  EXPECT_EQ(name(Reason::bad_key), "bad_key");
  EXPECT_EQ(name(ForwardKind::dynamic), "dynamic");
}

}  // namespace
}  // namespace duotty::link
