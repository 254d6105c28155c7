// Text that is made to hang, to crash or to slip through by its size: every one is read to its end, in bounded work.
#include <gtest/gtest.h>

#include <duotty/base/text.hpp>

#include "verdict.hpp"

namespace duotty::gate {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Hostile, NestingBeyondTheLimitIsRefusedOnlyWithADangerousWord) {
  for (const char* open :
       {"(", "$(", "{ ", "if ", "while ", "case x in x) ", "\"$(", "${x:-", "<(", "f() { ", "`", "((", "$(("}) {
    const std::string deep = repeated(open, 5000);
    EXPECT_NE(verdict(deep + " echo"), "rm-root") << open;
    const auto found = verdict("echo x; " + deep + " rm -rf /");
    EXPECT_TRUE(found == "unreadable" || found == "rm-root" || open == std::string("`")) << open << ": " << found;
  }
  EXPECT_EQ(verdict(repeated("(", 5000) + "ls"), "ok");
  EXPECT_EQ(verdict(repeated("(", 5000) + "rm -rf /"), "unreadable");
  EXPECT_EQ(verdict(repeated("sh -c '", 1) + repeated("eval ", 3000) + "rm x'"), "unreadable");
}

TEST(Hostile, NestingBelowTheLimitIsRead) {
  EXPECT_EQ(verdict(repeated("(", 15) + "rm -rf /" + repeated(")", 15)), "rm-root");
  EXPECT_EQ(verdict(repeated("{ ", 15) + "rm -rf /" + repeated("; }", 15)), "rm-root");
  EXPECT_EQ(verdict(repeated("eval ", 15) + "rm -rf /"), "rm-root");
  EXPECT_EQ(verdict(repeated("sudo ", 10) + "rm -rf /"), "rm-root");
}

