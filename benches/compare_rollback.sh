#!/usr/bin/env bash
# What capturing and restoring a rollback point costs, against `git stash --include-untracked` and `git stash pop`: a tree of
# 100,000 files, of which 400 are changed and 100 are new. Wall time of a run of each, in turn; the median of the ratios.
#
# usage: benches/compare_rollback.sh [FILES] [ROUNDS]      (default 100000 and 5)
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/target/release/readiness
files=${1:-100000}
rounds=${2:-5}
[ -x "$program" ] || { echo "build first: cargo build --release" >&2; exit 1; }
[ -x /usr/bin/time ] || { echo "needs GNU time at /usr/bin/time" >&2; exit 1; }
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

mkdir "$work/tree"
cd "$work/tree"
git init -q -b main .
git config gc.auto 0
printf '.readiness/\n' > .gitignore
python3 - "$files" <<'END'
import os, sys
count = int(sys.argv[1])
for number in range(count):
    folder = f"d{number // 10000}/s{number // 200}"
    if number % 200 == 0:
        os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/f{number % 200}.txt", "w") as file:
        file.write(f"file {number}\n" * 20)
END
git add -A
git commit -qm first
git gc -q
sleep 1.1
git status --short > "$work/log"

dirty() {
    python3 - "$files" "$1" <<'END'
import sys
count, text = int(sys.argv[1]), sys.argv[2]
for number in range(0, count, max(1, count // 400)):
    with open(f"d{number // 10000}/s{number // 200}/f{number % 200}.txt", "a") as file:
        file.write(f"changed {text}\n")
for number in range(100):
    with open(f"d0/new{number}.txt", "w") as file:
        file.write(f"new {number} {text}\n" * 50)
END
}

# Prints wall seconds and peak memory in KiB.
cost() {
    /usr/bin/time -o "$work/time" -f '%e %M' "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    tail -n 1 "$work/time"
}

read -r first memory < <(cost "$program" rollback capture --no-trail)
printf 'first capture, with all of the history: %s s, %s MiB\n' "$first" "$((memory / 1024))"
printf '%10s %10s %7s %10s %10s %7s %8s\n' "stash s" "capture s" "ratio" "pop s" "restore s" "ratio" "MiB"
for round in $(seq "$rounds"); do
    dirty "$round"
    read -r stash _ < <(cost git stash push -q --include-untracked)
    read -r pop _ < <(cost git stash pop -q)
    read -r capture memory < <(cost "$program" rollback capture --no-trail)
    git reset -q --hard
    git clean -q -fd
    git status --short > "$work/log"
    read -r restore more < <(cost "$program" rollback restore latest --yes --no-trail)
    [ "$more" -gt "$memory" ] && memory=$more
    test "$(git status --short | wc -l)" -ge 200 || { echo "the restore brought nothing back" >&2; exit 1; }
    git reset -q --hard
    git clean -q -fd
    awk -v a="$stash" -v b="$capture" -v c="$pop" -v d="$restore" -v m="$memory" \
        'BEGIN { printf "%10.2f %10.2f %7.2f %10.2f %10.2f %7.2f %8d\n", a, b, b / a, c, d, d / c, m / 1024 }' | tee -a "$work/rows"
done
awk '{ a[NR] = $3; b[NR] = $6; m = $7 > m ? $7 : m } END { n = asort(a); asort(b); printf "median: capture %.2f x git stash, restore %.2f x git stash pop; peak %d MiB\n", a[int((n + 1) / 2)], b[int((n + 1) / 2)], m }' "$work/rows" 2>/dev/null \
    || { echo "medians:"; for column in 3 6; do sort -g -k "$column" "$work/rows" | awk -v n="$rounds" -v c="$column" 'NR == int((n + 1) / 2) { print $c }'; done; }
