#include <gtest/gtest.h>

#include <duotty/exec/typed_line.hpp>

namespace duotty::exec {
namespace {

TEST(TypedLine, JoinsPiecesUntilEnter) {
  TypedLine line;
  line.type("rm ");
  line.type("-rf ");
  EXPECT_EQ(line.submitted("/"), "");
  EXPECT_EQ(line.submitted("/\r"), "rm -rf /\n");
  line.type("/\r");
  EXPECT_EQ(line.text(), "");
  EXPECT_EQ(line.submitted("ls\r"), "ls\n");
}

TEST(TypedLine, FollowsBackspaceAndTheKeysThatClear) {
  TypedLine line;
  line.type("lss\x7f -la\x08");
  EXPECT_EQ(line.text(), "ls -l");
  line.type("\x17");
  EXPECT_EQ(line.text(), "ls ");
  line.type("\x15");
  EXPECT_EQ(line.text(), "");
  line.type("rm -rf /");
  EXPECT_EQ(line.submitted("\x03ls\r"), "ls\n");
  line.type("\x03");
  line.type("\xC3\xA4\xC3\xB6\x7f");
  EXPECT_EQ(line.text(), "\xC3\xA4");
}

TEST(TypedLine, PassesOverKeysThatAreSequences) {
  TypedLine line;
  line.type("l\x1b[Ds\x1bOA\x1b");
  line.type("[200~ -l\x1b[201~");
  EXPECT_EQ(line.text(), "ls -l");
  EXPECT_EQ(line.submitted("\r"), "ls -l\n");
}

TEST(TypedLine, GivesEveryLineOfAPaste) {
  EXPECT_EQ(TypedLine().submitted("cd /\nrm -rf *\r\nls"), "cd /\nrm -rf *\n\n");
}

TEST(TypedLine, DoesNotGrowWithoutEnd) {
  TypedLine line;
  line.type(std::string(3'000'000, 'x'));
  EXPECT_EQ(line.text().size(), 1'048'576U);
}

}  // namespace
}  // namespace duotty::exec
