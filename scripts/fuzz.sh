#!/usr/bin/env bash
# scripts/fuzz.sh SECONDS [NAME...]: every fuzz target of build/fuzz (or fuzz_NAME alone): first all inputs of its corpus,
# tests/fuzz/corpus/NAME, then that many seconds of new ones. What is found stays in build/fuzz: new inputs in
# corpus/NAME, failures in NAME-*. All targets run; the exit status is 1 if any failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

readonly seconds="${1:?seconds for each target}"
shift
names=("$@")
if ((${#names[@]} == 0)); then
  for target in build/fuzz/tests/fuzz/fuzz_*; do
    [[ -f $target && -x $target ]] && names+=("${target##*/fuzz_}")
  done
fi

export UBSAN_OPTIONS="${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}"
passed=0
failed=0
for name in "${names[@]}"; do
  target="build/fuzz/tests/fuzz/fuzz_$name"
  seeds="tests/fuzz/corpus/$name"
  found="build/fuzz/corpus/$name"
  log="build/fuzz/$name.txt"
  mkdir -p "$found"
  printf '== fuzz_%s\n' "$name"
  if [[ -d $seeds ]] && "$target" -runs=0 -artifact_prefix="build/fuzz/$name-" "$seeds" >"$log" 2>&1 &&
    "$target" -max_total_time="$seconds" -timeout=120 -rss_limit_mb=2500 -max_len=4096 -print_final_stats=1 -verbosity=0 \
      -artifact_prefix="build/fuzz/$name-" "$found" "$seeds" >>"$log" 2>&1; then
    sed -n 's/^stat::number_of_executed_units: */   inputs: /p' "$log"
    passed=$((passed + 1))
  else
    [[ -d $seeds ]] || echo "There is no corpus in $seeds." >"$log"
    tail -n 60 "$log"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
