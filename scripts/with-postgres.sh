#!/usr/bin/env bash
# Runs a command with a private PostgreSQL (15 or newer) on a free loopback port, named by HUIYIN_TEST_POSTGRES, and ends it.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
[ "$(basename "$(dirname "$bin")")" -ge 15 ] || { echo "with-postgres.sh: PostgreSQL 15 or newer is needed" >&2; exit 1; }
folder=$(mktemp -d)
chmod 755 "$folder"
# A port below the ephemeral range that nobody answers on.
port=
for _ in 1 2 3 4 5 6 7 8 9 10; do
  port=$((20000 + RANDOM % 10000))
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done
# initdb refuses root.
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; else "$@"; fi; }
if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
cd "$folder"
as_postgres "$bin/initdb" --pgdata="$folder/data" --username=huiyin --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
finish() { as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop || true; rm -rf "$folder"; }
trap finish EXIT
as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -s -o "-p $port -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories=$folder -c max_connections=300" start </dev/null >/dev/null
cd - >/dev/null
export HUIYIN_TEST_POSTGRES="postgres://huiyin@127.0.0.1:$port"
"$@"
