#!/usr/bin/env bash
# Prepares a release of this project with the program, and verifies it with stock tools alone: the commands of
# docs/verifying.md, as they stand there.
#
# usage: tests/interop/release.sh PROGRAM PYTHON      (PYTHON has the package `tink`)
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "$1")
python=$(realpath -s "$2")
document=$(realpath docs/verifying.md)
project=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for tool in openssl sha256sum jq; do
    command -v "$tool" >/dev/null || { echo "needs $tool" >&2; exit 1; }
done

# The blocks of one language, in the order in which they stand under a heading.
blocks() {
    awk -v heading="## $2" -v open="\`\`\`$1" '
        /^## / { here = ($0 == heading) }
        here && $0 == open { inside = 1; next }
        inside && /^```$/ { inside = 0; print "" }
        inside' "$document"
}
# What is run is what the document says, and it must say something.
run() {
    local commands
    commands=$(blocks bash "$1")
    [ -n "$commands" ] || { echo "no commands under \"$1\"" >&2; exit 1; }
    echo "--- $1"
    bash -euo pipefail -c "$commands"
}

export READINESS_PASSPHRASE="a passphrase for one test"
"$program" release keygen --output "$work/keys"
prepare() {
    "$program" release prepare "$program" --source "$project" --version 1.2.3 --profile prod --no-trail \
        --sign --signing-key "$work/keys/signing.key" --include-sbom --include-slsa --run-security-audit "$@"
}
# Exit codes up to 3 are verdicts over our own tree, which the gate judges elsewhere; here the directory is what matters.
mkdir "$work/plain" "$work/encrypted"
prepare --output-dir "$work/plain/v1.2.3" || [ $? -le 3 ]
prepare --output-dir "$work/encrypted/v1.2.3" --encrypt --encryption-key "$work/keys/encryption.key" || [ $? -le 3 ]

cp "$work/keys/signing.pub" "$work/plain"
cp "$work/keys/signing.pub" "$work/encrypted"
cd "$work/plain"
run "All of it"
run "One file alone"
run "Provenance"
[ "$(jq -r '.subject[] | select(.name == "readiness") | .digest.sha256' statement.json)" = "$(sha256sum < "$program" | cut -d' ' -f1)" ]
"$program" release verify v1.2.3 --key signing.pub --no-trail --format json --output verdict.json
cmp "$program" v1.2.3/artifacts/readiness

cd "$work/encrypted"
run "All of it"
blocks python "Encrypted artifacts" > decrypt.py
[ -s decrypt.py ]
"$program" release keys export "$work/keys/encryption.key" --output tink.json
export PATH="$(dirname "$python"):$PATH"
run "Encrypted artifacts"
cmp "$program" readiness
"$program" release verify v1.2.3 --key signing.pub --encryption-key "$work/keys/encryption.key" --no-trail \
    --format json --output verdict.json

# The stock commands must be able to fail: one changed byte, one file too many.
cd "$work/plain"
cp -r v1.2.3 sound
printf 'x' >> v1.2.3/artifacts/readiness
if (run "All of it") >/dev/null 2>&1; then echo "a changed artifact was not seen" >&2; exit 1; fi
rm -r v1.2.3 && cp -r sound v1.2.3
touch v1.2.3/artifacts/extra
if (run "All of it") >/dev/null 2>&1; then echo "a file too many was not seen" >&2; exit 1; fi
rm -r v1.2.3 && cp -r sound v1.2.3
printf '\n' >> v1.2.3/SHA256SUMS
if (run "All of it") >/dev/null 2>&1; then echo "a changed list was not seen" >&2; exit 1; fi
echo "a release of our own, plain and encrypted, verified with stock tools"
