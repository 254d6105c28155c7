#include <gtest/gtest.h>
#include <sys/wait.h>

#include <duotty/net/any_stream.hpp>
#include <duotty/net/listener.hpp>
#include <duotty/net/peer.hpp>

#include <fstream>

#include "address.hpp"
#include "sockets.hpp"

namespace duotty::net {
namespace {

namespace asio = boost::asio;

sockaddr_storage address(const char* text, std::uint16_t port) {
  return *parse_address(text, port);
}

// 127.0.0.1:49320 -> 127.0.0.1:3000 belongs to uid 1000; the next line is an orphan, then a socket in TIME_WAIT.
constexpr uid_t kStranger = 65534;
const std::string table =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 11111 1 0 100 0 0 10 "
    "0\n"
    "   1: 0100007F:C0A8 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000  1000        0 22222 1 0 20 4 30 10 "
    "-1\n"
    "   2: 0100007F:C0A9 0100007F:0BB8 04 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1\n"
    "   3: 0100007F:C0AA 0100007F:0BB8 06 00000000:00000000 03:00000F00 00000000     0        0 0 3 0\n"
    "   4: 0100007F:C0AB 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000 65534        0 33333 1 0 20 4 30 10 "
    "-1\n";

TEST(ProcNet, FindsTheOwnerOfTheExactPairOfEnds) {
  const auto server = address("127.0.0.1", 3000);
  EXPECT_EQ(find_in_proc_net(table, AF_INET, address("127.0.0.1", 49320), server, kStranger), 1000U);
  EXPECT_EQ(find_in_proc_net(table, AF_INET, address("127.0.0.1", 49321), server, kStranger), std::nullopt);
  EXPECT_EQ(find_in_proc_net(table, AF_INET, address("127.0.0.1", 49322), server, kStranger), std::nullopt);
  EXPECT_EQ(find_in_proc_net(table, AF_INET, address("127.0.0.2", 49320), server, kStranger), std::nullopt);
  EXPECT_EQ(find_in_proc_net(table, AF_INET, address("127.0.0.1", 49320), address("127.0.0.1", 3001), kStranger),
            std::nullopt);
}

TEST(ProcNet, DoesNotTakeTheOverflowUserForARealOne) {
  const auto peer = address("127.0.0.1", 49323), server = address("127.0.0.1", 3000);
  EXPECT_EQ(find_in_proc_net(table, AF_INET, peer, server, 65534), std::nullopt);
  EXPECT_EQ(find_in_proc_net(table, AF_INET, peer, server, std::nullopt), 65534U) << "where all users are known";
}

TEST(Stranger, IsNobodyOnlyWhereTheNamespaceLacksUsers) {
  EXPECT_EQ(stranger("         0          0 4294967295\n", "65534\n"), std::nullopt);
  EXPECT_EQ(stranger("0 100000 65536\n", "65534\n"), 65534U) << "nobody is mapped, but so are not all others";
  EXPECT_EQ(stranger("0 1000 1\n1 100000 65536\n", "4242\n"), 4242U);
  EXPECT_EQ(stranger("0 0 65536\n65536 65536 4294901759\n", "65534\n"), std::nullopt);
  EXPECT_EQ(stranger("", ""), 65534U);
}

TEST(ProcNet, ReadsIpv6AndMappedAddresses) {
  const std::string v6 =
      "   0: 00000000000000000000000001000000:C0A8 00000000000000000000000001000000:0BB8 01 00000000:00000000 "
      "00:00000000 00000000  1001        0 22222 1\n"
      "   1: 0000000000000000FFFF00000100007F:C0A8 0000000000000000FFFF00000100007F:0BB8 01 00000000:00000000 "
      "00:00000000 00000000  1002        0 22223 1\n";
  EXPECT_EQ(find_in_proc_net(v6, AF_INET6, address("::1", 49320), address("::1", 3000), kStranger), 1001U);
  EXPECT_EQ(find_in_proc_net(v6, AF_INET6, address("127.0.0.1", 49320), address("127.0.0.1", 3000), kStranger), 1002U);
}

TEST(ProcNet, SurvivesNonsense) {
  const auto peer = address("127.0.0.1", 49320), server = address("127.0.0.1", 3000);
  EXPECT_EQ(find_in_proc_net("", AF_INET, peer, server, kStranger), std::nullopt);
  EXPECT_EQ(find_in_proc_net(" 0100007F:C0A8 0100007F:0BB8 ", AF_INET, peer, server, kStranger), std::nullopt);
  EXPECT_EQ(find_in_proc_net(" 0100007F:C0A8 0100007F:0BB8 zz 1 2 3 x y z\n", AF_INET, peer, server, kStranger),
            std::nullopt);
}

TEST(Addresses, LoopbackIsAWholeNetAndHasAMappedForm) {
  EXPECT_TRUE(is_loopback(address("127.0.0.1", 1)));
  EXPECT_TRUE(is_loopback(address("127.255.0.9", 1)));
  EXPECT_TRUE(is_loopback(address("::1", 1)));
  EXPECT_TRUE(is_loopback(address("::ffff:127.0.0.1", 1)));
  EXPECT_FALSE(is_loopback(address("128.0.0.1", 1)));
  EXPECT_FALSE(is_loopback(address("::ffff:10.0.0.1", 1)));
  EXPECT_FALSE(is_loopback(address("::2", 1)));
  EXPECT_EQ(address_text(unmapped(address("::ffff:10.0.0.1", 1))), "10.0.0.1");
  EXPECT_FALSE(parse_address("localhost", 1));
  EXPECT_FALSE(parse_address("1.2.3.4.5", 1));
}

/// Lets another user connect to `port` in a child process, and runs `look` while that user holds the connection.
template <class F>
void as_user(uid_t user, std::uint16_t port, bool close_before_looking, F look) {
  int connected[2], release[2];
  ASSERT_EQ(::pipe(connected), 0);
  ASSERT_EQ(::pipe(release), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(user, user, user) != 0) ::_exit(2);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in end{};
    end.sin_family = AF_INET;
    end.sin_port = htons(port);
    end.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&end), sizeof end) != 0) ::_exit(3);
    if (close_before_looking) ::close(fd);
    char byte = 0;
    if (::write(connected[1], &byte, 1) != 1) ::_exit(4);
    ::close(release[1]);
    static_cast<void>(::read(release[0], &byte, 1));
    ::_exit(0);
  }
  char byte = 0;
  EXPECT_EQ(::read(connected[0], &byte, 1), 1);
  look();
  for (const int fd : {connected[0], connected[1], release[0], release[1]}) ::close(fd);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(PeerResolver, TellsTheUserOfALoopbackConnection) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(listener);
  as_user(::geteuid(), listener->port(), false, [&] {
    const auto accepted = run(loop, listener->accept());
    EXPECT_EQ(accepted->peer.uid, ::geteuid());
  });
}

