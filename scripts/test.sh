#!/usr/bin/env bash
# All tests: the embedded set on SQLite first, being quick, then everything on a throw-away PostgreSQL.
#   scripts/test.sh [pytest's arguments, for both]
set -euo pipefail
cd "$(dirname "$0")/.."
unset DATABASE_URL
.venv/bin/pytest -m embedded "$@"
exec scripts/with_postgres.sh .venv/bin/pytest --numprocesses 2 --dist loadgroup "$@"