TEST(Hostile, LongTextIsReadWhole) {
  EXPECT_EQ(verdict(repeated("echo hello world\n", 20'000) + "rm -rf /"), "rm-root");
  EXPECT_EQ(verdict("cat > file <<'EOF'\n" + repeated("rm -rf /\n", 100'000) + "EOF\n"), "ok");
  EXPECT_EQ(verdict("echo '" + repeated("rm -rf / ", 100'000) + "'"), "ok");
  EXPECT_EQ(verdict("echo \"" + repeated("rm -rf / ", 100'000) + "\""), "ok");
  EXPECT_EQ(verdict("rm -f " + repeated("file.o ", 100'000)), "ok");
}

TEST(Hostile, TextBeyondTheLimitIsJudgedByItsWords) {
  EXPECT_EQ(verdict("cat <<EOF\n" + std::string(max_text, 'x') + "\nEOF"), "ok");
  EXPECT_EQ(verdict("cat <<EOF\n" + std::string(max_text, 'x') + " rm \nEOF"), "unreadable");
}

TEST(Hostile, ExpansionsThatMultiplyAreCutOff) {
  EXPECT_NE(verdict("echo " + repeated("{a,b}", 40)), "rm-root");
  EXPECT_NE(verdict("echo " + repeated("{a,", 2000)), "rm-root");
  EXPECT_EQ(verdict("x=aaaaaaaaaaaaaaaa; " + repeated("x=$x$x; ", 60) + "echo $x"), "ok");
  EXPECT_NE(verdict("f() { g; g; }; g() { h; h; }; h() { f; f; }; f"), "rm-root");
  std::string loops;
  for (int i = 0; i < 12; ++i) loops += "for i" + std::to_string(i) + " in 1 2 3 4 5 6 7 8 9; do ";
  EXPECT_NE(verdict(loops + "echo; " + repeated("done; ", 12)), "rm-root");
}

TEST(Hostile, UnclosedAndStrayThingsEndWithTheText) {
  for (const char* text : {"'",
                           "\"",
                           "`",
                           "$(",
                           "${",
                           "$((",
                           "(",
                           "{",
                           "<<",
                           "<<EOF",
                           "<(",
                           "case",
                           "case x",
                           "case x in",
                           "for",
                           "for x in",
                           "if",
                           "function",
                           "f()",
                           "f(){",
                           "[[",
                           "[[ a",
                           "\\",
                           "$'\\",
                           "$'\\x",
                           "a=(",
                           "x[",
                           "@(",
                           "!(",
                           ">",
                           ">>",
                           "2>&",
                           "&>",
                           "|",
                           "||",
                           "&&",
                           ";;",
                           "esac",
                           "done",
                           "}",
                           ")",
                           "]]",
                           "~",
                           "$",
                           "${x",
                           "${x:",
                           "${x:-",
                           "${#",
                           "${!",
                           "<<<",
                           "<<-",
                           "sudo",
                           "env",
                           "xargs",
                           "find",
                           "find -exec",
                           "find . -exec",
                           "ssh",
                           "sh -c",
                           "docker exec",
                           "kubectl exec --",
                           "timeout",
                           "git",
                           "git -C",
                           "dd of=",
                           "mkfs",
                           "kill",
                           "kill --",
                           "pkill",
                           "psql -c",
                           "rsync --delete",
                           "tar -C",
                           "python3 -c",
                           "perl -e",
                           "parallel :::",
                           "rm",
                           "rm -",
                           "rm --",
                           "mv",
                           "chmod",
                           "trap",
                           "eval",
                           "set",
                           "cd",
                           "su -c"}) {
    EXPECT_EQ(verdict(text), "ok") << text;
  }
}

TEST(Hostile, NothingIsReadBehindTheEnd) {
  // Each ends where one more character was expected.
  for (const char* text : {"case `q$1 in (a|b) $1 in (a|b)c)sac", "case x in (", "case x in (a|", "case x in a)b", "`",
                           "a `", "$'", "$'\\", "$'\\0", "${", "${x:", "@(", "f() {", "for x in (", "\"\\", "case `"}) {
    const std::string_view whole(text);
    for (std::size_t i = 0; i <= whole.size(); ++i) {
      // No terminator behind the text, so that a sanitizer sees the step too far.
      const std::vector<char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_EQ(verdict({exact.data(), exact.size()}), "ok") << text;
      const std::string padded = std::string(whole.substr(0, i)) + std::string(2, '\0');
      EXPECT_EQ(verdict(padded), "ok") << text;
    }
  }
}

TEST(Hostile, BytesThatAreNoTextDoNoHarm) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (int i = 0; i < 256; ++i) {
    EXPECT_NE(verdict(all.substr(static_cast<std::size_t>(i)) + all), "rm-root");
    const bool joins = i == '\'' || i == '"' || i == '\\';  // the next line belongs to it
    EXPECT_EQ(verdict("echo " + std::string(1, static_cast<char>(i)) + "\nrm -rf /"), joins ? "ok" : "rm-root") << i;
  }
  const auto found = judge("rm -rf \"/\xff\x01\x02\"/..", project());
  ASSERT_TRUE(found);
  EXPECT_TRUE(base::is_utf8(found->message()));
}

TEST(Hostile, MarksOfTheExpansionCannotBeWritten) {
  EXPECT_EQ(verdict("rm -rf \x03"), "ok");
  EXPECT_EQ(verdict("rm -rf '/\x03'"), "ok");
  const auto program = judge_program({"rm", "-rf", "/\x03"}, project());
  EXPECT_FALSE(program);
}

TEST(Hostile, CutTextIsNeverWorseThanItsWhole) {
  const std::string text =
      "if [ -n \"$X\" ]; then case $(uname) in Linux) for d in a b; do sudo sh -c \"echo `date` $((1 << 2)) ${X:-y}\" "
      "<<-E | tee >(cat) 2>&1\n\tx\n\tE\ndone;; esac; fi; f() { echo; }; a=(1 2); [[ $a < b ]] && echo {a,b}{c,d} "
      "$'\\x41'";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    EXPECT_EQ(verdict(text.substr(0, i)), "ok") << text.substr(0, i);
    EXPECT_EQ(verdict(text.substr(i)), "ok") << text.substr(i);
  }
}

}  // namespace
}  // namespace duotty::gate
