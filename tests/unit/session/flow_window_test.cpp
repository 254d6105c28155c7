#include <gtest/gtest.h>

#include "flow_window.hpp"

namespace duotty::session {
namespace {

using std::chrono::milliseconds;

/// A client on a line: sends while the window is open, acknowledges after the time that the line takes.
class Line {
 public:
  Line(std::uint64_t bytes_per_second, milliseconds way) : rate_(bytes_per_second), way_(way) { flow.answered(way); }

  /// One full window there, and its acknowledgement back.
  void round() {
    const auto sent = now_;
    while (flow.open()) flow.sent_output(4096, sent);
    const auto carried = (flow.cursor() - arrived_) * 1000 / rate_;
    now_ = sent + way_ + milliseconds(carried);
    arrived_ = flow.cursor();
    EXPECT_TRUE(flow.acknowledged(arrived_, now_));
  }
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
  Line line(125'000, milliseconds(20));
  line.flow = FlowWindow();
  line.flow.answered(milliseconds(1'200));
  for (int i = 0; i < 4; ++i) {
    line.round();
    EXPECT_LE(line.flow.size(), 2 * FlowWindow::kFirst);
  }
  line.rounds(10);
  EXPECT_LE(line.flow.size(), FlowWindow::kFirst);
}

TEST(FlowWindow, StaysOpenOnALongWayThatCarriesMuch) {
  Line line(20'000'000, milliseconds(600));
  line.rounds(10);
  EXPECT_EQ(line.flow.size(), FlowWindow::kMost);
}

TEST(FlowWindow, PassesOverPauses) {
  FlowWindow flow;
  FlowWindow::time_point now{};
  flow.answered(milliseconds(1));
  for (const int took : {1, 1, 3000, 1, 3000, 3000, 1}) {
    while (flow.open()) flow.sent_output(4096, now);
    now += milliseconds(took);
    flow.acknowledged(flow.cursor(), now);
    EXPECT_EQ(flow.too_late(), 2 * FlowWindow::kMost);
  }
}

TEST(FlowWindow, OpensAgainWhenTheClientRecovers) {
  FlowWindow flow;
  FlowWindow::time_point now{};
  flow.answered(milliseconds(1));
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
