#include <gtest/gtest.h>

#include <atomic>
#include <duotty/core/event.hpp>
#include <duotty/net/any_stream.hpp>
#include <future>
#include <optional>

#include "http_loopback.hpp"

namespace duotty::http {
namespace {

using std::chrono::milliseconds;
using test::Answer;
using test::LoopbackServer;
using test::RawClient;

const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

ServerOptions quick() {
  ServerOptions options;
  options.limits.header_time = milliseconds(50);
  options.limits.body_idle = milliseconds(50);
  options.limits.keep_alive = milliseconds(50);
  options.limits.write_idle = milliseconds(50);
  options.limits.linger = milliseconds(50);
  return options;
}

TEST(ServerLimits, ASlowHeaderIsAnswered408) {
  LoopbackServer server(quick());
  RawClient client(server.port);
  client.send("GET / HTTP/1.1\r\nHo");
  const std::string text = client.read_to_end();
  EXPECT_TRUE(text.starts_with("HTTP/1.1 408 ")) << text;
  EXPECT_NE(text.find("\"code\":\"timeout\""), std::string::npos);
  EXPECT_NE(text.find("Connection: close"), std::string::npos);
}

TEST(ServerLimits, DripFeedingAHeaderDoesNotBuyTime) {
  ServerOptions options = quick();
  options.limits.header_block = 1U << 30;  // only the clock may end this
  options.limits.header_time = milliseconds(200);
  LoopbackServer server(options);
  RawClient client(server.port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  std::thread drip([&] {
    try {
      for (;;) client.send("X: 1\r\n");
    } catch (const std::exception&) {  // the server has closed
    }
  });
  while (client.more()) {
  }
  drip.join();
  EXPECT_EQ(server.stats().requests, 0U);
}

TEST(ServerLimits, ASlowBodyIsAnswered408) {
  LoopbackServer server(quick());
  RawClient client(server.port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 408 "));
}

TEST(ServerLimits, IdleConnectionsAreClosedWithoutAWord) {
  LoopbackServer server(quick());
  RawClient silent(server.port), idle(server.port);
  EXPECT_EQ(idle.ask(get).status, 200);
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(silent.read_to_end(), "");
}

TEST(ServerLimits, AClientThatDoesNotReadIsDropped) {
  std::promise<base::Errc> ended;
  LoopbackServer server(quick());
  server.handler.on_request = [&](Request, Responder& responder) -> core::Task<> {
    auto stream = co_await responder.start_stream(Response());
    const std::string piece(1U << 20, 'x');
    for (;;) {
      const auto sent = co_await (*stream)->write(piece);
      if (sent) continue;
      ended.set_value(sent.error().code());
      break;
    }
  };
  RawClient client(server.port);
  client.send(get);
  EXPECT_EQ(ended.get_future().get(), base::Errc::closed);
}

TEST(ServerLimits, HugeHeadersAndLinesAreRefusedEvenWhileTheClientStillSends) {
  LoopbackServer server;
  const std::pair<std::string, const char*> cases[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1U << 20, 'x'), "431"},
      {"GET /" + std::string(1U << 20, 'x'), "414"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n" + std::string(1U << 18, 'x'), "413"},
  };
  for (const auto& [text, status] : cases) {
    RawClient client(server.port);
    client.send(text);
    EXPECT_TRUE(client.read_to_end().starts_with(std::string("HTTP/1.1 ") + status)) << status;
  }
  EXPECT_EQ(server.stats().malformed, 2U);
}

TEST(ServerLimits, AfterAMalformedRequestNothingMoreIsRead) {
  LoopbackServer server;
  for (const char* text :
       {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", "GET /../x HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n", "NONSENSE\r\n\r\n"}) {
    RawClient client(server.port);
    client.send(text + get);
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << text << answer;
    EXPECT_EQ(answer.find("HTTP/1.1 200"), std::string::npos) << "a smuggled request was answered: " << text;
  }
  EXPECT_EQ(server.stats().requests, 0U);
}

TEST(ServerLimits, TooManyConnectionsAreTurnedAwayAndComeBackLater) {
  ServerOptions options;
  options.limits.connections = 2;
  LoopbackServer server(options);
  auto first = std::make_unique<RawClient>(server.port);
  RawClient second(server.port);
  EXPECT_EQ(first->ask(get).status, 200);
  EXPECT_EQ(second.ask(get).status, 200);
  RawClient third(server.port);
  third.send(get);
  const std::string text = third.read_to_end();
  EXPECT_TRUE(text.starts_with("HTTP/1.1 503 ")) << text;
  EXPECT_NE(text.find("Retry-After"), std::string::npos);
  EXPECT_EQ(server.stats().refused, 1U);
  first.reset();
  while (server.stats().connections > 1) std::this_thread::yield();
  RawClient fourth(server.port);
  EXPECT_EQ(fourth.ask(get).status, 200);
}

TEST(ServerLimits, BodiesOfAllConnectionsTogetherAreBounded) {
  ServerOptions options;
  options.limits.bodies_total = 1000;
  LoopbackServer server(options);
  RawClient holder(server.port);
  holder.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n" + std::string(800, 'x'));
  // The holder's bytes are counted once the server has read them; ask until they are.
  Answer answer;
  do {
    RawClient other(server.port);
    answer = other.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300\r\n\r\n" + std::string(300, 'y'));
  } while (answer.status == 200);
  EXPECT_EQ(answer.status, 503);
  holder.send(std::string(100, 'x'));
  EXPECT_EQ(holder.read_answer().status, 200);
  RawClient after(server.port);
  EXPECT_EQ(after.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n" + std::string(900, 'z')).status, 200);
}

/// Waits until it is cancelled, and says so. Declared before its server, which uses it to the end.
struct Waiter {
  void serve(LoopbackServer& server) {
    never.emplace(server.loop.executor());
    server.handler.on_request = [this](Request request, Responder& responder) -> core::Task<> {
      if (request.path == "/stream") co_await responder.start_stream(Response());
      struct Tell {
        Waiter& waiter;
        ~Tell() { waiter.ended.set_value(); }
      } const tell{*this};
      started.set_value();
      co_await never->wait();
    };
  }
  std::optional<core::Event> never;
  std::promise<void> started, ended;
};

TEST(ServerCancel, AClosedConnectionCancelsItsHandler) {
  for (const char* path : {"/", "/stream"}) {
    Waiter waiter;
    LoopbackServer server;
    waiter.serve(server);
    {
      RawClient client(server.port);
      client.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
      waiter.started.get_future().get();
    }
    waiter.ended.get_future().get();
    while (server.stats().connections > 0) std::this_thread::yield();
    EXPECT_EQ(server.stats().cancelled, 1U);
  }
}

TEST(ServerCancel, AResetConnectionCancelsItsHandler) {
  Waiter waiter;
  LoopbackServer server;
  waiter.serve(server);
  RawClient client(server.port);
  client.send(get);
  waiter.started.get_future().get();
  const linger reset{1, 0};
  ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  client.close();
  waiter.ended.get_future().get();
}

TEST(ServerCancel, StoppingTheServerEndsEverything) {
  Waiter waiter;
  LoopbackServer server;
  waiter.serve(server);
  RawClient busy(server.port), idle(server.port), half(server.port);
  busy.send(get);
  half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  waiter.started.get_future().get();
  server.stop();
  waiter.ended.get_future().get();
  EXPECT_EQ(busy.read_to_end(), "");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
}

}  // namespace
}  // namespace duotty::http
