#include <duotty/net/tls.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <duotty/core/event.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/net/dial.hpp>
#include <duotty/net/listener.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sockets.hpp"
#include "temporary_folder.hpp"

namespace duotty::net {
namespace {

using base::Errc;
using namespace std::chrono_literals;
using asio::experimental::awaitable_operators::operator&&;

constexpr auto kLimit = 60s;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Tls : public testing::Test {
 protected:
  Tls() {
    chain = folder + "/cert.pem";
    key = folder + "/key.pem";
    listener.emplace(std::move(*Listener::tcp(loop.get_executor(), "127.0.0.1", 0)));
  }

  void make(const std::vector<std::string>& names = {"localhost", "127.0.0.1"}) {
    const auto made = make_self_signed(chain, key, names);
    ASSERT_TRUE(made) << made.error().message();
  }

  /// Both ends of a connection that has not shaken hands.
  void connect() {
    auto both = run(loop, connected());
    ASSERT_TRUE(both);
  }
  core::Task<bool> connected() {
    auto race = listener->accept() && dial_tcp("127.0.0.1", listener->port(), kLimit);
    auto [accepted, dialled] = co_await std::move(race);
    if (!accepted || !dialled) co_return false;
    server = std::move(accepted->stream);
    client = std::move(*dialled);
    co_return true;
  }

  using Verdict = base::Result<>;
  core::Task<std::pair<Verdict, Verdict>> shaken(TlsContext ours, TlsContext theirs, std::string host) {
    auto race = accept_tls(*server, std::move(ours), kLimit) && connect_tls(*client, std::move(theirs), host, kLimit);
    auto [accepted, dialled] = co_await std::move(race);
    co_return std::pair(accepted, dialled);
  }
  /// What the server and the client say of the handshake.
  std::pair<Verdict, Verdict> shake(const std::string& trusted, const std::string& host) {
    auto ours = TlsContext::server(chain, key);
    auto theirs = TlsContext::client(trusted);
    EXPECT_TRUE(ours) << ours.error().message();
    EXPECT_TRUE(theirs);
    connect();
    return run(loop, shaken(*ours, *theirs, host));
  }

  core::Task<std::string> carried(AnyStream& from, AnyStream& to, std::string sent) {
    std::string got;
    auto race = write(from, sent) && read(to, sent.size());
    got = co_await std::move(race);
    co_return got;
  }
  static core::Task<> write(AnyStream& stream, std::string_view text) {
    // In three pieces, as a frame and its head are: they arrive as one stream.
    const std::array<asio::const_buffer, 3> pieces = {asio::buffer(text.substr(0, 1)), asio::buffer(text.substr(1, 5)),
                                                      asio::buffer(text.substr(6))};
    auto [failed, size] = co_await asio::async_write(stream, pieces, core::as_result);
    EXPECT_FALSE(failed) << failed.message();
    EXPECT_EQ(size, text.size());
  }
  static core::Task<std::string> read(AnyStream& stream, std::size_t count) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (text.size() < count) {
      auto [failed, size] = co_await stream.async_read_some(asio::buffer(buffer), core::as_result);
      EXPECT_FALSE(failed) << failed.message();
      if (failed) break;
      text.append(buffer.data(), size);
    }
    co_return text;
  }

