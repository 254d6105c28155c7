#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "restart_policy.hpp"
#include "spawn_error.hpp"

namespace duotty::pty {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(RestartPolicy, RestartsAtOnceThenBacksOffUpToTheLimit) {
  RestartPolicy policy({.give_up_after = 100});
  RestartPolicy::time_point now{};
  std::vector<long> waits;
  for (int i = 0; i < 9; ++i) waits.push_back(policy.on_crash(now, 0s)->count());
  EXPECT_EQ(waits, (std::vector<long>{0, 100, 200, 400, 800, 1600, 3200, 5000, 5000}));
}

TEST(RestartPolicy, AWorkerThatLivedWellIsRestartedAtOnce) {
  RestartPolicy policy(RestartLimits{});
  RestartPolicy::time_point now{};
  policy.on_crash(now, 0s);
  policy.on_crash(now, 0s);
  EXPECT_EQ(policy.on_crash(now, 1h), 0ms);
  EXPECT_EQ(policy.on_crash(now, 0s), 100ms);
}

TEST(RestartPolicy, GivesUpAfterTenCrashesWithinAMinute) {
  RestartPolicy policy(RestartLimits{});
  RestartPolicy::time_point now{};
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(policy.on_crash(now += 6s, 6s)) << i;
  EXPECT_FALSE(policy.on_crash(now += 6s, 6s));
}

TEST(RestartPolicy, GoesOnForEverWhenCrashesAreFarApart) {
  RestartPolicy policy(RestartLimits{});
  RestartPolicy::time_point now{};
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(policy.on_crash(now += 7s, 7s)) << i;
}

SpawnRequest request() {
  SpawnRequest out;
  out.id = "t1";
  out.argv = {"frobnicate"};
  out.cwd = "/no/such/place";
  return out;
}

TEST(SpawnError, NamesTheStepAndTheReason) {
  const auto directory = spawn_error(request(), {"t1", ENOENT, wire::Step::directory});
  EXPECT_EQ(directory.message(), "Cannot start in /no/such/place: No such file or directory.");
  EXPECT_EQ(directory.field(), "cwd");
  EXPECT_EQ(directory.code(), base::Errc::invalid_params) << "what was asked for is not there";
  const auto exec = spawn_error(request(), {"t1", EACCES, wire::Step::exec});
  EXPECT_EQ(exec.message(), "Cannot run the command frobnicate: Permission denied.");
  EXPECT_EQ(exec.field(), "command");
  EXPECT_EQ(exec.code(), base::Errc::invalid_params);
  EXPECT_EQ(spawn_error(request(), {"t1", ENOMEM, wire::Step::exec}).code(), base::Errc::spawn_failed);
  EXPECT_EQ(spawn_error(request(), {"t1", EAGAIN, wire::Step::fork}).code(), base::Errc::spawn_failed);
  EXPECT_THAT(spawn_error(request(), {"t1", ENOSPC, wire::Step::ring}).message(), HasSubstr("No space left"));
  EXPECT_EQ(spawn_error(request(), {"t1", EEXIST, wire::Step::request}).code(), base::Errc::conflict);
  EXPECT_EQ(spawn_error(request(), {"t1", ECANCELED, wire::Step::request}).code(), base::Errc::closed);
}

TEST(SpawnError, RefusesWhatTheKeeperWouldRefuse) {
  EXPECT_FALSE(refuse_spawn(request()));
  const auto field = [](auto change) {
    SpawnRequest asked = request();
    change(asked);
    const auto error = refuse_spawn(asked);
    return error ? error->field() : std::string("accepted");
  };
  EXPECT_EQ(field([](auto& r) { r.id = "../x"; }), "id");
  EXPECT_EQ(field([](auto& r) { r.argv.clear(); }), "command");
  EXPECT_EQ(field([](auto& r) { r.size = {0, 24}; }), "cols");
  EXPECT_EQ(field([](auto& r) { r.size = {80, 0}; }), "rows");
  EXPECT_EQ(field([](auto& r) { r.cwd = "here"; }), "cwd");
  EXPECT_EQ(field([](auto& r) { r.ring_capacity = 5000; }), "");
  EXPECT_EQ(field([](auto& r) { r.meta.resize(kMaxMeta + 1); }), "");
}

}  // namespace
}  // namespace duotty::pty
