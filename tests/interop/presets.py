#!/usr/bin/env python3
"""The presets of `readiness init --baseline` against real servers: Debian's redis-server, nginx, prometheus-node-exporter,
postgresql with prometheus-postgres-exporter, and rabbitmq-server with its plugin rabbitmq_prometheus. Each has a folder and
loopback ports of its own. Every metric of the presets `web` and `queue` that these servers have must be measured, and must
be what they say of themselves. Of vLLM there is only the client library for Python that it exposes its metrics with, and the
names that its documentation gives them: the preset `llm` must read what the library makes of them.

usage: tests/interop/presets.py PATH/TO/readiness
"""

import base64
import contextlib
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
from baseline import PATH, Programs, fail, free_port, get, samples  # noqa: E402

# Program to its package of Debian.
PACKAGES = {
    "redis-server": "redis-server",
    "redis-cli": "redis-tools",
    "nginx": "nginx-light",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "initdb": "postgresql",
    "postgres": "postgresql",
    "psql": "postgresql-client",
    "prometheus-postgres-exporter": "prometheus-postgres-exporter",
    "rabbitmq-server": "rabbitmq-server",
    "epmd": "erlang-base",
}
# Neither initdb nor rabbitmq-server of Debian are meant to be found: the first is not in the search path, and what is there
# of the second runs in the system's own folders.
ASIDE = {
    "initdb": "/usr/lib/postgresql/*/bin/initdb",
    "postgres": "/usr/lib/postgresql/*/bin/postgres",
    "rabbitmq-server": "/usr/lib/rabbitmq/bin/rabbitmq-server",
}
# The metrics of vLLM that the preset names, by the names that vLLM registers them with; the library adds `_total`.
MODEL_SERVER = """
import sys, time
from prometheus_client import Counter, Gauge, Histogram, start_http_server
labels, of = ["model_name", "engine"], ("m", "0")
Gauge("vllm:num_requests_waiting", "-", labels).labels(*of).set(3)
Gauge("vllm:kv_cache_usage_perc", "-", labels).labels(*of).set(0.25)
Counter("vllm:prefix_cache_queries", "-", labels).labels(*of).inc(100)
Counter("vllm:prefix_cache_hits", "-", labels).labels(*of).inc(40)
Counter("vllm:prompt_tokens", "-", labels).labels(*of).inc(1200)
tokens = Counter("vllm:generation_tokens", "-", labels).labels(*of)
tokens.inc(600)
success = Counter("vllm:request_success", "-", labels + ["finished_reason"])
for reason, count in [("stop", 9), ("length", 3), ("abort", 0)]:
    success.labels(*of, reason).inc(count)
first = Histogram("vllm:time_to_first_token_seconds", "-", labels, buckets=[0.1, 0.5, 1]).labels(*of)
whole = Histogram("vllm:e2e_request_latency_seconds", "-", labels, buckets=[0.5, 1, 5]).labels(*of)
for _ in range(12):
    first.observe(0.3)
    whole.observe(0.7)
start_http_server(int(sys.argv[1]), addr="127.0.0.1")
time.sleep(300)
"""
# Users that databases may run as, where this script is run by root; they refuse root.
USER = "nobody"


def find(name):
    if name in ASIDE:
        found = sorted(glob.glob(ASIDE[name]))
        return found[-1] if found else None
    return shutil.which(name, path=PATH)


def unprivileged(folder):
    """What makes a program of root run as somebody else, to whom the folder is given."""
    if os.getuid() != 0:
        return {}
    shutil.chown(folder, USER)
    return {"user": USER, "group": "nogroup", "extra_groups": []}