  asio::io_context loop{1};
  tests::TemporaryFolder temporary;
  const std::string folder = temporary.string();
  std::string chain;
  std::string key;
  std::optional<Listener> listener;
  std::unique_ptr<AnyStream> server;
  std::unique_ptr<AnyStream> client;
};

TEST_F(Tls, CarriesBytesBothWays) {
  make();
  const auto [accepted, dialled] = shake(text_of(chain), "localhost");
  ASSERT_TRUE(accepted) << accepted.error().message();
  ASSERT_TRUE(dialled) << dialled.error().message();
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += std::to_string(i) + "\n";
  EXPECT_EQ(run(loop, carried(*client, *server, text)), text);
  AnyStream moved(std::move(*server));
  EXPECT_EQ(run(loop, carried(moved, *client, text)), text);
}

TEST_F(Tls, AReadCanBeCancelledAndNothingIsLost) {
  make();
  const auto [accepted, dialled] = shake(text_of(chain), "127.0.0.1");
  ASSERT_TRUE(accepted && dialled);
  const auto one_byte = [](AnyStream& stream) -> core::Task<std::size_t> {
    char byte = 0;
    auto [failed, size] = co_await stream.async_read_some(asio::buffer(&byte, 1), core::as_result);
    co_return failed ? 0 : size;
  };
  const auto a_turn = []() -> core::Task<> { co_await asio::post(asio::use_awaitable); };
  const auto interrupted = [&one_byte, &a_turn](AnyStream& stream) -> core::Task<bool> {
    using asio::experimental::awaitable_operators::operator||;
    // The read is begun first; a turn of the loop later it is still waiting.
    auto race = one_byte(stream) || a_turn();
    const auto outcome = co_await std::move(race);
    co_return outcome.index() == 1;
  };
  EXPECT_TRUE(run(loop, interrupted(*server)));
  EXPECT_EQ(run(loop, carried(*client, *server, "still all of it")), "still all of it");
}

TEST_F(Tls, TheEndOfTheOtherSideIsTheEndOfTheStream) {
  make();
  const auto [accepted, dialled] = shake(text_of(chain), "localhost");
  ASSERT_TRUE(accepted && dialled);
  client->shutdown_send();
  const auto ended = [](AnyStream& stream) -> core::Task<boost::system::error_code> {
    std::array<char, 8> buffer{};
    auto [failed, size] = co_await stream.async_read_some(asio::buffer(buffer), core::as_result);
    EXPECT_EQ(size, 0U);
    co_return failed;
  };
  EXPECT_EQ(run(loop, ended(*server)), asio::error::eof);
}

TEST_F(Tls, RefusesACertificateThatNobodyVouchesFor) {
  make();
  const auto [accepted, dialled] = shake("", "localhost");
  EXPECT_FALSE(accepted);
  ASSERT_FALSE(dialled);
  EXPECT_EQ(dialled.error().code(), Errc::unreachable);
  EXPECT_NE(dialled.error().message().find("certificate"), std::string::npos);
}

TEST_F(Tls, RefusesACertificateForAnotherName) {
  make({"box.example"});
  const auto [accepted, dialled] = shake(text_of(chain), "localhost");
  EXPECT_FALSE(accepted);
  EXPECT_FALSE(dialled);
}

TEST_F(Tls, TellsAHandshakeFromPlainHttp) {
  const auto first_byte = [this](std::string text) -> core::Task<bool> {
    co_await write(*client, std::move(text));
    co_return co_await speaks_tls(*server, kLimit);
  };
  connect();
  EXPECT_FALSE(run(loop, first_byte("GET / HTTP/1.1\r\n\r\n")));
  EXPECT_EQ(run(loop, read(*server, 18)), "GET / HTTP/1.1\r\n\r\n");
  connect();
  EXPECT_TRUE(run(loop, first_byte("\x16\x03\x01 and more")));
}

TEST_F(Tls, AHandshakeOfRubbishIsAProtocolError) {
  make();
  auto context = TlsContext::server(chain, key);
  connect();
  const auto rubbish = [this](TlsContext ours) -> core::Task<Verdict> {
    co_await write(*client, "\x16rubbish that is no record at all");
    co_return co_await accept_tls(*server, std::move(ours), kLimit);
  };
  const auto verdict = run(loop, rubbish(*context));
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code(), Errc::protocol);
}

TEST_F(Tls, TheKeyOfAMadeCertificateIsItsOwnersAlone) {
  make();
  struct stat info {};
  ASSERT_EQ(::stat(key.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  const auto facts = read_certificate(chain);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->fingerprint.size(), 32U * 3 - 1);
  EXPECT_GT(facts->expires, std::chrono::system_clock::now() + 800 * 24h);
}

TEST_F(Tls, SaysWhichFileCannotBeUsed) {
  make();
  EXPECT_EQ(TlsContext::server(folder + "/none.pem", key).error().field(), "tls_cert");
  EXPECT_EQ(TlsContext::server(chain, folder + "/none.pem").error().field(), "tls_key");
  const std::string mine = text_of(key);
  make();
  std::ofstream(folder + "/other.pem") << mine;
  const auto mixed = TlsContext::server(chain, folder + "/other.pem");
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().field(), "tls_key");
  EXPECT_EQ(read_certificate(key).error().field(), "tls_cert");
  EXPECT_FALSE(TlsContext::client("no certificate"));
}

}  // namespace
}  // namespace duotty::net
