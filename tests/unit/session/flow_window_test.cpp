#include <gtest/gtest.h>

#include "flow_window.hpp"

namespace duotty::session {
namespace {

using std::chrono::milliseconds;

/// A client on a line: sends while the window is open, acknowledges after the time that the line takes.
class Line {
 public:
  Line(std::uint64_t bytes_per_second, milliseconds way, milliseconds pause = {}) : rate_(bytes_per_second), way_(way) {
    ping(pause);
  }

  /// A ping while nothing else is under way, and its answer; the client's machine has a pause meanwhile.
  void ping(milliseconds pause = {}) {
    flow.pinged(now_);
    now_ += way_ + pause;
    flow.answered(now_);
  }

  /// One full window there, and its acknowledgement back.
  void round() {
    const auto sent = now_;
    while (flow.open()) flow.sent_output(4096, sent);
    const auto carried = (flow.cursor() - arrived_) * 1000 / rate_;
    now_ = sent + way_ + milliseconds(carried);
    arrived_ = flow.cursor();
    EXPECT_TRUE(flow.acknowledged(arrived_, now_));
  }
  void way(milliseconds way) { way_ = way; }
  void rounds(int count) {
    for (int i = 0; i < count; ++i) round();
  }

  FlowWindow flow;

 private:
  std::uint64_t rate_;
  milliseconds way_;
  std::uint64_t arrived_ = 0;
  FlowWindow::time_point now_{};
};

TEST(FlowWindow, OpensForAQuickClient) {
  Line line(100'000'000, milliseconds(1));
  line.rounds(4);
  EXPECT_EQ(line.flow.size(), FlowWindow::kMost);
}

TEST(FlowWindow, ClosesForASlowLineToWhatItCarriesInAMoment) {
  Line line(125'000, milliseconds(20));
  line.rounds(10);
  EXPECT_LE(line.flow.size(), 32U * 1024);
  EXPECT_LE(line.flow.size() + line.flow.too_late(), 125'000U);
}

TEST(FlowWindow, ASlowLineWhosePingMetAPauseIsNeverSentMoreThanItCarriesInAMoment) {
  Line line(125'000, milliseconds(20), milliseconds(1'200));
  for (int i = 0; i < 4; ++i) {
    line.round();
    EXPECT_LE(line.flow.size(), 2 * FlowWindow::kFirst);
  }
  line.rounds(10);
  EXPECT_LE(line.flow.size(), FlowWindow::kFirst);
}

TEST(FlowWindow, ASlowLineIsFoundOutAlthoughEveryPingMetAPause) {
  Line line(125'000, milliseconds(20), milliseconds(1'200));
  line.ping(milliseconds(900));
  line.ping(milliseconds(1'000));
  line.rounds(12);
  EXPECT_LE(line.flow.size(), 32U * 1024);
  EXPECT_LE(line.flow.size() + line.flow.too_late(), 125'000U);
}

TEST(FlowWindow, AFloodOfShortLinesOnASlowLineIsNeverLateByASecond) {
  // The stream is always too far ahead: what is sent is a small screen and some output behind it, again and again.
  constexpr std::uint64_t kRate = 125'000;
  FlowWindow flow;
  FlowWindow::time_point now{};
  flow.pinged(now);
  flow.answered(now += milliseconds(5));
  auto carried = now;  // when the line has carried all that was sent
  DisplayOffset head = 0;
  for (int i = 0; i < 40; ++i) {
    const auto send = [&](std::uint64_t bytes) {
      carried = std::max(carried, now) + milliseconds(bytes * 1000 / kRate);
    };
    const DisplayOffset screen = head += 1'000'000;
    flow.sent_snapshot(screen, 3'000, now);
    send(3'000);
    const auto drawn = carried;
    while (flow.open()) {
      flow.sent_output(1'024, now);
      send(1'024);
    }
    const auto late = carried - now + milliseconds((flow.too_late() + flow.size()) * 1000 / kRate);
    if (i >= 3) {
      EXPECT_LE(late, std::chrono::seconds(1)) << "if the flood ended now";
    }
    now = drawn + milliseconds(5);
    flow.acknowledged(screen, now);
    if (i % 2 == 1) continue;
    now = carried + milliseconds(5);
    flow.acknowledged(flow.cursor(), now);
  }
  EXPECT_LE(flow.size(), FlowWindow::kFirst);
}

TEST(FlowWindow, AQuickClientMayBeBehindByMore) {
  Line line(100'000'000, milliseconds(1));
  line.rounds(8);
  EXPECT_EQ(line.flow.too_late(), 2 * FlowWindow::kMost);
}

TEST(FlowWindow, AQuickClientThatWasSlowForAWhileGetsOutputAgainInTheMiddleOfAFlood) {
  FlowWindow flow;
  FlowWindow::time_point now{};
  flow.pinged(now);
  flow.answered(now += milliseconds(1));
  DisplayOffset head = 0;
  const auto round = [&](milliseconds took) {
    head += 1'000'000;
    if (flow.late(head) && flow.may_skip()) flow.sent_snapshot(head, 1'000, now);
    while (flow.open() && !flow.late(head + 1'000'000)) flow.sent_output(1'024, now);
    now += took;
    flow.acknowledged(flow.cursor(), now);
  };
  for (int i = 0; i < 10; ++i) round(milliseconds(2'000));
  EXPECT_LE(flow.too_late(), 2 * FlowWindow::kLeast);
  for (int i = 0; i < 10; ++i) round(milliseconds(10));
  EXPECT_GE(flow.too_late(), FlowWindow::kMost);
}

TEST(FlowWindow, APauseThatMeetsAPingOfAnIdleClientMakesNoLongWay) {
  Line line(125'000, milliseconds(20));
  line.rounds(10);
  line.ping();
  for (int i = 0; i < 3; ++i) {
    line.ping(milliseconds(1'200));
    EXPECT_TRUE(line.flow.doubts()) << "another ping is to tell";
    line.ping();
    EXPECT_FALSE(line.flow.doubts());
    line.rounds(3);
    EXPECT_LE(line.flow.size(), 32U * 1024);
  }
}

TEST(FlowWindow, APingBehindOutputMakesNoLongWay) {
  FlowWindow flow;
  FlowWindow::time_point now{};
  const auto slow_round = [&] {
    now += milliseconds(700);
    flow.acknowledged(flow.cursor(), now);
  };
  flow.pinged(now);
  flow.answered(now += milliseconds(5));
  for (int i = 0; i < 12; ++i) {
    // It waits for the output before it; all is drawn when its answer comes.
    while (flow.open()) flow.sent_output(1024, now);
    flow.pinged(now);
    slow_round();
    flow.answered(now);
    // Nothing is under way when it is sent, and output follows it.
    flow.pinged(now);
    while (flow.open()) flow.sent_output(1024, now);
    slow_round();
    flow.answered(now);
  }
  EXPECT_EQ(flow.size(), FlowWindow::kLeast);
}

TEST(FlowWindow, BelievesInALongerWayWhenPingsInARowSaySo) {
  Line line(20'000'000, milliseconds(5));
  line.rounds(10);
  line.way(milliseconds(700));
  line.rounds(4);
  EXPECT_LT(line.flow.size(), FlowWindow::kMost) << "as yet it looks like a slow line";
  line.ping();
  EXPECT_TRUE(line.flow.doubts());
  line.ping();
  EXPECT_TRUE(line.flow.doubts());
  line.ping();
  EXPECT_FALSE(line.flow.doubts());
  line.rounds(10);
  EXPECT_EQ(line.flow.size(), FlowWindow::kMost);
}

TEST(FlowWindow, AsksNoMoreThanTwiceAtOnce) {
  FlowWindow flow;
  FlowWindow::time_point now{};
  int asked = 0;
  for (const int took : {5, 300, 600, 900, 500, 700, 800}) {
    flow.pinged(now);
    flow.answered(now += milliseconds(took));
    asked = flow.doubts() ? asked + 1 : 0;
    EXPECT_LE(asked, 2);
  }
  flow.answered(now);
  EXPECT_FALSE(flow.doubts()) << "an answer without a ping tells nothing";
}

TEST(FlowWindow, StaysOpenOnALongWayThatCarriesMuch) {
  Line line(20'000'000, milliseconds(600));
  line.rounds(10);
  EXPECT_EQ(line.flow.size(), FlowWindow::kMost);
}

TEST(FlowWindow, PassesOverPauses) {
  FlowWindow flow;
  FlowWindow::time_point now{};
  flow.pinged(now);
  flow.answered(now += milliseconds(1));
  for (const int took : {1, 1, 3000, 1, 1, 3000, 1}) {
    while (flow.open()) flow.sent_output(4096, now);
    now += milliseconds(took);
    flow.acknowledged(flow.cursor(), now);
    EXPECT_EQ(flow.too_late(), 2 * FlowWindow::kMost);
  }
}

TEST(FlowWindow, OpensAgainWhenTheClientRecovers) {
  FlowWindow flow;
  FlowWindow::time_point now{};
  flow.pinged(now);
  flow.answered(now += milliseconds(1));
  const auto round = [&](milliseconds took) {
    while (flow.open()) flow.sent_output(4096, now);
    now += took;
    flow.acknowledged(flow.cursor(), now);
  };
  for (int i = 0; i < 10; ++i) round(milliseconds(900));
  EXPECT_EQ(flow.size(), FlowWindow::kLeast);
  for (int i = 0; i < 10; ++i) round(milliseconds(5));
  EXPECT_EQ(flow.size(), FlowWindow::kMost);
}

TEST(FlowWindow, LetsTheNextSnapshotWaitUntilTheLastOneIsDrawn) {
  FlowWindow flow;
  FlowWindow::time_point now{};
  EXPECT_TRUE(flow.may_skip());
  flow.sent_snapshot(1'000'000, 5'000, now);
  EXPECT_TRUE(flow.open()) << "a little output follows it";
  EXPECT_FALSE(flow.may_skip());
  EXPECT_FALSE(flow.acknowledged(1'000'001, now)) << "it was not sent";
  EXPECT_TRUE(flow.acknowledged(1'000'000, now));
  EXPECT_FALSE(flow.acknowledged(1'000'000, now)) << "it is nothing new";
  EXPECT_TRUE(flow.may_skip());
}

TEST(FlowWindow, ContinuesAtTheOffsetOfAnEarlierConnection) {
  FlowWindow flow(5'000);
  EXPECT_EQ(flow.cursor(), 5'000U);
  EXPECT_TRUE(flow.open());
  flow.sent_output(100, {});
  EXPECT_TRUE(flow.acknowledged(5'100, {}));
}

}  // namespace
}  // namespace duotty::session
