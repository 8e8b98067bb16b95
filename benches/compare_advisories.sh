#!/usr/bin/env bash
# Compares, on one Cargo.lock with the same advisories and in one run: `readiness audit --only vulnerabilities` and
# `cargo audit --no-fetch`.
#
#   benches/compare_advisories.sh OSV_FOLDER ADVISORY_DB [CARGO_LOCK]
#
# OSV_FOLDER holds crates.io/all.zip as OSV publishes it, ADVISORY_DB is a clone of RustSec's advisory-db, CARGO_LOCK is
# ours unless another is named. Needs GNU time (/usr/bin/time) and cargo-audit (`cargo install cargo-audit --locked`).
# Read the ratios: absolute times are the machine's.
set -euo pipefail
cd "$(dirname "$0")/.."
osv="$1" rustsec="$2" lock="${3:-Cargo.lock}"
runs="${RUNS:-11}"

cargo build --release --locked --quiet
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/tree"
cp "$lock" "$work/tree/Cargo.lock"
database="$work/advisories.db"

peak_of() { # command…: peak memory in MiB
    /usr/bin/time -o "$work/peak" -f '%M' "$@" >/dev/null 2>&1 || true
    tail -1 "$work/peak" | awk '{ printf "%.0f", $1 / 1024 }'
}
cpu_of() { # command…: user+system seconds
    /usr/bin/time -o "$work/cpu" -f '%U %S' "$@" >/dev/null 2>&1 || true
    tail -1 "$work/cpu" | awk '{ print $1 + $2 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

import=(./target/release/readiness advisories import --replace --advisories "$database" "$osv")
printf 'import of %s: %s s CPU, %s MiB peak\n' "$osv" "$(cpu_of "${import[@]}")" "$(peak_of "${import[@]}")"

ours=(./target/release/readiness audit --only vulnerabilities --advisories "$database" --max-advisory-age 36500 "$work/tree")
theirs=(cargo audit --no-fetch --stale --db "$rustsec" --file "$work/tree/Cargo.lock")
# A run is shorter than the clock of `time` can tell, so twenty are measured as one.
many() { for _ in $(seq 20); do "$@" >/dev/null 2>&1 || true; done; }
export -f many
for _ in $(seq "$runs"); do
    cpu_of bash -c 'many "$@"' _ "${ours[@]}" >>"$work/ours"
    cpu_of bash -c 'many "$@"' _ "${theirs[@]}" >>"$work/theirs"
done
paste "$work/ours" "$work/theirs" | awk '{ print $2 / $1 }' | median >"$work/ratio"
printf 'readiness    %8.4f s CPU a run (median of %d), %s MiB peak\n' "$(median <"$work/ours" | awk '{ print $1 / 20 }')" "$runs" "$(peak_of "${ours[@]}")"
printf 'cargo audit  %8.4f s CPU a run (median of %d), %s MiB peak\n' "$(median <"$work/theirs" | awk '{ print $1 / 20 }')" "$runs" "$(peak_of "${theirs[@]}")"
printf 'cargo audit ÷ readiness: %.1f\n' "$(cat "$work/ratio")"
