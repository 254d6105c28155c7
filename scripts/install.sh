#!/usr/bin/env bash
# scripts/install.sh BINARY PREFIX: copies the program below PREFIX, with what it prints for others: the manual page and
# the completions of the shells.
set -euo pipefail

readonly binary="${1:?the built binary}" prefix="${2:?where to, such as /usr/local}"

install -D -m 755 "$binary" "$prefix/bin/duotty"

# Printed to its end before anything is replaced.
put() {
  local file="$prefix/share/$1" fresh
  shift
  fresh="$(mktemp)"
  "$binary" "$@" >"$fresh"
  install -D -m 644 "$fresh" "$file"
  rm -f "$fresh"
}
put man/man1/duotty.1 man
put bash-completion/completions/duotty completion bash
put zsh/site-functions/_duotty completion zsh
put fish/vendor_completions.d/duotty.fish completion fish

echo "Installed below $prefix: bin/duotty, the manual page duotty(1), completions for bash, zsh and fish."