def wait_for(what, seconds, ask):
    """What `ask` answers, once it answers anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            answer = ask()
            if answer:
                return answer
        time.sleep(0.1)
    fail(f"{what}: no answer after {seconds} s")


class Database:
    """PostgreSQL and its exporter."""

    def __init__(self, tool, folder, programs):
        self.port, self.exporter, self.psql = free_port(), free_port(), tool["psql"]
        home = os.path.join(folder, "postgres")
        os.mkdir(home)
        somebody = unprivileged(home)
        subprocess.run([tool["initdb"], "-D", f"{home}/data", "-U", "postgres", "-A", "trust", "-N"], check=True,
                       capture_output=True, cwd=home, **somebody)
        with open(os.path.join(folder, "postgres.log"), "ab") as log:
            programs.started.append(subprocess.Popen(
                [tool["postgres"], "-D", f"{home}/data", "-p", str(self.port), "-h", "127.0.0.1", "-k", home, "-F",
                 "-c", "max_connections=20"], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, **somebody))
        wait_for("postgres", 30, lambda: self.ask("select 1"))
        environment = {**os.environ, "DATA_SOURCE_NAME": f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres "
                                                         "sslmode=disable"}
        with open(os.path.join(folder, "postgres-exporter.log"), "ab") as log:
            programs.started.append(subprocess.Popen(
                [tool["prometheus-postgres-exporter"], f"--web.listen-address=127.0.0.1:{self.exporter}"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=home, **somebody))
        wait_for("postgres exporter", 30, lambda: get(f"http://127.0.0.1:{self.exporter}/metrics")[0])

    def ask(self, query):
        words = [self.psql, "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-XAtc", query, "postgres"]
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=20).stdout.strip()


class Broker:
    """RabbitMQ with the plugins for Prometheus and for its HTTP interface, and the name server of Erlang that it needs."""

    def __init__(self, tool, folder, programs):
        amqp, self.metrics, self.manage, distribution, names = (free_port() for _ in range(5))
        home = os.path.join(folder, "rabbitmq")
        os.mkdir(home)
        with open(f"{home}/plugins", "w") as out:
            out.write("[rabbitmq_prometheus, rabbitmq_management].\n")
        with open(f"{home}/rabbitmq.conf", "w") as out:
            out.write(f"listeners.tcp.1 = 127.0.0.1:{amqp}\nprometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {self.metrics}\n"
                      f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.manage}\ncollect_statistics_interval = 1000\n")
        somebody = unprivileged(home)
        environment = {
            "PATH": PATH, "HOME": home, "LANG": "C.UTF-8", "ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "readiness@localhost", "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": f"{home}/mnesia", "RABBITMQ_LOG_BASE": f"{home}/log", "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/plugins", "RABBITMQ_CONFIG_FILE": f"{home}/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": f"{home}/no-such-file", "RABBITMQ_PID_FILE": f"{home}/pid",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{home}/generated", "RABBITMQ_FEATURE_FLAGS_FILE": f"{home}/flags",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none",
        }
        with open(os.path.join(folder, "rabbitmq.log"), "ab") as log:
            for words in [[tool["epmd"], "-port", str(names), "-address", "127.0.0.1"], [tool["rabbitmq-server"]]]:
                programs.started.append(subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                         env=environment, cwd=home, **somebody))
        wait_for("rabbitmq", 90, lambda: get(f"http://127.0.0.1:{self.metrics}/metrics")[0])
        wait_for("rabbitmq management", 30, lambda: self.ask("GET", "overview"))

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.manage}/api/{path}", method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Basic " + base64.b64encode(b"guest:guest").decode(), "Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def work(self):
        """Five messages come, one is given back and given out again, two are done: three wait."""
        self.ask("PUT", "queues/%2F/tasks", {"durable": True})
        for _ in range(5):
            self.ask("POST", "exchanges/%2F/amq.default/publish",
                     {"properties": {}, "routing_key": "tasks", "payload": "x", "payload_encoding": "string"})
        for count, mode in [(1, "reject_requeue_true"), (2, "ack_requeue_false")]:
            self.ask("POST", "queues/%2F/tasks/get", {"count": count, "ackmode": mode, "encoding": "auto"})
        wait_for("rabbitmq's count of messages", 20,
                 lambda: samples(get(f"http://127.0.0.1:{self.metrics}/metrics")[0]).get("rabbitmq_queue_messages_ready") == 3)


class Preset:
    """A preset in a tree of its own, with the addresses of the servers of this script."""

    def __init__(self, program, folder, name, addresses):
        self.program, self.tree = program, os.path.join(folder, name)
        os.mkdir(self.tree)
        subprocess.run([program, "init", "--baseline", name], cwd=self.tree, check=True, capture_output=True)
        path = os.path.join(self.tree, "readiness.yaml")
        with open(path) as lines:
            text = lines.read()
        for old, new in addresses.items():
            if old not in text:
                fail(f"the preset {name} does not name {old}")
            text = text.replace(old, new)
        with open(path, "w") as out:
            out.write(text)

    def capture(self):
        """Metrics by their names."""
        done = subprocess.run([self.program, "baseline", "capture", "--format", "json"], cwd=self.tree, capture_output=True,
                              text=True, timeout=120)
        if done.returncode not in (0, 1, 3):
            fail(f"capture: exit {done.returncode}\n{done.stderr[-3000:]}")
        return {metric["name"]: metric for metric in json.loads(done.stdout)["details"]["metrics"]}


def hold(metrics, wanted):
    """Every metric in `wanted` must be measured, and near the number that it says, where it says one."""
    for name, number in wanted.items():
        metric = metrics.get(name)
        if metric is None or metric["state"] != "measured":
            fail(f"{name}: {metric}")
        value = metric["value"]
        if number is not None and abs(value - number) > 0.02 * abs(number):
            fail(f"{name} is {value}, and should be {number}")
        print(f"  {name} = {value}")


def start_web(tool, folder, programs):
    """A service with a health page, and what Micrometer says of two breakers of resilience4j: one open, one closed."""
    port = free_port()
    breakers = "".join(
        f'resilience4j_circuitbreaker_state{{name="{name}",state="{state}",}} {float(state == now)}\n'
        for name, now in [("pay", "open"), ("mail", "closed")]
        for state in ["closed", "disabled", "forced_open", "half_open", "metrics_only", "open"])
    breakers += ('resilience4j_circuitbreaker_failure_rate{name="pay",} 60.0\n'
                 'resilience4j_circuitbreaker_failure_rate{name="mail",} -1.0\n'
                 'resilience4j_circuitbreaker_calls_seconds_count{kind="failed",name="pay",} 6.0\n'
                 'resilience4j_circuitbreaker_calls_seconds_count{kind="successful",name="pay",} 4.0\n'
                 'resilience4j_circuitbreaker_calls_seconds_count{kind="successful",name="mail",} 2.0\n')
    root = os.path.join(folder, "root")
    os.makedirs(f"{root}/actuator")
    os.chmod(folder, 0o755)
    with open(f"{root}/actuator/prometheus", "w") as out:
        out.write(breakers)
    with open(f"{root}/health", "w") as out:
        out.write('{"status": "UP"}')
    with open(os.path.join(folder, "nginx.conf"), "w") as out:
        out.write(f"""daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    default_type text/plain;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
