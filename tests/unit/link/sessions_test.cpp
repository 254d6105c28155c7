#include "sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <optional>
#include <vector>

namespace duotty::link {
namespace {

using Clock = std::chrono::steady_clock;
using ::testing::ElementsAre;

/// A host with so many places, asked as channels do.
class SessionsTest : public ::testing::Test {
 protected:
  core::Task<> ask(int name) {
    const auto until = Clock::now() + std::chrono::seconds(20);
    const auto unwanted = [this, name] { return name == unwanted_; };
    std::optional<Sessions::Place> place;
    if (sessions_.crowded()) place.emplace(sessions_);
    for (;;) {
      if (place) co_await place->wait(unwanted, until);
      if (unwanted()) co_return;
      sessions_.ask();
      const bool opened = sessions_.open() < places_;
      sessions_.asked(opened);
      ++asked_;
      if (opened) {
        opened_.push_back(name);
        co_return;
      }
      if (!sessions_.may_change(Clock::now())) {
        refused_.push_back(name);
        co_return;
      }
      if (!place) place.emplace(sessions_);
      place->refused(Clock::now());
    }
  }
  void start(int name) { core::asio::co_spawn(loop_, ask(name), core::asio::detached); }
  void end() {
    sessions_.end(Clock::now());
    loop_.poll();
  }

  core::asio::io_context loop_;
  Sessions sessions_{loop_.get_executor()};
  std::size_t places_ = 2;
  int unwanted_ = -1;
  int asked_ = 0;
  std::vector<int> opened_;
  std::vector<int> refused_;
};

TEST_F(SessionsTest, WhoIsRefusedIsServedInTurnWhenAnotherHasEnded) {
  for (int name = 0; name < 6; ++name) start(name);
  loop_.poll();
  EXPECT_THAT(opened_, ElementsAre(0, 1));
  end();
  EXPECT_THAT(opened_, ElementsAre(0, 1, 2));
  end();
  end();
  EXPECT_THAT(opened_, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_TRUE(sessions_.crowded());
  end();
  EXPECT_THAT(opened_, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_FALSE(sessions_.crowded());
}

TEST_F(SessionsTest, OneThatIsTakenBackLeavesItsPlaceInLine) {
  for (int name = 0; name < 4; ++name) start(name);
  loop_.poll();
  unwanted_ = 2;
  sessions_.look();
  loop_.poll();
  end();
  EXPECT_THAT(opened_, ElementsAre(0, 1, 3));
}

TEST_F(SessionsTest, TheFirstInLineAsksAgainThoughNothingOfOursHasEnded) {
  for (int name = 0; name < 3; ++name) start(name);
  loop_.poll();
  places_ = 3;  // a command that was counted without a channel has ended
  while (opened_.size() < 3) loop_.run_one();
  EXPECT_THAT(opened_, ElementsAre(0, 1, 2));
}

TEST_F(SessionsTest, AHostThatOpensNoneIsNotWaitedFor) {
  places_ = 0;
  start(0);
  loop_.poll();
  EXPECT_THAT(refused_, ElementsAre(0));
  EXPECT_EQ(asked_, 1);
}

}  // namespace
}  // namespace duotty::link
