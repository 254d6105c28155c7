#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <cstring>
#include <duotty/digest/plain.hpp>
#include <duotty/pty/keeper_client.hpp>
#include <duotty/session/session.hpp>
#include <future>
#include <nlohmann/json.hpp>

#include "memory_ring.hpp"

namespace duotty::session {
namespace {

struct NoEvents final : SessionEvents {
  void on_updated(Session&) override {}
  void on_program_exited(Session&) override {}
  void on_asked(Session&, const std::string&) override {}
  void on_block(Session&, const CommandBlock&) override {}
  void on_noted(Session&, std::string_view, nlohmann::json) override {}
  void on_meta_changed(Session&) override {}
  void on_typed(const Session&) override {}
  std::chrono::steady_clock::time_point typed_elsewhere(const Session&) const override { return {}; }
};

base::UniqueFd one_end() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return {};
  ::close(ends[1]);
  return base::UniqueFd(ends[0]);
}

/// A terminal whose program has printed, and the thread that makes its output text, which is held.
class LongOutput : public ::testing::Test {
 protected:
  LongOutput() : keeper_(loop_.get_executor(), one_end()) {
    if (file_.create({}, std::uint64_t{1} << 20) != 0) throw std::runtime_error("no memory for a ring");
    auto hold = [held = hold_.get_future().share()] {
      held.wait();
      return true;
    };
    core::asio::co_spawn(loop_, folds_.run(std::move(hold)), [](std::exception_ptr, bool) {});
  }

  void print(std::string_view bytes) {
    while (!bytes.empty()) {
      iovec room[2];
      int pieces = 0;
      const std::size_t size = file_.prepare(bytes.size(), room, pieces);
      ASSERT_GT(size, 0U);
      std::size_t at = 0;
      for (int i = 0; i < pieces; ++i) {
        const std::size_t part = std::min(room[i].iov_len, size - at);
        std::memcpy(room[i].iov_base, bytes.data() + at, part);
        at += part;
      }
      file_.add(size);
      file_.publish();
      bytes.remove_prefix(size);
    }
  }

  std::shared_ptr<Session> terminal() {
    Meta meta;
    meta.id = "t1";
    meta.shell = "/bin/sh";
    meta.nonce = "0123456789abcdef";
    pty::PtyHandle handle;
    handle.id = meta.id;
    handle.pid = ::getpid();
    handle.master = base::UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    auto ring = pty::Ring::map(*file_.fd());
    if (!ring) throw std::runtime_error(ring.error().message());
    handle.ring = std::move(*ring);
    auto session = std::make_shared<Session>(loop_.get_executor(), std::move(handle), std::move(meta), "", keeper_,
                                             events_, disk_, folds_, "");
    session->begin();
    run_ready();
    return session;
  }

  void run_ready() {
    loop_.restart();
    while (loop_.poll() > 0) {
    }
  }

  core::Task<> look(std::shared_ptr<Session> session) {
    WaitFor what;
    what.since = 0;
    what.max_wait = std::chrono::milliseconds(0);
    auto waited = co_await session->wait(std::move(what));
    if (waited) text_ = waited->text;
  }

  std::promise<void> hold_;
  core::asio::io_context loop_{1};
  pty::KeeperClient keeper_;
  pty::RingFile file_;
  NoEvents events_;
  core::Offload disk_;
  core::Offload folds_;
  std::optional<std::string> text_;
};

TEST_F(LongOutput, IsMadeTextWhileOthersAreServed) {
  std::string printed;
  while (printed.size() <= core::Offload::kFewBytes) printed += "line " + std::to_string(printed.size()) + "\r\n";
  print(printed);
  const auto session = terminal();
  ASSERT_EQ(session->size(), printed.size());
  core::asio::co_spawn(loop_, look(session), core::asio::detached);
  run_ready();
  int served = 0;
  core::asio::post(loop_, [&] { ++served; });
  run_ready();
  EXPECT_EQ(served, 1);
  EXPECT_FALSE(text_);
  hold_.set_value();
  loop_.restart();
  while (!text_ && loop_.run_one() > 0) {
  }
  EXPECT_EQ(text_, digest::shown_text(printed, 80, 24));
  core::asio::co_spawn(loop_, session->stop(), core::asio::detached);
  run_ready();
}

TEST_F(LongOutput, ShortOutputWaitsForNobody) {
  print("hello\r\n");
  const auto session = terminal();
  core::asio::co_spawn(loop_, look(session), core::asio::detached);
  run_ready();
  EXPECT_EQ(text_, "hello\n");
  hold_.set_value();
  core::asio::co_spawn(loop_, session->stop(), core::asio::detached);
  run_ready();
}

}  // namespace
}  // namespace duotty::session
