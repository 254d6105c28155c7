#include <gtest/gtest.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/core/event.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/net/dial.hpp>
#include <duotty/ws/socket.hpp>
#include <future>
#include <optional>

#include "http_loopback.hpp"

namespace duotty::ws {
namespace {

using base::Errc;
using test::Answer;
using test::LoopbackServer;
using test::RawClient;

const std::string upgrade =
    "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// How a socket on the server ended.
struct Ended {
  Errc error = Errc::internal;
  std::uint16_t code = 0;
  std::string reason;
};

/// A server that sends every message back and tells how its first socket ended. The promise outlives the server.
struct EchoServer {
  explicit EchoServer(SocketOptions options = {}, const std::string& unix_path = {}) : server({}, unix_path) {
    server.handler.on_request = [this, options](http::Request request, http::Responder& responder) -> core::Task<> {
      auto socket = co_await accept(responder, request, options);
      if (!socket) co_return;
      for (;;) {
        auto message = co_await (*socket)->receive();
        if (!message) {
          if (!std::exchange(told, true))
            ended.set_value({message.error().code(), (*socket)->close_code(), std::string((*socket)->close_reason())});
          break;
        }
        if (message->kind == MessageKind::text) {
          co_await (*socket)->send_text(std::move(message->bytes));
        } else {
          const std::string_view bytes = message->bytes;
          co_await (*socket)->send_binary(bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2));
        }
      }
    };
  }
  Ended end() { return ended.get_future().get(); }
  std::promise<Ended> ended;
  bool told = false;
  LoopbackServer server;
};

/// A client's frame, masked with zeros so that the payload stands as it is.
std::string frame(unsigned first, std::string_view payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
  }
  return out.append(4, '\0').append(payload);
}

std::string close_payload(unsigned code, std::string_view reason = {}) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code)}.append(reason);
}

