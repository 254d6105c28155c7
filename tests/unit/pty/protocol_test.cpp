#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keeper_protocol.hpp"

namespace duotty::pty::wire {
namespace {

Exit some_exit() {
  return {-1, 9, 1'000'001, 2'000'002, 0xFFFFFFFFFFULL};
}

std::vector<Message> one_of_each() {
  return {Hello{kVersion, 4711},
          Spawn{"t1",
                {"/bin/sh", "-c", "echo \xC3\xA4"},
                {"A=1", "B="},
                "/tmp",
                80,
                24,
                std::string("\0\xFFmeta", 6),
                1,
                4096},
          Meta{"t1", "opaque"},
          Signal{"t1", 15, 2},
          Forget{"t1"},
          Resume{"t1"},
          Stash{"http"},
          Unstash{"http"},
          Restart{},
          Stop{},
          Stashed{"http"},
          Terminal{"t1", 99, 200, 50, "meta", 1, 1, some_exit()},
          Ready{},
          Spawned{"t1", 99},
          SpawnFailed{"t1", 2, Step::exec},
          Output{"t1"},
          Exited{"t1", some_exit()}};
}

TEST(KeeperProtocol, EveryMessageSurvivesTheWire) {
  const auto messages = one_of_each();
  ASSERT_EQ(messages.size(), std::variant_size_v<Message>);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ(messages[i].index(), i);
    const std::string bytes = encode(messages[i]);
    const auto back = decode(bytes);
    ASSERT_TRUE(back) << "type " << i;
    EXPECT_EQ(back->index(), i);
    EXPECT_EQ(encode(*back), bytes) << "type " << i;
  }
}

TEST(KeeperProtocol, CarriesEveryFieldOfASpawn) {
  const auto back = decode(encode(one_of_each()[1]));
  ASSERT_TRUE(back);
  const auto& spawn = std::get<Spawn>(*back);
  EXPECT_EQ(spawn.id, "t1");
  EXPECT_EQ(spawn.argv, (std::vector<std::string>{"/bin/sh", "-c", "echo \xC3\xA4"}));
  EXPECT_EQ(spawn.env, (std::vector<std::string>{"A=1", "B="}));
  EXPECT_EQ(spawn.cwd, "/tmp");
  EXPECT_EQ(spawn.cols, 80);
  EXPECT_EQ(spawn.rows, 24);
  EXPECT_EQ(spawn.meta, std::string("\0\xFFmeta", 6));
  EXPECT_EQ(spawn.in_memory, 1);
  EXPECT_EQ(spawn.capacity, 4096U);
}

TEST(KeeperProtocol, CarriesNegativeNumbersAndRusage) {
  const auto back = decode(encode(Exited{"x", some_exit()}));
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<Exited>(*back).exit, some_exit());
}

TEST(KeeperProtocol, RefusesEveryTruncation) {
  for (const Message& message : one_of_each()) {
    const std::string bytes = encode(message);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_FALSE(decode(std::string_view(bytes).substr(0, length))) << "type " << message.index() << " at " << length;
    }
  }
}

TEST(KeeperProtocol, RefusesTrailingBytes) {
  for (const Message& message : one_of_each()) EXPECT_FALSE(decode(encode(message) + '\0')) << message.index();
}

TEST(KeeperProtocol, RefusesUnknownTypesAndSteps) {
  EXPECT_FALSE(decode(std::string("\x11\x00", 2)));
  EXPECT_FALSE(decode(std::string("\xFF\xFF", 2)));
  std::string failed = encode(SpawnFailed{"t1", 2, Step::exec});
  failed.back() = static_cast<char>(Step::count);
  EXPECT_FALSE(decode(failed));
}

TEST(KeeperProtocol, RefusesALengthThatPromisesTooMuchWithoutAllocatingForIt) {
  std::string bytes = encode(Spawn{"t", {}, {}, "/", 1, 1, "", 0, 4096});
  // The argv count stands after type (2), id length (4) and id (1).
  for (int i = 7; i < 11; ++i) bytes[static_cast<std::size_t>(i)] = '\xFF';
  EXPECT_FALSE(decode(bytes));
}

TEST(KeeperProtocol, RefusesMessagesBeyondTheLimit) {
  EXPECT_TRUE(decode(encode(Meta{"t", std::string(kMaxMessage - 11, 'x')})));
  EXPECT_FALSE(decode(encode(Meta{"t", std::string(kMaxMessage - 10, 'x')})));
}

TEST(KeeperProtocol, AnyByteFlipEitherDecodesOrIsRefusedButNeverCrashes) {
  for (const Message& message : one_of_each()) {
    const std::string bytes = encode(message);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const char flip : {'\x01', '\x80', '\xFF'}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ flip);
        if (const auto back = decode(changed)) {
          EXPECT_EQ(encode(*back), changed);
        }
      }
    }
  }
}

TEST(KeeperProtocol, IdsAreSafeAsDirectoryNames) {
  for (const char* good : {"a", "kx3b9c0d1e2f", "A-b_9"}) EXPECT_TRUE(valid_id(good)) << good;
  EXPECT_TRUE(valid_id(std::string(64, 'a')));
  for (const char* bad : {"", ".", "..", "a/b", "a.b", "a b", "\xC3\xA4", "a\n"}) EXPECT_FALSE(valid_id(bad)) << bad;
  EXPECT_FALSE(valid_id(std::string(65, 'a')));
  EXPECT_FALSE(valid_id(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace duotty::pty::wire
