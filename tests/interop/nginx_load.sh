#!/usr/bin/env bash
# Load on a real server: Debian's nginx, with a configuration, a folder and a port of its own. What `readiness perf`
# counts must be what nginx wrote into its log, and a server that is not the intended one must not pass.
#
#   tests/interop/nginx_load.sh PATH/TO/readiness
set -euo pipefail

program="${1:?the path of the readiness program is needed}"
requests=20000

# Debian puts it where only root's search path leads.
nginx="$(command -v nginx || PATH="$PATH:/usr/sbin:/sbin" command -v nginx || true)"
if [ -z "$nginx" ]; then
    echo "nginx is not installed: skipped (apt-get install nginx-light)"
    exit 0
fi

folder="$(mktemp -d)"
pid=""
end() {
    if [ -n "$pid" ]; then
        kill -QUIT "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        pid=""
    fi
}
trap 'end; rm -rf "$folder"' EXIT
fail() {
    echo "FAILED: $*" >&2
    [ ! -s "$folder/error.log" ] || tail -n 5 "$folder/error.log" >&2
    exit 1
}

secret="$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')"

# Whether the process, or a child of it, has the socket that listens on the port.
listens() {
    local inode
    inode="$(awk -v port="$(printf ':%04X' "$2")" '$2 == "0100007F" port && $4 == "0A" { print $10 }' /proc/net/tcp)"
    [ -n "$inode" ] && find "/proc/$1/fd" -lname "socket:\[$inode\]" 2>/dev/null | grep -q .
}

start() {
    local attempt wait
    for attempt in 1 2 3 4 5; do
        # Free now; whether it is still free when nginx takes it is seen below.
        port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
        cat >"$folder/nginx.conf" <<CONF
daemon off;
master_process off;
pid $folder/nginx.pid;
error_log $folder/error.log warn;
events { worker_connections 1024; }
http {
    log_format plain '\$request_method \$uri \$status \$connection_requests';
    access_log $folder/access.log plain;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    # The usual 1,000 requests a connection, so that connections are renewed under load.
    keepalive_requests 1000;
    server {
        listen 127.0.0.1:$port;
        add_header X-Readiness-Target $secret always;
        location /small { default_type text/plain; return 200 "small\n"; }
        location / { return 404; }
    }
}
CONF
        : >"$folder/access.log"
        "$nginx" -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" &
        pid=$!
        for wait in $(seq 50); do
            if listens "$pid" "$port"; then
                return
            fi
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        end
    done
    fail "nginx does not start"
}

# A number of the report: a path of keys into the details.
number() {
    python3 - "$1" "$2" <<'PY'
import json, sys
value = json.load(open(sys.argv[1]))["details"]
for key in sys.argv[2].split("."):
    value = value.get(key, {}) if isinstance(value, dict) else value[int(key)]
print(sum(value.values()) if isinstance(value, dict) else value)
PY
}

# A server as quick as this one can keep the generator itself busy: the program then says so instead of passing, and what
# it counted must be right all the same.
borne() {
    local kinds
    [ "$1" != 0 ] || return 0
    kinds="$(python3 -c 'import json, sys; print(*{doubt["kind"] for doubt in json.load(open(sys.argv[1]))["details"]["doubts"]})' "$folder/report.json")"
    [ "$1" = 3 ] && [ "$kinds" = generator_bound ] && echo "the generator was the bottleneck, and said so" && return 0
    cat "$folder/said" >&2
    fail "exit code $1, not 0"
}

lines() {
    grep -c "^GET $1 " "$folder/access.log" || true
}

start
echo "nginx is process $pid on port $port"

status=0
"$program" perf --url "http://127.0.0.1:$port/small" --requests "$requests" --concurrency 16 --runs 1 --warm-up 0 \
    --expect-header "x-readiness-target=$secret" --output-json "$folder/report.json" >"$folder/said" 2>&1 || status=$?
borne "$status"
ok="$(number "$folder/report.json" total.counts.ok)"
failed="$(number "$folder/report.json" total.counts.failed)"
aborted="$(number "$folder/report.json" total.counts.aborted)"
logged="$(lines /small)"
echo "$ok good, $failed failed, $aborted aborted; nginx logged $logged"
[ "$ok" = "$requests" ] && [ "$failed" = 0 ] && [ "$aborted" = 0 ] || fail "not $requests good ones"
# The target is looked at before the load: a few requests that are not part of it.
extra=$((logged - requests))
[ "$extra" -ge 0 ] && [ "$extra" -le 3 ] || fail "nginx logged $logged requests, not $requests and a look at it"

# Over time: whatever is under way at its end may or may not have come to the log.
: >"$folder/access.log"
status=0
"$program" perf --url "http://127.0.0.1:$port/small" --duration 3 --concurrency 16 --runs 1 --warm-up 0 \
    --expect-header "x-readiness-target=$secret" --output-json "$folder/report.json" >"$folder/said" 2>&1 || status=$?
borne "$status"
ok="$(number "$folder/report.json" total.counts.ok)"
aborted="$(number "$folder/report.json" total.counts.aborted)"
logged="$(lines /small)"
echo "$ok good, $aborted aborted in three seconds; nginx logged $logged"
[ "$ok" -gt 1000 ] || fail "only $ok in three seconds"
[ "$logged" -ge "$ok" ] && [ "$logged" -le $((ok + aborted + 3)) ] || fail "nginx logged $logged"

# Another server, as far as its header says: no verdict.
for other in "x-readiness-target=not-$secret" "x-not-there"; do
    status=0
    "$program" perf --url "http://127.0.0.1:$port/small" --requests 2000 --concurrency 4 --runs 1 --warm-up 0 \
        --expect-header "$other" --output-json "$folder/report.json" >"$folder/said" 2>&1 || status=$?
    [ "$status" = 3 ] || { cat "$folder/said" >&2; fail "exit code $status, not 3, for another server"; }
done
echo "another server is told by its header"

kill -0 "$pid" || fail "nginx ended by itself"
end
echo "nginx_load: as it should be"