RawClient upgraded(std::uint16_t port) {
  RawClient client(port);
  client.send(upgrade);
  const std::string head = client.read_through("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos);
  EXPECT_EQ(head.find("Beast"), std::string::npos);
  EXPECT_EQ(head.find("Extensions"), std::string::npos);
  return client;
}

TEST(Socket, EchoesTextAndBinaryMessages) {
  EchoServer echo;
  RawClient client = upgraded(echo.server.port);
  client.send(frame(0x81, "hello"));
  EXPECT_EQ(client.read_bytes(7), "\x81\x05hello");
  client.send(frame(0x82, std::string("\0\xff\x01", 3)));
  EXPECT_EQ(client.read_bytes(5), std::string("\x82\x03\0\xff\x01", 5));
  client.send(frame(0x81, ""));
  EXPECT_EQ(client.read_bytes(2), std::string("\x81\0", 2));
}

TEST(Socket, WhatIsSentBehindTheHandshakeIsNotLost) {
  EchoServer echo;
  RawClient client(echo.server.port);
  client.send(upgrade + frame(0x81, "early"));
  client.read_through("\r\n\r\n");
  EXPECT_EQ(client.read_bytes(7),
            "\x81\x05"
            "early");
}

TEST(Socket, JoinsFragmentsWithPingsBetweenThem) {
  EchoServer echo;
  RawClient client = upgraded(echo.server.port);
  const std::string all = frame(0x01, "frag") + frame(0x89, "ping") + frame(0x00, "men") + frame(0x80, "ts");
  for (const char byte : all) client.send({&byte, 1});
  EXPECT_EQ(client.read_bytes(6), "\x8a\x04ping");
  EXPECT_EQ(client.read_bytes(11),
            "\x81\x09"
            "fragments");
}

TEST(Socket, ViolationsAreClosedWithTheirCode) {
  struct Case {
    std::string bytes;
    unsigned code;
    Errc error;
  };
  const Case cases[] = {
      {frame(0x81, "\xff\xfe"), 1007, Errc::protocol},                     // not UTF-8
      {frame(0x81, "\xed\xa0\x80"), 1007, Errc::protocol},                 // a surrogate
      {frame(0x01, "\xe2\x82") + frame(0x80, "x"), 1007, Errc::protocol},  // across fragments
      {std::string("\x81\x02hi"), 1002, Errc::protocol},                   // no mask
      {frame(0x83, "x"), 1002, Errc::protocol},                            // reserved opcode
      {frame(0xc1, "x"), 1002, Errc::protocol},                            // reserved bit
      {frame(0x80, "x"), 1002, Errc::protocol},                            // continues nothing
      {frame(0x01, "x") + frame(0x81, "y"), 1002, Errc::protocol},         // begins in the middle
      {frame(0x89, std::string(126, 'p')), 1002, Errc::protocol},          // a long control frame
      {frame(0x09, "p"), 1002, Errc::protocol},                            // a fragmented control frame
      {frame(0x88, "x"), 1002, Errc::protocol},                            // half a close code
      {frame(0x82, std::string(2000, 'x')), 1009, Errc::too_large},        // over the limit
  };
  for (const Case& one : cases) {
    SocketOptions options;
    options.max_message = 1000;
    EchoServer echo(options);
    RawClient client = upgraded(echo.server.port);
    client.send(one.bytes);
    const std::string close = client.read_bytes(4);
    EXPECT_EQ(static_cast<unsigned char>(close[0]), 0x88);
    const unsigned code = static_cast<unsigned char>(close[2]) * 256U + static_cast<unsigned char>(close[3]);
    EXPECT_EQ(code, one.code) << base::hex_encode(one.bytes).substr(0, 40);
    EXPECT_EQ(echo.end().error, one.error) << one.code;
  }
}

TEST(Socket, ALargeMessageInManyFragmentsIsRefusedBeforeItIsWhole) {
  SocketOptions options;
  options.max_message = 100'000;
  EchoServer echo(options);
  RawClient client = upgraded(echo.server.port);
  client.send(frame(0x02, std::string(60'000, 'a')));
  client.send(frame(0x00, std::string(60'000, 'b')));
  EXPECT_EQ(client.read_bytes(4).substr(2), close_payload(1009));
}

TEST(Socket, TheClosingHandshakeTellsCodeAndReason) {
  EchoServer echo;
  RawClient client = upgraded(echo.server.port);
  client.send(frame(0x88, close_payload(4001, "bye")));
  EXPECT_EQ(client.read_bytes(4).substr(0, 1), "\x88");
  const Ended ended = echo.end();
  EXPECT_EQ(ended.error, Errc::closed);
  EXPECT_EQ(ended.code, 4001);
  EXPECT_EQ(ended.reason, "bye");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Socket, ALostConnectionEndsReceive) {
  EchoServer echo;
  { RawClient client = upgraded(echo.server.port); }
  const Ended ended = echo.end();
  EXPECT_EQ(ended.error, Errc::closed);
  EXPECT_EQ(ended.code, 1006);
}

TEST(Socket, MayBeAcceptedAndClosedWithAnApplicationCode) {
  LoopbackServer server;
  server.handler.on_request = [](http::Request request, http::Responder& responder) -> core::Task<> {
    auto socket = co_await accept(responder, request);
    std::string reason(200, 'r');
    co_await (*socket)->close(CloseCode::unauthenticated, std::move(reason));
    std::string again = "again";
    co_await (*socket)->close(CloseCode::normal, std::move(again));
    std::string late = "late";
    const auto sent = co_await (*socket)->send_text(std::move(late));
    EXPECT_EQ(sent.error().code(), Errc::closed);
  };
  RawClient client = upgraded(server.port);
  const std::string head = client.read_bytes(4);
  EXPECT_EQ(head.substr(2), close_payload(4401));
  EXPECT_LE(static_cast<unsigned char>(head[1]), 125);
  client.read_bytes(static_cast<unsigned char>(head[1]) - 2U);
  client.send(frame(0x81, "still talking") + frame(0x88, close_payload(4401)));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Socket, ImproperUpgradesAreAnsweredOverHttp) {
  EchoServer echo;
  const auto ask = [&](std::string text, std::string_view from, std::string_view to) {
    RawClient client(echo.server.port);
    return client.ask(base::replace_all(std::move(text), from, to));
  };
  const Answer version = ask(upgrade, "Version: 13", "Version: 8");
  EXPECT_EQ(version.status, 426);
  EXPECT_EQ(version.headers.get("Sec-WebSocket-Version"), "13");
  EXPECT_EQ(ask(upgrade, "Upgrade: websocket\r\n", "").status, 426);
  EXPECT_EQ(ask(upgrade, "dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=").status, 400);
  EXPECT_EQ(ask(upgrade, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "").status, 400);
}

TEST(Socket, AgreesOnItsSubprotocolOnlyWhenItIsOffered) {
  SocketOptions options;
  options.subprotocol = "duotty";
  EchoServer echo(options);
  RawClient with(echo.server.port), without(echo.server.port);
  with.send(base::replace_all(upgrade, "Host: h\r\n", "Host: h\r\nSec-WebSocket-Protocol: x, duotty\r\n"));
  EXPECT_NE(with.read_through("\r\n\r\n").find("Sec-WebSocket-Protocol: duotty"), std::string::npos);
  without.send(upgrade);
  EXPECT_EQ(without.read_through("\r\n\r\n").find("Sec-WebSocket-Protocol"), std::string::npos);
}

core::Task<base::Result<std::unique_ptr<Socket>>> dial(std::uint16_t port, std::string unix_path) {
  std::unique_ptr<net::AnyStream> stream;
  if (unix_path.empty()) {
    auto dialled = co_await net::dial_tcp("127.0.0.1", port, std::chrono::seconds(20));
    stream = std::move(dialled.value());
  } else {
    auto dialled = co_await net::dial_unix(unix_path);
    stream = std::move(dialled.value());
  }
  http::Headers headers{{"Authorization", "Bearer x"}};
  co_return co_await connect(std::move(stream), "localhost", "/ws", std::move(headers));
}

core::Task<std::string> round_trips(std::uint16_t port, std::string unix_path) {
  auto socket = co_await dial(port, unix_path);
  if (!socket) co_return socket.error().message();
  std::string all;
  for (const std::size_t size : {std::size_t{1}, std::size_t{125}, std::size_t{70'000}, std::size_t{1'000'000}}) {
    const std::string sent(size, 'x');
    co_await (*socket)->send_binary(sent);
    auto back = co_await (*socket)->receive();
    if (!back || back->bytes != sent || back->kind != MessageKind::binary) co_return "a message changed";
    std::string text = "text";
    co_await (*socket)->send_text(std::move(text));
    back = co_await (*socket)->receive();
    all += back ? back->bytes : back.error().message();
  }
  std::string done = "done";
  co_await (*socket)->close(CloseCode::normal, std::move(done));
  co_return all;
}

TEST(Socket, TheClientsSideSpeaksOverTcpAndUnixSockets) {
  {
    EchoServer echo;
    EXPECT_EQ(echo.server.loop.run(round_trips(echo.server.port, "")), "texttexttexttext");
    EXPECT_EQ(echo.end().reason, "done");
  }
  const test::SocketFolder folder;
  EchoServer echo({}, folder.socket());
  EXPECT_EQ(echo.server.loop.run(round_trips(0, folder.socket())), "texttexttexttext");
  EXPECT_EQ(echo.end().code, 1000);
}

TEST(Socket, TheClientIsToldWhenItIsRefused) {
  LoopbackServer server;
  server.handler.on_request = [](http::Request request, http::Responder& responder) -> core::Task<> {
    const base::Error error(base::Errc::denied, std::string(request.headers.get("Authorization")));
    co_await responder.respond(http::error_response(error));
  };
  const auto socket = server.loop.run(dial(server.port, ""));
  EXPECT_EQ(socket.error().code(), Errc::upstream);
  EXPECT_NE(socket.error().message().find("403"), std::string::npos);
}

TEST(Socket, OverlappingSendsGoOutInTheirOrder) {
  LoopbackServer server;
  server.handler.on_request = [](http::Request request, http::Responder& responder) -> core::Task<> {
    using boost::asio::experimental::awaitable_operators::operator&&;
    auto socket = co_await accept(responder, request);
    const std::string first(300'000, 'a'), second(300'000, 'b'), third(10, 'c');
    auto all = (*socket)->send_binary(first) && (*socket)->send_binary(second) && (*socket)->send_binary(third);
    co_await std::move(all);
  };
  RawClient client = upgraded(server.port);
  const std::string bytes = client.read_to_end();
  EXPECT_EQ(bytes.size(), 300'000U * 2 + 10 + 10 + 10 + 2);
  EXPECT_EQ(bytes.find('b'), bytes.rfind('a') + 11);
  EXPECT_EQ(bytes.substr(bytes.size() - 10), "cccccccccc");
}

/// A socket whose handler waits in receive() or in a send that nobody reads.
void expect_stop_ends(bool sending) {
  std::promise<void> started;
  LoopbackServer server;
  server.handler.on_request = [&](http::Request request, http::Responder& responder) -> core::Task<> {
    auto socket = co_await accept(responder, request);
    started.set_value();
    const std::string much(sending ? 64U << 20 : 0U, 'x');
    if (sending) co_await (*socket)->send_binary(much);
    if (!sending) co_await (*socket)->receive();
  };
  RawClient client = upgraded(server.port);
  started.get_future().get();
  server.stop();
  client.read_to_end();
}

TEST(Socket, StoppingTheServerEndsASocketThatWaits) {
  expect_stop_ends(false);
  expect_stop_ends(true);
}

TEST(Socket, AbortEndsAReceiveUnderWay) {
  std::promise<Errc> ended;
  LoopbackServer server;
  server.handler.on_request = [&](http::Request request, http::Responder& responder) -> core::Task<> {
    auto socket = co_await accept(responder, request);
    boost::asio::post(co_await boost::asio::this_coro::executor, [&socket] { (*socket)->abort(); });
    const auto message = co_await (*socket)->receive();
    ended.set_value(message.error().code());
  };
  RawClient client = upgraded(server.port);
  EXPECT_EQ(ended.get_future().get(), Errc::closed);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Socket, CloseEndsAReceiveUnderWay) {
  std::promise<Errc> ended;
  LoopbackServer server;
  server.handler.on_request = [&](http::Request request, http::Responder& responder) -> core::Task<> {
    using boost::asio::experimental::awaitable_operators::operator&&;
    auto socket = co_await accept(responder, request);
    auto both = (*socket)->receive() && (*socket)->close(CloseCode::going_away, "restart");
    const auto message = co_await std::move(both);
    ended.set_value(message.error().code());
  };
  RawClient client = upgraded(server.port);
  EXPECT_EQ(client.read_bytes(11), "\x88\x09" + close_payload(1001, "restart"));
  client.send(frame(0x88, close_payload(1001)));
  EXPECT_EQ(ended.get_future().get(), Errc::closed);
}

TEST(Socket, CloseTakesTheRestOfAMessageThatIsBeingReceived) {
  std::promise<Errc> ended;
  LoopbackServer server;
  server.handler.on_request = [&](http::Request request, http::Responder& responder) -> core::Task<> {
    using boost::asio::experimental::awaitable_operators::operator&&;
    auto socket = co_await accept(responder, request);
    const auto first = co_await (*socket)->receive();
    EXPECT_EQ(first->bytes, "first");
    auto both = (*socket)->receive() && (*socket)->close(CloseCode::going_away, "restart");
    const auto message = co_await std::move(both);
    ended.set_value(message.error().code());
  };
  RawClient client = upgraded(server.port);
  client.send(frame(0x81, "first") + frame(0x81, std::string(500, 'x')));
  EXPECT_EQ(client.read_bytes(11), "\x88\x09" + close_payload(1001, "restart"));
  client.send(frame(0x88, close_payload(1001)));
  EXPECT_EQ(ended.get_future().get(), Errc::closed);
}

}  // namespace
}  // namespace duotty::ws
