// Bodies that a handler reads piece by piece, and streams of a known length.
#include <gtest/gtest.h>

#include "http_loopback.hpp"

namespace duotty::http {
namespace {

using namespace std::string_literals;
using test::Answer;
using test::LoopbackServer;
using test::RawClient;

constexpr std::size_t kLarge = 9 * 1024 * 1024;  // more than a body that is read whole may have

/// Answers with how long the body was and how its pieces were; `/some` reads only one.
core::Task<> count(Request request, Responder& responder) {
  std::size_t total = request.body.size();
  std::size_t largest = 0;
  for (;;) {
    auto piece = co_await responder.read_body();
    if (!piece) {
      co_await responder.respond(error_response(piece.error()));
      co_return;
    }
    if (piece->empty()) break;
    total += piece->size();
    largest = std::max(largest, piece->size());
    if (request.path == "/some") break;
  }
  co_await responder.respond(
      text_response(std::to_string(total) + (largest <= 512 * 1024 ? " small" : " large"), "text/plain"));
}

void stream_bodies(LoopbackServer& server) {
  server.handler.on_head_complete = [](Request&) {
    HeadVerdict verdict;
    verdict.stream_body = true;
    return verdict;
  };
  server.handler.on_request = count;
}

TEST(ServerBody, IsReadByTheHandlerHoweverLongItIs) {
  LoopbackServer server;
  stream_bodies(server);
  RawClient client(server.port);
  const std::string body(kLarge, 'x');
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
  client.send(body);
  EXPECT_EQ(client.read_answer().body, std::to_string(kLarge) + " small");
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100; ++i) client.send("186a0\r\n" + std::string(100'000, 'y') + "\r\n");
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "10000000 small");
  EXPECT_EQ(
      client.ask("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: h\r\n\r\n").body,
      "3 small");
  EXPECT_EQ(client.read_answer().body, "0 small") << "what follows is the next request";
}

TEST(ServerBody, IsAskedForOnlyWhenItIsRead) {
  LoopbackServer server;
  stream_bodies(server);
  RawClient client(server.port);
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_EQ(client.read_answer().body, "3 small");
}

TEST(ServerBody, ThatIsLeftUnreadEndsTheConnection) {
  LoopbackServer server;
  stream_bodies(server);
  RawClient client(server.port);
  client.send("PUT /some HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + std::string(1000, 'x'));
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.headers.has_token("Connection", "close"));
}

TEST(ServerBody, ThatIsNotWantedIsTakenAllTheSameSoThatTheAnswerIsRead) {
  LoopbackServer server;
  stream_bodies(server);
  RawClient client(server.port);
  client.send("PUT /some HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
  client.send(std::string(kLarge, 'x'));
  EXPECT_TRUE(client.read_answer().body.ends_with(" small"));
}

TEST(ServerBody, ThatIsMalformedOrBreaksOffIsAnError) {
  LoopbackServer server;
  stream_bodies(server);
  RawClient malformed(server.port);
  EXPECT_EQ(malformed.ask("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").status, 400);
  RawClient gone(server.port);
  gone.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  gone.close();
  RawClient other(server.port);
  EXPECT_EQ(other.ask("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na").body, "1 small");
}

TEST(ServerBody, ThatComesTooSlowlyIsGivenUp) {
  ServerOptions options;
  options.limits.body_idle = std::chrono::milliseconds(30);
  LoopbackServer server(options);
  stream_bodies(server);
  RawClient client(server.port);
  EXPECT_EQ(client.ask("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc").status, 504);
}

TEST(ServerStream, MayHaveALength) {
  LoopbackServer server;
  server.handler.on_request = [](Request request, Responder& responder) -> core::Task<> {
    Response head = text_response("", "text/plain");
    head.headers.set("Content-Length", "8");
    auto stream = co_await responder.start_stream(std::move(head));
    co_await (*stream)->write("half");
    if (request.path == "/short") co_return;
    const auto more = co_await (*stream)->write("too much");
    EXPECT_FALSE(more || request.method == "HEAD");
    co_await (*stream)->write("full");
  };
  RawClient client(server.port);
  const Answer answer = client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.body, "halffull");
  EXPECT_FALSE(answer.headers.has("Transfer-Encoding"));
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").body, "halffull");
  client.send("GET /short HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\nhalf")) << "cut off, for it is not whole";
}

}  // namespace
}  // namespace duotty::http
