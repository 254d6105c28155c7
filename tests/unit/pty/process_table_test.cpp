#include "process_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace duotty::pty {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

ProcessEntry entry(pid_t pid, pid_t parent, pid_t session, char state = 'S') {
  ProcessEntry out;
  out.pid = pid;
  out.parent = parent;
  out.session = session;
  out.state = state;
  return out;
}

constexpr const char* kTail = " -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3";

TEST(ParseStat, TakesNamesWithSpacesAndParentheses) {
  const auto parsed = parse_stat(std::string("42 (a) b) (c) S 7 41 40 34816") + kTail);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->pid, 42);
  EXPECT_EQ(parsed->comm, "a) b) (c");
  EXPECT_EQ(parsed->state, 'S');
  EXPECT_EQ(parsed->parent, 7);
  EXPECT_EQ(parsed->group, 41);
  EXPECT_EQ(parsed->session, 40);
  EXPECT_EQ(parsed->start_time, 987654U);
}

TEST(ParseStat, RefusesWhatIsNoStat) {
  for (const char* text : {"", "42", "42 (x", "42 (x)", "42 (x) S 1 2", ") (", "42 )x( S 1 2 3 4"})
    EXPECT_FALSE(parse_stat(text)) << text;
}

TEST(ProcessTable, FindsTheMembersOfASessionBelowOneRoot) {
  const ProcessTable table({entry(1, 0, 1), entry(10, 1, 10), entry(20, 10, 20), entry(21, 20, 20), entry(22, 10, 20),
                            entry(23, 21, 20, 'Z'), entry(30, 1, 20), entry(24, 21, 24)});
  EXPECT_THAT(table.session_members(20, 10), ElementsAre(20, 21, 22)) << "no zombie, no stranger, no other session";
  EXPECT_THAT(table.descendants(20), ElementsAre(20, 21, 24));
}

TEST(ProcessTable, DoesNotWalkInCircles) {
  const ProcessTable table({entry(5, 6, 5), entry(6, 5, 5)});
  EXPECT_FALSE(table.descends(5, 1));
  EXPECT_THAT(table.session_members(5, 1), IsEmpty());
}

TEST(ProcessTable, SeesThisProcess) {
  const ProcessTable table = ProcessTable::scan();
  EXPECT_TRUE(table.descends(::getpid(), ::getppid()));
  EXPECT_THAT(table.descendants(::getpid()), Contains(::getpid()));
}

}  // namespace
}  // namespace duotty::pty
