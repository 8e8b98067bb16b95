#!/usr/bin/env python3
"""Baselines of real programs: Debian's redis-server, nginx, prometheus-node-exporter and prometheus, each with a folder and a
loopback port of its own. What `readiness baseline` measures must be what these say of themselves, promtool must accept what it
exports, the textfile collector must read it, and prometheus must scrape `watch` and answer with our value.

usage: tests/interop/baseline.py PATH/TO/readiness
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.join(HERE, "..", "..", "docs")
NEEDED = ["redis-server", "redis-cli", "nginx", "prometheus-node-exporter", "prometheus", "promtool"]
# Debian puts some where only root's search path leads.
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def fail(words):
    print("FAILED: " + words, file=sys.stderr)
    sys.exit(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listener_is(pid, port):
    """Whether the process, or a child of it, has the socket that listens on the port."""
    inodes = set()
    for table in ["/proc/net/tcp", "/proc/net/tcp6"]:
        with contextlib.suppress(FileNotFoundError), open(table) as lines:
            for line in lines:
                fields = line.split()
                if len(fields) > 9 and fields[3] == "0A" and fields[1].endswith(":%04X" % port):
                    inodes.add(fields[9])
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                target = os.readlink(f"/proc/{pid}/fd/{name}")
                if target.startswith("socket:[") and target[8:-1] in inodes:
                    return True
    return False


class Programs:
    """Programs that were started here; they end with this script, by their ids."""

    def __init__(self):
        self.started = []

    def start(self, words, port, log):
        with open(log, "ab") as out:
            process = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        self.started.append(process)
        if port is None:
            return process
        for _ in range(150):
            if listener_is(process.pid, port):
                return process
            if process.poll() is not None:
                break
            time.sleep(0.1)
        fail(f"{words[0]} does not listen on {port}: see below\n" + open(log, errors="replace").read()[-2000:])

    def end(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def get(url, accept=None):
    request = urllib.request.Request(url, headers={"Accept": accept} if accept else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return answer.read().decode(), answer.headers.get("Content-Type", "")


def samples(text):
    """Name with its labels in order to value, of an exposition."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            name, _, labels = name.partition("{")
            labels = sorted(re.findall(r'[a-zA-Z_]\w*="(?:[^"\\]|\\.)*"', labels))
            found[name + ("{" + ",".join(labels) + "}" if labels else "")] = float(value)
    return found


def main():
    program = os.path.realpath(sys.argv[1])
    missing = [name for name in NEEDED if shutil.which(name, path=PATH) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}; skipped (apt-get install redis-server nginx-light prometheus "
              "prometheus-node-exporter)")
        return
    tool = {name: shutil.which(name, path=PATH) for name in NEEDED}
    folder = tempfile.mkdtemp(prefix="readiness-baseline-")
    programs = Programs()
    try:
        run(program, tool, folder, programs)
    finally:
        programs.end()
        shutil.rmtree(folder, ignore_errors=True)


def run(program, tool, folder, programs):
    tree = os.path.join(folder, "tree")
    texts = os.path.join(folder, "textfiles")
    for path in [tree, texts, os.path.join(folder, "data"), os.path.join(folder, "redis")]:
        os.mkdir(path)
    redis, web, exporter, prometheus, watch = (free_port() for _ in range(5))

    def ask(*words, expect=(0,)):
        done = subprocess.run([program, "baseline", *words], cwd=tree, capture_output=True, text=True, timeout=120)
        if done.returncode not in expect:
            fail(f"baseline {' '.join(words)}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    programs.start([tool["redis-server"], "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--dir",
                    os.path.join(folder, "redis"), "--requirepass", "not-a-secret"], redis, os.path.join(folder, "redis.log"))
    conf = os.path.join(folder, "nginx.conf")
    with open(conf, "w") as out:
        out.write(f"""daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{web};
        location /health {{ default_type application/json; return 200 '{{"queue": {{"length": 42}}}}'; }}
        location / {{ return 404; }}
    }}
}}
""")
    programs.start([tool["nginx"], "-p", folder, "-e", f"{folder}/error.log", "-c", conf], web, os.path.join(folder, "nginx.log"))
    programs.start([tool["prometheus-node-exporter"], f"--web.listen-address=127.0.0.1:{exporter}", "--collector.disable-defaults",
                    "--collector.textfile", "--collector.loadavg", "--collector.meminfo", "--collector.cpu",
                    f"--collector.textfile.directory={texts}"], exporter, os.path.join(folder, "exporter.log"))

    # Some hits and misses, so that there is a ratio: 3 of 4.
    environment = {**os.environ, "REDISCLI_AUTH": "not-a-secret"}
    for words in [["set", "a", "1"], ["get", "a"], ["get", "a"], ["get", "a"], ["get", "b"]]:
        subprocess.run([tool["redis-cli"], "-p", str(redis), *words], env=environment, check=True, capture_output=True)
    os.environ["REDIS_PASSWORD"] = "not-a-secret"
    with open(os.path.join(tree, "readiness.yaml"), "w") as out:
        out.write(f"""baseline:
  probes:
    cache:
      - {{name: cache_latency, redis: '127.0.0.1:{redis}', password_env: REDIS_PASSWORD, samples: 5}}
      - {{name: cache_hit_ratio, redis: '127.0.0.1:{redis}', password_env: REDIS_PASSWORD, read: keyspace_hits,
         over: [keyspace_hits, keyspace_misses], unit: ratio, better: higher, target: 50%}}
      - {{name: cache_keys, redis: '127.0.0.1:{redis}', password_env: REDIS_PASSWORD, read: db0.keys, better: same}}
    network:
      - {{name: api_latency, http: 'http://127.0.0.1:{web}/health', requests: 20, accept: 1s}}
      - {{name: api_errors, http: 'http://127.0.0.1:{web}/health', requests: 20, read: errors, accept: 1%}}
      - {{name: absent_errors, http: 'http://127.0.0.1:{web}/absent', requests: 5, read: errors}}
      - {{name: api_port, tcp: '127.0.0.1:{web}'}}
    business:
      - {{name: queue_length, http: 'http://127.0.0.1:{web}/health', read: /queue/length}}
    system_health:
      - {{name: memory_total, prometheus: 'http://127.0.0.1:{exporter}/metrics', select: node_memory_MemTotal_bytes,
         unit: bytes, better: higher}}
      - {{name: processors, prometheus: 'http://127.0.0.1:{exporter}/metrics', select: 'node_cpu_seconds_total{{mode="idle"}}',
         several: count, better: same}}
      - {{name: busy, prometheus: 'http://127.0.0.1:{exporter}/metrics', select: 'node_cpu_seconds_total{{mode=~"user|system"}}',
         take: rate, interval: 500ms}}
  modules: [{{name: shell, command: 'sh -c "exit 0"'}}]
  drift: {{files: []}}
""")

    print("capture")
    document = json.loads(ask("capture", "--label", "first", "--format", "json"))
    metrics = {metric["name"]: metric for metric in document["details"]["metrics"]}
    value = {name: metric.get("value") for name, metric in metrics.items()}
    for name, metric in metrics.items():
        if metric["state"] != "measured":
            fail(f"{name}: {metric}")
    if abs(value["cache_hit_ratio"] - 0.75) > 1e-9 or value["cache_keys"] != 1:
        fail(f"redis: {value}")
    if value["queue_length"] != 42 or value["api_errors"] != 0 or value["absent_errors"] != 1:
        fail(f"nginx: {value}")
    for name in ["cache_latency", "api_latency", "api_port"]:
        if not 0 < value[name] < 1:
            fail(f"{name} is {value[name]} s")
    told = samples(get(f"http://127.0.0.1:{exporter}/metrics")[0])
    if value["memory_total"] != told["node_memory_MemTotal_bytes"]:
        fail(f"memory_total is {value['memory_total']}")
    if value["processors"] != sum("idle" in name and "node_cpu_seconds_total" in name for name in told):
        fail(f"processors is {value['processors']}")
    with open(os.path.join(folder, "access.log")) as lines:
        asked = [line for line in lines if "/health" in line]
    # 20 requests that latency and errors share, and one for the queue.
    if len(asked) != 21:
        fail(f"nginx was asked {len(asked)} times, not 21")

    print("export")
    text = ask("export")
    checked = subprocess.run([tool["promtool"], "check", "metrics"], input=text, capture_output=True, text=True)
    if checked.returncode != 0 or checked.stderr.strip():
        fail(f"promtool check metrics: {checked.stdout}{checked.stderr}")
    exported = samples(text)
    if exported['readiness_baseline_queue_length{category="business"}'] != 42:
        fail("the export has another queue length")
    if not ask("export", "--format", "openmetrics").endswith("# EOF\n"):
        fail("the export as OpenMetrics has no end")

    print("textfile collector")
    ask("export", "--textfile", os.path.join(texts, "readiness.prom"))
    told = samples(get(f"http://127.0.0.1:{exporter}/metrics")[0])
    if told.get("node_textfile_scrape_error") != 0:
        fail("the textfile collector does not read our file")
    for name, number in exported.items():
        if told.get(name) != number:
            fail(f"the node exporter says {told.get(name)} of {name}, and the export {number}")

    print("rules")
    rules = os.path.join(DOCS, "prometheus", "readiness-baseline.rules.yml")
    checked = subprocess.run([tool["promtool"], "check", "rules", rules], capture_output=True, text=True)
    if checked.returncode != 0:
        fail(f"promtool check rules: {checked.stdout}{checked.stderr}")
    tests = os.path.join(DOCS, "prometheus", "readiness-baseline.tests.yml")
    checked = subprocess.run([tool["promtool"], "test", "rules", tests], capture_output=True, text=True)
    if checked.returncode != 0:
        fail(f"promtool test rules: {checked.stdout}{checked.stderr}")

    print("watch, scraped by prometheus")
    watcher = subprocess.Popen([program, "baseline", "watch", "--interval", "2s", "--listen", f"127.0.0.1:{watch}", "--no-keep"],
                               cwd=tree, stdout=subprocess.DEVNULL, stderr=open(os.path.join(folder, "watch.log"), "wb"))
    programs.started.append(watcher)
    config = os.path.join(folder, "prometheus.yml")
    with open(config, "w") as out:
        out.write(f"""global: {{scrape_interval: 1s}}
rule_files: ['{os.path.realpath(rules)}']
scrape_configs:
  - job_name: readiness
    static_configs: [{{targets: ['127.0.0.1:{watch}']}}]
""")
    checked = subprocess.run([tool["promtool"], "check", "config", config], capture_output=True, text=True)
    if checked.returncode != 0:
        fail(f"promtool check config: {checked.stdout}{checked.stderr}")
    programs.start([tool["prometheus"], f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                    f"--web.listen-address=127.0.0.1:{prometheus}"], prometheus, os.path.join(folder, "prometheus.log"))
    query = urllib.parse.quote("readiness_baseline_queue_length")
    answer = None
    for _ in range(100):
        with contextlib.suppress(OSError):
            answer = json.loads(get(f"http://127.0.0.1:{prometheus}/api/v1/query?query={query}")[0])["data"]["result"]
            if answer:
                break
        time.sleep(0.2)
    if not answer or float(answer[0]["value"][1]) != 42 or answer[0]["metric"]["category"] != "business":
        fail(f"prometheus answers {answer}; {open(os.path.join(folder, 'watch.log')).read()[-1000:]}")
    if not listener_is(watcher.pid, watch):
        fail("somebody else answered for watch")
    plain, kind = get(f"http://127.0.0.1:{watch}/metrics")
    open_text, open_kind = get(f"http://127.0.0.1:{watch}/metrics", "application/openmetrics-text;version=1.0.0")
    if not kind.startswith("text/plain") or not open_kind.startswith("application/openmetrics-text"):
        fail(f"content types {kind} and {open_kind}")
    if "# EOF" in plain or not open_text.endswith("# EOF\n"):
        fail("the two forms are mixed up")
    watcher.send_signal(signal.SIGTERM)
    if watcher.wait(30) != 0:
        fail(f"watch ended with {watcher.returncode}")

    print("compare")
    ask("approve", "first", "--owner", "ops@example.org", "--reason", "a test")
    subprocess.run([tool["redis-cli"], "-p", str(redis), "set", "b", "1"], env=environment, check=True, capture_output=True)
    report = json.loads(ask("compare", "--format", "json", expect=(0, 1, 3)))
    verdicts = {metric["name"]: metric["comparison"]["verdict"] for metric in report["details"]["metrics"]
                if metric.get("comparison")}
    if verdicts["cache_keys"] == "pass" or verdicts["queue_length"] != "pass":
        fail(f"verdicts {verdicts}")
    print("done")


if __name__ == "__main__":
    main()
