// The tree itself: documented completely, portable, and free of what a machine or a merge leaves in it.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "tree.hpp"

namespace duotty::architecture {
namespace {

const std::set<std::string> text_endings = {
    ".hpp",  ".cpp",  ".h",   ".c",     ".ts", ".tsx", ".css", ".html", ".js",      ".mjs",       ".md", ".txt",
    ".json", ".yaml", ".yml", ".cmake", ".sh", ".py",  ".vt",  ".in",   "Makefile", "Dockerfile", "run", ".example"};

/// Paths that docs/code-map.md names: `a/b.cpp`, and `a/b.{hpp,cpp}` for a pair.
std::set<std::string> mapped_paths() {
  std::set<std::string> found;
  const std::string text = read_file("docs/code-map.md");
  const std::regex quoted("`((?:src|include|web/src|skills)/[^`{}]+)(?:\\{([^`}]+)\\})?`");
  for (std::sregex_iterator it(text.begin(), text.end(), quoted), end; it != end; ++it) {
    const std::string stem = (*it)[1];
    std::string choices = (*it)[2];
    if (choices.empty()) {
      found.insert(stem);
      continue;
    }
    for (std::size_t comma = 0; comma != std::string::npos;) {
      comma = choices.find(',');
      found.insert(stem + choices.substr(0, comma));
      if (comma != std::string::npos) choices.erase(0, comma + 1);
    }
  }
  return found;
}

TEST(CodeMap, HasALineForEverySourceFile) {
  const std::set<std::string> mapped = mapped_paths();
  for (const char* folder : {"src", "include", "web/src", "skills"}) {
    for (const std::string& path : files_below(folder)) {
      EXPECT_TRUE(mapped.contains(path)) << path << "\n  rule: docs/code-map.md has one line for every file";
    }
  }
}

TEST(CodeMap, NamesOnlyFilesThatExist) {
  for (const std::string& path : mapped_paths()) {
    EXPECT_TRUE(std::filesystem::exists(root() / path))
        << "docs/code-map.md names " << path << ", which does not exist";
  }
}

TEST(Tree, HasALicenceAndAReadme) {
  EXPECT_TRUE(std::filesystem::exists(root() / "LICENSE"));
  EXPECT_TRUE(std::filesystem::exists(root() / "README.md"));
}

/// Calls `check` with every text line of the project.
void for_each_line(const std::function<void(const std::string& where, const std::string& line)>& check) {
  for (const std::string& path : files_below("", text_endings)) {
    int number = 0;
    for (const std::string& line : lines_of(path)) check(path + ":" + std::to_string(++number), line);
  }
}

TEST(Tree, NamesNoDevelopersMachine) {
  const std::set<std::string> example_names = {"me", "you", "user", "duotty", "alice", "bob", "dev", "u"};
  const std::regex home("/(?:home|Users)/([A-Za-z][A-Za-z0-9_-]*)");
  const std::string work = std::string("/wo") + "rk/";
  for_each_line([&](const std::string& where, const std::string& line) {
    const auto at = line.find(work);
    const bool whole =
        at != std::string::npos && (at == 0 || std::isalnum(static_cast<unsigned char>(line[at - 1])) == 0);
    EXPECT_FALSE(whole && (at == 0 || std::string("\"'`= (:").find(line[at - 1]) != std::string::npos))
        << where << ": " << line << "\n  rule: no absolute path of a developer's machine";
    for (std::sregex_iterator it(line.begin(), line.end(), home), end; it != end; ++it) {
      EXPECT_TRUE(example_names.contains((*it)[1]))
          << where << ": " << line << "\n  rule: examples use /home/me and the like";
    }
  });
}

TEST(Tree, NamesNoPackageRegistry) {
  const std::vector<std::string> hosts = {
      std::string("registry.npm") + "js",      std::string("deb.debian") + ".org",
      std::string("security.debian") + ".org", std::string("registry.yarn") + "pkg",
      std::string("npm") + "mirror",           std::string("snapshot.debian") + ".org"};
  for_each_line([&](const std::string& where, const std::string& line) {
    for (const std::string& host : hosts) {
      EXPECT_EQ(line.find(host), std::string::npos)
          << where << ": " << line << "\n  rule: registries come from the machine's own configuration";
    }
  });
}

TEST(Tree, HasNoLeftoversOfAMerge) {
  for_each_line([&](const std::string& where, const std::string& line) {
    EXPECT_FALSE(line.starts_with(std::string("<<<<") + "<<< ") || line.starts_with(std::string(">>>>") + ">>> "))
        << where << "\n  rule: no conflict marker";
  });
}

TEST(Tree, HasNoUnfinishedBusiness) {
  const std::regex word(std::string("\\b(TO") + "DO|FIX" + "ME|XX" + "X)\\b");
  for (const char* folder : {"src", "include", "web/src", "tests"}) {
    for (const std::string& path : files_below(folder, text_endings)) {
      int number = 0;
      for (const std::string& line : lines_of(path)) {
        ++number;
        EXPECT_FALSE(std::regex_search(line, word))
            << path << ":" << number << ": " << line << "\n  rule: finish it or leave it out";
      }
    }
  }
}

}  // namespace
}  // namespace duotty::architecture
