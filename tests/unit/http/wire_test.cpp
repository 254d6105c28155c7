#include "wire.hpp"

#include <gtest/gtest.h>

namespace duotty::http {
namespace {

/// The outcome of one text, fed in pieces of `step` bytes: 0 when it became a request, else the status of the refusal,
/// -1 when it is incomplete.
struct Parsed {
  int status = -1;
  Request request;
  std::string rest;
  std::string message;
};

Parsed parse(std::string_view text, std::size_t step = std::string_view::npos, Limits limits = {}) {
  RequestParser parser(limits);
  Parsed parsed;
  std::string buffer;
  std::size_t at = 0;
  while (!parser.refusal() && !parser.done()) {
    if (at == text.size()) return parsed;
    buffer += text.substr(at, step);
    at = std::min(text.size(), step == std::string_view::npos ? text.size() : at + step);
    for (std::size_t taken = 1; taken > 0 && !buffer.empty() && !parser.done() && !parser.refusal();) {
      taken = parser.feed(buffer);
      buffer.erase(0, taken);
      if (parser.head_done() && !parser.refusal()) parser.read_body(limits.body);
    }
  }
  if (parser.refusal()) {
    parsed.status = parser.refusal()->status;
    parsed.message = parser.refusal()->error.message();
    return parsed;
  }
  parsed.status = 0;
  parsed.request = std::move(parser.request());
  parsed.rest = buffer + std::string(text.substr(at));
  return parsed;
}

const std::string get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string chunked =
    "POST /x?a=1&b=%20c+d&a=2 HTTP/1.1\r\nHost: h:80\r\nTransfer-Encoding: chunked\r\nX-One: 1\r\n\r\n"
    "5\r\nhello\r\n1;ext=\"v\"\r\n \r\n000006\r\nworld!\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n";

TEST(RequestParser, ReadsTheSameRequestHoweverItIsCut) {
  for (std::size_t step = 1; step <= chunked.size(); ++step) {
    const Parsed parsed = parse(chunked + get, step);
    ASSERT_EQ(parsed.status, 0) << "in pieces of " << step << ": " << parsed.message;
    EXPECT_EQ(parsed.request.method, "POST");
    EXPECT_EQ(parsed.request.path, "/x");
    EXPECT_EQ(parsed.request.query,
              (std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"b", " c d"}, {"a", "2"}}));
    EXPECT_EQ(parsed.request.body, "hello world!");
    EXPECT_EQ(parsed.request.headers.get("x-one"), "1");
    EXPECT_EQ(parsed.rest, get);
  }
}

TEST(RequestParser, ATrailerIsNoHeader) {
  EXPECT_FALSE(parse(chunked).request.headers.has("Authorization"));
}

TEST(RequestParser, KeepsHeadersInOrderAndFindsThemInAnyCase) {
  const Parsed parsed = parse("GET / HTTP/1.1\r\nhOST: h\r\nX: 1\r\nx:  2 \r\nConnection: Upgrade, x\r\n\r\n");
  ASSERT_EQ(parsed.status, 0);
  EXPECT_EQ(parsed.request.headers.get("X"), "1");
  EXPECT_EQ(parsed.request.headers.count("x"), 2U);
  EXPECT_TRUE(parsed.request.headers.has_token("connection", "upgrade"));
}

