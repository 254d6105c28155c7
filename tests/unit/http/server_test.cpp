#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <duotty/core/event.hpp>
#include <duotty/net/any_stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http_loopback.hpp"

namespace duotty::http {
namespace {

using test::Answer;
using test::LoopbackServer;
using test::RawClient;

const std::string get = "GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n";

std::string post(const std::string& body, const std::string& fields = {}) {
  return "POST /p HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

TEST(Server, AnswersAndKeepsTheConnection) {
  LoopbackServer server;
  RawClient client(server.port);
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.ask(get);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /a\nx=1\nbody 0\n");
    EXPECT_EQ(answer.headers.get("Connection"), "keep-alive");
  }
  EXPECT_EQ(server.stats().accepted, 1U);
  EXPECT_EQ(server.stats().requests, 3U);
}

TEST(Server, ServesAUnixSocketAndTellsWhoIsThere) {
  const test::SocketFolder folder;
  LoopbackServer server({}, folder.socket());
  server.handler.on_request = [](Request request, Responder& responder) -> core::Task<> {
    const bool unix_peer = request.peer.transport == net::Transport::unix_socket;
    std::string text = unix_peer && request.peer.uid == ::geteuid() ? "me" : "nobody";
    co_await responder.respond(text_response(std::move(text), "text/plain"));
  };
  RawClient client(folder.socket());
  EXPECT_EQ(client.ask(get).body, "me");
}

TEST(Server, EveryAnswerHasTheSecureDefaults) {
  LoopbackServer server;
  server.handler.on_request = [](Request request, Responder& responder) -> core::Task<> {
    const bool page = request.path == "/page";
    co_await responder.respond(text_response("x", page ? "text/html; charset=utf-8" : "application/json"));
  };
  RawClient client(server.port);
  const Answer api = client.ask("GET /api HTTP/1.1\r\nHost: h\r\nOrigin: https://evil.example\r\n\r\n");
  EXPECT_EQ(api.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(api.headers.get("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(api.headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(api.headers.get("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_FALSE(api.headers.has("Server"));
  EXPECT_FALSE(api.headers.has("Access-Control-Allow-Origin"));
  const Answer page = client.ask("GET /page HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string policy(page.headers.get("Content-Security-Policy"));
  EXPECT_NE(policy.find("script-src 'self' 'wasm-unsafe-eval';"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(page.headers.get("X-Frame-Options"), "DENY");
}

TEST(Server, AHeaderValueCannotBeginAnother) {
  LoopbackServer server;
  server.handler.on_request = [](Request, Responder& responder) -> core::Task<> {
    Response response = json_response("{}");
    response.headers.add("X-Name", "a\r\nSet-Cookie: stolen\n\r\n<html>");
    response.headers.add("Content-Length", "99");
    co_await responder.respond(std::move(response));
  };
  RawClient client(server.port);
  const Answer answer = client.ask(get);
  EXPECT_EQ(answer.headers.get("X-Name"), "aSet-Cookie: stolen<html>");
  EXPECT_FALSE(answer.headers.has("Set-Cookie"));
  EXPECT_EQ(answer.headers.get("Content-Length"), "2");
}

TEST(Server, OnlyConfiguredOriginsMayReadAnswers) {
  ServerOptions options;
  options.cors_origins = {"https://panel.example"};
  LoopbackServer server(options);
  RawClient client(server.port);
  const Answer good = client.ask("GET / HTTP/1.1\r\nHost: h\r\nOrigin: https://panel.example\r\n\r\n");
  EXPECT_EQ(good.headers.get("Access-Control-Allow-Origin"), "https://panel.example");
  EXPECT_FALSE(good.headers.has("Access-Control-Allow-Credentials"));
  const Answer bad = client.ask("GET / HTTP/1.1\r\nHost: h\r\nOrigin: https://panel.example.evil\r\n\r\n");
  EXPECT_FALSE(bad.headers.has("Access-Control-Allow-Origin"));
  EXPECT_EQ(bad.headers.get("Vary"), "Origin");
  const Answer preflight = client.ask(
      "OPTIONS /p HTTP/1.1\r\nHost: h\r\nOrigin: https://panel.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_TRUE(preflight.headers.has_token("Access-Control-Allow-Headers", "X-Duotty"));
}

TEST(Server, ReadsBodiesHoweverTheyAreCut) {
  LoopbackServer server;
  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
  RawClient client(server.port);
  for (const std::string& request : {chunked, post("hello")}) {
    for (std::size_t cut = 1; cut < request.size(); ++cut) {
      client.send(request.substr(0, cut));
      client.send(request.substr(cut));
      const Answer answer = client.read_answer();
      ASSERT_EQ(answer.status, 200) << cut;
      ASSERT_TRUE(answer.body.ends_with(request == chunked ? "body 7\nabcdefg" : "body 5\nhello")) << answer.body;
    }
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  LoopbackServer server;
  RawClient client(server.port);
  std::string all;
  for (int i = 0; i < 50; ++i) all += i % 2 == 0 ? get : post(std::to_string(i));
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    const Answer answer = client.read_answer();
    ASSERT_EQ(answer.body.substr(0, 5), i % 2 == 0 ? "GET /" : "POST ");
    ASSERT_TRUE(i % 2 == 0 || answer.body.ends_with("\n" + std::to_string(i)));
  }
}

TEST(Server, WhatAClientPipelinesWhileItWaitsIsNotLost) {
  std::optional<core::Event> go;
  LoopbackServer server;
  go.emplace(server.loop.executor());
  server.handler.on_request = [&go](Request request, Responder& responder) -> core::Task<> {
    if (request.path == "/wait") co_await go->wait();
    if (request.path == "/go") go->notify();
    co_await responder.respond(text_response(request.path + request.body, "text/plain"));
  };
  RawClient waiting(server.port), other(server.port);
  waiting.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string behind;
  for (int i = 0; i < 40; ++i) behind += post("body " + std::to_string(i));
  waiting.send(behind);
  while (!server.loop.call([&go] { return go->awaited(); })) std::this_thread::yield();
  EXPECT_EQ(other.ask("GET /go HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  EXPECT_EQ(waiting.read_answer().body, "/wait");
  for (int i = 0; i < 40; ++i) ASSERT_EQ(waiting.read_answer().body, "/pbody " + std::to_string(i));
}

TEST(Server, ExpectContinueIsAnsweredBeforeTheBodyAndNotAfterARefusal) {
  LoopbackServer server;
  RawClient client(server.port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.read_through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  EXPECT_TRUE(client.read_answer().body.ends_with("body 5\nhello"));
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
  const Answer refused = client.read_answer();
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.headers.get("Connection"), "close");
  EXPECT_EQ(refused.body,
            R"({"detail":"The request body is too large. Send it in smaller pieces.","error":{"code":"too_large",)"
            R"("message":"The request body is too large. Send it in smaller pieces."}})");
}

TEST(Server, HeadHasTheLengthAndNoBody) {
  LoopbackServer server;
  RawClient client(server.port);
  client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get);
  const Answer head = client.read_answer(true);
  EXPECT_EQ(head.headers.get("Content-Length"), "15");
  EXPECT_EQ(client.read_answer().body, "GET /a\nx=1\nbody 0\n");
}

TEST(Server, HttpOneZeroClosesUnlessAskedNotTo) {
  LoopbackServer server;
  RawClient first(server.port);
  first.send("GET / HTTP/1.0\r\n\r\n");
  const std::string text = first.read_to_end();
  EXPECT_NE(text.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(text.ends_with("body 0\n"));
  RawClient second(server.port);
  EXPECT_EQ(second.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").headers.get("Connection"), "keep-alive");
  EXPECT_EQ(second.ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").headers.get("Connection"), "close");
  EXPECT_EQ(second.read_to_end(), "");
}

TEST(Server, TheHandlerMayRefuseBeforeTheBodyIsRead) {
  LoopbackServer server;
  server.handler.on_head_complete = [](Request& head) {
    HeadVerdict verdict;
    if (head.path == "/no") verdict.refuse = error_response(base::Error(base::Errc::unauthenticated, "Who are you?"));
    if (head.path == "/small") verdict.body_limit = 3;
    head.caller.name = "somebody";
    return verdict;
  };
  server.handler.on_request = [](Request request, Responder& responder) -> core::Task<> {
    co_await responder.respond(text_response(request.caller.name, "text/plain"));
  };
  RawClient client(server.port);
  EXPECT_EQ(client.ask("GET /no HTTP/1.1\r\nHost: h\r\n\r\n").status, 401);
  EXPECT_EQ(client.ask(get).body, "somebody") << "a refusal without a body keeps the connection";
  client.send("POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 401);
  RawClient small(server.port);
  EXPECT_EQ(small.ask("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n").status, 413);
}

TEST(Server, StreamsInChunksAndToTheEndForOldClients) {
  LoopbackServer server;
  server.handler.on_request = [](Request, Responder& responder) -> core::Task<> {
    auto stream = co_await responder.start_stream(text_response("ignored", "text/plain"));
    for (const char* piece : {"one ", "", "two ", "three"}) co_await (*stream)->write(piece);
  };
  RawClient client(server.port);
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client.ask(get);
    EXPECT_TRUE(answer.headers.has_token("Transfer-Encoding", "chunked"));
    EXPECT_EQ(answer.body, "one two three");
  }
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get);
  EXPECT_EQ(client.read_answer(true).status, 200);
  EXPECT_EQ(client.read_answer().body, "one two three");
  RawClient old(server.port);
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.read_to_end().ends_with("\r\n\r\none two three"));
}

TEST(Server, AStreamThatFailsIsCutOffVisibly) {
  LoopbackServer server;
  server.handler.on_request = [](Request, Responder& responder) -> core::Task<> {
    auto stream = co_await responder.start_stream(text_response("", "text/plain"));
    co_await (*stream)->write("half");
    throw std::runtime_error("the handler failed in mid-stream");
  };
  RawClient client(server.port);
  client.send(get);
  EXPECT_TRUE(client.read_to_end().ends_with("4\r\nhalf\r\n"));
}

TEST(Server, AHandlerThatThrowsOrForgetsAnswers500) {
  LoopbackServer server;
  server.handler.on_request = [](Request request, Responder&) -> core::Task<> {
    if (request.method == "POST") throw std::runtime_error("expected by the test");
    co_return;
  };
  RawClient client(server.port);
  EXPECT_EQ(client.ask(get).status, 500);
  const Answer thrown = client.ask(post("x"));
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("expected by the test"), std::string::npos);
}

TEST(Server, AnAnswerIsGivenOnce) {
  LoopbackServer server;
  server.handler.on_request = [](Request, Responder& responder) -> core::Task<> {
    co_await responder.respond(text_response("first", "text/plain"));
    const auto again = co_await responder.respond(text_response("second", "text/plain"));
    EXPECT_EQ(again.error().code(), base::Errc::conflict);
    const auto stream = co_await responder.start_stream(Response());
    EXPECT_FALSE(stream);
    EXPECT_FALSE(responder.take_over());
  };
  RawClient client(server.port);
  EXPECT_EQ(client.ask(get).body, "first");
  EXPECT_EQ(client.ask(get).body, "first");
}

/// What happens on the loop in which order.
struct Course {
  std::vector<std::string> steps;
  core::Task<> talk(std::unique_ptr<net::AnyStream> stream) {
    struct End {
      std::vector<std::string>& steps;
      ~End() { steps.emplace_back("talk ended"); }
    };
    const End end{steps};
    steps.emplace_back("talk began");
    std::string line(3, '\0');
    for (;;) {
      auto [failed, count] = co_await stream->async_read_some(boost::asio::buffer(line), core::as_result);
      if (failed) co_return;
      const std::string heard = "<" + line.substr(0, count) + ">";
      auto [broken, sent] = co_await stream->async_write_some(boost::asio::buffer(heard), core::as_result);
      EXPECT_FALSE(broken);
      EXPECT_EQ(sent, heard.size());
    }
  }
  core::Task<> handle(Request, Responder& responder) {
    struct End {
      std::vector<std::string>& steps;
      ~End() { steps.emplace_back("handler ended"); }
    };
    const End end{steps};
    auto stream = responder.take_over();
    EXPECT_TRUE(stream.has_value());
    responder.go_on(talk(std::move(*stream)));
    co_return;
  }
};

const std::string upgrade =
    "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

TEST(Server, GoesOnWhenTheHandlerHasReturned) {
  Course course;
  LoopbackServer server;
  server.handler.on_request = [&](Request request, Responder& responder) {
    return course.handle(std::move(request), responder);
  };
  RawClient client(server.port);
  client.send(upgrade + "abc");  // what was read too far is there as well
  EXPECT_EQ(client.read_bytes(5), "<abc>");
  client.send("de");
  EXPECT_EQ(client.read_bytes(4), "<de>");
  EXPECT_EQ(server.stats().connections, 1U);
  EXPECT_EQ(course.steps, (std::vector<std::string>{"handler ended", "talk began"}));
  client.close();
  while (server.stats().connections != 0) {
  }
  EXPECT_EQ(course.steps.back(), "talk ended");
}

TEST(Server, StopEndsWhatGoesOn) {
  Course course;
  LoopbackServer server;
  server.handler.on_request = [&](Request request, Responder& responder) {
    return course.handle(std::move(request), responder);
  };
  RawClient one(server.port);
  RawClient two(server.port);
  one.send(upgrade + "x");
  two.send(upgrade + "y");
  EXPECT_EQ(one.read_bytes(3), "<x>");
  EXPECT_EQ(two.read_bytes(3), "<y>");
  server.stop();
  EXPECT_EQ(std::count(course.steps.begin(), course.steps.end(), "talk ended"), 2);
  EXPECT_EQ(one.read_to_end(), "");
}

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(16U << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(Server, CompressesLargeJsonForThoseWhoTakeIt) {
  LoopbackServer server;
  server.handler.on_request = [](Request request, Responder& responder) -> core::Task<> {
    const std::size_t size = std::stoul(std::string(*request.parameter("n")));
    co_await responder.respond(text_response(std::string(size, 'j'), "application/json"));
  };
  RawClient client(server.port);
  const auto ask = [&](const std::string& size, const std::string& coding) {
    return client.ask("GET /?n=" + size + " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: " + coding + "\r\n\r\n");
  };
  for (const std::size_t size : {std::size_t{1025}, std::size_t{60'000}, std::size_t{3'000'000}}) {
    const Answer packed = ask(std::to_string(size), "gzip, br");
    EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
    EXPECT_EQ(packed.headers.get("Vary"), "Accept-Encoding");
    EXPECT_LT(packed.body.size(), size / 2);
    EXPECT_EQ(gunzip(packed.body), std::string(size, 'j'));
  }
  EXPECT_FALSE(ask("1024", "gzip").headers.has("Content-Encoding"));
  EXPECT_FALSE(ask("5000", "gzip;q=0").headers.has("Content-Encoding"));
  EXPECT_FALSE(ask("5000", "identity").headers.has("Content-Encoding"));
}

}  // namespace
}  // namespace duotty::http
