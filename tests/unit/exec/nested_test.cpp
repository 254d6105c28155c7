#include <gtest/gtest.h>
#include <duotty/exec/nested.hpp>

using namespace duotty::exec;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST(Nested, AShellWithoutAScriptOrACommandIsInteractive) {
  for (const Words& words : {Words{"bash"},
                             {"-bash"},
                             {"/bin/bash", "--norc", "-i"},
                             {"bash", "--rcfile", "/tmp/x"},
                             {"zsh", "-f", "-o", "vi"},
                             {"fish", "--no-config"},
                             {"dash"},
                             {"busybox", "ash"},
                             {"/usr/bin/busybox", "sh", "-i"},
                             {"mksh", "+o", "posix"},
                             {"bash", "-s", "word"},
                             {"sh", "-"},
                             {"sh", "--"},
                             {"tcsh"},
                             {"-zsh5"}}) {
    EXPECT_EQ(nested_in(words), Nested::shell) << words.front();
  }
}

TEST(Nested, AShellThatRunsSomethingIsNone) {
  for (const Words& words : {Words{"bash", "build.sh"},
                             {"bash", "-c", "sleep 9"},
                             {"bash", "-lc", "make"},
                             {"sh", "-e", "x.sh"},
                             {"zsh", "-f", "x.zsh"},
                             {"fish", "-c", "true"},
                             {"fish", "--command=true"},
                             {"busybox", "sh", "-c", "true"},
                             {"busybox", "vi"},
                             {"busybox"},
                             {"bash", "-o", "pipefail", "x.sh"},
                             {"bash", "--", "x.sh"}}) {
    EXPECT_EQ(nested_in(words), Nested::none) << words.front() << " " << words.back();
  }
}

TEST(Nested, KnowsProgramsThatShowAShellFromElsewhere) {
  EXPECT_EQ(nested_in({"ssh", "-t", "host"}), Nested::relay);
  EXPECT_EQ(nested_in({"/usr/bin/sudo", "-i"}), Nested::relay);
  EXPECT_EQ(nested_in({"docker", "exec", "-it", "web", "sh"}), Nested::relay);
  EXPECT_EQ(nested_in({"script", "-q", "/dev/null"}), Nested::relay);
  EXPECT_EQ(nested_in({"sshd"}), Nested::none);
  EXPECT_EQ(nested_in({"vim", "ssh"}), Nested::none);
  EXPECT_EQ(nested_in({}), Nested::none);
  EXPECT_EQ(nested_in({""}), Nested::none);
}

TEST(Nested, KnowsHowPromptsEnd) {
  for (const char* line : {"$ ", "root@web:/# ", "host% ", "~ ❯ ", "> ", "PS C:\\>", "sh-5.2$"})
    EXPECT_TRUE(ends_as_prompts_do(line)) << line;
  for (const char* line : {"", " ", "Password: ", "[y/N] ", "50", "$  "})
    EXPECT_FALSE(ends_as_prompts_do(line)) << line;
}
