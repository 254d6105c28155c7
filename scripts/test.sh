#!/usr/bin/env bash
# scripts/test.sh [section...]: builds and runs every test, a section after the other, and says at the end how each
# went. Sections: packages web release dev server e2e asan fuzz. A failure does not stop the others; the exit status is 1 if any failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

export NO_COLOR=1 JOBS="${JOBS:-$(nproc)}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
sections=("$@")
((${#sections[@]} > 0)) || sections=(packages web release dev server e2e asan fuzz)

passed=0
failed=0
summary=()

# build_and_ctest PRESET
build_and_ctest() {
  cmake --preset "$1" >"build/$1.log" 2>&1 || { cat "build/$1.log"; return 1; }
  cmake --build --preset "$1" -j "$JOBS" || return 1
  local logs="build/$1/Testing/Temporary" before=$failed
  rm -f "$logs"/LastTest*.log
  ctest --preset "$1" -j "$JOBS" --no-tests=error --timeout 600
  local status=$?
  count "$logs/LastTest.log" '^\[  PASSED  \] \([0-9]*\) tests\{0,1\}\..*' '^\[  FAILED  \] \([0-9]*\) tests\{0,1\}, listed below.*'
  if ((status != 0)) && may_be_load "$logs" && ctest --preset "$1" --rerun-failed --timeout 600; then
    echo "UNSTABLE: what failed beside other tests passed alone"
    status=0 passed=$((passed + failed - before)) failed=$before
  fi
  return $status
}

# may_be_load LOGS: at most two suites failed, none by a crash or a sanitizer's report. They wait with a bound, and a
# machine that is busy enough breaks every bound; so they run once more alone, as server specs do.
may_be_load() {
  (($(wc -l <"$1/LastTestsFailed.log") <= 2)) || return 1
  ! grep -qE '(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:|Assertion|ended by signal|SEGFAULT|Subprocess aborted' "$1/LastTest.log"
}

# count FILE PASSED-PATTERN FAILED-PATTERN: adds what a runner's own lines say to the totals.
count() {
  local n
  while read -r n; do passed=$((passed + n)); done < <(sed -n "s/$2/\1/p" "$1" 2>/dev/null)
  while read -r n; do failed=$((failed + n)); done < <(sed -n "s/$3/\1/p" "$1" 2>/dev/null)
}

section_packages() { scripts/packages.sh test; }

section_web() {
  local status=0 log=build/web-tests.log
  make web || status=1
  (cd web && npm run --silent lint && npm run --silent typecheck) || status=1
  (cd web && npm run --silent test) 2>&1 | tee "$log" || status=1
  count "$log" '^ *Tests .* \([0-9][0-9]*\) passed.*' '^ *Tests .* \([0-9][0-9]*\) failed.*'
  return $status
}

# What people run, and that it needs nothing but glibc.
section_release() {
  make build || return 1
  local needed
  needed="$(readelf -d build/release/bin/duotty | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|ld-linux.*|libpthread|libdl|librt)\.so' || true)"
  if [[ -n "$needed" ]]; then
    echo "build/release/bin/duotty needs more than glibc: $needed"
    return 1
  fi
  build/release/bin/duotty version
}

section_dev() { build_and_ctest dev; }
# Every C++ test again under AddressSanitizer and UndefinedBehaviorSanitizer, then the server itself under them.
section_asan() {
  local status=0
  build_and_ctest asan || status=1
  # What the random commands look for, wrong answers, the release binary has shown already; here a few go through the code.
  DUOTTY_RANDOM_COMMANDS="${DUOTTY_RANDOM_COMMANDS:-50}" against asan server || status=1
  return $status
}

# Every fuzz target over its corpus, then for a short time over new inputs.
section_fuzz() {
  local log=build/fuzz-short.log status=0
  make fuzz-short 2>&1 | tee "$log" || status=1
  count "$log" '^\([0-9][0-9]*\) passed, [0-9][0-9]* failed.*' '^[0-9][0-9]* passed, \([0-9][0-9]*\) failed.*'
  return $status
}

section_server() { against release server; }
section_e2e() { against release e2e; }

# against PRESET FOLDER: the Node tests of tests/FOLDER with the binary of that build.
against() {
  local binary="build/$1/bin/duotty" log="build/$1-$2.log" status=0
  [[ -x $binary ]] || { echo "$binary is not there: the section '$1' builds it."; return 1; }
  if [[ $2 == server ]]; then make tests/node_modules/.package-lock.json || return 1; fi
  DUOTTY_BIN="$PWD/$binary" node "tests/$2/run.mjs" 2>&1 | tee "$log" || status=1
  count "$log" '^.*\b\([0-9][0-9]*\) passed, [0-9][0-9]* failed.*' '^.*passed, \([0-9][0-9]*\) failed.*'
  return $status
}

mkdir -p build
result=0
for name in "${sections[@]}"; do
  if ! declare -F "section_$name" >/dev/null; then
    echo "There is no section '$name'; there are: packages web release dev server e2e asan fuzz." >&2
    exit 2
  fi
  printf '\n=== %s ===\n' "$name"
  started=$SECONDS
  if "section_$name"; then outcome=ok; else outcome=FAILED; result=1; fi
  [[ $name == packages && $outcome == FAILED ]] && exit 1
  summary+=("$(printf '%-9s %-7s %4d s' "$name" "$outcome" "$((SECONDS - started))")")
done

printf '\n=== summary ===\n'
printf '%s\n' "${summary[@]}"
# A section can fail without a test failing: a build that breaks counts as one.
((result != 0 && failed == 0)) && failed=1
echo "$passed passed, $failed failed"
exit $result
