#!/usr/bin/env bash
# Serves on this machine, with the demo utility loaded the first time: scripts/run.sh [port]
#
# Gunicorn and WhiteNoise, as in production, so that what one sees here is what will be served there; one
# process with threads is what SQLite likes best. Nothing is reloaded: stop with Ctrl-C and start again.
set -euo pipefail
cd "$(dirname "$0")/.."
port=${1:-8000}
export LOCAL=${LOCAL:-on}

if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "Port $port is taken. Choose another: PORT=8001 make run" >&2
    exit 1
fi

.venv/bin/python manage.py migrate --verbosity 0
# Prints one sign-in for each role, and fails where the demo isn't loaded. Loading it is refused, in words,
# where the database holds a real utility's data; that is then served as it is.
.venv/bin/python manage.py demo --show 2>/dev/null || .venv/bin/python manage.py demo || true

echo "Serving on http://127.0.0.1:$port (Ctrl-C ends it)"
exec .venv/bin/gunicorn waterservice.wsgi --bind "127.0.0.1:$port" --threads 8 --log-level warning
