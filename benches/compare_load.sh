#!/usr/bin/env bash
# Compares load generators on one server and in one run: `readiness perf`, `wrk -t1` and `oha`.
#
#   benches/compare_load.sh             tiny answers over plain HTTP/1.1, 50 and 500 connections
#   benches/compare_load.sh tls         HTTP/1.1 over TLS, 50 connections (readiness and oha)
#   benches/compare_load.sh h2          HTTP/2 over TLS, 50 connections (readiness and oha)
#
# The server is nginx with one worker, on free loopback ports of its own, with its configuration in a temporary folder;
# a private header shows that it and no other server answers. Generator and server have a core each. Rounds take turns,
# so that drift of the machine meets all alike. What is printed is processor time (user and system) of the generator per
# completed request: medians over the rounds, and their ratio to that of readiness.
#
# Needs nginx, wrk, oha, curl, openssl, taskset and GNU time. From the environment: ROUNDS (5), SECONDS_EACH (5),
# CONNECTIONS ("50 500"), READINESS (the program; built when not given), GENERATOR_CORE (0), SERVER_CORE (1).
# Read the ratios: absolute times are the machine's.
set -euo pipefail
cd "$(dirname "$0")/.."

kind="${1:-plain}"
rounds="${ROUNDS:-5}"
seconds="${SECONDS_EACH:-5}"
generator_core="${GENERATOR_CORE:-0}"
server_core="${SERVER_CORE:-1}"
case "$kind" in
    plain) connections="${CONNECTIONS:-50 500}" tools="readiness wrk oha" ;;
    tls | h2) connections="${CONNECTIONS:-50}" tools="readiness oha" ;;
    *) echo "unknown kind: $kind" >&2; exit 2 ;;
esac
if [ -z "${READINESS:-}" ]; then
    cargo build --release --locked --quiet
    READINESS=target/release/readiness
fi

work="$(mktemp -d)"
server=""
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT

free_ports() { # two ports that the kernel gave away just now
    python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))'
}
read -r plain_port tls_port < <(free_ports)
mark="$(openssl rand -hex 16)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
mkdir "$work/logs" "$work/tmp"
# Run by the superuser, nginx would give its worker another user, who may not look into the folder.
user=""
if [ "$(id -u)" = 0 ]; then
    user="user root;"
fi
cat > "$work/nginx.conf" <<CONF
$user
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/logs/error.log warn;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 10000000;
    client_body_temp_path $work/tmp/body;
    proxy_temp_path $work/tmp/proxy;
    fastcgi_temp_path $work/tmp/fastcgi;
    uwsgi_temp_path $work/tmp/uwsgi;
    scgi_temp_path $work/tmp/scgi;
    add_header x-bench $mark;
    server {
        listen 127.0.0.1:$plain_port backlog=4096;
        location / { return 200 "ok"; }
    }
    server {
        listen 127.0.0.1:$tls_port ssl http2 backlog=4096;
        ssl_certificate $work/cert.pem;
        ssl_certificate_key $work/key.pem;
        location / { return 200 "ok"; }
    }
}
CONF
taskset -c "$server_core" nginx -p "$work" -c "$work/nginx.conf" 2>>"$work/logs/start.log" &
server=$!

plain="http://127.0.0.1:$plain_port/"
tls="https://127.0.0.1:$tls_port/"
answers() { curl -sk --max-time 2 -D - -o /dev/null "$1" | tr -d '\r' | grep -qix "x-bench: $mark"; }
for _ in $(seq 50); do
    if answers "$plain" && answers "$tls"; then
        break
    fi
    sleep 0.1
done
if ! { answers "$plain" && answers "$tls"; }; then
    echo "the server does not answer as ours would:" >&2
    cat "$work/logs/"*.log >&2
    exit 1
fi

# The commands. Each prints what `completed` finds the number of completed requests in.
generate() { # tool, connections
    local url="$plain" more=()
    if [ "$kind" != plain ]; then
        url="$tls"
    fi
    case "$1 $kind" in
        "readiness tls") more=(--insecure --http 1.1) ;;
        "readiness h2") more=(--insecure --http 2) ;;
        "oha tls") more=(--insecure) ;;
        "oha h2") more=(--insecure --http2) ;;
    esac
    case "$1" in
        readiness)
            # Doubts and findings are exit codes, not failures of the measurement.
            "${timed[@]}" "$READINESS" perf --url "$url" --duration "$seconds" --concurrency "$2" --warm-up 0 \
                --runs 1 --threads 1 --format json "${more[@]}" || true
            ;;
        wrk) "${timed[@]}" wrk -t1 -c"$2" -d"${seconds}s" "$url" ;;
        oha) "${timed[@]}" oha --no-tui --output-format json -z "${seconds}s" -c "$2" "${more[@]}" "$url" ;;
    esac
}

completed() { # tool, file
    case "$1" in
        readiness)
            python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["details"]["total"]["counts"]["ok"])' "$2"
            ;;
        wrk) sed -n 's/^ *\([0-9]*\) requests in .*/\1/p' "$2" ;;
        oha) python3 -c 'import json, sys
print(sum(json.load(open(sys.argv[1]))["statusCodeDistribution"].values()))' "$2" ;;
    esac
}

timed=(taskset -c "$generator_core" /usr/bin/time -o "$work/time" -f '%U %S %M')
for count in $connections; do
    for round in $(seq "$rounds"); do
        for tool in $tools; do
            generate "$tool" "$count" >"$work/out" 2>"$work/err"
            requests="$(completed "$tool" "$work/out" || echo 0)"
            if [ "${requests:-0}" -eq 0 ]; then
                echo "$tool completed no request:" >&2
                tail -n 5 "$work/err" >&2
                exit 1
            fi
            # GNU time says first when a command failed.
            read -r user_time system_time memory < <(tail -n 1 "$work/time")
            echo "$count $tool $round $requests $user_time $system_time $memory" >>"$work/results"
        done
    done
done

python3 - "$work/results" "$kind" "$seconds" <<'PY'
import statistics
import sys
from collections import defaultdict

runs = defaultdict(list)
for line in open(sys.argv[1]):
    count, tool, _, requests, user, system, memory = line.split()
    requests = int(requests)
    microseconds = (float(user) + float(system)) / requests * 1e6
    runs[int(count), tool].append((microseconds, requests / float(sys.argv[3]), int(memory) / 1024))
for (count, tool), seen in runs.items():
    cost, rate, memory = (statistics.median(values) for values in zip(*seen))
    own = statistics.median(one[0] for one in runs[count, "readiness"])
    low, high = min(one[0] for one in seen), max(one[0] for one in seen)
    print(f"{sys.argv[2]:5} {count:5} connections  {tool:9} {cost:6.2f} us CPU a request ({low:.2f} to {high:.2f})  "
          f"{rate:9.0f} a second  {memory:6.1f} MiB peak  readiness/{tool} {own / cost:.2f}")
PY
