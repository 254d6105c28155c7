#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/http/client.hpp>
#include <thread>

#include "run_task.hpp"
#include "scripted_provider.hpp"

namespace duotty::http {
namespace {

using base::Errc;
using core::Task;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using tests::Ending;
using tests::Framing;
using tests::run_task;
using tests::ScriptedAnswer;
using tests::ScriptedProvider;

constexpr std::string_view secret = "sk-very-secret-key";

/// What one exchange came to.
struct Exchanged {
  int status = 0;
  std::string body;
  std::vector<std::string> chunks;
  std::optional<base::Error> error;
};

Task<Exchanged> fetch(Client& client, ClientRequest request) {
  Exchanged out;
  auto response = co_await client.open(std::move(request));
  if (!response) {
    out.error = response.error();
    co_return out;
  }
  out.status = response->status();
  for (;;) {
    auto chunk = co_await response->next_chunk();
    if (!chunk) out.error = chunk.error();
    if (!chunk || !*chunk) co_return out;
    out.body += **chunk;
    out.chunks.push_back(std::move(**chunk));
  }
}

ClientRequest post_to(const std::string& url) {
  ClientRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Authorization", "Bearer " + std::string(secret)}, {"Content-Type", "application/json"}};
  request.body = "{\"question\": \"why?\"}";
  return request;
}

ScriptedAnswer text_answer(Framing framing, std::vector<std::string> pieces) {
  ScriptedAnswer answer;
  answer.framing = framing;
  answer.pieces = std::move(pieces);
  return answer;
}

TEST(HttpClient, SendsTheRequestAndStreamsTheAnswerInEveryFraming) {
  for (const Framing framing : {Framing::chunked, Framing::length, Framing::until_close}) {
    ScriptedProvider provider;
    provider.push(text_answer(framing, {"data: grü", "ße\n", "\n"}));
    Client client;
    const Exchanged got = run_task(fetch(client, post_to(provider.url() + "/v1/chat?x=1#part")));
    EXPECT_FALSE(got.error);
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "data: grüße\n\n");
    const auto requests = provider.requests();
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_EQ(requests[0].target, "/v1/chat?x=1");
    EXPECT_EQ(requests[0].body, "{\"question\": \"why?\"}");
    EXPECT_EQ(requests[0].headers.at("host"), "127.0.0.1:" + std::to_string(provider.port()));
    EXPECT_EQ(requests[0].headers.at("content-length"), "20");
    EXPECT_EQ(requests[0].headers.at("user-agent"), "duotty");
    EXPECT_EQ(requests[0].headers.at("authorization"), "Bearer " + std::string(secret));
  }
}

TEST(HttpClient, ReadsABodyCutIntoSingleBytes) {
  const std::string text(5000, 'x');
  ScriptedProvider provider;
  provider.push(text_answer(Framing::chunked, tests::cut_every("日本" + text, 1)));
  Client client;
  EXPECT_EQ(run_task(fetch(client, post_to(provider.url()))).body, "日本" + text);
}

TEST(HttpClient, ReadsLargeBodiesInBoundedPieces) {
  const std::string text(3'000'000, 'y');
  ScriptedProvider provider;
  provider.push(text_answer(Framing::chunked, {text}));
  provider.push(text_answer(Framing::length, {text}));
  Client client;
  for (int i = 0; i < 2; ++i) {
    const Exchanged got = run_task(fetch(client, post_to(provider.url())));
    EXPECT_EQ(got.body.size(), text.size());
    for (const std::string& chunk : got.chunks) EXPECT_LE(chunk.size(), 16u * 1024);
  }
}

TEST(HttpClient, HandsAChunkOverBeforeTheNextOneIsSent) {
  ScriptedProvider provider;
  ScriptedAnswer answer = text_answer(Framing::chunked, {"one", "two"});
  answer.gate_at = 1;
  provider.push(answer);
  Client client;
  const auto read = [](Client& c, ScriptedProvider& p) -> Task<std::string> {
    ClientRequest request = post_to(p.url());
    auto response = co_await c.open(std::move(request));
    auto first = co_await response->next_chunk();
    p.release();  // without "one" in hand, this line is never reached
    auto second = co_await response->next_chunk();
    co_return **first + "+" + **second;
  };
  EXPECT_EQ(run_task(read(client, provider)), "one+two");
}

TEST(HttpClient, SaysThatABodyWasLost) {
  for (const Framing framing : {Framing::chunked, Framing::length}) {
    for (const Ending ending : {Ending::lost, Ending::reset}) {
      ScriptedProvider provider;
      ScriptedAnswer answer = text_answer(framing, {"half"});
      answer.ending = ending;
      provider.push(answer);
      Client client;
      const Exchanged got = run_task(fetch(client, post_to(provider.url())));
      ASSERT_TRUE(got.error);
      // A reset may overtake the bytes before it, then the head itself is lost.
      EXPECT_TRUE(got.error->code() == Errc::closed || ending == Ending::reset);
      EXPECT_THAT(got.error->message(), HasSubstr("127.0.0.1:" + std::to_string(provider.port())));
    }
  }
}

TEST(HttpClient, SaysWhatKeepsItFromConnecting) {
  Client client;
  std::uint16_t unused = 0;
  { unused = ScriptedProvider().port(); }
  const Exchanged refused = run_task(fetch(client, post_to("http://127.0.0.1:" + std::to_string(unused))));
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code(), Errc::unreachable);
  EXPECT_EQ(refused.error->message(),
            "Could not connect to 127.0.0.1:" + std::to_string(unused) + ": connection refused.");

