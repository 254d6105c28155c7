// The RPC client against a socket in memory that speaks the server's side of the frames.
#include "client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <duotty/net/any_stream.hpp>
#include <run_task.hpp>

namespace duotty::cli {
namespace {

using core::asio::experimental::awaitable_operators::operator||;

/// What both ends see; outlives the socket.
struct Wire {
  explicit Wire(core::asio::any_io_executor executor) : changed(std::move(executor)) {}
  void from_server(Json frame) { from_server_text(frame.dump()); }
  void from_server_text(std::string text) {
    incoming.push_back({ws::MessageKind::text, std::move(text)});
    changed.notify();
  }
  void hang_up(int code, std::string reason = {}) {
    close_code = code;
    close_reason = std::move(reason);
    closed = true;
    changed.notify();
  }

  std::function<void(const Json& request)> on_request;
  std::vector<Json> sent;
  std::deque<ws::Message> incoming;
  bool closed = false;
  int close_code = 1006;
  std::string close_reason;
  core::Event changed;
};

class MemorySocket final : public ws::Socket {
 public:
  explicit MemorySocket(Wire& wire) : wire_(wire) {}
  Task<base::Result<ws::Message>> receive() override {
    while (wire_.incoming.empty() && !wire_.closed) co_await wire_.changed.wait();
    if (wire_.incoming.empty()) co_return base::Error(base::Errc::closed, "The peer has gone.");
    ws::Message message = std::move(wire_.incoming.front());
    wire_.incoming.pop_front();
    co_return message;
  }
  Task<base::Result<>> send_text(std::string text) override {
    if (wire_.closed) co_return base::Error(base::Errc::closed, "The peer has gone.");
    const Json frame = Json::parse(text);
    wire_.sent.push_back(frame);
    if (wire_.on_request && frame.contains("method")) wire_.on_request(frame);
    co_return base::Result<>();
  }
  Task<base::Result<>> send_binary(std::string_view, std::string_view) override { co_return base::Result<>(); }
  Task<> close(ws::CloseCode, std::string) override {
    wire_.hang_up(1000);
    co_return;
  }
  void abort() noexcept override { wire_.hang_up(1006); }
  std::uint16_t close_code() const noexcept override { return static_cast<std::uint16_t>(wire_.close_code); }
  std::string_view close_reason() const noexcept override { return wire_.close_reason; }

