// The client with servers that lie, babble or say nothing.
#include <gtest/gtest.h>

#include <duotty/sftp/client.hpp>

#include "run_task.hpp"
#include "sftp_peers.hpp"

namespace duotty::sftp {
namespace {

using base::Errc;
using base::Error;
using std::chrono::milliseconds;
using tests::run_task;

using Calls = Task<Error> (*)(Client&);

Task<Error> run_with_script(Script script, Calls calls, ClientOptions options) {
  auto executor = co_await core::asio::this_coro::executor;
  auto [ours, theirs] = make_pair(executor);
  core::Scope scope(executor);
  scope.spawn("server", speak(std::move(theirs), std::move(script)));
  Client client(executor, std::move(ours), options);
  auto started = co_await client.start();
  EXPECT_TRUE(started);
  Error error = co_await calls(client);
  co_await client.stop();
  co_await scope.stop();
  co_return error;
}

/// The error that `calls` end with when the server answers by `script`.
Error with_script(Script script, Calls calls, ClientOptions options = {}) {
  return run_task(run_with_script(std::move(script), calls, options));
}

Task<Error> stat(Client& client) {
  auto got = co_await client.stat("/x");
  co_return got ? Error() : got.error();
}
Task<Error> list(Client& client) {
  auto got = co_await client.list("/x", 1000);
  if (got && !got->complete) co_return Error(Errc::limit_reached, "cut");
  co_return got ? Error() : got.error();
}
Task<Error> download(Client& client) {
  Download range(client, {"h", "/x"}, 0, 1'000'000);
  for (;;) {
    auto piece = co_await range.next();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return Error(Errc::gone, std::to_string(range.position()));
  }
}
Task<Error> open(Client& client) {
  auto got = co_await client.open("/x", open_flag::read, 0);
  co_return got ? Error() : got.error();
}
Task<Error> upload(Client& client) {
  Upload range(client, {"h", "/x"}, 0);
  std::string bytes(20'000'000, 'x');
  auto written = co_await range.write(std::move(bytes));
  if (!written) co_return written.error();
  auto finished = co_await range.finish();
  co_return finished ? Error() : finished.error();
}

std::string entry(const std::string& name) {
  return text(name) + text("") + u32(0);
}

TEST(Hostile, SilenceEndsWithWords) {
  ClientOptions options;
  options.silence = milliseconds(30);
  for (const Calls calls : {&stat, &list, &download, &open, &upload}) {
    const Error error = with_script([](const Asked&) { return std::string(); }, calls, options);
    EXPECT_EQ(error.code(), Errc::timeout);
    EXPECT_NE(error.message().find("did not answer in time"), std::string::npos);
  }
}

TEST(Hostile, ChatterIsNoAnswer) {
  ClientOptions options;
  options.longest = milliseconds(60);
  // Half a packet's head, over and over: something is always heard and nothing ever said.
  const auto error = with_script(
      [&](const Asked&) { return packet_of(Type::data, u32(1) + u32(200'000)).substr(0, 4) + std::string(1, 'x'); },
      &stat, options);
  EXPECT_EQ(error.code(), Errc::timeout);
}

TEST(Hostile, LiesEndTheConnection) {
  const std::vector<std::function<std::string(const Asked&)>> lies = {
      [](const Asked& asked) { return status(asked.id + 17, StatusCode::ok); },
      [](const Asked&) { return u32(0xffffffff) + "x"; },
      [](const Asked&) { return u32(0) + "x"; },
      [](const Asked& asked) { return packet_of(Type::name, u32(asked.id) + u32(0xffffff)); },
      [](const Asked& asked) { return packet_of(Type::attrs, u32(asked.id) + u32(0xffffffff)); },
      [](const Asked& asked) { return packet_of(static_cast<Type>(250), u32(asked.id)); },
      [](const Asked& asked) { return status(asked.id, StatusCode::no_such_file) + status(asked.id, StatusCode::ok); },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    const Error error = with_script(lies[i], [](Client& client) -> Task<Error> {
      auto first = co_await client.stat("/x");
      auto second = co_await client.stat("/x");
      EXPECT_FALSE(client.alive());
      co_return second ? Error() : second.error();
    });
    EXPECT_EQ(error.code(), Errc::protocol) << i;
  }
}

TEST(Hostile, AnswersOfAnotherKindAreRefused) {
  const auto data = [](const Asked& asked) { return packet_of(Type::data, u32(asked.id) + text("x")); };
  for (const Calls calls : {&stat, &list, &open, &upload}) EXPECT_EQ(with_script(data, calls).code(), Errc::protocol);
  const auto attributes = [](const Asked& asked) { return packet_of(Type::attrs, u32(asked.id) + u32(0)); };
  EXPECT_EQ(with_script(attributes, &download).code(), Errc::protocol);
}

std::string endless(const Asked& asked) {
  if (asked.type == Type::opendir) return packet_of(Type::handle, u32(asked.id) + text("h"));
  if (asked.type == Type::readdir) {
    std::string names;
    for (int i = 0; i < 100; ++i) names += entry("n" + std::to_string(asked.id) + "." + std::to_string(i));
    return packet_of(Type::name, u32(asked.id) + u32(100) + names);
  }
  return status(asked.id, StatusCode::ok);
}

TEST(Hostile, EndlessListingsAreCut) {
  EXPECT_EQ(with_script(endless, &list).code(), Errc::limit_reached);
}

TEST(Hostile, ListingsWithoutEntriesAndFalseNamesAreRefused) {
  for (const std::string& body :
       {u32(0), u32(1) + entry("../../etc/passwd"), u32(1) + entry(""), u32(1) + entry(std::string("a\0b", 3))}) {
    const auto script = [&](const Asked& asked) {
      return asked.type == Type::readdir ? packet_of(Type::name, u32(asked.id) + body) : endless(asked);
    };
    EXPECT_EQ(with_script(script, &list).code(), Errc::protocol);
  }
}

TEST(Hostile, DataThatIsTooMuchOrNoneIsRefused) {
  const auto much = [](const Asked& asked) {
    return packet_of(Type::data, u32(asked.id) + text(std::string(40'000, 'x')));
  };
  EXPECT_EQ(with_script(much, &download).code(), Errc::protocol);
  const auto none = [](const Asked& asked) { return packet_of(Type::data, u32(asked.id) + text("")); };
  EXPECT_EQ(with_script(none, &download).code(), Errc::protocol);
}

TEST(Hostile, AFileThatEndsEarlyEndsThere) {
  // A file of 50000 bytes in short pieces, from a server that goes on after its end.
  const auto number = [](std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  };
  const auto script = [number](const Asked& asked) {
    const auto offset = number(std::string_view(asked.body).substr(5, 8));
    const auto wanted = number(std::string_view(asked.body).substr(13, 4));
    if (offset == 50'000) return status(asked.id, StatusCode::eof);
    const auto most = offset < 50'000 ? std::min<std::uint64_t>(10'000, 50'000 - offset) : wanted;
    return packet_of(Type::data, u32(asked.id) + text(std::string(std::min(wanted, most), 'x')));
  };
  const Error error = with_script(script, &download);
  EXPECT_EQ(error.code(), Errc::gone);
  EXPECT_EQ(error.message(), "50000");
}

TEST(Hostile, UnansweredRequestsAreCounted) {
  ClientOptions options;
  options.silence = milliseconds(30);
  options.requests = 3;
  const Error error = with_script([](const Asked&) { return std::string(); },
                                  [](Client& client) -> Task<Error> {
                                    for (int i = 0; i < 3; ++i) co_await client.stat("/x");
                                    auto fourth = co_await client.stat("/x");
                                    co_return fourth ? Error() : fourth.error();
                                  },
                                  options);
  EXPECT_EQ(error.code(), Errc::limit_reached);
}

TEST(Hostile, AHandleThatComesTooLateIsGivenBack) {
  ClientOptions options;
  options.silence = milliseconds(30);
  std::string closed;
  std::uint32_t opened = 0;
  const auto script = [&](const Asked& asked) {
    if (asked.type == Type::open) opened = asked.id;
    if (asked.type == Type::close) closed = asked.body;
    if (asked.type == Type::stat) {
      return packet_of(Type::handle, u32(opened) + text("late")) + status(asked.id, StatusCode::no_such_file);
    }
    return asked.type == Type::lstat ? status(asked.id, StatusCode::no_such_file) : std::string();
  };
  with_script(
      script,
      [](Client& client) -> Task<Error> {
        auto late = co_await client.open("/x", open_flag::read, 0);
        EXPECT_EQ(late.error().code(), Errc::timeout);
        co_await client.stat("/x");
        co_await client.lstat("/x");
        co_return Error();
      },
      options);
  EXPECT_EQ(closed, text("late"));
}

Task<Error> start_with(std::string greeting) {
  auto executor = co_await core::asio::this_coro::executor;
  auto [ours, theirs] = make_pair(executor);
  if (!greeting.empty())
    co_await core::asio::async_write(theirs, core::asio::buffer(greeting), core::asio::use_awaitable);
  ClientOptions options;
  options.silence = milliseconds(30);
  Client client(executor, std::move(ours), options);
  auto started = co_await client.start();
  co_await client.stop();
  co_return started ? Error() : started.error();
}

TEST(Hostile, AGreetingThatIsNoneIsRefused) {
  EXPECT_EQ(run_task(start_with("")).code(), Errc::timeout);
  EXPECT_EQ(run_task(start_with("SSH-2.0-OpenSSH_9.2\r\n")).code(), Errc::protocol);
  EXPECT_EQ(run_task(start_with(status(1, StatusCode::ok))).code(), Errc::protocol);
  EXPECT_EQ(run_task(start_with(packet_of(Type::version, u32(2)))).code(), Errc::unsupported);
}

}  // namespace
}  // namespace duotty::sftp
