#!/usr/bin/env bash
# What a store of 10,000 captures costs: `history` and `compare` with 50 metrics each, beside `jq` reading the same documents,
# and a capture of twelve categories with twenty probes.
#
#   benches/compare_baseline.sh PATH/TO/readiness
set -euo pipefail

program="$(realpath "${1:?the path of the readiness program is needed}")"
captures="${CAPTURES:-10000}"
for tool in hyperfine python3 jq; do
    command -v "$tool" >/dev/null || { echo "$tool is needed" >&2; exit 1; }
done
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/.readiness/baselines"
cd "$work/tree"

# One real capture gives the machine; the others are like it, a minute apart, with noise.
cat >readiness.yaml <<'YAML'
baseline: {probes: {business: [{name: metric_0, command: echo 100}]}, drift: {files: []}}
YAML
"$program" baseline capture --format json >"$work/first.json" || true
python3 - "$captures" <<'PY'
import glob, json, random, sys
first = json.load(open(glob.glob(".readiness/baselines/2*.json")[0]))
random.seed(1)
metric = first["metrics"][0]
from datetime import datetime, timedelta, timezone
start = datetime(2026, 1, 1, tzinfo=timezone.utc)
for number in range(int(sys.argv[1])):
    moment = start + timedelta(minutes=number)
    stamp = moment.strftime("%Y%m%dT%H%M%S000Z")
    capture = dict(first, id=f"{stamp}-{number:08x}", created=moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    capture["metrics"] = [dict(metric, name=f"metric_{at}", samples=[random.gauss(100, 2) for _ in range(5)]) for at in range(50)]
    json.dump(capture, open(f".readiness/baselines/{capture['id']}.json", "w"))
PY
rm -f .readiness/baselines/.index.json
du -sh .readiness/baselines
last="$(ls .readiness/baselines | sort | tail -2 | head -1 | sed 's/\.json$//')"
echo "== the first look, without an index"
/usr/bin/time -v "$program" baseline history metric_7 >/dev/null 2>"$work/time" || true
grep -E "Elapsed|Maximum" "$work/time"
echo "== with the index"
hyperfine --ignore-failure --warmup 2 --runs 10 \
    -n history "$program baseline history metric_7" \
    -n compare "$program baseline compare $last --to latest" \
    -n list "$program baseline list" \
    -n "jq, one metric of every document" \
    "find .readiness/baselines -name '2*.json' -print0 | xargs -0 jq -r '.metrics[7].samples[0]' >/dev/null"

echo "== a capture of 12 categories with 20 probes"
mkdir "$work/many" && cd "$work/many"
python3 - <<'PY'
names = ["ai_model", "rag", "circuit_breaker", "system_health", "network", "cache", "gpu", "voice", "vector_database",
         "llm_economics", "business", "anomaly_detection"]
with open("readiness.yaml", "w") as out:
    out.write("baseline:\n  drift: {files: []}\n  probes:\n")
    for category in names:
        out.write(f"    {category}:\n")
        for number in range(20):
            kind = [f"command: 'echo {number}'", "file: readiness.yaml, read: size", "system: /, read: memory_used",
                    "process: self, read: memory"][number % 4]
            out.write(f"      - {{name: {category}_{number}, {kind}}}\n")
PY
hyperfine --ignore-failure --warmup 1 --runs 5 -n capture "$program baseline capture --no-keep"
