// Files, functions and modules that a person can hold in mind. Raising a limit is a decision to record in docs/adr.
#include <gtest/gtest.h>

#include <regex>

#include "tree.hpp"

namespace duotty::architecture {
namespace {

/// Tables made by a program or read as tables: length says nothing about them.
bool is_table(const std::string& path) {
  static const std::regex tables(
      "src/term/[a-z_]*table[a-z_]*\\.(cpp|hpp)"
      "|src/term/dispatch_[a-z]+\\.cpp"
      "|web/src/gen/.*"
      "|web/src/i18n/.*");
  return std::regex_match(path, tables);
}

void expect_at_most(const std::string& path, std::size_t limit, const char* what) {
  if (is_table(path)) return;
  const std::size_t lines = lines_of(path).size();
  EXPECT_LE(lines, limit) << path << " has " << lines << " lines\n  rule: " << what << " has at most " << limit;
}

TEST(Sizes, ContractHeadersAreShort) {
  for (const std::string& path : files_below("include", {".hpp"})) expect_at_most(path, 250, "a contract header");
}

TEST(Sizes, SourcesAreShort) {
  for (const std::string& path : files_below("src", {".cpp", ".hpp"})) expect_at_most(path, 500, "a source file");
}

TEST(Sizes, TestsAreShort) {
  for (const std::string& path : files_below("tests", {".cpp", ".hpp"})) expect_at_most(path, 600, "a test file");
}

TEST(Sizes, TypeScriptFilesAreShort) {
  for (const char* folder : {"web/src", "web/test", "tests/e2e"}) {
    for (const std::string& path : files_below(folder, {".ts", ".tsx", ".mjs"}))
      expect_at_most(path, 400, "a TypeScript file");
  }
}

TEST(Sizes, FunctionsFitOnAScreen) {
  for (const char* folder : {"src", "include"}) {
    for (const std::string& path : files_below(folder, {".cpp", ".hpp"})) {
      if (is_table(path)) continue;
      for (const Function& function : functions_of(read_file(path))) {
        EXPECT_LE(function.length, 70) << path << ":" << function.line << ": a function of " << function.length
                                       << " lines: " << function.head << "\n  rule: a function has at most 70 lines";
      }
    }
  }
}

TEST(Sizes, ModulesStaySmallEnoughToKnow) {
  const std::map<std::string, std::size_t> own_limit = {
      {"term", 8500},   {"http", 5500}, {"pty", 4000},    {"session", 6300}, {"cli", 10900}, {"api", 9000},
      {"digest", 8400}, {"gate", 4500}, {"remote", 5500}, {"files", 4800},   {"link", 4800}};  // docs/adr/0017
  for (const auto& [module, depends] : layers()) {
    std::size_t lines = 0;
    for (const std::string& folder : {"src/" + module, "include/duotty/" + module}) {
      for (const std::string& path : files_below(folder, {".cpp", ".hpp"})) {
        if (!is_table(path)) lines += lines_of(path).size();
      }
    }
    const auto own = own_limit.find(module);
    const std::size_t limit = own == own_limit.end() ? 3000 : own->second;
    EXPECT_LE(lines, limit) << "module " << module << " has " << lines << " lines\n  rule: a module has at most "
                            << limit;
  }
}

}  // namespace
}  // namespace duotty::architecture
