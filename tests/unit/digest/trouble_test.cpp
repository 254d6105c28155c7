#include <gtest/gtest.h>

#include <duotty/digest/tokens.hpp>
#include <duotty/digest/trouble.hpp>
#include <string>

namespace duotty::digest {
namespace {

TEST(Trouble, SeesErrorsOfManyPrograms) {
  for (const char* line : {
           "error: expected ';' before '}' token",
           "src/main.c:12:3: error: 'x' undeclared",
           "error[E0308]: mismatched types",
           "TypeError: x is not a function",
           "java.lang.NullPointerException",
           "Exception in thread \"main\" java.lang.RuntimeException: no",
           "Traceback (most recent call last):",
           "panic: runtime error: index out of range [5] with length 3",
           "thread 'main' panicked at src/main.rs:2:5:",
           "make: *** [Makefile:2: all] Error 1",
           "ld: undefined reference to `foo()'",
           "bash: foo: command not found",
           "cat: x: No such file or directory",
           "rm: cannot remove 'x': Permission denied",
           "Segmentation fault (core dumped)",
           "Killed",
           "fatal: not a git repository (or any of the parent directories): .git",
           "error TS2304: Cannot find name 'x'.",
           "FAIL src/a.test.js",
           "--- FAIL: TestX (0.00s)",
           "not ok 3 - handles nothing",
           "  ✗ works",
           "  ● suite › test",
           "[  FAILED  ] Suite.Test (0 ms)",
           "level=error msg=\"it broke\"",
           "2026-03-01 10:00:00 CRITICAL disk full",
           "npm ERR! code ERESOLVE",
           "npm error code E404",
           "E: Unable to locate package nothing",
           "E0312 10:00:00.000000 1 main.go:12] it broke",
           "curl: (7) Failed to connect to localhost port 1: Connection refused",
           "pod/x 0/1 CrashLoopBackOff 5 3m",
           "5 errors generated.",
           "1 failed, 3 passed in 0.1s",
           "Tests: 2 failed, 10 total",
           "Tests run: 5, Failures: 1, Errors: 0, Skipped: 0",
           "process exited with code 2",
           "exit status 1",
           "command timed out after 30s",
           "app.py:3:1: F401 'os' imported but unused",
           "CONFLICT (content): Merge conflict in a.txt",
           "! [rejected]        main -> main (fetch first)",
           "AssertionError: 1 != 2",
           "=== 1 error in 0.1s ===",
       }) {
    EXPECT_EQ(trouble_of(line), line == std::string("  ● suite › test") ? Trouble::none : Trouble::error) << line;
  }
}

TEST(Trouble, TellsWarningsFromErrors) {
  for (const char* line :
       {"warning: unused variable `x`", "a.c:3:1: warning: implicit declaration", "npm warn deprecated glob@7: old",
        "W: Some index files are old", "DeprecationWarning: use that", "WARN slow request", "3 vulnerabilities"}) {
    EXPECT_NE(trouble_of(line), Trouble::none) << line;
  }
  EXPECT_EQ(trouble_of("warning: unused variable `x`"), Trouble::warning);
}

TEST(Trouble, IsNotFooledByNamesOrZeroes) {
  for (const char* line : {"",
                           "all is well",
                           "0 errors",
                           "no errors found",
                           "0 failed",
                           "12 passed; 0 failed; 3 ignored",
                           "Failures: 0, Errors: 0",
                           "errors=0 failed=0",
                           "compiled with 0 errors and 0 warnings",
                           "[12/40] Building CXX object src/error.cpp.o",
                           "src/fail_test.cpp",
                           "gcc -Werror -c a.c",
                           "ok 12 - handles errors",
                           "✓ fails on bad input",
                           "test errors::fatal_case ... ok",
                           "tests/test_error.py::test_failure PASSED [ 12%]",
                           "[       OK ] ErrorTest.FailsOnPurpose (0 ms)",
                           "PASS src/error.test.js",
                           "Setting up libgpg-error0:amd64 (1.46-1) ...",
                           "--fail-fast",
                           "100% tests passed, 0 tests failed out of 27",
                           "exit status 0",
                           "ℹ fail 0"}) {
    EXPECT_EQ(trouble_of(line), Trouble::none) << line;
  }
}

TEST(Trouble, FindsThePlaceInALongLine) {
  const std::string line = std::string(5000, 'x') + " error: here";
  EXPECT_EQ(find_trouble(line).at, 5001U);
}

TEST(Tokens, AreAboutWhatTokenizersCount) {
  // Counts of two public byte-pair vocabularies (100k and 200k entries) lie between the bounds, which are a quarter
  // off.
  struct Case {
    const char* text;
    std::size_t least;
    std::size_t most;
  };
  for (const Case& each :
       {Case{"", 0, 0}, Case{"hello world", 2, 3}, Case{"The quick brown fox jumps over the lazy dog.", 9, 11},
        Case{"-----------------------------", 1, 3}, Case{"2026-03-01 10:00:00", 8, 12}, Case{"终端输出的文字", 4, 9},
        Case{"получить список", 3, 8}, Case{"drwxr-xr-x  2 root root   4096 Jan  1 10:00 src", 17, 29}}) {
    EXPECT_GE(estimate_tokens(each.text), each.least) << each.text;
    EXPECT_LE(estimate_tokens(each.text), each.most) << each.text;
  }
}

TEST(Tokens, TakeAnyBytes) {
  EXPECT_GT(estimate_tokens(std::string("\xff\xfe\x80\xc3", 4)), 0U);
  EXPECT_LE(estimate_tokens(std::string(100000, '=')), 20000U);
}

}  // namespace
}  // namespace duotty::digest
