#include <gtest/gtest.h>

#include <duotty/sftp/protocol.hpp>

#include "sftp_peers.hpp"

namespace duotty::sftp {
namespace {

using base::Errc;

std::string body_of(const std::string& packet) {
  return packet.substr(4);
}

TEST(Splitter, FindsPacketsHoweverTheBytesArrive) {
  const std::string stream = status(1, StatusCode::ok, "one") + status(2, StatusCode::eof, "two");
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    Splitter splitter;
    std::vector<std::string> found;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      splitter.feed(std::string_view(stream).substr(at, step));
      for (;;) {
        auto packet = splitter.next();
        ASSERT_TRUE(packet);
        if (!*packet) break;
        found.emplace_back(**packet);
      }
    }
    ASSERT_EQ(found.size(), 2U) << step;
    EXPECT_EQ(parse_reply(found[0])->text, "one");
    EXPECT_EQ(parse_reply(found[1])->code, StatusCode::eof);
    EXPECT_EQ(splitter.size(), 0U);
  }
}

TEST(Splitter, RefusesLengthsThatCannotBe) {
  for (const std::uint32_t length : {0U, static_cast<std::uint32_t>(kMostPacket) + 1, 0xffffffffU}) {
    Splitter splitter;
    splitter.feed(u32(length));
    const auto packet = splitter.next();
    ASSERT_FALSE(packet);
    EXPECT_EQ(packet.error().code(), Errc::protocol);
  }
}

TEST(Splitter, ForgetsWhatWasTaken) {
  Splitter splitter;
  const std::string large = packet_of(Type::data, u32(1) + text(std::string(200'000, 'x')));
  for (int i = 0; i < 50; ++i) {
    splitter.feed(large);
    const auto packet = splitter.next();
    ASSERT_TRUE(packet && *packet);
    EXPECT_EQ(parse_reply(**packet)->text.size(), 200'000U);
    EXPECT_EQ(splitter.size(), 0U);
  }
}

TEST(Packet, WritesWhatAServerReads) {
  Packet packet(Type::open, 7);
  Attributes attributes;
  attributes.mode = 0644;
  attributes.size = 0x1'0000'0002;
  packet.text("/a").u32(open_flag::read).attributes(attributes);
  const std::string bytes = packet.take();
  EXPECT_EQ(bytes.substr(0, 4), u32(static_cast<std::uint32_t>(bytes.size() - 4)));
  EXPECT_EQ(bytes.substr(4),
            std::string(1, '\3') + u32(7) + text("/a") + u32(1) + u32(5) + u32(1) + u32(2) + u32(0644));
  EXPECT_EQ(init_packet(), u32(5) + std::string(1, '\1') + u32(3));
}

TEST(Version, ListsExtensionsAndRefusesOldServers) {
  const auto version =
      parse_version(body_of(packet_of(Type::version, u32(3) + text("posix-rename@openssh.com") + text("1"))));
  ASSERT_TRUE(version);
  EXPECT_TRUE(version->has("posix-rename@openssh.com"));
  EXPECT_FALSE(version->has("fsync@openssh.com"));
  EXPECT_EQ(parse_version(body_of(packet_of(Type::version, u32(2)))).error().code(), Errc::unsupported);
  for (const std::string& bad : {std::string(), std::string(1, '\2'), body_of(status(1, StatusCode::ok)),
                                 body_of(packet_of(Type::version, u32(3) + text("name") + u32(50)))}) {
    EXPECT_EQ(parse_version(bad).error().code(), Errc::protocol);
  }
}

TEST(Reply, HasNamesWithTheirAttributes) {
  const std::string extended = u32(1) + text("x") + text("y");
  const std::string entry = text("a b") + text("-rw-r--r-- 1 ...") + u32(0x8000000d) + u32(0) + u32(9) + u32(0100644) +
                            u32(11) + u32(12) + extended;
  const auto reply = parse_reply(body_of(packet_of(Type::name, u32(5) + u32(1) + entry)));
  ASSERT_TRUE(reply) << reply.error().message();
  ASSERT_EQ(reply->names.size(), 1U);
  EXPECT_EQ(reply->names[0].name, "a b");
  EXPECT_EQ(reply->names[0].attributes.size, 9U);
  EXPECT_EQ(reply->names[0].attributes.mode, 0100644U);
  EXPECT_EQ(reply->names[0].attributes.times, std::pair(11U, 12U));
  EXPECT_FALSE(reply->names[0].attributes.owner);
}

TEST(Reply, RefusesEveryLie) {
  const std::vector<std::string> lies = {
      "",
      std::string(1, 'e'),
      body_of(packet_of(Type::data, u32(1) + u32(0xffffffff))),
      body_of(packet_of(Type::data, u32(1) + text("abc") + "more")),
      body_of(packet_of(Type::handle, u32(1) + text(""))),
      body_of(packet_of(Type::handle, u32(1) + text(std::string(kMostHandle + 1, 'h')))),
      body_of(packet_of(Type::name, u32(1) + u32(0xffffffff))),
      body_of(packet_of(Type::name, u32(1) + u32(2) + text("a") + text("a") + u32(0))),
      body_of(packet_of(Type::attrs, u32(1) + u32(1) + u32(0))),
      body_of(packet_of(Type::attrs, u32(1) + u32(0x80000000) + u32(0xffffffff))),
      body_of(packet_of(Type::open, u32(1))),
      body_of(packet_of(static_cast<Type>(77), u32(1))),
  };
  for (const std::string& lie : lies) {
    const auto reply = parse_reply(lie);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code(), Errc::protocol);
  }
  EXPECT_FALSE(parse_space("short"));
  EXPECT_FALSE(parse_limits("short"));
}

TEST(Reply, TakesAStatusWithoutWords) {
  const auto reply = parse_reply(body_of(packet_of(Type::status, u32(1) + u32(4))));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, StatusCode::failure);
}

}  // namespace
}  // namespace duotty::sftp
