#include "dial.hpp"

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <list>

#include "run_task.hpp"

namespace duotty::link {
namespace {

using boost::asio::ip::tcp;

/// A port of this machine that takes connections, or lets none in because its queue is full.
class Port {
 public:
  explicit Port(bool silent) {
    acceptor_.open(tcp::v4());
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(silent ? 0 : 8);
    for (int i = 0; silent && i < 4; ++i) {
      auto& one = queue_.emplace_back(loop_, tcp::v4());
      one.async_connect(acceptor_.local_endpoint(), [](const boost::system::error_code&) {});
    }
  }
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  void close() { acceptor_.close(); }

 private:
  boost::asio::io_context loop_;
  tcp::acceptor acceptor_{loop_};
  std::list<tcp::socket> queue_;
};

Connect plan_with(std::uint32_t step_ms) {
  Connect plan;
  plan.host = "several.example.org";
  plan.port = 22;
  plan.step_ms = step_ms;
  return plan;
}

TEST(Dial, AnAddressThatIsSilentDoesNotKeepTheNextFromAnswering) {
  const Port silent(true);
  const Port good(false);
  Port closed(false);
  const auto refusing = closed.endpoint();
  closed.close();
  base::UniqueFd stream;
  const Connect plan = plan_with(6000);
  std::vector<tcp::endpoint> all = {silent.endpoint(), refusing, good.endpoint()};
  auto failed = tests::run_task(dial_any(std::move(all), plan, stream));
  ASSERT_FALSE(failed) << failed->message;
  EXPECT_TRUE(stream);
}

TEST(Dial, WhatIsSilentIsToldApartFromWhatRefuses) {
  const Port silent(true);
  Port closed(false);
  const auto refusing = closed.endpoint();
  closed.close();
  base::UniqueFd stream;
  const Connect plan = plan_with(60);
  auto late = tests::run_task(dial_any({silent.endpoint(), refusing}, plan, stream));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->reason, Reason::timeout) << late->message;
  auto refused = tests::run_task(dial_any({refusing, refusing}, plan, stream));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, Reason::unreachable) << refused->message;
  EXPECT_FALSE(stream);
}

}  // namespace
}  // namespace duotty::link
