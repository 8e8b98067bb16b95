#!/usr/bin/env bash
# Round trips over real repositories: each is cloned, made dirty in many ways, captured, devastated, restored, and compared by
# git, find, stat and sha256sum.
#
# usage: tests/interop/rollback.sh PROGRAM REPOSITORY...
set -euo pipefail
program=$(realpath "$1")
shift
[ $# -gt 0 ] || { echo "name at least one repository" >&2; exit 1; }
export GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
trap 'rm -rf "$work"' EXIT

# Everything that must come back: kinds, modes, links and times of all but the program's own; bytes; what git says.
state() {
    (
        cd "$1"
        find . -path ./.git -prune -o -path ./.readiness -prune -o -type f -printf 'f %m %T@ %p\0' | sort -z
        find . -path ./.git -prune -o -path ./.readiness -prune -o -type d -printf 'd %m %p\0' | sort -z
        find . -path ./.git -prune -o -path ./.readiness -prune -o -type l -printf 'l %l %p\0' | sort -z
        find . -path ./.git -prune -o -path ./.readiness -prune -o -type f -print0 | sort -z | xargs -0r sha256sum -z
        sha256sum .git/index .git/HEAD
        git --no-optional-locks status --porcelain=v2 --branch --untracked-files=all
        git --no-optional-locks for-each-ref
        git --no-optional-locks ls-files --stage
    ) | tr '\0' '\n'
}

number=0
for repository in "$@"; do
    number=$((number + 1))
    tree=$work/$number/tree
    mkdir -p "$work/$number"
    git clone -q --no-hardlinks "$repository" "$tree"
    cd "$tree"
    # Dirty: staged, staged and changed again, changed, removed, renamed, untracked, other modes, odd names.
    mapfile -d '' -t files < <(git ls-files -z)
    position=0
    for file in "${files[@]:0:60}"; do
        position=$((position + 1))
        { [ -f "$file" ] && [ ! -L "$file" ]; } || continue
        case $((position % 7)) in
            0) echo staged >> "$file" && git add -- "$file" && echo again >> "$file" ;;
            1) echo staged >> "$file" && git add -- "$file" ;;
            2) echo changed >> "$file" ;;
            3) rm -- "$file" ;;
            4) git mv -- "$file" "$file.renamed" ;;
            5) chmod 600 -- "$file" ;;
        esac
    done
    mkdir -p made/empty
    echo new > made/new.txt
    printf 'odd' > $'odd \xff name'
    ln -s nowhere dangling
    state "$tree" > "$work/$number/before"
    "$program" rollback capture --no-trail --name good > "$work/$number/log" 2>&1 || { cat "$work/$number/log"; exit 1; }
    state "$tree" > "$work/$number/captured"
    diff -q "$work/$number/before" "$work/$number/captured" || { echo "capturing changed $repository" >&2; exit 1; }
    # Devastation: everything thrown away, history rewritten and collected, files changed and made.
    git reset -q --hard
    git clean -q -fd
    git checkout -q --orphan elsewhere
    git commit -q --allow-empty -m "since"
    git symbolic-ref -d refs/remotes/origin/HEAD > "$work/$number/log" 2>&1 || true
    git for-each-ref --format='delete %(refname)' refs/heads refs/tags refs/remotes | grep -v '/elsewhere$' | git update-ref --stdin
    git reflog expire --expire=now --all
    git gc -q --prune=now
    find . -path ./.git -prune -o -path ./.readiness -prune -o -type f -print0 | sort -z > "$work/$number/files"
    mapfile -d '' -t files < "$work/$number/files"
    for file in "${files[@]:0:500}"; do
        printf 'x' >> "$file"
    done
    rm -rf -- "${files[0]%%/*}/$(cut -d/ -f2 <<< "${files[0]}")"
    mkdir -p since && echo since > since/file
    "$program" rollback verify good --no-trail > "$work/$number/log" 2>&1 || { cat "$work/$number/log"; exit 1; }
    "$program" rollback restore good --yes --exact --no-trail > "$work/$number/log" 2>&1 || { cat "$work/$number/log"; exit 1; }
    state "$tree" > "$work/$number/after"
    diff "$work/$number/before" "$work/$number/after" > "$work/$number/diff" || { head -n 20 "$work/$number/diff"; echo "$repository did not come back" >&2; exit 1; }
    git fsck --no-dangling > "$work/$number/log" 2>&1 || { cat "$work/$number/log"; exit 1; }
    echo "$(basename "$repository"): $(wc -l < "$work/$number/before") lines of state came back"
    cd /
    rm -rf "${work:?}/$number"
done