 private:
  Wire& wire_;
};

/// Runs `test(client, wire)` with a connection whose `ready` has been sent.
template <class Test>
void with_client(Test test) {
  const auto body = [](Test inner) -> Task<bool> {
    const auto executor = co_await core::asio::this_coro::executor;
    Wire wire(executor);
    Client client(executor, std::make_unique<MemorySocket>(wire));
    wire.from_server({{"type", "ready"}, {"protocol", 1}});
    auto ready = co_await client.wait_ready(std::chrono::seconds(10));
    EXPECT_TRUE(ready);
    co_await inner(client, wire);
    co_await client.close();
    co_return true;
  };
  EXPECT_TRUE(tests::run_task(body(test)));
}

TEST(Client, SendsTheRequestAndReturnsTheResult) {
  with_client([](Client& client, Wire& wire) -> Task<> {
    wire.on_request = [&wire](const Json& request) {
      wire.from_server({{"id", request["id"]}, {"type", "result"}, {"data", {{"pid", 7}}}});
    };
    Json params = {{"a", 1}};
    auto result = co_await client.call("server.info", std::move(params), {});
    EXPECT_TRUE(result);
    EXPECT_EQ((*result)["pid"], 7);
    EXPECT_EQ(wire.sent[0], Json({{"id", wire.sent[0]["id"]}, {"method", "server.info"}, {"params", {{"a", 1}}}}));
    EXPECT_GT(wire.sent[0]["id"].get<std::string>().size(), 8U) << "no other client may use the same id";
  });
}

TEST(Client, HandsOnProgressInOrder) {
  with_client([](Client& client, Wire& wire) -> Task<> {
    wire.on_request = [&wire](const Json& request) {
      for (const char* piece : {"a", "b"}) {
        wire.from_server({{"id", request["id"]}, {"type", "progress"}, {"data", {{"output", piece}}}});
      }
      wire.from_server({{"id", request["id"]}, {"type", "result"}, {"data", nullptr}});
    };
    std::string seen;
    const auto collect = [&seen](const Json& data) { seen += data["output"].get<std::string>(); };
    Json params = Json::object();
    auto result = co_await client.call("terminal.exec", std::move(params), collect);
    EXPECT_TRUE(result);
    EXPECT_EQ(seen, "ab");
  });
}

TEST(Client, TellsOverlappingCallsApart) {
  with_client([](Client& client, Wire& wire) -> Task<> {
    wire.on_request = [&wire](const Json& request) {
      if (request["method"] != "second") return;
      wire.from_server({{"id", request["id"]}, {"type", "result"}, {"data", "second"}});
      wire.from_server({{"id", wire.sent[0]["id"]}, {"type", "result"}, {"data", "first"}});
    };
    using core::asio::experimental::awaitable_operators::operator&&;
    auto both = client.call("first", Json::object(), {}) && client.call("second", Json::object(), {});
    auto results = co_await std::move(both);
    EXPECT_EQ(*std::get<0>(results), "first");
    EXPECT_EQ(*std::get<1>(results), "second");
  });
}

TEST(Client, DecodesErrorsByNameAndByStatus) {
  const auto decode = [](Json json) { return decode_error(json); };
  EXPECT_EQ(decode({{"code", 409}, {"message", "m"}, {"name", "busy"}}).code(), base::Errc::busy);
  EXPECT_EQ(decode({{"code", 500}, {"message", "m"}, {"name", "internal"}}).code(), base::Errc::internal);
  EXPECT_EQ(decode({{"code", 404}, {"message", "m"}}).code(), base::Errc::not_found);
  EXPECT_EQ(decode({{"code", 401}, {"message", "m"}, {"name", "news"}}).code(), base::Errc::unauthenticated);
  EXPECT_EQ(decode({{"code", 504}, {"message", "m"}}).code(), base::Errc::timeout);
  EXPECT_EQ(decode({{"code", 400}, {"message", "m"}, {"field", "cols"}}).field(), "cols");
  EXPECT_THAT(decode({{"code", 502}}).message(), testing::HasSubstr("502"));
  EXPECT_EQ(decode(Json("text")).code(), base::Errc::protocol);
}

TEST(Client, ReportsErrorAndCancelledFrames) {
  with_client([](Client& client, Wire& wire) -> Task<> {
    wire.on_request = [&wire](const Json& request) {
      if (request["method"] == "a") {
        wire.from_server({{"id", request["id"]}, {"type", "error"}, {"error", {{"code", 403}, {"message", "No."}}}});
      } else {
        wire.from_server({{"id", request["id"]}, {"type", "cancelled"}});
      }
    };
    auto refused = co_await client.call("a", Json::object(), {});
    EXPECT_EQ(refused.error().code(), base::Errc::denied);
    EXPECT_EQ(refused.error().message(), "No.");
    auto cancelled = co_await client.call("b", Json::object(), {});
    EXPECT_EQ(cancelled.error().code(), base::Errc::cancelled);
  });
}

TEST(Client, AnswersPings) {
  with_client([](Client& client, Wire& wire) -> Task<> {
    wire.on_request = [&wire](const Json& request) {
      wire.from_server({{"type", "ping"}});
      wire.from_server({{"id", request["id"]}, {"type", "result"}, {"data", 1}});
    };
    auto result = co_await client.call("x", Json::object(), {});
    EXPECT_TRUE(result);
    EXPECT_THAT(wire.sent, testing::Contains(Json({{"type", "pong"}})));
  });
}

TEST(Client, TakesBackARequestWhoseCallerLeaves) {
  with_client([](Client& client, Wire& wire) -> Task<> {
    core::Event asked(co_await core::asio::this_coro::executor);
    wire.on_request = [&asked](const Json&) { asked.notify(); };
    auto race = asked.wait() || client.call("forever", Json::object(), {});
    co_await std::move(race);
    while (wire.sent.size() < 2) {
      wire.from_server({{"type", "ping"}});  // something to wait for: its pong is sent behind the cancel
      co_await core::sleep_for(std::chrono::milliseconds(0));
    }
    EXPECT_THAT(wire.sent, testing::Contains(Json({{"type", "cancel"}, {"id", wire.sent[0]["id"]}})));
  });
}

TEST(Client, FailsEveryCallWhenTheConnectionEnds) {
  with_client([](Client& client, Wire& wire) -> Task<> {
    wire.on_request = [&wire](const Json&) { wire.hang_up(1001, "restarting"); };
    auto result = co_await client.call("x", Json::object(), {});
    EXPECT_EQ(result.error().code(), base::Errc::closed);
    EXPECT_THAT(result.error().message(), testing::HasSubstr("restarting"));
    auto later = co_await client.call("y", Json::object(), {});
    EXPECT_EQ(later.error().code(), base::Errc::closed);
  });
}

TEST(Client, SurvivesFramesItDoesNotKnowAndDropsNonsense) {
  with_client([](Client& client, Wire& wire) -> Task<> {
    wire.on_request = [&wire](const Json& request) {
      wire.from_server({{"type", "news"}});
      wire.from_server({{"id", "99"}, {"type", "result"}, {"data", 1}});
      wire.from_server({{"id", 1}, {"type", "result"}, {"data", 1}});
      wire.from_server({{"id", request["id"]}, {"type", "surprise"}});
      wire.from_server({{"id", request["id"]}, {"type", "result"}, {"data", "right"}});
    };
    auto result = co_await client.call("x", Json::object(), {});
    EXPECT_EQ(*result, "right");
    wire.on_request = [&wire](const Json&) { wire.from_server_text("nonsense"); };
    auto broken = co_await client.call("y", Json::object(), {});
    EXPECT_EQ(broken.error().code(), base::Errc::protocol);
  });
}

/// The error of a connection that the server closes with `code` before it is ready.
base::Error refused_with(int code) {
  const auto body = [](int closing) -> Task<base::Error> {
    const auto executor = co_await core::asio::this_coro::executor;
    Wire wire(executor);
    Client client(executor, std::make_unique<MemorySocket>(wire));
    wire.hang_up(closing);
    auto ready = co_await client.wait_ready(std::chrono::seconds(10));
    co_await client.close();
    co_return ready.error();
  };
  return tests::run_task(body(code));
}

TEST(Client, SaysWhyTheServerTurnedItAway) {
  EXPECT_EQ(refused_with(4401).code(), base::Errc::unauthenticated);
  EXPECT_THAT(refused_with(4401).message(), testing::HasSubstr("duotty login"));
  EXPECT_EQ(refused_with(4403).code(), base::Errc::denied);
  EXPECT_EQ(refused_with(1006).code(), base::Errc::closed);
}

}  // namespace
}  // namespace duotty::cli