TEST(PeerResolver, ASocketThatItsProcessHasClosedProvesNothing) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(listener);
  as_user(::geteuid(), listener->port(), true, [&] {
    const auto accepted = run(loop, listener->accept());
    EXPECT_EQ(accepted->peer.uid, std::nullopt) << "orphans claim to be root's";
  });
}

TEST(PeerResolver, TellsAnotherUserApart) {
  if (::geteuid() != 0) return;  // only root can become another user; the table above covers the rest
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(listener);
  as_user(4242, listener->port(), false, [&] {
    const auto accepted = run(loop, listener->accept());
    EXPECT_EQ(accepted->peer.uid, 4242U);
  });
  as_user(65534, listener->port(), false, [&] {
    const auto accepted = run(loop, listener->accept());
    const std::optional<uid_t> nobody = stranger() == 65534U ? std::nullopt : std::optional<uid_t>(65534);
    EXPECT_EQ(accepted->peer.uid, nobody);
  });
}

TEST(PeerResolver, BothWaysOfAskingAgree) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  const Client client(AF_INET);
  ASSERT_TRUE(client.connect_v4(listener->port()));
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  ASSERT_EQ(::getsockname(client.fd, reinterpret_cast<sockaddr*>(&peer), &size), 0);
  const auto local = address("127.0.0.1", listener->port());
  PeerResolver resolver;
  EXPECT_EQ(resolver.tcp_owner(peer, local), ::geteuid());
  std::ifstream file("/proc/net/tcp");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(find_in_proc_net(text, AF_INET, peer, local, kStranger), ::geteuid());
}

TEST(PeerResolver, FindsAnIpv6ClientAndAMappedOne) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "::1", 0);
  if (!listener) return;  // a machine without IPv6
  const Client six(AF_INET6);
  ASSERT_TRUE(six.connect_v6(listener->port()));
  EXPECT_EQ(run(loop, listener->accept())->peer.uid, ::geteuid());
  auto four = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  const Client mapped(AF_INET6);
  ASSERT_TRUE(mapped.connect_v6(four->port(), "::ffff:127.0.0.1"));
  EXPECT_EQ(run(loop, four->accept())->peer.uid, ::geteuid());
}

}  // namespace
}  // namespace duotty::net
