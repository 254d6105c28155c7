#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/write.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/net/dial.hpp>
#include <duotty/net/listener.hpp>
#include <fstream>

#include "sockets.hpp"
#include "temporary_folder.hpp"

namespace duotty::net {
namespace {

using base::Errc;
namespace asio = boost::asio;

core::Task<std::string> read_text(AnyStream& stream, std::size_t count) {
  std::string text;
  while (text.size() < count) {
    char buffer[16];
    auto [failed, size] = co_await stream.async_read_some(asio::buffer(buffer), core::as_result);
    if (failed) break;
    text.append(buffer, size);
  }
  co_return text;
}

core::Task<std::size_t> write_text(AnyStream& stream, std::string_view text) {
  auto [failed, size] = co_await stream.async_write_some(asio::buffer(text.data(), text.size()), core::as_result);
  static_cast<void>(failed);
  co_return size;
}

TEST(Listener, AcceptsOnAnIpv4PortThatTheKernelChooses) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(listener);
  EXPECT_NE(listener->port(), 0);
  EXPECT_EQ(listener->name(), "127.0.0.1:" + std::to_string(listener->port()));
  EXPECT_TRUE(listener->local_only());
  const Client client(AF_INET);
  ASSERT_TRUE(client.connect_v4(listener->port()));
  auto accepted = run(loop, listener->accept());
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->peer.transport, Transport::tcp);
  EXPECT_EQ(accepted->peer.address, "127.0.0.1");
  EXPECT_EQ(accepted->peer.local_port, listener->port());
  EXPECT_TRUE(accepted->peer.loopback);
  ASSERT_EQ(::send(client.fd, "hello", 5, 0), 5);
  EXPECT_EQ(run(loop, read_text(*accepted->stream, 5)), "hello");
  EXPECT_EQ(run(loop, write_text(*accepted->stream, "back")), 4U);
  char buffer[8];
  EXPECT_EQ(::recv(client.fd, buffer, sizeof buffer, 0), 4);
}

TEST(Listener, AcceptedDescriptorsAreCloseOnExec) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(listener);
  const Client client(AF_INET);
  ASSERT_TRUE(client.connect_v4(listener->port()));
  auto accepted = run(loop, listener->accept());
  EXPECT_NE(::fcntl(accepted->stream->socket().native_handle(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(listener->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Listener, TheIpv6WildcardTakesIpv4AndShowsItAsSuch) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "::", 0);
  if (!listener) {
    EXPECT_EQ(listener.error().code(), Errc::invalid_params);  // a machine without IPv6
    return;
  }
  EXPECT_FALSE(listener->local_only());
  const Client client(AF_INET);
  ASSERT_TRUE(client.connect_v4(listener->port()));
  auto accepted = run(loop, listener->accept());
  EXPECT_EQ(accepted->peer.address, "127.0.0.1");
  EXPECT_TRUE(accepted->peer.loopback);
  EXPECT_EQ(accepted->peer.uid, ::geteuid());
}

TEST(Listener, RefusesNamesAndSaysWhenAPortIsTaken) {
  asio::io_context loop(1);
  EXPECT_EQ(Listener::tcp(loop.get_executor(), "example.com", 0).error().code(), Errc::invalid_params);
  auto first = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(first);
  auto second = Listener::tcp(loop.get_executor(), "127.0.0.1", first->port());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Errc::conflict);
  EXPECT_NE(second.error().message().find(first->name()), std::string::npos);
}

TEST(Listener, AUnixSocketIsPrivateAndItsFileGoesWithIt) {
  asio::io_context loop(1);
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("api.sock");
  struct stat info {};
  {
    auto listener = Listener::unix_path(loop.get_executor(), path);
    ASSERT_TRUE(listener);
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    const Client client(AF_UNIX);
    ASSERT_TRUE(client.connect_unix(path));
    auto accepted = run(loop, listener->accept());
    EXPECT_EQ(accepted->peer.transport, Transport::unix_socket);
    EXPECT_EQ(accepted->peer.uid, ::geteuid());
    EXPECT_EQ(listener->port(), 0);
    EXPECT_TRUE(listener->local_only());
  }
  EXPECT_NE(::stat(path.c_str(), &info), 0);
}

TEST(Listener, ReplacesADeadSocketButNeverALiveOneOrAFile) {
  asio::io_context loop(1);
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("api.sock");
  {
    auto dead = Listener::unix_path(loop.get_executor(), path);
    ASSERT_TRUE(dead);
    dead->keep_file();
  }
  auto live = Listener::unix_path(loop.get_executor(), path);
  ASSERT_TRUE(live);
  EXPECT_EQ(Listener::unix_path(loop.get_executor(), path).error().code(), Errc::conflict);
  const Client client(AF_UNIX);
  EXPECT_TRUE(client.connect_unix(path)) << "the live socket must still be there";
  const std::string file = folder.file("notes");
  std::ofstream(file) << "keep me";
  EXPECT_EQ(Listener::unix_path(loop.get_executor(), file).error().code(), Errc::conflict);
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(Listener::unix_path(loop.get_executor(), std::string(200, 'x')).error().code(), Errc::invalid_params);
}

TEST(Listener, AdoptsAListeningDescriptorAndNothingElse) {
  asio::io_context loop(1);
  auto first = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(first);
  auto adopted = Listener::adopt(loop.get_executor(), ::dup(first->descriptor()));
  ASSERT_TRUE(adopted);
  EXPECT_EQ(adopted->name(), first->name());
  first->close();
  const Client client(AF_INET);
  ASSERT_TRUE(client.connect_v4(adopted->port()));
  EXPECT_TRUE(run(loop, adopted->accept()));
  EXPECT_EQ(Listener::adopt(loop.get_executor(), ::dup(client.fd)).error().code(), Errc::invalid_params);
  EXPECT_EQ(Listener::adopt(loop.get_executor(), ::dup(0)).error().code(), Errc::invalid_params);
}

TEST(Listener, ClosingEndsAPendingAccept) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(listener);
  asio::post(loop, [&] { listener->close(); });
  EXPECT_EQ(run(loop, listener->accept()).error().code(), Errc::closed);
}

TEST(AnyStream, ReadsWhatWasPutBackFirst) {
  asio::io_context loop(1);
  auto listener = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  const Client client(AF_INET);
  ASSERT_TRUE(client.connect_v4(listener->port()));
  auto accepted = run(loop, listener->accept());
  ASSERT_EQ(::send(client.fd, "world", 5, 0), 5);
  accepted->stream->unread("a longer hello than one buffer, ");
  accepted->stream->unread("Oh, ");
  EXPECT_EQ(run(loop, read_text(*accepted->stream, 41)), "Oh, a longer hello than one buffer, world");
}

TEST(Dial, ConnectsToUnixAndTcpAndSaysWhatIsUnreachable) {
  asio::io_context loop(1);
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("s");
  auto local = Listener::unix_path(loop.get_executor(), path);
  EXPECT_TRUE(run(loop, dial_unix(path)));
  EXPECT_EQ(run(loop, dial_unix(folder.file("none"))).error().code(), Errc::unreachable);
  auto tcp = Listener::tcp(loop.get_executor(), "127.0.0.1", 0);
  const std::uint16_t port = tcp->port();
  EXPECT_TRUE(run(loop, dial_tcp("127.0.0.1", port, std::chrono::seconds(20))));
  tcp->close();
  EXPECT_EQ(run(loop, dial_tcp("127.0.0.1", port, std::chrono::seconds(20))).error().code(), Errc::unreachable);
}

}  // namespace
}  // namespace duotty::net
