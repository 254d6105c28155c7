#include <gtest/gtest.h>

#include <duotty/metrics/loop_watch.hpp>

#include "measures.hpp"

namespace duotty::metrics {
namespace {

TEST(LagHistogram, CountsEachDelayInItsRangeAndTheLongerOnes) {
  LagHistogram lags;
  lags.add(std::chrono::microseconds(-5));
  lags.add(std::chrono::microseconds(1000));
  lags.add(std::chrono::milliseconds(30));
  lags.add(std::chrono::seconds(3));
  const auto counts = lags.cumulative();
  EXPECT_EQ(counts, (std::array<std::uint64_t, 10>{2, 2, 2, 2, 2, 3, 3, 3, 3, 4}));
  EXPECT_DOUBLE_EQ(lags.sum(), 3.031);
  EXPECT_DOUBLE_EQ(lags.last(), 3);
}

TEST(Exposition, EscapesLabelsAndSaysWhatEachFamilyIs) {
  Measures measures;
  measures.version = "1\"\\\n";
  measures.terminals = {{"alive", 2}, {"exited", 0}};
  measures.loop_lag = {.count = 3, .sum = 0.25, .last = 0, .ranges = {{0.001, 1}}};
  const std::string text = exposition(measures);
  EXPECT_NE(text.find("duotty_build_info{version=\"1\\\"\\\\\\n\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("# TYPE duotty_terminals gauge\nduotty_terminals{state=\"alive\"} 2\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("duotty_event_loop_lag_seconds_bucket{le=\"0.001\"} 1\n"
                      "duotty_event_loop_lag_seconds_bucket{le=\"+Inf\"} 3\n"
                      "duotty_event_loop_lag_seconds_sum 0.25\n"
                      "duotty_event_loop_lag_seconds_count 3\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace duotty::metrics