  const Exchanged nowhere = run_task(fetch(client, post_to("https://no-such-host.invalid/v1")));
  ASSERT_TRUE(nowhere.error);
  EXPECT_EQ(nowhere.error->code(), Errc::unreachable);
  EXPECT_THAT(nowhere.error->message(), HasSubstr("no-such-host.invalid"));
}

TEST(HttpClient, GivesUpOnASilentServerAfterTheIdleTimeOut) {
  ScriptedProvider provider;
  ScriptedAnswer answer = text_answer(Framing::chunked, {"one", "two"});
  answer.gate_at = 1;
  provider.push(answer);
  Client client;
  ClientRequest request = post_to(provider.url());
  request.timeouts.idle = std::chrono::milliseconds(50);
  const Exchanged got = run_task(fetch(client, std::move(request)));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code(), Errc::timeout);
  EXPECT_THAT(got.error->message(), HasSubstr("50 ms"));
  provider.wait_for_hangups(1);
}

TEST(HttpClient, FollowsARedirectWithinTheOriginAndRefusesOneThatLeavesIt) {
  ScriptedProvider provider;
  ScriptedProvider other;
  ScriptedAnswer moved = text_answer(Framing::length, {"moved"});
  moved.status = 307;
  moved.with_header("Location", "/v2/chat");
  provider.push(moved);
  provider.push(text_answer(Framing::length, {"here"}));
  Client client;
  const Exchanged followed = run_task(fetch(client, post_to(provider.url() + "/v1/chat")));
  EXPECT_EQ(followed.body, "here");
  ASSERT_EQ(provider.requests().size(), 2u);
  EXPECT_EQ(provider.requests()[1].target, "/v2/chat");
  EXPECT_EQ(provider.requests()[1].body, provider.requests()[0].body);

  for (const std::string& elsewhere :
       {other.url() + "/steal", "//localhost:" + std::to_string(provider.port()) + "/"}) {
    moved.with_header("Location", elsewhere);
    provider.push(moved);
    const Exchanged refused = run_task(fetch(client, post_to(provider.url())));
    ASSERT_TRUE(refused.error);
    EXPECT_EQ(refused.error->code(), Errc::upstream);
    EXPECT_THAT(refused.error->message(), HasSubstr("redirects to"));
  }
  EXPECT_TRUE(other.requests().empty());
}

TEST(HttpClient, EndsARedirectCircle) {
  ScriptedProvider provider;
  provider.set_script([](const tests::ReceivedRequest&) {
    ScriptedAnswer moved;
    moved.status = 308;
    moved.framing = Framing::length;
    moved.with_header("Location", "/again");
    return moved;
  });
  Client client;
  const Exchanged got = run_task(fetch(client, post_to(provider.url())));
  ASSERT_TRUE(got.error);
  EXPECT_THAT(got.error->message(), HasSubstr("circle"));
  EXPECT_EQ(provider.requests().size(), 4u);
}

