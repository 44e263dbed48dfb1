#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL, named by DATABASE_URL: scripts/with_postgres.sh CMD…
# It listens on a socket in its own temporary folder only, so that any number may run at once.
set -euo pipefail

programs=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1 || true)
if [ ! -x "$programs/initdb" ]; then
    echo "PostgreSQL is missing: make setup-test installs it." >&2
    exit 1
fi

folder=$(mktemp -d -t postgres.XXXXXX)
as_owner=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to be root
    chown postgres: "$folder"
    as_owner=(setpriv --reuid=postgres --regid=postgres --init-groups)
fi
server() { (cd "$folder" && "${as_owner[@]}" "$programs/$@"); }

finish() {
    server pg_ctl -D data -m immediate -s stop || true
    rm -rf "$folder"
}
trap finish EXIT

server initdb -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" \
    || { cat "$folder/initdb.log" >&2; exit 1; }
server pg_ctl -D data -l server.log -s -w start -o \
    "-k $folder -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off" \
    || { cat "$folder/server.log" >&2; exit 1; }

# libpq's own variables say where, so that psql works here too.
export PGHOST=$folder PGUSER=postgres PGDATABASE=waterservice DATABASE_URL=postgres:///waterservice
"$programs/createdb" waterservice
"$@"