""")
    programs.start([tool["nginx"], "-p", folder, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"], port,
                   os.path.join(folder, "nginx.log"))
    return port


def start_redis(tool, folder, programs):
    port = free_port()
    os.mkdir(os.path.join(folder, "redis"))
    programs.start([tool["redis-server"], "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir",
                    os.path.join(folder, "redis")], port, os.path.join(folder, "redis.log"))
    # Nine hits of ten; seven tasks wait.
    for words in [["set", "a", "1"], *[["get", "a"]] * 9, ["get", "b"], ["rpush", "celery", *"1234567"]]:
        subprocess.run([tool["redis-cli"], "-p", str(port), *words], check=True, capture_output=True)
    return port


def run(program, tool, folder, programs):
    redis, web, node = start_redis(tool, folder, programs), start_web(tool, folder, programs), free_port()
    programs.start([tool["prometheus-node-exporter"], f"--web.listen-address=127.0.0.1:{node}"], node,
                   os.path.join(folder, "node.log"))
    if has_library():
        print("preset llm")
        check_model_server(program, folder, programs)
    if all(tool[name] for name in ["initdb", "postgres", "psql", "prometheus-postgres-exporter"]):
        print("preset web")
        check_web(program, folder, Database(tool, folder, programs), redis, web, node)
    if all(tool[name] for name in ["rabbitmq-server", "epmd"]):
        print("preset queue")
        check_queue(program, folder, Broker(tool, folder, programs), redis, programs)


def has_library():
    try:
        import prometheus_client  # noqa: F401
    except ImportError:
        return False
    return True


def check_model_server(program, folder, programs):
    port = free_port()
    programs.start([sys.executable, "-c", MODEL_SERVER, str(port)], port, os.path.join(folder, "model-server.log"))
    metrics = Preset(program, folder, "llm", {"127.0.0.1:8000": f"127.0.0.1:{port}"}).capture()
    hold(metrics, {
        # By the rule of histogram_quantile: 11.4 of 12 in the bucket, which all of them are in.
        "vllm_first_token_p95": 0.1 + 0.4 * 0.95, "vllm_answer_p95": 0.5 + 0.5 * 0.95,
        "vllm_tokens_per_second": 0, "vllm_waiting_requests": 3, "vllm_kv_cache_used": 0.25, "vllm_prefix_hit_ratio": 0.4,
        "vllm_prompt_tokens_per_request": 100, "vllm_generated_tokens_per_request": 50,
    })


def check_web(program, folder, database, redis, web, node):
    database.ask("create table t as select generate_series(1, 10000) as n")
    for _ in range(5):
        database.ask("select sum(n) from t")
    preset = Preset(program, folder, "web", {
        "127.0.0.1:8080": f"127.0.0.1:{web}", "127.0.0.1:5432": f"127.0.0.1:{database.port}",
        "127.0.0.1:6379": f"127.0.0.1:{redis}", "127.0.0.1:9187": f"127.0.0.1:{database.exporter}",
        "127.0.0.1:9100": f"127.0.0.1:{node}"})
    metrics = preset.capture()
    told = samples(get(f"http://127.0.0.1:{node}/metrics")[0])
    hit, read = (float(number) for number in
                 database.ask("select sum(blks_hit), sum(blks_read) from pg_stat_database").split("|"))
    root = [name for name in told if name.startswith("node_filesystem_avail_bytes{") and 'mountpoint="/"' in name]
    hold(metrics, {
        "api_latency": None, "api_errors": 0, "database_connect_time": None,
        "open_circuits": 1, "circuit_failure_rate": 60, "circuit_failed_calls": 0.5,
        "redis_latency": None, "redis_hit_ratio": 0.9, "redis_memory": None,
        "postgres_hit_ratio": hit / (hit + read), "postgres_up": 1, "postgres_deadlocks": 0,
        # The exporter's own connection, of the twenty that there may be; perhaps more of them.
        "postgres_connections_used": None,
        "node_load1": None, "node_memory_available": None, "node_open_files": None,
        **({"node_disk_free": None} if root else {}),
    })
    # Background workers of PostgreSQL are among its back ends and have no database.
    if not 1 / 20 <= metrics["postgres_connections_used"]["value"] <= 8 / 20:
        fail(f"postgres_connections_used: {metrics['postgres_connections_used']}")
    left = {name: metric["state"] for name, metric in metrics.items() if metric["state"] != "measured"}
    if set(left) - {"node_disk_free"}:
        fail(f"not measured: {left}")


def check_queue(program, folder, broker, redis, programs):
    addresses = {"127.0.0.1:15692": f"127.0.0.1:{broker.metrics}", "127.0.0.1:6379": f"127.0.0.1:{redis}",
                 "-h 127.0.0.1 llen": f"-h 127.0.0.1 -p {redis} llen"}
    # A broker that nothing was ever sent through is no error.
    idle = Preset(program, os.path.join(folder, "root"), "queue", addresses).capture()
    hold(idle, {"rabbitmq_messages_ready": 0, "rabbitmq_received_per_second": 0})
    ratio = idle["rabbitmq_redelivered_ratio"]
    if ratio["state"] != "not_evaluated" or not ratio.get("optional"):
        fail(f"a broker without messages: {ratio}")
    broker.work()
    # A worker, as far as its command line says.
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", "celery"])
    programs.started.append(worker)
    metrics = Preset(program, folder, "queue", addresses).capture()
    told = samples(get(f"http://127.0.0.1:{broker.metrics}/metrics")[0])
    queue = broker.ask("GET", "queues/%2F/tasks")
    hold(metrics, {
        "waiting_tasks": 7,
        "rabbitmq_messages_ready": queue["messages_ready"], "rabbitmq_messages_unacked": queue["messages_unacknowledged"],
        "rabbitmq_consumers": 0, "rabbitmq_received_per_second": 0, "rabbitmq_dead_letters_per_second": 0,
        # One message of three that were given out had been given out before.
        "rabbitmq_redelivered_ratio": 1 / 3,
        "rabbitmq_memory_used": None, "rabbitmq_disk_free": None,
        "rabbitmq_descriptors_used": None,
        "redis_latency": None, "redis_memory": None, "redis_fragmentation": None, "redis_evicted_keys": 0,
        "redis_rejected_connections": 0, "redis_blocked_clients": 0,
        "workers": None, "worker_memory": None, "worker_age": None,
    })
    if metrics["rabbitmq_messages_ready"]["value"] != 3:
        fail(f"rabbitmq_messages_ready: {metrics['rabbitmq_messages_ready']}")
    limit = told["rabbitmq_resident_memory_limit_bytes"]
    if not 20e6 / limit < metrics["rabbitmq_memory_used"]["value"] < 2e9 / limit:
        fail(f"rabbitmq_memory_used: {metrics['rabbitmq_memory_used']}")
    left = {name: metric["state"] for name, metric in metrics.items() if metric["state"] != "measured"}
    if left:
        fail(f"not measured: {left}")


def main():
    program = os.path.realpath(sys.argv[1])
    tool = {name: find(name) for name in PACKAGES}
    missing = [name for name in PACKAGES if tool[name] is None]
    if missing:
        packages = sorted({PACKAGES[name] for name in missing})
        print(f"not installed, and what needs them is skipped: {', '.join(missing)} (apt-get install {' '.join(packages)})")
    if not has_library():
        print("no prometheus_client in this Python: the preset llm is skipped (pip install prometheus-client)")
    if any(tool[name] is None for name in ["redis-server", "redis-cli", "nginx", "prometheus-node-exporter"]):
        return
    folder = tempfile.mkdtemp(prefix="readiness-presets-")
    programs = Programs()
    try:
        run(program, tool, folder, programs)
        print("done")
    finally:
        programs.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
