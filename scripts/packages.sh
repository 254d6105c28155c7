#!/usr/bin/env bash
# scripts/packages.sh run|test|fuzz|tidy: installs the Debian packages that are missing for that purpose, and nothing else.
# Says nothing and does nothing when all are there, or on a system without apt that has the tools.
set -euo pipefail

readonly purpose="${1:-run}"

run_packages=(
  g++ cmake ninja-build ccache pkg-config
  libboost1.81-dev nlohmann-json3-dev libfmt-dev libssl-dev libre2-dev zlib1g-dev libbrotli-dev libcli11-dev
  libsqlite3-dev libssh-dev
)
# The shells and programs that the tests drive, and the browser that opens the page.
test_packages=(
  libgtest-dev libgmock-dev libbenchmark-dev
  zsh fish dash busybox mksh tcsh vim tmux htop less procps groff-base chromium fonts-dejavu-core curl git python3
  openssh-client openssh-server openssh-sftp-server
)
fuzz_packages=(clang libclang-rt-14-dev)
tidy_packages=("${fuzz_packages[@]}" clang-14 clang-tidy-14 clang-format-14)

wanted=("${run_packages[@]}")
case "$purpose" in
  run) ;;
  test) wanted+=("${test_packages[@]}") ;;
  fuzz) wanted+=("${fuzz_packages[@]}") ;;
  tidy) wanted+=("${test_packages[@]}" "${tidy_packages[@]}") ;;
  list-run) printf '%s\n' "${run_packages[@]}"; exit ;;
  *) echo "usage: scripts/packages.sh run|test|fuzz|tidy|list-run" >&2; exit 2 ;;
esac

node_is_recent() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' 2>/dev/null
}
node_is_recent || wanted+=(nodejs npm)

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  missing=()
  for tool in g++ cmake ninja pkg-config node npm; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  if ((${#missing[@]} > 0)); then
    echo "This system has no apt-get, and these tools are missing: ${missing[*]}." >&2
    echo "Install them and what these Debian packages hold: ${wanted[*]}" >&2
    exit 1
  fi
  exit 0
fi

installed="$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' || true)"
missing=()
for package in "${wanted[@]}"; do grep -qxF "$package" <<<"$installed" || missing+=("$package"); done
((${#missing[@]} == 0)) && exit 0

as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing, and installing them takes root. Run this as root, then try again:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing ${#missing[@]} missing Debian packages: ${missing[*]}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get -qq update &&
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
  tail -n 40 "$log" >&2
  echo "apt-get could not install them; its last words are above." >&2
  exit 1
fi
