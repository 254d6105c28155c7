// The scripts are read by the shells they are for.
#include "completion.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "harness.hpp"
#include "temporary_folder.hpp"

namespace duotty::cli {
namespace {

/// Standard output and error of a shell command, and its exit status.
struct Ran {
  std::string text;
  int status = -1;
};

Ran run_shell(const std::string& command) {
  Ran out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return out;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = ::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    out.text.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

class Completion : public testing::Test {
 protected:
  Completion() {
    // Stands in for the program: names of terminals are asked of it.
    std::ofstream(folder + "/duotty") << "#!/bin/sh\n[ \"$1 $2\" = 'ls --names' ] && printf 'build\\nserver\\n'\n";
    std::filesystem::permissions(folder + "/duotty", std::filesystem::perms::owner_all);
  }

  std::string script(const std::string& shell) {
    const std::string path = folder + "/script." + shell;
    std::ofstream(path) << harness.run({"completion", shell}).out;
    return path;
  }

  Harness harness;
  tests::TemporaryFolder temporary;
  const std::string folder = temporary.string();
};

TEST_F(Completion, IsValidForEveryShell) {
  const Ran bash = run_shell("bash -n " + script("bash"));
  EXPECT_EQ(bash.status, 0) << bash.text;
  EXPECT_EQ(bash.text, "");
  const Ran zsh = run_shell("zsh -f -n " + script("zsh"));
  EXPECT_EQ(zsh.status, 0) << zsh.text;
  EXPECT_EQ(zsh.text, "");
  const Ran fish = run_shell("fish --no-config --no-execute " + script("fish"));
  EXPECT_EQ(fish.status, 0) << fish.text;
  EXPECT_EQ(fish.text, "");
}

TEST_F(Completion, OffersInBash) {
  const std::string path = script("bash");
  const auto offered = [&](const std::string& words, int at) {
    return run_shell("PATH=" + folder + ":$PATH bash --norc -c 'source " + path + "; COMP_WORDS=(" + words +
                     "); COMP_CWORD=" + std::to_string(at) + "; _duotty; printf \"%s\\n\" \"${COMPREPLY[@]}\"'")
        .text;
  };
  EXPECT_EQ(offered("duotty sta", 1), "status\n");
  EXPECT_EQ(offered("duotty --json att", 2), "attach\n");
  EXPECT_EQ(offered("duotty exec b", 2), "build\n");
  EXPECT_EQ(offered("duotty screen x --format a", 4), "ansi\n");
  EXPECT_EQ(offered("duotty exec --on-timeout i", 3), "interrupt\n");
  EXPECT_EQ(offered("duotty exec --timeo", 2), "--timeout\n");
  EXPECT_EQ(offered("duotty call terminal.e", 2), "terminal.exec\n");
  EXPECT_EQ(offered("duotty completion f", 2), "fish\n");
  EXPECT_EQ(offered("duotty exec x -- b", 4), "\n");
}

TEST_F(Completion, OffersInFish) {
  const std::string path = script("fish");
  const auto offered = [&](const std::string& line) {
    return run_shell("HOME=" + folder + " PATH=" + folder + ":$PATH fish --no-config -c 'source " + path +
                     "; complete -C \"" + line + "\"'")
        .text;
  };
  EXPECT_THAT(offered("duotty sta"), testing::HasSubstr("status\t"));
  EXPECT_THAT(offered("duotty exec b"), testing::HasSubstr("build"));
  EXPECT_THAT(offered("duotty screen x --format a"), testing::HasSubstr("ansi"));
  EXPECT_THAT(offered("duotty call terminal.e"), testing::HasSubstr("terminal.exec"));
  EXPECT_THAT(offered("duotty exec --on-t"), testing::HasSubstr("--on-timeout"));
}

TEST_F(Completion, LoadsInZsh) {
  const std::string path = script("zsh");
  const Ran ran = run_shell("HOME=" + folder + " zsh -f -c 'autoload -Uz compinit; compinit -D -u; source " + path +
                            "; echo $_comps[duotty]'");
  EXPECT_EQ(ran.text, "_duotty\n");
}

}  // namespace
}  // namespace duotty::cli
