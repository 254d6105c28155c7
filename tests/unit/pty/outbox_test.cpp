#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "keeper_outbox.hpp"

namespace duotty::pty {
namespace {

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    ours_.reset(pair[0]);
    theirs_.reset(pair[1]);
  }
  /// The next message at the other end; nullopt when there is none.
  std::optional<wire::Message> next() {
    std::string bytes;
    if (receive_packet(theirs_.get(), bytes, fds_) != PacketIo::done) return std::nullopt;
    return wire::decode(bytes);
  }
  /// Fills the socket until nothing more goes in.
  void block() {
    while (send_packet(ours_.get(), std::string(1000, 'x'), {}) == PacketIo::done) continue;
  }
  void unblock() {
    std::string bytes;
    while (receive_packet(theirs_.get(), bytes, fds_) == PacketIo::done) continue;
  }

  base::UniqueFd ours_;
  base::UniqueFd theirs_;
  std::vector<base::UniqueFd> fds_;
  Outbox outbox_;
};

TEST_F(OutboxTest, KeepsWhatTheSocketDoesNotTakeAndItsOrder) {
  block();
  outbox_.push(wire::Exited{"a", {}});
  outbox_.push(wire::Output{"b"});
  EXPECT_EQ(outbox_.flush(ours_.get()), PacketIo::again);
  EXPECT_FALSE(outbox_.empty());
  unblock();
  EXPECT_EQ(outbox_.flush(ours_.get()), PacketIo::done);
  EXPECT_TRUE(std::holds_alternative<wire::Exited>(*next()));
  EXPECT_TRUE(std::holds_alternative<wire::Output>(*next()));
  EXPECT_FALSE(next());
}

TEST_F(OutboxTest, MeltsNotificationsOfOneTerminalUntilTheyAreSent) {
  for (int i = 0; i < 100; ++i) {
    outbox_.push_output("a");
    outbox_.push_output("b");
  }
  EXPECT_EQ(outbox_.flush(ours_.get()), PacketIo::done);
  EXPECT_EQ(std::get<wire::Output>(*next()).id, "a");
  EXPECT_EQ(std::get<wire::Output>(*next()).id, "b");
  EXPECT_FALSE(next());
  outbox_.push_output("a");
  EXPECT_EQ(outbox_.flush(ours_.get()), PacketIo::done);
  EXPECT_EQ(std::get<wire::Output>(*next()).id, "a");
}

TEST_F(OutboxTest, HoldsDescriptorsOpenUntilTheyAreSent) {
  auto shared = std::make_shared<base::UniqueFd>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  block();
  outbox_.push(wire::Stashed{"x"}, {shared});
  shared.reset();
  unblock();
  EXPECT_EQ(outbox_.flush(ours_.get()), PacketIo::done);
  EXPECT_TRUE(next());
  ASSERT_EQ(fds_.size(), 1U);
  EXPECT_NE(::fcntl(fds_[0].get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(OutboxTest, SaysWhenThereIsTooMuchOfIt) {
  EXPECT_FALSE(outbox_.congested());
  for (int i = 0; i < 1024; ++i) outbox_.push(wire::Ready{});
  EXPECT_TRUE(outbox_.congested());
  outbox_.clear();
  EXPECT_FALSE(outbox_.congested());
}

TEST_F(OutboxTest, NoticesThatNobodyIsThere) {
  theirs_.reset();
  outbox_.push(wire::Ready{});
  EXPECT_EQ(outbox_.flush(ours_.get()), PacketIo::closed);
}

TEST_F(OutboxTest, DoesNotSendWhatIsTooLarge) {
  EXPECT_EQ(send_packet(ours_.get(), std::string(wire::kMaxMessage + 1, 'x'), {}), PacketIo::broken);
  EXPECT_EQ(send_packet(ours_.get(), std::string(wire::kMaxMessage, 'x'), {}), PacketIo::done);
}

TEST_F(OutboxTest, RefusesAPacketThatWasCut) {
  const std::string large(wire::kMaxMessage + 1, 'x');
  ASSERT_GT(::send(ours_.get(), large.data(), large.size(), 0), 0);
  std::string bytes;
  EXPECT_EQ(receive_packet(theirs_.get(), bytes, fds_), PacketIo::broken);
}

}  // namespace
}  // namespace duotty::pty