TEST(RequestParser, RefusesWhatTwoReadersCouldReadInTwoWays) {
  const auto head = [](const std::string& fields) { return "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; };
  const std::pair<std::string, int> cases[] = {
      {head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
      {head("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
      {head("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
      {head("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
      {head("Content-Length: 3, 3\r\n"), 400},
      {head("Content-Length: +3\r\n"), 400},
      {head("Content-Length: -1\r\n"), 400},
      {head("Content-Length: 0x3\r\n"), 400},
      {head("Content-Length: 3 4\r\n"), 400},
      {head("Content-Length: \r\n"), 400},
      {head("Content-Length: 99999999999999999999\r\n"), 400},
      {head("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {head("Transfer-Encoding: chunked, gzip\r\n"), 501},
      {head("Transfer-Encoding: xchunked\r\n"), 501},
      {head("Transfer-Encoding: identity\r\n"), 501},
      {head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {head("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 501},
      {head("Transfer-Encoding : chunked\r\n"), 400},
      {head("Transfer-Encoding\t: chunked\r\n"), 400},
      {"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
  };
  for (const auto& [text, status] : cases) {
    for (const std::size_t step : {text.size(), std::size_t{1}}) EXPECT_EQ(parse(text, step).status, status) << text;
  }
}

TEST(RequestParser, RefusesMalformedLinesAndBytes) {
  const std::pair<std::string, int> cases[] = {
      {"GET / HTTP/1.1\nHost: h\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: a\nY: b\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 36), 400},
      {std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28), 400},
      {"GET / HTTP/1.1\r\nHost: h\r\n: empty\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX\x01: y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1 x\r\nHost: h\r\n\r\n", 505},
      {"G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello \r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nExpect: the unexpected\r\nContent-Length: 1\r\n\r\n", 417},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\n", 415},
  };
  for (const auto& [text, status] : cases) {
    for (const std::size_t step : {text.size(), std::size_t{1}}) EXPECT_EQ(parse(text, step).status, status) << text;
  }
}

TEST(RequestParser, RefusesBadChunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body :
       {"x\r\n", "-1\r\n", "5\r\nhelloX\r\n", "5\nhello\n", "11111111111111111\r\n", "\r\n", "5 \r\nhello\r\n",
        "0x5\r\nhello\r\n", "5\r\nhello\n\r\n", "5;\x01\r\nhello\r\n", "3\r\nabc\r\n0\r\nBad Trailer\r\n\r\n"}) {
    for (const std::size_t step : {std::size_t{1000}, std::size_t{1}}) {
      EXPECT_EQ(parse(head + body + "\r\n0\r\n\r\n", step).status, 400) << body;
    }
  }
  EXPECT_EQ(parse(head + "ffffffffffffffff\r\n").status, 413);
  EXPECT_EQ(parse(head + "5\r\nhel").status, -1);
}

TEST(RequestParser, RefusesTargetsThatLeaveTheirPlace) {
  for (const char* target : {"/..",
                             "/../etc/passwd",
                             "/a/../b",
                             "/%2e%2e/x",
                             "/a/%2E%2e",
                             "/.",
                             "/./a",
                             "/a%2fb",
                             "/a%5cb",
                             "/a\\b",
                             "/a%00b",
                             "/a%0ab",
                             "/%ff",
                             "/%c0%ae",
                             "/%",
                             "/%2",
                             "/%zz",
                             "a",
                             "*",
                             "/a#b",
                             "?x=1",
                             "/?x=%zz",
                             "/?%ff=1",
                             "/?x=%00",
                             "http://other/a",
                             "http://h:81/a",
                             "http://",
                             "ftp://h/a",
                             "//..",
                             "/\xc3\xa9"}) {
    EXPECT_EQ(parse(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\n\r\n").status, 400) << target;
  }
}

TEST(RequestParser, DecodesPathsAndQueries) {
  const auto of = [](const std::string& target) {
    return parse("GET " + target + " HTTP/1.1\r\nHost: h:3000\r\n\r\n");
  };
  EXPECT_EQ(of("/caf%C3%A9/a%20b/...").request.path, "/caf\xc3\xa9/a b/...");
  EXPECT_EQ(of("/a+b").request.path, "/a+b");
  EXPECT_EQ(of("http://h:3000/a?x=1").request.path, "/a");
  EXPECT_EQ(of("HTTP://H:3000").request.path, "/");
  EXPECT_EQ(of("http://h:3000?x=1").request.parameter("x"), "1");
  const Parsed parsed = of("/?a&b=&c=1=2&&d=%26");
  EXPECT_EQ(parsed.request.parameter("a"), "");
  EXPECT_EQ(parsed.request.parameter("b"), "");
  EXPECT_EQ(parsed.request.parameter("c"), "1=2");
  EXPECT_EQ(parsed.request.parameter("d"), "&");
  EXPECT_FALSE(parsed.request.parameter("e"));
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").request.path, "/*");
}

TEST(RequestParser, HoldsTheLimitsOfTheHeadHoweverItIsCut) {
  Limits limits;
  limits.request_line = 100;
  limits.header_block = 1000;
  limits.header_fields = 5;
  const auto fields = [](int count, std::size_t size) {
    std::string text = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < count; ++i) text += "X: " + std::string(size, 'x') + "\r\n";
    return text + "\r\n";
  };
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    EXPECT_EQ(parse(fields(4, 200), step, limits).status, 0);
    EXPECT_EQ(parse(fields(4, 250), step, limits).status, 431);
    EXPECT_EQ(parse(fields(1, 20'000), step, limits).status, 431);
    EXPECT_EQ(parse(fields(5, 1), step, limits).status, 431);
    EXPECT_EQ(parse("GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", step, limits).status, 414);
    EXPECT_EQ(parse("GET /" + std::string(100'000, 'a'), step, limits).status, 414);
    EXPECT_EQ(parse(std::string(100'000, 'A'), step, limits).status, 414);
  }
}

TEST(RequestParser, RefusesBodiesByTheirAnnouncedLengthAndWhileTheyGrow) {
  Limits limits;
  limits.body = 10;
  const std::string host = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(parse(host + "Content-Length: 11\r\n\r\n", 1000, limits).status, 413) << "before a byte of it";
  EXPECT_EQ(parse(host + "Content-Length: 10\r\n\r\n0123456789", 1000, limits).status, 0);
  const std::string chunks = host + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(parse(chunks + "a\r\n0123456789\r\n0\r\n\r\n", 1, limits).status, 0);
  EXPECT_EQ(parse(chunks + "9\r\n012345678\r\n2\r\n", 1, limits).status, 413);
  EXPECT_EQ(parse(chunks + "b\r\n", 1, limits).status, 413);
}

TEST(RequestParser, BoundsChunkExtensionsAndTrailers) {
  Limits limits;
  limits.header_block = 200;
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(parse(head + "1;" + std::string(100'000, 'e'), 1000, limits).status, 400);
  EXPECT_EQ(parse(head + "0\r\nX: " + std::string(100'000, 't'), 1000, limits).status, 400);
}

TEST(RequestParser, SurvivesAnyBytes) {
  unsigned seed = 1;
  const std::string base = chunked + get;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = base;
    for (int i = 0; i < 3; ++i) {
      seed = seed * 1664525 + 1013904223;
      text[(seed >> 8) % text.size()] = static_cast<char>(seed >> 24);
    }
    parse(text, 1 + round % 50);
  }
}

}  // namespace
}  // namespace duotty::http
