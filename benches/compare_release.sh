#!/usr/bin/env bash
# What preparing and verifying a release costs, against what openssl needs for the same bytes: SHA-256 (measured) and
# AES-256-GCM (from `openssl speed`). Processor time, user and system together; peak memory.
#
# usage: benches/compare_release.sh [MEGABYTES]      (default 2048, in eight artifacts; needs twice that on the disk)
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/target/release/readiness
megabytes=${1:-2048}
[ -x "$program" ] || { echo "build first: cargo build --release" >&2; exit 1; }
command -v openssl >/dev/null || { echo "needs openssl" >&2; exit 1; }
[ -x /usr/bin/time ] || { echo "needs GNU time at /usr/bin/time" >&2; exit 1; }
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
trap 'rm -rf "$work"' EXIT

mkdir "$work/project" "$work/in"
for number in 1 2 3 4 5 6 7 8; do
    head -c "$((megabytes * 1048576 / 8))" /dev/urandom > "$work/in/artifact-$number"
done
"$program" release keygen --output "$work/keys" --no-passphrase > "$work/log" 2>&1
export SOURCE_DATE_EPOCH=1790000000

# Prints processor seconds and peak memory in KiB of a command; verdicts (up to 3) are no failure.
cost() {
    /usr/bin/time -o "$work/time" -f '%U %S %M' "$@" > "$work/log" 2>&1 || [ $? -le 3 ] || { cat "$work/log" >&2; exit 1; }
    awk 'END { printf "%.2f %d\n", $1 + $2, $3 }' "$work/time"
}

# Bytes per second of AES-256-GCM over pieces of 1 MiB: the last column is in thousands of bytes.
gcm=$(openssl speed -evp aes-256-gcm -bytes 1048576 -seconds 3 2>/dev/null | awk 'END { sub("k", "", $NF); print $NF * 1000 }')
encryption=$(awk -v bytes="$((megabytes * 1048576))" -v rate="$gcm" 'BEGIN { printf "%.2f", bytes / rate }')

printf '%-28s %10s %10s %8s\n' "" "CPU s" "ratio" "MiB"
for round in 1 2 3; do
    read -r hashing _ < <(cost openssl dgst -sha256 "$work"/in/*)
    base=$(awk -v a="$hashing" -v b="$encryption" 'BEGIN { printf "%.2f", a + b }')
    printf '%-28s %10s\n' "openssl, hash + encrypt" "$base"
    for what in plain encrypted; do
        rm -rf "$work/$what"
        flags=(--sign --signing-key "$work/keys/signing.key")
        verify=(--key "$work/keys/signing.pub")
        against=$hashing
        if [ "$what" = encrypted ]; then
            flags+=(--encrypt --encryption-key "$work/keys/encryption.key")
            verify+=(--encryption-key "$work/keys/encryption.key")
            against=$base
        fi
        read -r made memory < <(cost "$program" release prepare "$work"/in/* --source "$work/project" --version 1 --no-trail \
            "${flags[@]}" --output-dir "$work/$what")
        read -r read_again memory_again < <(cost "$program" release verify "$work/$what" --no-trail "${verify[@]}")
        for line in "prepare $made $memory" "verify $read_again $memory_again"; do
            awk -v what="$what" -v base="$against" '{ printf "%-28s %10s %10.2f %8d\n", $1 ", " what, $2, $2 / base, $3 / 1024 }' <<< "$line"
        done
    done
done
