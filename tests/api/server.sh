# For tests/api/lint and tests/api/schemathesis: `start_server BINARY` starts a server with a database of its own, says
# in $url where it is and in $started what it printed; when the script ends, both are gone.
start_server() {
    binary="$(realpath "$1")"
    work="$(mktemp -d)"
    chmod 755 "$work"
    started="$work/started"
    server=""
    trap stop_server EXIT
    mkdir -p build/reports
    "$binary" serve --json --port 0 --data-dir "$work/data" >"$started" 2>build/reports/api-server.log &
    server=$!
    until [[ -s "$started" ]]; do
        kill -0 "$server" || { cat build/reports/api-server.log && exit 1; }
        sleep 0.1
    done
    url="$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["url"])' "$started")"
}

stop_server() {
    [[ -z "$server" ]] || { kill "$server" && wait "$server" || true; }
    "$binary" pg stop --data-dir "$work/data" >/dev/null 2>&1 || true
    rm -rf "$work"
}
