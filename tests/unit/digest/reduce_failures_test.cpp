// Failing tests and findings as other versions, reporters and places tell them.
#include "reduce_expect.hpp"

namespace duotty::digest {
namespace {

TEST(ReduceFailures, NodeTestTellsAFailureOnceAndItsKind) {
  const std::string text = reduced(
      "▶ queue\n  ✔ adds (1.2ms)\n  ✖ waits (5001.3ms)\n    'test timed out after 5000ms'\n    printed once\n\n"
      "✖ queue (5010.0ms)\nℹ tests 2\nℹ pass 1\nℹ fail 1\n\n✖ failing tests:\n\ntest at q.test.mjs:9:3\n"
      "✖ waits (5001.3ms)\n  'test timed out after 5000ms'\n",
      "node --test", 1);
  expect_parts(
      text, {"printed once", "test at q.test.mjs:9:3", "✖ waits", "'test timed out after 5000ms'", "pass 1, fail 1"});
  EXPECT_EQ(text.find("✖ waits"), text.rfind("✖ waits")) << text;
  const std::string names = reduced(
      "TAP version 13\n# Subtest: bad input\nok 1 - bad input # SKIP\n# Subtest: error case\nok 2 - error case\n"
      "# Subtest: missing end\n# it printed this\n",
      "node --test --test-reporter=tap", 1);
  expect_parts(names, {"# Subtest: missing end", "# it printed this"});
  expect_none(names, {"bad input", "error case"});
  const std::string tap = reduced(
      "TAP version 13\n# Subtest: waits\nnot ok 1 - waits\n  ---\n  duration_ms: 5001.3\n  type: 'test'\n"
      "  location: '/srv/q.test.mjs:9:3'\n  failureType: 'testTimeoutFailure'\n"
      "  error: 'test timed out after 5000ms'\n  code: 'ERR_TEST_FAILURE'\n  stack: |-\n"
      "    async Promise.all (index 0)\n    own (file:///srv/q.mjs:3:1)\n  ...\n1..1\n# tests 1\n# pass 0\n# fail 1\n",
      "node --test --test-reporter=tap", 1);
  expect_parts(tap, {"not ok 1 - waits", "testTimeoutFailure", "test timed out", "q.test.mjs:9:3", "own (/srv/q.mjs"});
}

TEST(ReduceFailures, JestAndVitestKeepCrossesThatNoSectionRepeats) {
  const std::string jest = reduced(
      "FAIL src/a.test.js\n  ✓ fine (2 ms)\n  ✕ told (3 ms)\n  ✕ untold (1 ms)\n\n  ● group › told\n\n"
      "    Error: broke\n\n      at Object.<anonymous> (src/a.test.js:4:9)\n\n"
      "Tests:       2 failed, 1 passed, 3 total\n",
      "npx jest", 1);
  expect_parts(jest, {"✕ untold", "● group › told", "Error: broke", "src/a.test.js:4:9", "2 failed, 1 passed"});
  expect_none(jest, {"✕ told"});
  const std::string vitest = reduced(
      " ❯ a.test.ts (3 tests | 2 failed) 9ms\n     × one 3ms\n     × two words 2ms\n\n"
      " FAIL  a.test.ts > g > two words\nAssertionError: expected 1 to be 2\n ❯ a.test.ts:5:7\n\n"
      "      Tests  2 failed | 1 passed (3)\n",
      "npx vitest run", 1);
  expect_parts(vitest, {"× one", "FAIL  a.test.ts > g > two words", "expected 1 to be 2", "a.test.ts:5:7"});
  expect_none(vitest, {"× two words"});
}

TEST(ReduceFailures, ADifferenceKeepsWhatItsLinesAreAPartOf) {
  const std::string text = reduced(
      "FAIL j/a.test.js\n  ● cart › totals\n\n    expect(received).toEqual(expected) // deep equality\n\n"
      "    - Expected  - 1\n    + Received  + 2\n\n      Object {\n        \"lines\": Array [\n          1,\n"
      "    +     2,\n        ],\n        \"note\": \"an error: kept\",\n        \"user\": Object {\n"
      "    -     \"city\": \"Roma\",\n    +     \"city\": \"Rome\",\n          \"zip\": 1,\n        },\n      }\n\n"
      "      at Object.toEqual (a.test.js:3:9)\n      at Object.<anonymous> (a.test.js:1:1)\n\n"
      "Tests:       1 failed, 1 total\n",
      "npx jest", 1);
  expect_parts(text, {"- Expected + Received\n", "\"lines\": Array [\n", "+     2,", "an error: kept",
                      "\"user\": Object {\n-     \"city\": \"Roma\",\n+     \"city\": \"Rome\",\n",
                      "at Object.toEqual (a.test.js:3:9), a.test.js:1:1", "Tests:       1 failed, 1 total"});
  expect_none(text, {"zip"});
}

TEST(ReduceFailures, JestOnATerminalIsReadAsThroughAPipe) {
  const std::string text = reduced(
      " FAIL  j/a.test.js\n  ● cart › totals\n\n    expect(received).toBe(expected)\n\n    Expected: 3\n    Received: "
      "2\n\n"
      "      at Object.toBe (a.test.js:3:9)\n\n PASS  j/b.test.js\n PASS  j/c.test.js\n\n"
      "Test Suites: 1 failed, 2 passed, 3 total\nTests:       1 failed, 8 passed, 9 total\n",
      "npx jest", 1);
  expect_parts(text, {"FAIL  j/a.test.js\n● cart › totals\nexpect(received).toBe(expected)\nExpected: 3\nReceived: 2\n"
                      "at Object.toBe (a.test.js:3:9)\nTest Suites: 1 failed"});
  expect_none(text, {"PASS"});
}

TEST(ReduceFailures, PlaywrightTellsAFailureOnceWithItsValues) {
  const std::string text = reduced(
      "Running 4 tests using 2 workers\n\n  ✓  1 [chromium] › cart.spec.ts:3:5 › adds (1.2s)\n"
      "  ✘  2 [chromium] › price.spec.ts:3:5 › rounds (5.4s)\n  -  3 [webkit] › cart.spec.ts:15:5 › keeps\n\n\n"
      "  1) [chromium] › price.spec.ts:3:5 › rounds ───────────────────────\n\n"
      "    Error: Timed out 5000ms waiting for expect(locator).toHaveText(expected)\n\n    Expected string: \"3 EUR\"\n"
      "    Received string: \"2 EUR\"\n\n       5 |   await page.click('#round');\n"
      "    >  6 |   await expect(total).toHaveText('3 EUR');\n         |                       ^\n"
      "        at /srv/shop/price.spec.ts:6:40\n\n    attachment #1: screenshot (image/png) ───────────────\n"
      "    test-results/rounds.png\n    ─────────────────────────────────────\n\n  1 failed\n"
      "    [chromium] › price.spec.ts:3:5 › rounds ───────────────\n  1 skipped\n  2 passed (21.4s)\n",
      "npx playwright test", 1);
  expect_parts(text, {"1) [chromium] › price.spec.ts:3:5 › rounds\nError: Timed out 5000ms",
                      "Expected string: \"3 EUR\"", "Received string: \"2 EUR\"", "at /srv/shop/price.spec.ts:6:40",
                      "test-results/rounds.png", "1 failed", "2 passed (21.4s)"});
  expect_none(text, {"───", "✘", "await", "keeps"});
}

TEST(ReduceFailures, RoutesOfNextAreTold) {
  const std::string text = reduced(
      "   ▲ Next.js 14.1.0\n\n   Creating an optimized production build ...\n ✓ Compiled successfully\n"
      "   Generating static pages (0/2) ...\n ✓ Generating static pages (2/2)\n\n"
      "Route (app)                              Size     First Load JS\n"
      "┌ ○ /                                    5.43 kB        92.1 kB\n"
      "├ ƒ /api/cart                            0 B                0 B\n"
      "├ ● /items/[id]                          2.88 kB        98.4 kB\n├   ├ /items/1\n├   └ [+20 more paths]\n"
      "└ ○ /login                               1.2 kB         91.4 kB\n"
      "+ First Load JS shared by all            84.2 kB\n  ├ chunks/69-8b8a8f2f4d2a1e3c.js        28.9 kB\n\n"
      "○  (Static)   prerendered as static content\nƒ  (Dynamic)  server-rendered on demand using Node.js\n",
      "npx next build");
  expect_parts(text,
               {"○ / /login\nƒ /api/cart\n● /items/[id]\n", "First Load JS shared by all", "○ (Static)", "sizes"});
  expect_none(text, {"chunks/69", "Generating"});
}

TEST(ReduceFailures, AValueThatTheMessageCutsKeepsItsDifference) {
  const std::string text = reduced(
      " FAIL  a.test.ts > totals\nAssertionError: expected { a: 1, …(3) } to deeply equal { a: 2, …(3) }\n\n"
      "- Expected\n+ Received\n\n  {\n-   \"a\": 2,\n+   \"a\": 1,\n    \"b\": 1,\n  }\n\n ❯ a.test.ts:5:7\n"
      "      3| x\n      4| y\n\n Test Files  1 failed (1)\n      Tests  1 failed (1)\n",
      "npx vitest run", 1);
  expect_parts(text, {"- Expected + Received\n-   \"a\": 2,\n+   \"a\": 1,\n❯ a.test.ts:5:7", "Tests  1 failed (1)"});
  expect_none(text, {"\"b\": 1"});
}

TEST(ReduceFailures, AFailureThatIsCutInTheMiddleKeepsWhatIsThere) {
  const std::string jest =
      "FAIL j/a.test.js\n  ● cart › totals\n\n    expect(received).toEqual(expected)\n\n    - Expected  - 1\n";
  expect_parts(reduced(jest, "npx jest", 1), {"● cart › totals", "expect(received).toEqual(expected)", "- Expected"});
  const std::string tap =
      "TAP version 13\nnot ok 1 - waits\n  ---\n  location: '/srv/a.mjs:3:1'\n  error: |-\n    broke\n";
  expect_parts(reduced(tap, "node --test", 1), {"not ok 1 - waits", "/srv/a.mjs:3:1", "broke"});
  const std::string spec = "✔ a (1ms)\n✖ b (1ms)\nℹ fail 1\n\n✖ failing tests:\n\ntest at a.mjs:3:1\n✖ b (1ms)\n  Err";
  expect_parts(reduced(spec, "node --test", 1), {"✖ b (test at a.mjs:3:1)", "Err", "ℹ fail 1"});
  const std::string mocha = "  200 passing (1s)\n  1 failing\n\n  1) Größe\n       prüft ›日本語‹:\n";
  expect_parts(reduced(mocha, "npx mocha", 1), {"200 passing", "1 failing", "1) Größe", "prüft ›日本語‹:"});
}

TEST(ReduceFailures, FailuresOfMochaWithoutPlacesKeepTheirSource) {
  const std::string text = reduced(
      "  ✔ fine\n  ✔ good\n  1) broken\n\n  2 passing (3ms)\n  1 failing\n\n  1) broken:\n     Error: Timeout of "
      "2000ms "
      "exceeded. For async tests and hooks, ensure \"done()\" is called\n      > 4 | call();\n\n",
      "npx mocha", 1);
  expect_parts(text, {"1) broken:", "Timeout of 2000ms exceeded", "> 4 | call();", "2 passing (3ms), 1 failing"});
}

TEST(ReduceFailures, FindingsOfAFileAndOfSeveralFilesKeepEveryPlace) {
  EXPECT_EQ(
      reduced(
          "app/a.py:3: error: Name \"x\" is not defined  [name-defined]\n"
          "app/a.py:9: error: Incompatible types in assignment  [assignment]\n"
          "app/a.py:9: note: Maybe you meant this\n"
          "app/a.py:12: error: Name \"x\" is not defined  [name-defined]\n"
          "app/b.py:1: error: Missing return statement  [return]\n"
          "app/c.py:7: error: Missing return statement  [return]\nFound 5 errors in 3 files (checked 9 source files)\n",
          "mypy app", 1),
      "app/a.py:\n 3,12: error: Name \"x\" is not defined  [name-defined]\n"
      " 9: error: Incompatible types in assignment  [assignment]\n  9 note: Maybe you meant this\n"
      "app/b.py:1 app/c.py:7: error: Missing return statement  [return]\n"
      "Found 5 errors in 3 files (checked 9 source files)");
  // Not every line with numbers is a finding.
  const std::string clock =
      "10:42:07: started\n10:42:08: error: no disk\nsrc/a.c:1:2: error: x\nsrc/b.c:1:2: error: y\n";
  expect_parts(reduced(clock, "pylint src", 1), {"10:42:08: error: no disk", "src/a.c:1:2: error: x"});
}

TEST(ReduceFailures, FindingsThatDifferInANameKeepPlaceAndNameOfEach) {
  EXPECT_EQ(
      reduced("src/a.ts(4,22): error TS2304: Cannot find name 'one'.\nsrc/a.ts(9,1): error TS2304: Cannot find name "
              "'two'.\n"
              "src/a.ts(11,1): error TS2304: Cannot find name 'one'.\n"
              "src/a.ts(12,1): error TS2322: Type 'number' is not assignable to type 'string'.\n"
              "src/a.ts(13,1): error TS2322: Type 'number' is not assignable to type 'Date'.\n"
              "src/b.ts(5,3): error TS1: The file doesn't say 'so'.\nsrc/b.ts(6,3): error TS2304: Cannot find name 'x "
              "y'.\n",
              "npx tsc", 2),
      "src/a.ts:4:22,11:1: TS2304: Cannot find name 'one'. also 9:1 'two', src/b.ts:6:3 'x y'\n"
      "src/a.ts:\n 12:1: TS2322: Type 'number' is not assignable to type 'string'.\n"
      " 13:1: TS2322: Type 'number' is not assignable to type 'Date'.\nsrc/b.ts:5:3: TS1: The file doesn't say 'so'.");
}

TEST(ReduceFailures, LongAndForeignLinesOfFindingsStayReadable) {
  std::string input;
  for (int i = 1; i < 40; ++i)
    input += "src/größe.ts(" + std::to_string(i) + ",1): error TS2304: Cannot find name 'ñ" + std::string(3000, 'x') +
             std::to_string(i) + "'.\n";
  const std::string text = reduced(input, "npx tsc", 2);
  for (int i = 1; i < 40; ++i) expect_parts(text, {" " + std::to_string(i) + ":1: TS2304: Cannot find name 'ñ"});
  EXPECT_LT(text.size(), input.size() * 2 / 3);
}

TEST(ReduceFailures, SpecsKeepWhatProgramsPrintAndExamplesThatLookLikeErrors) {
  const std::string text = reduced(
      "Cart\n  adds\n  error of the store is told\nprinted by the program\n  breaks (FAILED - 1)\n\nFailures:\n\n"
      "  1) Cart breaks\n     Failure/Error: nil.size\n\n     NoMethodError:\n       undefined method `size'\n"
      "     # ./lib/cart.rb:9:in `total'\n     # ./spec/a_spec.rb:4:in `block'\n"
      "     # /usr/lib/ruby/gems/rspec-core/example.rb:1:in `run'\n\nFinished in 1 second\n3 examples, 1 failure\n\n"
      "Failed examples:\n\nrspec ./spec/b_spec.rb:7 # Other\n",
      "rspec -fd", 1);
  expect_parts(text, {"printed by the program", "1) Cart breaks", "undefined method `size'", "# ./lib/cart.rb:9",
                      "# ./spec/a_spec.rb:4", "3 examples, 1 failure", "rspec ./spec/b_spec.rb:7 # Other"});
  expect_none(text, {"  adds", "gems/rspec-core"});
}

}  // namespace
}  // namespace duotty::digest
