#include <gmock/gmock.h>

#include "tree.hpp"

namespace duotty::architecture {
namespace {

std::vector<int> lengths(std::string_view cpp) {
  std::vector<int> found;
  for (const Function& f : functions_of(cpp)) found.push_back(f.length);
  return found;
}

TEST(Scan, BlanksCommentsAndLiteralsButKeepsLines) {
  EXPECT_EQ(without_literals("a // {\nb"), "a     \nb");
  EXPECT_EQ(without_literals("x \"{\\\"\" y"), "x       y");
  EXPECT_EQ(without_literals("R\"(\n{)\"z"), "   \n   z");
  EXPECT_EQ(without_literals("1'000 '{' 2"), "1 000     2");
}

TEST(Scan, SeesFunctionsInNamespacesAndClasses) {
  EXPECT_THAT(lengths("namespace a {\nint f() {\n return 1;\n}\n}\n"), testing::ElementsAre(3));
  EXPECT_THAT(lengths("template <class T>\nstruct S : B<T> {\n int f() const { return 1; }\n void g();\n};\n"),
              testing::ElementsAre(1));
}

TEST(Scan, ControlFlowAndLambdasBelongToTheirFunction) {
  EXPECT_THAT(lengths("void f() {\n if (x) {\n  g([] {\n  });\n }\n}\n"), testing::ElementsAre(6));
}

TEST(Scan, TablesAreNotFunctions) {
  EXPECT_THAT(lengths("constexpr int t[] = {\n 1,\n 2,\n};\nint x{3};\nenum class E {\n a\n};\n"),
              testing::ElementsAre());
}

TEST(Scan, ConstructorBodiesCountAfterBracedMembers) {
  EXPECT_THAT(lengths("A::A(int x) : a_{x}, b_{x} {\n f();\n}\n"), testing::Contains(3));
}

TEST(Scan, ConditionalDirectivesDoNotUnbalanceBraces) {
  EXPECT_THAT(lengths("#define BEGIN {\nint f() {\n return 1;\n}\n"), testing::ElementsAre(3));
}

}  // namespace
}  // namespace duotty::architecture