TEST(HttpClient, RefusesAHeadThatIsTooLargeOrNoHttp) {
  ScriptedProvider provider;
  ScriptedAnswer huge = text_answer(Framing::length, {"x"});
  huge.with_header("X-Filler", std::string(70'000, 'f'));
  provider.push(huge);
  Client client;
  const Exchanged got = run_task(fetch(client, post_to(provider.url())));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code(), Errc::protocol);
  EXPECT_THAT(got.error->message(), HasSubstr("64 KiB"));

  ScriptedProvider tls(tests::TestCertificate("localhost"));
  const Exchanged plain = run_task(fetch(client, post_to("http://localhost:" + std::to_string(tls.port()))));
  ASSERT_TRUE(plain.error);
  EXPECT_THAT(plain.error->message(), HasSubstr("localhost:" + std::to_string(tls.port())));
}

TEST(HttpClient, ReadsAnErrorBodyUpToItsLimitAndHangsUp) {
  ScriptedProvider provider;
  ScriptedAnswer huge = text_answer(Framing::chunked, std::vector<std::string>(4000, std::string(10'000, 'e')));
  huge.status = 500;
  provider.push(huge);
  Client client;
  const auto read = [](Client& c, std::string url) -> Task<std::string> {
    ClientRequest request = post_to(url);
    auto response = co_await c.open(std::move(request));
    co_return co_await response->read_error_body();
  };
  EXPECT_EQ(run_task(read(client, provider.url())).size(), 64u * 1024);
  provider.wait_for_hangups(1);
}

Task<bool> fetch_until_cancelled(Client& client, std::string url) {
  ClientRequest request = post_to(url);
  const Exchanged got = co_await fetch(client, std::move(request));
  co_return got.error&& got.error->code() == Errc::cancelled;
}

TEST(HttpClient, ClosesTheConnectionWhenItIsCancelled) {
  for (const std::size_t gate : {std::size_t{0}, std::size_t{1}}) {
    ScriptedProvider provider;
    ScriptedAnswer answer = text_answer(Framing::chunked, {"one", "two"});
    answer.gate_at = gate;
    provider.push(answer);
    Client client;
    tests::CancellableRun<bool> run;
    std::thread canceller([&] {
      provider.wait_for_gate();
      run.cancel();
    });
    const auto cancelled = run.run(fetch_until_cancelled(client, provider.url()));
    canceller.join();
    EXPECT_TRUE(cancelled.value_or(true));
    provider.wait_for_hangups(1);
  }
}

TEST(HttpClient, VerifiesTheCertificateAndTheHostName) {
  const tests::TestCertificate trusted("localhost");
  ScriptedProvider provider(trusted);
  provider.set_script([](const tests::ReceivedRequest&) { return text_answer(Framing::chunked, {"se", "cure"}); });
  ClientOptions options;
  options.extra_ca_pem = trusted.certificate_pem;
  Client client(options);
  const Exchanged good = run_task(fetch(client, post_to(provider.url())));
  EXPECT_FALSE(good.error) << good.error->message();
  EXPECT_EQ(good.body, "secure");

  Client distrusting;
  const Exchanged unknown = run_task(fetch(distrusting, post_to(provider.url())));
  ASSERT_TRUE(unknown.error);
  EXPECT_EQ(unknown.error->code(), Errc::unreachable);
  EXPECT_THAT(unknown.error->message(), HasSubstr("The certificate of localhost was not accepted"));

  const Exchanged other_name = run_task(fetch(client, post_to("https://127.0.0.1:" + std::to_string(provider.port()))));
  ASSERT_TRUE(other_name.error);
  EXPECT_THAT(other_name.error->message(), HasSubstr("The certificate of 127.0.0.1 was not accepted"));
  EXPECT_EQ(provider.requests().size(), 1u);
}

TEST(HttpClient, AcceptsACertificateMadeForAnAddressAndNotForAnotherName) {
  const tests::TestCertificate trusted("127.0.0.1");
  ScriptedProvider provider(trusted);
  provider.set_script([](const tests::ReceivedRequest&) { return text_answer(Framing::length, {"ok"}); });
  ClientOptions options;
  options.extra_ca_pem = trusted.certificate_pem;
  Client client(options);
  const std::string port = std::to_string(provider.port());
  EXPECT_EQ(run_task(fetch(client, post_to("https://127.0.0.1:" + port))).body, "ok");
  EXPECT_TRUE(run_task(fetch(client, post_to("https://localhost:" + port))).error);
}

TEST(HttpClient, SaysThatATlsBodyWasLost) {
  const tests::TestCertificate trusted("localhost");
  ScriptedProvider provider(trusted);
  ScriptedAnswer answer = text_answer(Framing::chunked, {"half"});
  answer.ending = Ending::lost;
  provider.push(answer);
  ClientOptions options;
  options.extra_ca_pem = trusted.certificate_pem;
  Client client(options);
  const Exchanged got = run_task(fetch(client, post_to(provider.url())));
  EXPECT_EQ(got.body, "half");
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code(), Errc::closed);
}

TEST(HttpClient, PassesAProxyByConnectAndVerifiesTheServerBehindIt) {
  const tests::TestCertificate trusted("api.example.test");
  ScriptedProvider provider(trusted);
  provider.push(text_answer(Framing::chunked, {"through"}));
  tests::ScriptedProxy proxy(provider.port());
  ClientOptions options;
  options.extra_ca_pem = trusted.certificate_pem;
  options.proxy.https_proxy = "http://joe:p%40ss@127.0.0.1:" + std::to_string(proxy.port());
  Client client(options);
  const Exchanged got = run_task(fetch(client, post_to("https://api.example.test/v1")));
  EXPECT_FALSE(got.error) << got.error->message();
  EXPECT_EQ(got.body, "through");
  ASSERT_EQ(proxy.heads().size(), 1u);
  EXPECT_THAT(proxy.heads()[0], HasSubstr("CONNECT api.example.test:443 HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.heads()[0], HasSubstr("Proxy-Authorization: Basic am9lOnBAc3M=\r\n"));
  EXPECT_THAT(proxy.heads()[0], Not(HasSubstr(std::string(secret))));

  proxy.refuse_with(407);
  const Exchanged refused = run_task(fetch(client, post_to("https://api.example.test/v1")));
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code(), Errc::unreachable);
  EXPECT_THAT(refused.error->message(), HasSubstr("407"));
  EXPECT_THAT(refused.error->message(), Not(HasSubstr("p@ss")));
}

TEST(HttpClient, AsksAProxyForPlainHttpByAbsoluteTarget) {
  ScriptedProvider provider;
  provider.push(text_answer(Framing::length, {"ok"}));
  tests::ScriptedProxy proxy(provider.port());
  ClientOptions options;
  options.proxy.http_proxy = "127.0.0.1:" + std::to_string(proxy.port());
  Client client(options);
  ClientRequest request;
  request.url = "http://models.example.test:8000/v1/models";
  request.plain_http = PlainHttp::allowed;
  EXPECT_EQ(run_task(fetch(client, std::move(request))).body, "ok");
  EXPECT_EQ(provider.requests().at(0).target, "http://models.example.test:8000/v1/models");
}

TEST(HttpClient, RefusesWhatMayNotBeSent) {
  Client client;
  const Exchanged plain = run_task(fetch(client, post_to("http://api.example.test/v1")));
  ASSERT_TRUE(plain.error);
  EXPECT_EQ(plain.error->code(), Errc::denied);

  ClientRequest split = post_to("http://127.0.0.1:1/");
  split.headers[0].value += "\r\nX-Smuggled: 1";
  const Exchanged smuggled = run_task(fetch(client, std::move(split)));
  ASSERT_TRUE(smuggled.error);
  EXPECT_EQ(smuggled.error->code(), Errc::invalid_params);
  EXPECT_THAT(smuggled.error->message(), Not(HasSubstr(std::string(secret))));
}

}  // namespace
}  // namespace duotty::http
