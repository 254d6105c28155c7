// Outputs with other contents than those of the fixtures: what the reducers leave out must be what says nothing, not
// what happened to say nothing there.
#include "reduce_expect.hpp"

namespace duotty::digest {
namespace {

TEST(ReduceVariants, GitStatusNamesAnotherBranchAndRenames) {
  EXPECT_EQ(reduced("On branch fix/login\n"
                    "Your branch is behind 'upstream/develop' by 14 commits, and can be fast-forwarded.\n"
                    "  (use \"git pull\" to update your local branch)\n\n"
                    "Changes to be committed:\n  (use \"git restore --staged <file>...\" to unstage)\n"
                    "\tnew file:   app/user_session.rb\n\trenamed:    app/a.rb -> app/b.rb\n\n"
                    "Changes not staged for commit:\n  (use \"git add <file>...\" to update what will be committed)\n"
                    "\tmodified:   Gemfile.lock\n\tdeleted:    config/error_pages.yml\n\n"
                    "Untracked files:\n  (use \"git add <file>...\" to include in what will be committed)\n"
                    "\tspec/failing_test.rb\n\tspec/other_test.rb\n",
                    "git status"),
            "branch fix/login [behind upstream/develop by 14]\nA  app/user_session.rb\nR  app/a.rb -> app/b.rb\n"
            " D config/error_pages.yml\n M Gemfile.lock\n?? spec/{failing,other}_test.rb");
}

TEST(ReduceVariants, GitStatusOfARebaseKeepsItsStepsAndConflicts) {
  const std::string text = reduced(
      "interactive rebase in progress; onto 1a2b3c4\nLast command done (1 command done):\n   pick 5d6e7f8 change a\n"
      "Next command to do (1 remaining command):\n   pick 9a8b7c6 change b\n"
      "You are currently rebasing branch 'topic' on '1a2b3c4'.\n\n"
      "Unmerged paths:\n  (use \"git restore --staged <file>...\" to unstage)\n\tdeleted by us:   src/a.c\n"
      "\tboth added:      src/b.c\n\nno changes added to commit (use \"git add\" and/or \"git commit -a\")\n",
      "git status");
  expect_parts(text, {"rebasing branch 'topic'", "pick 9a8b7c6 change b", "deleted by us:   src/a.c", "src/b.c"});
}

TEST(ReduceVariants, GitStatusOfBranchesThatDivergedSaysSo) {
  const std::string text = reduced(
      "On branch main\nYour branch and 'origin/main' have diverged,\n"
      "and have 1 and 3 different commits each, respectively.\n  (use \"git pull\" to merge the remote branch)\n\n"
      "nothing to commit, working tree clean\n",
      "git status");
  expect_parts(text, {"diverged", "1 and 3 different commits", "working tree clean"});
}

TEST(ReduceVariants, GitPushNamesEveryRefAndTheServersReason) {
  const std::string text = reduced(
      "Enumerating objects: 9, done.\nCounting objects: 100% (9/9), done.\nTotal 5 (delta 3), reused 0 (delta 0)\n"
      "remote: GitLab: You are not allowed to push code to protected branches on this project.\n"
      "To gitlab.example.org:team/app.git\n   1a2b3c4..5d6e7f8  main -> main\n"
      " + 9a8b7c6...0f1e2d3 topic -> topic (forced update)\n"
      " ! [remote rejected] prod -> prod (pre-receive hook declined)\n"
      "error: failed to push some refs to 'gitlab.example.org:team/app.git'\n",
      "git push", 1);
  expect_parts(text, {"not allowed to push", "1a2b3c4..5d6e7f8 main\n", "+ 9a8b7c6...0f1e2d3 topic (forced update)",
                      "! [remote rejected] prod (pre-receive hook declined)", "error: failed to push"});
}

TEST(ReduceVariants, GitKeepsHintsWhereNothingWasRejected) {
  const std::string text = reduced(
      "hint: You have divergent branches and need to specify how to reconcile them.\n"
      "fatal: Need to specify how to reconcile divergent branches.\n",
      "git pull", 128);
  expect_parts(text, {"fatal: Need to specify"});
}

TEST(ReduceVariants, ASmallTreeIsGivenWholeAndByFolder) {
  EXPECT_EQ(
      reduced(".\n├── build\n│   └── out\n├── error.log\n├── my notes.txt\n├── src\n│   ├── main.c\n│   ├── main.h\n"
              "│   └── lib\n│       └── deep\n│           └── deeper\n│               └── x.c\n└── zzz\n\n"
              "5 directories, 6 files\n",
              "tree"),
      ".\nerror.log 'my notes.txt' zzz\nbuild/ out\nsrc/ main.{c,h}\n lib/\n  deep/\n   deeper/ x.c\n"
      "5 directories, 6 files");
}

TEST(ReduceVariants, ALargeTreePutsNoEntryBelowAnotherFolder) {
  std::string input = "proj\n";
  for (int d = 0; d < 50; ++d) {
    input += "├── pkg" + std::to_string(d) + "\n";
    for (int f = 0; f < 12; ++f) input += "│   ├── of" + std::to_string(d) + "_" + std::to_string(f) + ".py\n";
  }
  const std::string text = reduced(input + "└── last.txt\n\n50 directories, 601 files\n", "tree");
  expect_parts(text, {"last.txt +130", "\npkg39/ of39_0.py", "of39_7.py +4", "50 directories, 601 files"});
  expect_none(text, {"of40_", "pkg40"});
}

TEST(ReduceVariants, LsNamesEveryFolderAndQuotesBlanks) {
  std::string input = "total 9\n";
  for (int i = 0; i < 70; ++i)
    input += "-rw-r--r-- 1 u u 37 Jan  3 10:00 img_" + std::to_string(i) + (i % 2 == 0 ? ".png\n" : ".svg\n");
  const std::string text = reduced(input +
                                       "drwxr-xr-x 2 u u 4096 Jan  3 10:00 the folder\n"
                                       "drwxr-xr-x 2 u u 4096 Jan  3 10:00 zdir\n",
                                   "ls -la");
  expect_parts(text, {"zdir/", "the folder/", "img_0.png img_1.svg", "+22 more: 11 .png 11 .svg"});
  const std::string small = reduced(
      "total 3\n-rw-r--r-- 1 u u 10 Jan  3 10:00 a b.txt\n-rw-r--r-- 1 u u 10 Jan  3 10:00 odd.a,b\n-rw-r--r-- 1 u u "
      "99999 Jan  3 10:00 row.cpp\n"
      "-rw-r--r-- 1 u u 7 Jan  3 10:00 row.hpp\n-rw-r--r-- 1 u u 7 Jan  3 10:00 row.inc\n",
      "ls -l");
  expect_parts(reduced("total 2\nlrwxrwxrwx 1 u u 9 Jan  3 10:00 X11 -> .\nlrwxrwxrwx 1 u u 9 Jan  3 10:00 l -> ../x\n"
                       "-rw-r--r-- 1 u u 9 Jan  3 10:00 one\n-rw-r--r-- 1 u u 9 Jan  3 10:00 two\n",
                       "ls -l"),
               {"X11 -> . l -> ../x one two"});
  expect_parts(small, {"'a b.txt' odd.a,b", "row.cpp (98K)", "row.{hpp,inc}"});
}

TEST(ReduceVariants, SearchTellsAFolderOnceAndKeepsTheMatchInView) {
  std::string input;
  for (int f = 0; f < 4; ++f) {
    const std::string file = "lib/net/http/part" + std::to_string(f) + ".go";
    input += file + ":10:\tdefer close()\n" + file + ":20:\tdefer close()\n";
    input += file + ":30:" + std::string(220, 'x') + " needle " + std::string(50, 'y') + "\n";
  }
  const std::string text = reduced(input, "grep -rnE 'needle|close' lib");
  expect_parts(text, {"in lib/net/http/\npart0.go\n 10,20: defer close()\n 30: …", "part3.go"});
  expect_parts(text, {" needle "});
}

TEST(ReduceVariants, SearchWithContextKeepsItsLinesInOrder) {
  const std::string text = reduced(
      "src/a.c-1-int x;\nsrc/a.c:2:call();\nsrc/a.c-3-int x;\n--\nsrc/a.c-8-int y;\nsrc/a.c:9:call();\n"
      "src/a.c-10-}\n",
      "grep -rn -C1 call src");
  expect_parts(text, {" 1- int x;\n 2: call();\n 3- int x;\n 8- int y;\n 9: call();\n 10- }"});
}

TEST(ReduceVariants, GoKeepsTheTestThatNeverEndedAndOwnFrames) {
  const std::string text = reduced(
      "=== RUN   TestGood\n--- PASS: TestGood (0.00s)\n=== RUN   TestExits\n2026/01/02 10:00:00 no config\n"
      "FAIL\texample.org/app\t0.01s\nFAIL\n",
      "go test -v ./...", 1);
  expect_parts(text, {"=== RUN   TestExits", "no config", "FAIL\texample.org/app"});
  expect_none(text, {"TestGood"});
  const std::string trace = reduced(
      "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\n"
      "main.pick(...)\n\t/srv/app/main.go:9\nmain.main()\n\t/srv/app/main.go:14 +0x1d\n"
      "runtime.main()\n\t/usr/lib/go/src/runtime/proc.go:271 +0x2d\nexit status 2\n",
      "go run .", 1);
  expect_parts(trace,
               {"index out of range [5]", "main.pick(...)\n\t/srv/app/main.go:9", "main.go:14", "exit status 2"});
  expect_none(trace, {"proc.go"});
}

TEST(ReduceVariants, GoBinaryOfTestsKeepsItsVerdict) {
  const std::string text = reduced(
      "=== RUN   TestA\n    a_test.go:9: got 1, want 2\n--- FAIL: TestA (0.00s)\n=== RUN   TestB\n"
      "--- PASS: TestB (0.00s)\nFAIL\n",
      "go tool test", 1);
  expect_parts(text, {"a_test.go:9: got 1, want 2", "--- FAIL: TestA", "\nFAIL"});
}

TEST(ReduceVariants, CargoKeepsFramesThatSayMoreThanThePanic) {
  const std::string text = reduced(
      "running 2 tests\ntest a::deep ... FAILED\ntest a::fine ... ok\n\nfailures:\n\n---- a::deep stdout ----\n"
      "thread 'a::deep' panicked at src/inner.rs:5:9:\nno such key\nstack backtrace:\n"
      "   0: core::panicking::panic_fmt\n             at /rustc/5980/library/core/src/panicking.rs:80:14\n"
      "   1: app::inner::get\n             at ./src/inner.rs:5:9\n"
      "   2: app::a::deep\n             at ./src/a.rs:40:13\n"
      "   3: app::a::deep::{{closure}}\n             at ./src/a.rs:38:5\n\n\nfailures:\n    a::deep\n\n"
      "test result: FAILED. 1 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.02s\n",
      "cargo test", 101);
  expect_parts(text, {"panicked at src/inner.rs:5:9:\nno such key\nstack backtrace:", "2: app::a::deep",
                      "./src/a.rs:40:13", "test a::deep ... FAILED", "1 passed; 1 failed; 3 ignored"});
  expect_none(text, {"/rustc/", "a.rs:38:5", "finished in"});
}

TEST(ReduceVariants, RustcKeepsLabelsNotesAndProposalsOfErrors) {
  const std::string text = reduced(
      "error[E0308]: `match` arms have incompatible types\n --> src/rates.rs:4:18\n  |\n2 |       let rate = match to "
      "{\n"
      "  |  ________________-\n3 | |         \"EUR\" => 1.0,\n  | |                  --- this is found to be of type "
      "`{float}`\n4 | |         \"USD\" => 1,\n  | |                  ^ expected floating-point number, found integer\n"
      "5 | |         _ => panic!(\"no rate\"),\n6 | |     };\n  | |_____- `match` arms have incompatible types\n\n"
      "error[E0382]: borrow of moved value: `names`\n --> src/rates.rs:9:22\n  |\n"
      "7 |     let names = vec![];\n  |         ----- move occurs because `names` has type `Vec<String>`\n"
      "8 |     drop(names);\n  |          ----- value moved here\n9 |     println!(\"{:?}\", names);\n"
      "  |                      ^^^^^ value borrowed here after move\n  |\n"
      "note: `keep` takes it by value\n --> src/keep.rs:3:1\n  |\n3 | fn keep(v: Vec<String>) {}\n  | ^^^^^^^ this "
      "one\n"
      "  = note: expected struct `A`\n             found enum `B`\n"
      "help: consider cloning\n  |\n8 |     drop(names.clone());\n  |               ++++++++\n\n"
      "error[E0004]: patterns not covered\n  --> src/book.rs:31:15\n   |\n31 |   match a {\n   |         ^ \n"
      "help: add an arm\n   |\n33 ~   Less => 1,\n34 ~   Equal => todo!(),\n   |\n\n"
      "error: aborting due to 3 previous errors\n",
      "rustc src/main.rs", 1);
  EXPECT_EQ(text,
            "src/rates.rs:4:18: error[E0308]: `match` arms have incompatible types: expected floating-point number, "
            "found integer\n  3: this is found to be of type `{float}`\n  6: `match` arms have incompatible types\n"
            "src/rates.rs:9:22: error[E0382]: borrow of moved value: `names`: value borrowed here after move\n"
            "  7: move occurs because `names` has type `Vec<String>`\n  8: value moved here\n"
            "  note: `keep` takes it by value (src/keep.rs:3:1)\n  3: this one\n"
            "  note: expected struct `A` found enum `B`\n  help: consider cloning: `.clone()` at 8:15\n"
            "src/book.rs:31:15: error[E0004]: patterns not covered\n"
            "  help: add an arm: 33: Less => 1,; 34: Equal => todo!(),\nerror: aborting due to 3 previous errors\n"
            "[left out: 13 source lines]");
}

TEST(ReduceVariants, RustcOfWhichThereIsOnlyAPartStaysAsItIs) {
  const std::string cut = "23 |  let x: u8 = \"a\";\n   |              ^^^ expected `u8`, found `&str`\n";
  expect_parts(reduced(cut, "cargo build", 101), {"expected `u8`, found `&str`", "let x: u8"});
  const std::string broken = reduced(
      "error[E0308]: mismatched types\n --> src/a.rs:1:1\n  |\n1 | x\nKilled by a signal\n", "cargo build", 137);
  expect_parts(broken, {"error[E0308]: mismatched types", "src/a.rs:1:1", "Killed by a signal"});
  const std::string last = "error[E0308]: mismatched types\n --> ";
  expect_parts(reduced(last, "cargo build", 101), {"error[E0308]: mismatched types"});
}

TEST(ReduceVariants, CargoKeepsAListOfFailuresThatHaveNoLines) {
  const std::string text = reduced(
      "running 2 tests\n.F\nfailures:\n\nfailures:\n    quiet::one\n\n"
      "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s\n",
      "cargo test -q", 101);
  expect_parts(text, {"quiet::one", "1 passed; 1 failed"});
}

TEST(ReduceVariants, PytestKeepsVerdictsThatNoSummaryRepeats) {
  const std::string lines =
      "============ test session starts ============\ntests/a.py::test_x FAILED   [ 50%]\n"
      "tests/a.py::test_y ERROR    [100%]\n================ FAILURES ================\n"
      "_________________ test_x _________________\n\n    def test_x():\n>       assert f() == 2\n"
      "E       assert 1 == 2\nE        +  where 1 = f()\n\ntests/a.py:3: AssertionError\n";
  const std::string quiet = reduced(lines + "======== 1 failed, 1 error in 0.03s ========\n", "pytest -v", 1);
  expect_parts(quiet, {"test_x FAILED", "test_y ERROR", "E       assert 1 == 2", "+  where 1 = f()", "tests/a.py:3:"});
  const std::string summed =
      reduced(lines +
                  "========= short test summary info =========\nFAILED tests/a.py::test_x - assert 1 == 2\n"
                  "======== 1 failed, 1 error in 0.03s ========\n",
              "pytest -v", 1);
  expect_parts(summed, {"FAILED tests/a.py::test_x - assert", "test_y ERROR", "> assert f() == 2"});
  expect_none(summed, {"test_x FAILED"});
}

TEST(ReduceVariants, LintKeepsColumnsWhereNoNameTellsThem) {
  const std::string text = reduced(
      "\n/srv/a.js\n   3:7   warning  'one' is defined but never used  no-unused-vars\n"
      "  12:9   warning  'two' is defined but never used  no-unused-vars\n"
      "  14:1   warning  Unexpected console statement     no-console\n"
      "  15:1   warning  Unexpected console statement     no-console\n"
      "  20:5   error    Parsing went wrong: Unexpected token }\n\n✖ 5 problems (1 error, 4 warnings)\n",
      "npx eslint .", 1);
  expect_parts(text, {" 3:7  warning  'one' is defined", "also 12 two", "14:1", "also 15:1", "20:5",
                      "Unexpected token }", "5 problems", "columns of names"});
}

TEST(ReduceVariants, TscKeepsWhatBelongsToAFinding) {
  const std::string text = reduced(
      "src/x.ts:7:3 - error TS2554: Expected 2 arguments, but got 1.\n\n7   fail(error, missing);\n    ~~~~\n\n"
      "  src/y.ts:1:20\n    1 function fail(a: Error, b: string) {}\n                         ~~~~~~~~~\n"
      "    An argument for 'b' was not provided.\n\nFound 1 error in src/x.ts:7\n",
      "tsc --pretty", 2);
  expect_parts(text, {"src/x.ts:7:3: TS2554: Expected 2", "src/y.ts:1:20", "argument for 'b' was not provided",
                      "Found 1 error"});
  expect_none(text, {"7   fail(error, missing)"});
}

TEST(ReduceVariants, DockerImagesOfMixedUnitsAndWithoutTags) {
  EXPECT_EQ(reduced("REPOSITORY                TAG       IMAGE ID       CREATED       SIZE\n"
                    "<none>                    <none>    5ec84d8dbc74   3 hours ago   1.24GB\n"
                    "myapp                     latest    54770f58904d   3 hours ago   587MB\n"
                    "myapp                     v2        ba41ecccc3fc   2 days ago    587MB\n"
                    "ghcr.io/acme/tools/lint   2024.1    626e53a13043   4 weeks ago   77.1MB\n"
                    "ghcr.io/acme/tools/fmt    2024.1    626e53a13044   4 weeks ago   77.2MB\n",
                    "docker images"),
            "<none> 5ec84d8dbc74 1.24GB\nmyapp latest 587MB, v2 587MB\nghcr.io/acme/tools/lint 2024.1 77.1MB\n"
            "../fmt 2024.1 77.2MB\n[left out: id, age]");
}

TEST(ReduceVariants, DockerPsKeepsStatesAndPortsOfBothSides) {
  const std::string text = reduced(
      "CONTAINER ID   IMAGE     COMMAND   CREATED       STATUS                      PORTS                    NAMES\n"
      "a4c123b1612d   web:1     \"x\"       3 weeks ago   Up 3 days (health: starting)   0.0.0.0:80->80/tcp     web\n"
      "d272d1371c17   api:1     \"x\"       3 weeks ago   Exited (137) 2 hours ago                             api\n"
      "d272d1371c18   db:1      \"x\"       3 weeks ago   Up 2 hours                  0.0.0.0:8080->80/tcp     db\n",
      "docker ps -a");
  expect_parts(text, {"Exited (137) 2 hours ago", "8080->80"});
}

TEST(ReduceVariants, JsonThatCurlPrintsIsReadAsJson) {
  std::string input = "{\"items\":[";
  for (int i = 0; i < 50; ++i)
    input += (i == 0 ? "" : ",") + std::string("\n  {\"id\": ") + std::to_string(i) + ", \"state\": \"" +
             (i == 31 ? "failed: quota" : "ok") + "\"}";
  const std::string text = reduced(input + "\n],\"next\":\"page2\"}\n", "curl -s http://x/y");
  expect_parts(text, {"\"id\":0", "failed: quota", "+46", "\"next\":\"page2\""});
  std::string nulls = "[";
  for (int i = 0; i < 40; ++i)
    nulls += (i == 0 ? "" : ",") + std::string("{\"id\":") + std::to_string(i) +
             ",\"error\":" + (i == 22 ? "7" : "null") + "}";
  expect_parts(reduced(nulls + "]\n", "curl -s http://x/n"), {"{\"id\":22,\"error\":7}", "+36"});
  std::string large = "[";
  for (int i = 0; i < 12; ++i)
    large += (i == 0 ? "" : ",") + std::string("{\"id\":") + std::to_string(i) + ",\"body\":\"" +
             std::string(30000, 'x') + "\",\"runs\":[1,2,3,{\"" + (i == 9 ? "error" : "note") +
             "\":{\"at\":" + std::to_string(i) + "}}]}";
  expect_parts(reduced(large + "]\n", "curl -s http://x/z"), {"\"id\":9", "{\"error\":{\"at\":9}}", "+8"});
  const std::string refused =
      reduced("curl: (7) Failed to connect to localhost port 1: Connection refused\n", "curl http://localhost:1");
  expect_parts(refused, {"Connection refused"});
}

TEST(ReduceVariants, PushesAndDeletionsOfEveryKindAreTold) {
  EXPECT_EQ(
      reduced("Enumerating objects: 9, done.\nTotal 5 (delta 3), reused 0 (delta 0)\nTo git.example.org:a/b.git\n"
              " * [new tag]         v1 -> v1\n - [deleted]         v0\n   1a2b3c4..5d6e7f8  topic -> feature/other\n",
              "git push --tags"),
      "new tag v1\ndeleted v0\n1a2b3c4..5d6e7f8 topic -> feature/other\n[left out: 2 lines, address]");
  // Two remotes: which went where is no longer plain without their addresses.
  expect_parts(
      reduced("Enumerating objects: 9, done.\nTotal 5 (delta 3), reused 0 (delta 0)\nTo one.example.org:a.git\n"
              "   1a2b3c4..5d6e7f8  main -> main\nTo two.example.org:a.git\n   0a2b3c4..5d6e7f8  main -> main\n",
              "git push all"),
      {"To one.example.org:a.git\n1a2b3c4..5d6e7f8 main\nTo two.example.org:a.git"});
  expect_parts(
      reduced("To git.example.org:a/b.git\n ! [remote rejected] main -> main (hook declined)\n"
              "Enumerating objects: 9, done.\nTotal 5 (delta 3), reused 0 (delta 0)\nfatal: the hook said no\n",
              "git push", 1),
      {"To git.example.org:a/b.git", "! [remote rejected] main (hook declined)", "fatal: the hook said no"});
}

TEST(ReduceVariants, ContainersKeepNamesThatHaveNothingInCommon) {
  const std::string head = "CONTAINER ID   IMAGE   COMMAND   CREATED       STATUS                   PORTS      NAMES\n";
  const auto row = [](std::string_view status, std::string_view name) {
    std::string line = "a4c123b1612d   web:1   \"x\"       3 weeks ago   " + std::string(status);
    line.resize(83, ' ');
    return line + "           " + std::string(name) + "\n";
  };
  const std::string text = reduced(head + row("Up 3 days", "shop-web-1") + row("Up 3 days", "shop-api-1") +
                                       row("Up 3 days (Paused)", "shop-db-2") + row("Up 3 days", "other"),
                                   "docker ps");
  expect_parts(text, {"shop-web-1 web:1 Up", "shop-api-1", "shop-db-2 web:1 Up (Paused)", "other web:1 Up"});
}

TEST(ReduceVariants, AnsibleKeepsWhatIsMoreThanAState) {
  const std::string text = reduced(
      "PLAY [all] ****\n\nTASK [say] ********\nok: [web1] => {\n    \"msg\": \"version 3\"\n}\n\nTASK [copy] ********\n"
      "changed: [web1] => (item=a)\nchanged: [web2] => {\"dest\": \"/etc/x\"}\nok: [web3]\nok: [web4]\n\n"
      "TASK [quiet] ********\nok: [web1]\nok: [web2]\n...ignoring\n\nTASK [none] ********\nok: [web1]\n\n"
      "PLAY RECAP ****\nweb1 : ok=6 changed=1 unreachable=1 failed=0\n",
      "ansible-playbook x.yml", 4);
  expect_parts(text, {"\"msg\": \"version 3\"", "TASK [copy]\nchanged: [web1 (item=a)]",
                      "changed: [web2] => {\"dest\": \"/etc/x\"}", "TASK [quiet]\n...ignoring",
                      "web1 ok=6 changed=1 unreachable=1"});
  expect_none(text, {"TASK [none]"});
}

TEST(ReduceVariants, ADiffThatIsCutInAHeadingIsRead) {
  const std::string text = reduced(
      "diff --git a/x.c b/x.c\nindex 1a2b3c4..5d6e7f8 100644\n--- a/x.c\n+++ b/x.c\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n "
      "d\n@@ -1",
      "git diff");
  expect_parts(text, {"x.c", "-b", "+c", "@@ -1"});
}

TEST(ReduceVariants, WhatIsNotRecognizedStaysAsItIs) {
  const std::string odd = "größe\n\x01\x02 | x\n1) eins\n--> nirgends\n^^^\nIn x line y:\n# ./\n- a\n+ b\n";
  for (const char* command : {"npx jest", "npx tsc", "cargo build", "go build", "git push", "docker ps", "rspec",
                              "phpunit", "ansible-playbook x.yml", "ip a", "shellcheck x", "mvn test", "dotnet test"}) {
    const std::string text = reduced(odd, command, 1);
    expect_parts(text, {"größe", "1) eins", "--> nirgends", "In x line y:", "- a", "+ b"});
  }
}

}  // namespace
}  // namespace duotty::digest
